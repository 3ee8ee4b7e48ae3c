"""Whether the address of a request is signed as Signature Version 4 wants it. Pure.

Source: the vendor's guide to setting up a WebSocket stream: a canonical request over the sorted
query, the signed headers and the hash of an empty payload.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_EXPIRES_S_MAX = 300
_SKEW = timedelta(minutes=5)
_NEEDED = (
    *("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"),
    *("X-Amz-SignedHeaders", "X-Amz-Signature"),
)


class Unsigned(Exception):
    """The request is refused with 403. The text names the vendor's exception, then says why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        self.why = why


def check(
    target: str, *, host: str, secrets: Mapping[str, str], region: str, now: datetime
) -> None:
    """Check the target of a GET that came with no body. `secrets` are by access key.

    Raises:
        Unsigned: something is missing, unknown, too old, or was changed after it was signed.
    """
    address = urlsplit(target)
    pairs = parse_qsl(address.query, keep_blank_values=True)
    given = dict(pairs)
    missing = [name for name in _NEEDED if name not in given]
    if missing or len(given) != len(pairs):
        raise Unsigned("IncompleteSignature", f"missing or twice: {missing}")
    key, _, scope = given["X-Amz-Credential"].partition("/")
    if key not in secrets:
        raise Unsigned("UnrecognizedClientException", "The security token is invalid.")
    signed_at = _time_of(given["X-Amz-Date"])
    date = given["X-Amz-Date"][:8]
    shape = given["X-Amz-Algorithm"] == _ALGORITHM and given["X-Amz-SignedHeaders"] == "host"
    if not shape or scope != f"{date}/{region}/transcribe/aws4_request":
        raise Unsigned("InvalidSignatureException", "Credential should be scoped correctly.")
    _check_age(signed_at, given["X-Amz-Expires"], now=now)
    canonical = _canonical(address.path, pairs, host=host)
    text = "\n".join(
        [_ALGORITHM, given["X-Amz-Date"], scope, hashlib.sha256(canonical).hexdigest()]
    )
    signature = _signature(secrets[key], scope, text)
    if not hmac.compare_digest(signature, given["X-Amz-Signature"]):
        raise Unsigned("InvalidSignatureException", "The request signature does not match.")


def _time_of(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Unsigned("IncompleteSignature", "Date must be in ISO-8601 basic format.") from error


def _check_age(signed_at: datetime, expires: str, *, now: datetime) -> None:
    if not expires.isdigit() or not 0 < int(expires) <= _EXPIRES_S_MAX:
        raise Unsigned("IncompleteSignature", "X-Amz-Expires must be from 1 to 300.")
    if signed_at - now > _SKEW or now - signed_at > timedelta(seconds=int(expires)):
        raise Unsigned("InvalidSignatureException", "Signature expired.")


def _canonical(path: str, pairs: list[tuple[str, str]], *, host: str) -> bytes:
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(pairs)
        if name != "X-Amz-Signature"
    )
    nothing = hashlib.sha256(b"").hexdigest()
    return "\n".join(["GET", path, query, f"host:{host}", "", "host", nothing]).encode()


def _signature(secret: str, scope: str, text: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in [*scope.split("/"), text]:
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()
