"""Signs requests to Antiphon; `api/signatures.py` checks them, and neither imports the other.

The text that is signed, a line each: `antiphon-hmac-sha256`, the method, the path, the
Idempotency-Key (empty without one), the seconds since 1970, the SHA-256 of the body in
hexadecimal. The signature: HMAC-SHA256 of it in hexadecimal.
"""

import hashlib
import hmac
from dataclasses import dataclass

HEADER = "Antiphon-Signature"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A secret that Antiphon knows too, and the name that it goes by."""

    key_id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"SigningKey(key_id={self.key_id!r})"


def signature_of(
    key: SigningKey, *, method: str, path: str, body: bytes, at_s: int, idempotency_key: str = ""
) -> str:
    """Return the value of the header `Antiphon-Signature`."""
    lines = (
        "antiphon-hmac-sha256",
        method,
        path,
        idempotency_key,
        str(at_s),
        hashlib.sha256(body).hexdigest(),
    )
    mac = hmac.new(key.secret, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return f"key={key.key_id}; at={at_s}; mac={mac}"
