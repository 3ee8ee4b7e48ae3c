"""Every KeyStore against the contract, and what only the one in PostgreSQL promises."""

import asyncio
import itertools
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.errors import KeyDestroyed, RootKeyMissing, StoreUnavailable, TenantUnknown
from antiphon.events.base import TenantName
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.erased_first import ErasedFirst
from antiphon.infra.key_store import CACHE_S, PostgresKeys
from antiphon.infra.kms import KmsKey
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.postgres import Databases
from antiphon.infra.root_key import RootKeys
from antiphon.infra.tenant_keys import TenantKeys
from antiphon.infra.wrapping import WrappedKey

from ..contracts.key_store import KeyStoreContract
from ..kms_server import KmsServer

_numbers = itertools.count(1)


class TestMemoryKeys(KeyStoreContract):
    @pytest.fixture
    def tenant(self) -> TenantName:
        return TenantName("acme")

    @pytest.fixture
    def keys(self) -> MemoryKeys:
        return MemoryKeys()


@pytest.fixture(scope="session")
def root_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # The shared server knows one root key, so all tests on it share the file.
    return tmp_path_factory.mktemp("keys") / "root.key"


@pytest_asyncio.fixture
async def databases(control_url: str) -> AsyncIterator[Databases]:
    opened = Databases(control_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def control_url(postgres_url: str) -> str:
    """A control database of this module's own: a root key belongs to one for ever."""
    import asyncpg

    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE control_of_keys")
    await connection.close()
    return postgres_url.rsplit("/", 1)[0] + "/control_of_keys"


@pytest_asyncio.fixture
async def tenant(databases: Databases) -> TenantName:
    name = TenantName(f"keys-{next(_numbers)}")
    await databases.create(name)
    return name


@pytest_asyncio.fixture
async def keys(databases: Databases, root_key_file: Path) -> PostgresKeys:
    return await PostgresKeys.open(databases, root_key_file=root_key_file)


class TestPostgresKeys(KeyStoreContract):
    pass


class TestKeysWrappedByKms(KeyStoreContract):
    @pytest_asyncio.fixture
    async def keys(self, databases: Databases, root_key_file: Path, kms: KmsServer) -> PostgresKeys:
        wrapper = KmsKey(kms.create_key(), endpoint=kms.url)
        return await PostgresKeys.open(databases, root_key_file=root_key_file, kms=wrapper)


class TestErasedFirst(KeyStoreContract):
    @pytest_asyncio.fixture
    async def keys(
        self, databases: Databases, root_key_file: Path, tenant: TenantName
    ) -> ErasedFirst:
        log = MemoryLog()
        await log.create(configuration_stream(tenant))
        stored = await PostgresKeys.open(databases, root_key_file=root_key_file)
        return ErasedFirst(stored, register=Register(log, stored), databases=databases)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_two_processes_get_the_same_key(
    databases: Databases, control_url: str, root_key_file: Path, tenant: TenantName
) -> None:
    other_databases = Databases(control_url)
    stores = [
        await PostgresKeys.open(one, root_key_file=root_key_file)
        for one in (databases, other_databases)
    ]

    made = await asyncio.gather(*(store.obtain(tenant, "contact/c1") for store in stores))

    assert made[0].secret == made[1].secret
    await other_databases.close()


async def test_a_key_destroyed_elsewhere_stops_working_here_after_a_while(
    databases: Databases, root_key_file: Path, tenant: TenantName
) -> None:
    clock = Clock()
    root = await RootKeys.open(databases, root_key_file)
    here = PostgresKeys(TenantKeys(databases, [root]), clock=clock)
    elsewhere = PostgresKeys(TenantKeys(databases, [root]))
    key = await here.obtain(tenant, "contact/c1")

    await elsewhere.destroy(tenant, "contact/c1")
    clock.now += CACHE_S

    assert await here.find(tenant, {key.id}) == {}
    with pytest.raises(KeyDestroyed):
        await here.obtain(tenant, "contact/c1")


async def test_keys_of_contacts_that_are_over_are_let_go(
    databases: Databases, root_key_file: Path, tenant: TenantName
) -> None:
    clock = Clock()
    root = await RootKeys.open(databases, root_key_file)
    keys = PostgresKeys(TenantKeys(databases, [root]), clock=clock)
    for number in range(5):
        await keys.obtain(tenant, f"contact/c{number}")
    clock.now += CACHE_S / 2
    await keys.obtain(tenant, "contact/c5")
    assert keys.remembered == 6

    clock.now += CACHE_S / 2
    await keys.obtain(tenant, "contact/c6")

    assert keys.remembered == 2


async def test_a_key_that_was_being_read_as_it_was_forgotten_is_not_remembered(
    databases: Databases, root_key_file: Path, tenant: TenantName
) -> None:
    root = await RootKeys.open(databases, root_key_file)
    elsewhere = PostgresKeys(TenantKeys(databases, [root]))
    made = await elsewhere.obtain(tenant, "contact/c1")

    class SlowRoot(RootKeys):
        """Takes so long to unwrap that the erasure comes in between."""

        async def unwrap(self, key: WrappedKey) -> bytes:
            await elsewhere.destroy(tenant, "contact/c1")
            here.forget(tenant, "contact/c1")
            return await super().unwrap(key)

    here = PostgresKeys(TenantKeys(databases, [SlowRoot(databases, root_key_file)]))

    assert set(await here.find(tenant, {made.id})) == {made.id}  # it was there when asked

    assert await here.find(tenant, {made.id}) == {}


async def test_secrets_are_not_in_the_database(
    databases: Databases, keys: PostgresKeys, tenant: TenantName
) -> None:
    key = await keys.obtain(tenant, "contact/c1")

    async with databases.connection(tenant) as connection:
        row = await connection.fetchrow("SELECT * FROM holder_keys WHERE key_id = $1", key.id)

    assert row is not None
    assert key.secret not in row["wrapped"]


async def test_a_row_moved_to_another_holder_does_not_open(
    databases: Databases, root_key_file: Path, keys: PostgresKeys, tenant: TenantName
) -> None:
    key = await keys.obtain(tenant, "contact/c1")
    async with databases.connection(tenant) as connection:
        await connection.execute("UPDATE holder_keys SET holder = 'contact/thief'")

    uncached = await PostgresKeys.open(databases, root_key_file=root_key_file)
    with pytest.raises(RootKeyMissing, match=f"did not wrap key {key.id}"):
        await uncached.obtain(tenant, "contact/thief")


async def test_an_unknown_tenant_is_said_to_be_unknown(keys: PostgresKeys) -> None:
    with pytest.raises(TenantUnknown):
        await keys.obtain(TenantName("nobody"), "contact/c1")


async def test_the_root_key_is_for_its_owner_only(keys: PostgresKeys, root_key_file: Path) -> None:
    assert stat.S_IMODE(root_key_file.stat().st_mode) == 0o600


async def test_without_its_root_key_an_installation_does_not_start(
    databases: Databases, keys: PostgresKeys, tmp_path: Path
) -> None:
    missing = tmp_path / "root.key"

    with pytest.raises(RootKeyMissing, match="is missing"):
        await PostgresKeys.open(databases, root_key_file=missing)

    assert not missing.exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("11" * 32, "another key", id="another key"),
        pytest.param("not hexadecimal", "does not hold a key", id="no key"),
        pytest.param("11", "shorter", id="too short"),
    ],
)
async def test_a_wrong_root_key_is_refused(
    databases: Databases, keys: PostgresKeys, tmp_path: Path, content: str, problem: str
) -> None:
    wrong = tmp_path / "root.key"
    wrong.write_text(content)

    with pytest.raises(RootKeyMissing, match=problem):
        await PostgresKeys.open(databases, root_key_file=wrong)


async def test_a_database_that_is_away_is_a_fault_and_comes_back(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    tenant = TenantName("acme")
    databases = Databases(postgres_server.url)
    await databases.create(tenant)
    keys = await PostgresKeys.open(databases, root_key_file=tmp_path / "root.key")
    made = await keys.obtain(tenant, "contact/c1")

    await postgres_server.kill()
    with pytest.raises(StoreUnavailable):
        await keys.obtain(tenant, "contact/c2")
    await postgres_server.restart()

    assert (await keys.obtain(tenant, "contact/c2")).id != made.id
    await databases.close()
