"""Machines prove who they are: requests for commands carry a signature of their tenant's key.

The header `Antiphon-Signature: key=<id>; at=<seconds since 1970>; mac=<hexadecimal>`. The mac is
HMAC-SHA256 over these lines: `antiphon-hmac-sha256`, the method, the path, the
Idempotency-Key (empty without one), `at`, the SHA-256 of the body in hexadecimal.

A tenant has up to two keys, so that one can follow the other. A tenant without any takes
unsigned requests. A request seen again within the window is the same command, byte by byte,
and a command that tells its instant is recorded once.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ..errors import SignatureRefused, TenantUnknown
from ..events.base import TenantName
from .idempotency import HEADER as IDEMPOTENCY_HEADER
from .ports import Ports
from .tenancy import tenant_of

HEADER = "Antiphon-Signature"
SCHEME = "antiphon-hmac-sha256"
WINDOW_S = 300  # clocks of machines differ by seconds, retries of queues come within minutes

_FORM = re.compile(
    r"key=(?P<key>[A-Za-z0-9._-]{1,64}); at=(?P<at>[0-9]{1,12}); mac=(?P<mac>[0-9a-f]{64})"
)


class MachineKeys(Protocol):
    """The keys that tenants' machines sign with."""

    def keys_of(self, tenant: TenantName, /) -> Mapping[str, bytes]:
        """Return a tenant's keys by their ids; none if its requests are taken unsigned.

        Raises:
            SignatureRefused: they are not, and no key is known.
        """
        ...


class NoMachineKeys:
    """No tenant has a key."""

    def keys_of(self, _: TenantName) -> Mapping[str, bytes]:
        """Return none."""
        return {}


async def signed(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Let a request pass if it is signed, or its tenant has no key. A guard.

    Raises:
        TenantUnknown: the host names no tenant.
        SignatureRefused: says what is wrong with the signature.
    """
    keys, ports = _of(connection)
    tenant = tenant_of(connection.headers.get("host", ""))
    if not ports.tenants.exists(tenant):
        raise TenantUnknown(tenant)
    known = keys.keys_of(tenant)
    if not known:
        return
    request = cast("Request[Any, Any, Any]", connection)
    check(
        request.headers.get(HEADER),
        known,
        method=request.method,
        path=request.url.path,
        idempotency_key=request.headers.get(IDEMPOTENCY_HEADER, ""),
        body=await request.body(),
        now=ports.now(),
    )


def check(
    header: str | None,
    keys: Mapping[str, bytes],
    *,
    method: str,
    path: str,
    idempotency_key: str,
    body: bytes,
    now: datetime,
) -> None:
    """Do nothing if the header is a signature, by one of the keys and of now, of what was sent.

    Raises:
        SignatureRefused: it is not.
    """
    if header is None:
        raise SignatureRefused(f"the header {HEADER} is missing")
    form = _FORM.fullmatch(header)
    if form is None:
        raise SignatureRefused(f"the header {HEADER} has to read key=…; at=…; mac=…")
    key = keys.get(form["key"])
    if key is None:
        raise SignatureRefused("no such key is known; it may have been rotated away")
    lines = (SCHEME, method, path, idempotency_key, form["at"], hashlib.sha256(body).hexdigest())
    mac = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac, form["mac"]):
        raise SignatureRefused("the signature is not of this request by that key")
    if abs(now.timestamp() - int(form["at"])) > WINDOW_S:
        # Said of whoever has the key only.
        raise SignatureRefused(f"it was signed more than {WINDOW_S} s from now; set the clock")


def _of(connection: ASGIConnection[Any, Any, Any, Any]) -> tuple[MachineKeys, Ports]:
    state = connection.app.state
    return state["machine_keys"], state["ports"]
