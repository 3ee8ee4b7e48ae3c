"""The parts that every tenant's loops are made of, connected to their servers."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ..events.audio import AudioLog
from ..events.journal import Journal
from ..events.live import Live
from ..services.reactor import Leases
from .jetstream import leases as lease_bucket
from .jetstream import tenants as tenant_bucket
from .jetstream.connection import connected
from .jetstream.leases import Leases as JetStreamLeases
from .jetstream.live import NatsLive
from .jetstream.log import JetStreamLog
from .jetstream.streams import Streams
from .jetstream.tenants import Tenants
from .key_store import PostgresKeys
from .postgres import Databases

ROOT_KEY_FILE = "root.key"


class Parts(Struct, frozen=True, kw_only=True):
    """One process's connections and what stands on them."""

    journal: Journal
    audio: AudioLog
    live: Live
    databases: Databases
    tenants: Tenants
    leases: Leases


@asynccontextmanager
async def connect(*, nats_url: str, postgres_url: str, data_dir: Path) -> AsyncGenerator[Parts]:
    """Connect to the log and the stores, making what is missing there; close at the end.

    Raises:
        LogUnavailable, StoreUnavailable: a server does not answer.
        RootKeyMissing: keys exist that this data directory's root key did not wrap.
    """
    async with AsyncExitStack() as stack:
        nc = await stack.enter_async_context(connected(nats_url, name="antiphon"))
        databases = Databases(postgres_url)
        stack.push_async_callback(databases.close)
        keys = await PostgresKeys.open(databases, root_key_file=data_dir / ROOT_KEY_FILE)
        log, streams = JetStreamLog(nc), Streams(nc)
        for bucket in (lease_bucket.BUCKET, tenant_bucket.BUCKET):
            await streams.create_bucket(bucket)
        tenants = Tenants(log, streams.create_tenant)
        await tenants.load()
        yield Parts(
            journal=Journal(log, keys),
            audio=AudioLog(log, keys),
            live=NatsLive(nc),
            databases=databases,
            tenants=tenants,
            leases=JetStreamLeases(log),
        )


def now() -> datetime:
    """The clock of everything that is not decided."""
    return datetime.now(UTC)
