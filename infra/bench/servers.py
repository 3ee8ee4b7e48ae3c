"""A broker and a database of a benchmark's own, with made-up calls in the broker's log."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from msgspec import Struct

from ...events.base import Position, TenantName
from ...events.journal import Journal
from ...events.log import EventLog
from ...projections.store import Pool
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..jetstream.connection import connected
from ..jetstream.log import JetStreamLog
from ..jetstream.streams import Streams
from ..key_store import PostgresKeys
from ..postgres import Databases
from .history import tell

TENANT = TenantName("bench")
BROKER_SYNC = "2m"  # the broker's own default: what is measured here is not its disk


class History(Struct, frozen=True, kw_only=True):
    """A log full of facts, and an empty database beside it."""

    log: EventLog
    journal: Journal
    pool: Pool
    end: Position
    nats_url: str  # for peers that connect by themselves
    postgres_url: str


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL's service account has to come through
        yield directory


@asynccontextmanager
async def history_of(facts: int) -> AsyncGenerator[History]:
    """Yield a log that holds so many facts of made-up calls; everything is gone afterwards."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(_directory())
        nats = await stack.enter_async_context(NatsServer(directory, sync_interval=BROKER_SYNC))
        postgres = await stack.enter_async_context(PostgresServer(directory))
        nc = await stack.enter_async_context(connected(nats.url, name="bench"))
        databases = Databases(postgres.url)
        stack.push_async_callback(databases.close)
        await databases.create(TENANT)
        await Streams(nc).create_tenant(TENANT)
        keys = await PostgresKeys.open(databases, root_key_file=directory / "root.key")
        end = await tell(nc, tenant=TENANT, keys=keys, facts=facts)
        log = JetStreamLog(nc)
        yield History(
            log=log,
            journal=Journal(log, keys),
            pool=await databases.pool(TENANT),
            end=end,
            nats_url=nats.url,
            postgres_url=postgres.url,
        )
