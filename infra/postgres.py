"""One PostgreSQL database per tenant, one small pool per database, one bound on all of them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import structlog

from ..errors import Malformed, StoreUnavailable, TenantUnknown
from ..events.base import TENANT_PATTERN, TenantName, is_tenant
from ..projections.catalogue import PROJECTIONS
from ..projections.generations import search_path
from ..projections.store import Connection, Pool, StoreConnection, store_faults
from .connections import SLOT_S_MAX, Connections
from .migrations import CONTROL, TENANT, Migration, migrate

CONNECTIONS_PER_TENANT = 6  # a projection runner, a key store, and queries for the pages
CONNECTIONS_MAX = 60  # of one process, over all tenants; the server's own limit is 100
CONNECT_S_MAX = 5.0
COMMAND_S_MAX = 30.0
CLOSE_S_MAX = 5.0  # for queries under way when we stop
IDLE_S_MAX = 300.0  # then the server gets its memory back, about 5 MB each

_CREATE_LOCK = 0x616E7469_63726561  # any number, as long as nobody else uses it

log = structlog.get_logger()


class Databases:
    """Opens what is asked for, when it is asked for; `close` ends it all."""

    def __init__(
        self,
        url: str,
        *,
        connections_max: int = CONNECTIONS_MAX,
        per_tenant: int = CONNECTIONS_PER_TENANT,
    ) -> None:
        """`url` names the control database; the tenants' databases lie beside it."""
        self._url = url
        self._control = urlsplit(url).path.removeprefix("/") or "postgres"
        self._per_tenant = per_tenant
        self._connections = Connections(connections_max)
        self._pools: dict[str, Pool] = {}
        self._opening = asyncio.Lock()

    async def create(self, tenant: TenantName) -> None:
        """Make the tenant's database, or bring its tables up to date; safe to repeat and to race.

        Raises:
            Malformed: that cannot name a tenant.
            StoreUnavailable: PostgreSQL does not answer.
        """
        if not is_tenant(tenant):
            raise Malformed("tenant", f"does not match {TENANT_PATTERN}")
        name = database_of(tenant)
        control = await self.control()
        with store_faults():
            async with control.acquire(timeout=SLOT_S_MAX) as connection:
                # Released with the connection, however this ends.
                await connection.execute("SELECT pg_advisory_lock($1)", _CREATE_LOCK)
                found = "SELECT true FROM pg_database WHERE datname = $1"
                if not await connection.fetchval(found, name):
                    await connection.execute(f'CREATE DATABASE "{name}"')
                    log.info("database_created", database=name)
        await self.pool(tenant)

    async def pool(self, tenant: TenantName) -> Pool:
        """Return the pool of the tenant's database, its tables up to date.

        Connections that the pool makes later raise `StoreUnavailable` when they cannot.

        Raises:
            TenantUnknown: there is no such database.
            StoreUnavailable: PostgreSQL does not answer.
        """
        if not is_tenant(tenant):
            raise TenantUnknown(tenant)
        try:
            return await self._open(database_of(tenant), TENANT)
        except asyncpg.InvalidCatalogNameError as error:
            raise TenantUnknown(tenant) from error

    async def control(self) -> Pool:
        """Return the pool of the control database, which all tenants share.

        Raises:
            StoreUnavailable: PostgreSQL does not answer.
        """
        try:
            return await self._open(self._control, CONTROL)
        except asyncpg.InvalidCatalogNameError as error:
            raise StoreUnavailable(f"there is no database {self._control}") from error

    @asynccontextmanager
    async def connection(self, tenant: TenantName) -> AsyncGenerator[Connection]:
        """Yield a connection to the tenant's database; its errors leave as `StoreUnavailable`.

        Raises:
            TenantUnknown: there is no such database.
            StoreUnavailable: PostgreSQL does not answer, or stopped in the middle.
        """
        pool = await self.pool(tenant)
        with store_faults():
            async with pool.acquire(timeout=SLOT_S_MAX) as connection:
                yield connection

    async def close(self) -> None:
        """Close every pool; queries still under way after `CLOSE_S_MAX` are cut."""
        pools = list(self._pools.values())
        self._pools.clear()
        await asyncio.gather(*(_close(pool) for pool in pools))

    async def _open(self, name: str, migrations: Sequence[Migration]) -> Pool:
        if (pool := self._pools.get(name)) is not None:
            return pool
        async with self._opening:
            if (pool := self._pools.get(name)) is not None:
                return pool
            pool = await self._new_pool(name)
            try:
                with store_faults():
                    async with pool.acquire(timeout=SLOT_S_MAX) as connection:
                        applied = await migrate(connection, migrations)
            except BaseException:
                pool.terminate()
                raise
            self._pools[name] = pool
        log.info("database_opened", database=name, migrations=applied)
        return pool

    async def _new_pool(self, name: str) -> Pool:
        return await asyncpg.create_pool(
            self._url,
            database=name,
            min_size=0,
            max_size=self._per_tenant,
            max_inactive_connection_lifetime=IDLE_S_MAX,
            timeout=CONNECT_S_MAX,
            command_timeout=COMMAND_S_MAX,
            server_settings={
                "application_name": "antiphon",
                "search_path": search_path(PROJECTIONS),
            },
            connection_class=StoreConnection,
            connect=self._connections.connect,
            setup=self._connections.setup,
            reset=self._connections.reset,
        )


def database_of(tenant: TenantName) -> str:
    """Return the name of a tenant's database. Tenants have no underscore, so no two share it."""
    return f"antiphon_{tenant.replace('-', '_')}"


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_S_MAX):
            await pool.close()
    except TimeoutError:
        pool.terminate()
