"""The parts that every tenant's loops are made of, connected to their servers."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ..commands.erasure import Eraser
from ..events.audio import AudioLog
from ..events.base import TenantName
from ..events.erasure import INDEX_HOLDER
from ..events.journal import Journal
from ..events.live import Live
from ..events.log import EventLog
from ..events.register import Register
from ..projections.catalogue import PROJECTIONS
from ..projections.generations import forget_spares
from .erased_first import ErasedFirst
from .jetstream import attendance as process_bucket
from .jetstream import delivery_notes
from .jetstream import leases as lease_bucket
from .jetstream import letters as letter_bucket
from .jetstream import tenants as tenant_bucket
from .jetstream.connection import connected
from .jetstream.leases import Leases
from .jetstream.letters import LetterBox
from .jetstream.live import NatsLive
from .jetstream.log import JetStreamLog
from .jetstream.presence import NatsPresence
from .jetstream.streams import Streams
from .jetstream.tenants import Tenants
from .key_store import PostgresKeys
from .kms import KmsKey
from .postgres import Databases
from .tenant_keys import TenantKeys

ROOT_KEY_FILE = "root.key"


class Parts(Struct, frozen=True, kw_only=True):
    """One process's connections and what stands on them."""

    log: EventLog
    journal: Journal
    register: Register
    keys: ErasedFirst
    tenant_keys: TenantKeys  # what the key store's keys are wrapped by
    eraser: Eraser
    audio: AudioLog
    live: Live
    databases: Databases
    tenants: Tenants
    leases: Leases
    letters: LetterBox

    async def index_key(self, tenant: TenantName) -> bytes:
        """Return the key of the index from customers to contacts; the same for ever."""
        return (await self.keys.obtain(tenant, INDEX_HOLDER)).secret


@asynccontextmanager
async def connect(
    *, nats_url: str, postgres_url: str, data_dir: Path, kms: KmsKey | None = None
) -> AsyncGenerator[Parts]:
    """Connect to the log and the stores, making what is missing there; close at the end.

    Raises:
        LogUnavailable, StoreUnavailable: a server does not answer.
        RootKeyMissing: keys exist that this data directory's root key did not wrap.
        KeysUnavailable: KMS does not answer.
    """
    async with AsyncExitStack() as stack:
        nc = await stack.enter_async_context(connected(nats_url, name="antiphon"))
        databases = Databases(postgres_url)
        stack.push_async_callback(databases.close)
        stored = await PostgresKeys.open(databases, root_key_file=data_dir / ROOT_KEY_FILE, kms=kms)
        log, streams = JetStreamLog(nc), Streams(nc)
        keys = ErasedFirst(stored, register=Register(log, stored), databases=databases)
        for bucket in (lease_bucket.BUCKET, letter_bucket.BUCKET, tenant_bucket.BUCKET):
            await streams.create_bucket(bucket)
        await streams.create_bucket(process_bucket.BUCKET, **process_bucket.BUCKET_SETTINGS)
        await streams.create_bucket(delivery_notes.BUCKET, **delivery_notes.BUCKET_SETTINGS)
        tenants = Tenants(log, streams.create_tenant)
        await tenants.load()
        journal, register = Journal(log, keys), Register(log, keys)
        yield Parts(
            log=log,
            journal=journal,
            register=register,
            keys=keys,
            tenant_keys=stored.tenant_keys,
            eraser=Eraser(
                journal=journal,
                register=register,
                keys=keys,
                forget_copies=_forgetting(databases),
                now=now,
            ),
            audio=AudioLog(log, keys),
            live=NatsLive(nc),
            databases=databases,
            tenants=tenants,
            leases=Leases(log, presence=NatsPresence(nc)),
            letters=LetterBox(log),
        )


def _forgetting(databases: Databases) -> Callable[[TenantName], Awaitable[None]]:
    async def forget(tenant: TenantName) -> None:
        pool = await databases.pool(tenant)
        for projection in PROJECTIONS:
            await forget_spares(projection, pool=pool)

    return forget


def now() -> datetime:
    """The clock of everything that is not decided."""
    return datetime.now(UTC)
