"""Signs a request to an AWS service: Signature Version 4, of a POST to `/` without a query.

By hand, because a caller hears silence while botocore is imported, and this is all that is
needed of it; a test holds it against botocore's signer.

Source: "Create a signed AWS API request" of the IAM user guide.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass

_SCHEME = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """What AWS hands a function to sign with. `token` is None for a user's own keys."""

    access_key: str
    secret_key: str
    token: str | None

    def __repr__(self) -> str:
        return "Credentials(…)"


def signed_headers(
    credentials: Credentials,
    *,
    host: str,
    region: str,
    service: str,
    headers: Mapping[str, str],
    body: bytes,
    at_s: float,
) -> dict[str, str]:
    """Return the headers of the signed request, `headers` among them, by lower-case names.

    `host` is as the request will name it, with a port that is not its scheme's own.
    """
    instant = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s))
    sent = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    sent |= {"host": host, "x-amz-date": instant}
    if credentials.token:
        sent["x-amz-security-token"] = credentials.token

    names = sorted(sent)
    listed = "".join(f"{name}:{sent[name]}\n" for name in names)
    request = ("POST", "/", "", listed, ";".join(names), hashlib.sha256(body).hexdigest())
    digest = hashlib.sha256("\n".join(request).encode()).hexdigest()

    scope = (instant[: len("YYYYMMDD")], region, service, "aws4_request")
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join((_SCHEME, instant, "/".join(scope), digest))
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = "/".join((credentials.access_key, *scope))
    sent["authorization"] = (
        f"{_SCHEME} Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return sent
