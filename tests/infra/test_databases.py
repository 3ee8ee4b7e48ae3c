"""A database per tenant, opened when asked for, never more connections than agreed."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from antiphon.errors import Malformed, StoreUnavailable, TenantUnknown
from antiphon.events.base import TenantName
from antiphon.infra.connections import SLOT_S_MAX
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.migrations import Migration, MigrationEditedError, migrate
from antiphon.infra.postgres import Databases, database_of

_numbers = itertools.count(1)
RACERS = 8


@pytest.fixture
def tenant() -> TenantName:
    return TenantName(f"databases-{next(_numbers)}")


@pytest_asyncio.fixture
async def databases(postgres_url: str) -> AsyncIterator[Databases]:
    opened = Databases(postgres_url)
    yield opened
    await opened.close()


async def test_a_tenant_has_a_database_of_its_own(databases: Databases, tenant: TenantName) -> None:
    await databases.create(tenant)

    async with databases.connection(tenant) as connection:
        name = await connection.fetchval("SELECT current_database()")
    assert name == f"antiphon_{tenant.replace('-', '_')}"


async def test_racing_creators_make_it_once(postgres_url: str, tenant: TenantName) -> None:
    racers = [Databases(postgres_url) for _ in range(RACERS)]

    await asyncio.gather(*(one.create(tenant) for one in racers))

    async with racers[0].connection(tenant) as connection:
        assert await connection.fetchval("SELECT count(*) FROM holder_keys") == 0
    await asyncio.gather(*(one.close() for one in racers))


async def test_creating_again_keeps_what_is_there(databases: Databases, tenant: TenantName) -> None:
    await databases.create(tenant)
    async with databases.connection(tenant) as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS n")

    await databases.create(tenant)

    async with databases.connection(tenant) as connection:
        assert await connection.fetchval("SELECT n FROM kept") == 42


async def test_the_pool_of_a_tenant_is_always_the_same(
    databases: Databases, tenant: TenantName
) -> None:
    await databases.create(tenant)

    pools = await asyncio.gather(*(databases.pool(tenant) for _ in range(RACERS)))

    assert len({id(pool) for pool in pools}) == 1


@pytest.mark.parametrize("name", ["nobody", "No-Tenant", "", 'a"; DROP DATABASE postgres'])
async def test_a_tenant_without_a_database_is_unknown(databases: Databases, name: str) -> None:
    with pytest.raises(TenantUnknown):
        await databases.pool(TenantName(name))


async def test_a_name_that_cannot_be_a_tenants_is_refused(databases: Databases) -> None:
    with pytest.raises(Malformed, match="tenant"):
        await databases.create(TenantName('x"; DROP DATABASE postgres; --'))


def test_no_two_tenants_share_a_database_name() -> None:
    assert database_of(TenantName("a-b")) == "antiphon_a_b"


@pytest_asyncio.fixture
async def three_at_most(postgres_url: str) -> AsyncIterator[Databases]:
    opened = Databases(postgres_url, connections_max=3, per_tenant=2)
    yield opened
    await opened.close()


async def test_idle_connections_are_given_up_to_tenants_that_need_one(
    three_at_most: Databases,
) -> None:
    tenants = [TenantName(f"many-{number}") for number in range(6)]

    for one in tenants:
        await three_at_most.create(one)
    for one in tenants:
        async with three_at_most.connection(one) as connection:
            assert await connection.fetchval("SELECT current_database()") == database_of(one)


async def test_all_tenants_together_keep_to_the_bound(three_at_most: Databases) -> None:
    tenants = [TenantName(f"bounded-{number}") for number in range(3)]
    for one in tenants:
        await three_at_most.create(one)
    pools = [await three_at_most.pool(one) for one in tenants]
    held = [await pool.acquire() for pool in pools]

    waiting = asyncio.ensure_future(pools[0].acquire())
    done, _ = await asyncio.wait({waiting}, timeout=0.2)
    assert not done
    await pools[1].release(held[1])

    async with asyncio.timeout(SLOT_S_MAX):
        await pools[0].release(await waiting)
    await pools[0].release(held[0])
    await pools[2].release(held[2])


async def test_when_all_are_in_use_for_long_that_is_a_fault(
    three_at_most: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("antiphon.infra.connections.SLOT_S_MAX", 0.1)
    names = [TenantName(f"held-{number}") for number in range(2)]
    for one in names:
        await three_at_most.create(one)
    pools = [await three_at_most.pool(one) for one in names]
    held = [(pools[0], await pools[0].acquire()) for _ in range(2)]
    held.append((pools[1], await pools[1].acquire()))

    with pytest.raises(StoreUnavailable, match="all connections are in use"):
        await pools[1].acquire()

    for pool, connection in held:
        await pool.release(connection)


async def test_restarts_of_the_server_use_up_no_connections(
    postgres_server: PostgresServer,
) -> None:
    databases = Databases(postgres_server.url, connections_max=2)
    await databases.create(TenantName("acme"))

    for _ in range(3):
        await postgres_server.kill()
        await postgres_server.restart()
        async with databases.connection(TenantName("acme")) as connection:
            assert await connection.fetchval("SELECT 1") == 1

    await databases.close()


async def test_a_connection_that_breaks_in_use_is_a_fault(
    databases: Databases, tenant: TenantName
) -> None:
    await databases.create(tenant)

    with pytest.raises(StoreUnavailable):
        async with databases.connection(tenant) as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


async def test_a_server_that_is_not_there_is_a_fault(tenant: TenantName) -> None:
    databases = Databases("postgresql://antiphon:secret@127.0.0.1:1/postgres")

    with pytest.raises(StoreUnavailable) as fault:
        await databases.pool(tenant)

    assert "secret" not in str(fault.value)


async def test_a_refused_login_is_said_to_be_one(postgres_url: str, tenant: TenantName) -> None:
    address = postgres_url.rsplit("@", 1)[1]
    databases = Databases(f"postgresql://antiphon:guess@{address}")

    with pytest.raises(StoreUnavailable, match="login was refused"):
        await databases.pool(tenant)


FIRST = Migration("0001_first", "CREATE TABLE first (n int); INSERT INTO first VALUES (1)")
SECOND = Migration("0002_second", "ALTER TABLE first ADD COLUMN m int")
BROKEN = Migration("0003_broken", "CREATE TABLE third (n int); SELECT no_such_function()")


@pytest_asyncio.fixture
async def empty_url(postgres_url: str) -> str:
    name = f"empty_{next(_numbers)}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return postgres_url.rsplit("/", 1)[0] + f"/{name}"


async def test_of_racing_starters_exactly_one_migrates(empty_url: str) -> None:
    async def start() -> list[str]:
        connection = await asyncpg.connect(empty_url)
        try:
            return await migrate(connection, [FIRST, SECOND])
        finally:
            await connection.close()

    applied = await asyncio.gather(*(start() for _ in range(RACERS)))

    assert sorted(applied) == [[]] * (RACERS - 1) + [["0001_first", "0002_second"]]


@pytest_asyncio.fixture
async def connection(empty_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(empty_url)
    yield opened
    await opened.close()


async def test_only_what_is_missing_is_applied(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await migrate(connection, [FIRST])

    assert await migrate(connection, [FIRST, SECOND]) == ["0002_second"]


async def test_a_migration_that_fails_leaves_nothing_of_the_others(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    with pytest.raises(asyncpg.UndefinedFunctionError):
        await migrate(connection, [FIRST, BROKEN])

    assert await connection.fetchval("SELECT to_regclass('first')") is None
    assert await migrate(connection, [FIRST]) == ["0001_first"]


async def test_an_edited_migration_is_noticed(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    await migrate(connection, [FIRST])

    with pytest.raises(MigrationEditedError, match="0001_first"):
        await migrate(connection, [Migration(FIRST.name, "CREATE TABLE other (n int)")])
