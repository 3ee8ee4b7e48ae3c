"""Who may ask: a Signature Version 4 in the Authorization header, of the right scope.

Without known keys only the signature's form is checked, with them the signature too.

Source: "Signature Version 4 signing process", AWS General Reference.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

from .wire import Answer, Request

SERVICE = "kinesisvideo"  # the signing name of both APIs; kinesis-video-media is only an endpoint

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request,\s*SignedHeaders=(?P<headers>[a-z0-9;-]+)"
    r",\s*Signature=(?P<signature>[0-9a-f]{64})"
)


class Scope(NamedTuple):
    """What a signature is good for."""

    region: str


def refusal(status: HTTPStatus, error: str, message: str) -> Answer:
    """Return an error as the service words it."""
    return Answer(status, {"Message": message}, {"x-amzn-ErrorType": error})


def authorize(
    request: Request, secrets: Mapping[str, str] | None, *, service: str = SERVICE
) -> Scope | Answer:
    """Return the signature's scope, or the refusal.

    `secrets` are the known access keys and their secrets; None takes any signature.
    """
    header = request.headers.get("authorization")
    if header is None:
        return _refused("MissingAuthenticationTokenException", "The request is not signed.")
    parts = _AUTHORIZATION.fullmatch(header)
    if parts is None or not {"host", "x-amz-date"} <= set(parts["headers"].split(";")):
        message = "Not a Signature Version 4 over host and x-amz-date at least."
        return _refused("IncompleteSignatureException", message)
    if parts["service"] != service:
        message = f"Credential should be scoped to correct service: '{service}'."
        return _refused("InvalidSignatureException", message)
    if secrets is not None and (flaw := _flaw(request, parts, secrets)) is not None:
        return flaw
    return Scope(parts["region"])


def _flaw(request: Request, parts: re.Match[str], secrets: Mapping[str, str]) -> Answer | None:
    """Return the refusal of a signature that was not made with a known key."""
    secret = secrets.get(parts["key"])
    if secret is None:
        return _refused("UnrecognizedClientException", "The security token is invalid.")
    if not hmac.compare_digest(_signature(request, parts, secret), parts["signature"]):
        return _refused("InvalidSignatureException", "The signature does not match.")
    return None


def _refused(error: str, message: str) -> Answer:
    return refusal(HTTPStatus.FORBIDDEN, error, message)


def _signature(request: Request, parts: re.Match[str], secret: str) -> str:
    """Return what the signature must be; paths here need no escaping and there is no query."""
    names = parts["headers"].split(";")
    canonical = "\n".join(
        [
            request.method,
            request.path,
            "",
            *(f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names),
            "",
            parts["headers"],
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{parts['date']}/{parts['region']}/{parts['service']}/aws4_request"
    to_sign = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers.get("x-amz-date", ""),
            scope,
            hashlib.sha256(canonical.encode()).hexdigest(),
        ]
    )
    key = f"AWS4{secret}".encode()
    for step in (parts["date"], parts["region"], parts["service"], "aws4_request"):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.new(key, to_sign.encode(), "sha256").hexdigest()
