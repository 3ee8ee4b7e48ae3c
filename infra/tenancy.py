"""A tenant's streams and database, made together."""

from ..errors import Malformed
from ..events.base import TenantName, is_tenant
from .parts import Parts

DEMO = TenantName("demo")  # whom bare `localhost` and addresses mean


async def add_tenant(name: str, parts: Parts) -> None:
    """Create a tenant's database and streams, then register it; repeating changes nothing.

    Raises:
        Malformed: the name cannot be a host name, a stream and a database.
    """
    if not is_tenant(name):
        problem = "takes small letters, digits and dashes, at most 31, a letter first"
        raise Malformed("tenant", problem)
    # Registered last: whoever sees the name finds everything there.
    await parts.databases.create(TenantName(name))
    await parts.tenants.add(name)
