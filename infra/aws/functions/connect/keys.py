"""The key that requests are signed with, as AWS Secrets Manager keeps it.

Asked for with a signed request of our own: a caller hears silence while AWS's client loads.

Source: Secrets Manager API reference, GetSecretValue; "Defined runtime environment variables"
of the Lambda developer guide (credentials are in the environment).
"""

import base64
import binascii
import http.client
import json
import os
import time
from typing import Any, cast
from urllib.parse import urlsplit

from .settings import Misconfigured, Settings
from .signing import SigningKey
from .sigv4 import Credentials, signed_headers

KEPT_S = 300.0  # a rotated key is used by then; a refused one is asked for anew at once
FETCH_S_MAX = 1.5  # Secrets Manager answers within the Region in tens of milliseconds
SECRET_BYTES_MIN = 32  # of a key for HMAC-SHA256. Source: RFC 2104, section 3
_ANSWER_BYTES_MAX = 128 * 1_024  # a secret is 64 KiB at most


class KeyUnavailable(Exception):
    """Secrets Manager does not hand the key out now."""


class SigningKeys:
    """The current key, kept for a while."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: SigningKey | None = None
        self._kept_until = 0.0

    def current(self) -> SigningKey | None:
        """Return the key; None when requests go unsigned.

        Raises:
            KeyUnavailable: it cannot be had now.
            Misconfigured: the secret is not what it should be.
        """
        arn = self._settings.secret_arn
        if arn is None:
            return None
        if self._kept is None or time.monotonic() >= self._kept_until:
            self._kept = _key_in(_fetched(arn, self._settings.secrets_endpoint))
            self._kept_until = time.monotonic() + KEPT_S
        return self._kept

    def forget(self) -> None:
        """Ask for the key anew next time: it was refused."""
        self._kept = None


def _fetched(arn: str, endpoint: str | None) -> str:
    region = _region_of(arn)
    url = endpoint or _endpoint_of(arn, region)
    body = json.dumps({"SecretId": arn}).encode()
    headers = signed_headers(
        Credentials(
            access_key=os.environ.get("AWS_ACCESS_KEY_ID", ""),
            secret_key=os.environ.get("AWS_SECRET_ACCESS_KEY", ""),
            token=os.environ.get("AWS_SESSION_TOKEN"),
        ),
        host=urlsplit(url).netloc,
        region=region,
        service="secretsmanager",
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "secretsmanager.GetSecretValue",
        },
        body=body,
        at_s=time.time(),
    )
    try:
        return _asked(url, body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise KeyUnavailable("Secrets Manager does not answer") from error


def _asked(url: str, body: bytes, headers: dict[str, str]) -> str:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=FETCH_S_MAX)
    try:
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        told = answer.read(_ANSWER_BYTES_MAX)
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise KeyUnavailable(f"Secrets Manager answers {answer.status}")
    try:
        secret = json.loads(told)["SecretString"]
    except (ValueError, KeyError, TypeError) as error:
        raise Misconfigured("the signing secret holds no text") from error
    return str(secret)


def _key_in(secret: str) -> SigningKey:
    try:
        held = cast("dict[str, Any]", json.loads(secret))
        key_id, encoded = str(held["key_id"]), str(held["secret"])
        decoded = base64.b64decode(encoded, validate=True)
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise Misconfigured('the signing secret has to read {"key_id": …, "secret": …}') from None
    if len(decoded) < SECRET_BYTES_MIN:
        raise Misconfigured(f"the signing secret has fewer than {SECRET_BYTES_MIN} bytes")
    return SigningKey(key_id=key_id, secret=decoded)


def _region_of(arn: str) -> str:
    parts = arn.split(":")
    if len(parts) < len(("arn", "aws", "secretsmanager", "region", "account", "secret", "name")):
        raise Misconfigured("ANTIPHON_SIGNING_SECRET_ARN is no ARN of a secret")
    return parts[3]


def _endpoint_of(arn: str, region: str) -> str:
    # Source: AWS General Reference: China's partition has a suffix of its own.
    suffix = "amazonaws.com.cn" if arn.startswith("arn:aws-cn:") else "amazonaws.com"
    return f"https://secretsmanager.{region}.{suffix}"
