"""Whose request it is: named by the host it was sent to."""

import ipaddress
from typing import Any

from litestar import Request
from litestar.di import NamedDependency

from ..errors import TenantUnknown
from ..events.base import TenantName, is_tenant
from .ports import Ports

DEFAULT = TenantName("demo")  # of bare `localhost` and of addresses


async def provide_tenant(
    request: Request[Any, Any, Any], ports: NamedDependency[Ports]
) -> TenantName:
    """Return the tenant that the request's host names.

    Raises:
        TenantUnknown: no such tenant is registered.
    """
    tenant = tenant_of(request.headers.get("host", ""))
    if not ports.tenants.exists(tenant):
        raise TenantUnknown(tenant)
    return tenant


def tenant_of(host: str) -> TenantName:
    """Return the tenant that a Host header names: the first label of the name.

    Raises:
        TenantUnknown: the label cannot be a tenant's name.
    """
    name = _without_port(host.strip()).rstrip(".").lower()
    if name in ("", "localhost") or _is_address(name):
        return DEFAULT
    label = name.partition(".")[0]
    if not is_tenant(label):
        # What was sent is not repeated: it may be anything.
        raise TenantUnknown("of that name")
    return TenantName(label)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
