"""Where a contract is tried: in memory, and on a real nats-server. Mixed into test classes."""

import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest_asyncio
from antiphon.events.base import ContactId, ContactRef, Position, TenantName
from antiphon.events.keys import KeyStore
from antiphon.events.live import Live
from antiphon.events.log import Entry, EventLog, PositionReads
from antiphon.events.subjects import audio_stream, configuration_stream, facts_stream
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.letters import BUCKET as LETTERS
from antiphon.infra.jetstream.live import NatsLive
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams, bucket_stream
from antiphon.infra.jetstream.tenants import BUCKET as TENANTS
from antiphon.infra.jetstream.tenants import Tenants
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from msgspec import Struct
from nats.aio.client import Client

from ..cluster import NODES, Cluster

AUDIO_BYTES_MAX = 16 * 1024 * 1024
BUCKETS = (PROCESSES, LEASES, LETTERS, TENANTS)


class Place(Struct, frozen=True):
    """A log with one tenant of the test's own, and what goes with it."""

    log: EventLog
    keys: KeyStore
    live: Live
    tenants: Tenants
    create_streams: Callable[[TenantName], Awaitable[None]]
    tenant: TenantName

    @property
    def stream(self) -> str:
        return facts_stream(self.tenant)

    @property
    def by_position(self) -> PositionReads:
        assert isinstance(self.log, PositionReads)
        return self.log

    def subject(self, name: str) -> str:
        return f"ev.{self.tenant}.{name}"

    def contact(self, contact_id: str = "c-1") -> ContactRef:
        return ContactRef(self.tenant, ContactId(contact_id))

    async def append(
        self, name: str, *payloads: str, expected: int | None = None, ids: str = ""
    ) -> Position:
        """Append one entry a payload; their ids are new, or begin with `ids`."""
        ids = ids or uuid.uuid4().hex
        entries = [Entry(f"{ids}-{n}", one.encode()) for n, one in enumerate(payloads)]
        at = None if expected is None else Position(expected)
        return await self.log.append(self.stream, self.subject(name), entries, expected=at)

    async def payloads(self, *names: str) -> list[str]:
        """Return what stands on these subjects, in the stream's order."""
        filters = [self.subject(name) for name in names or (">",)]
        return [
            stored.payload.decode()
            async for batch in self.log.read(self.stream, filters)
            for stored in batch
        ]


def new_tenant() -> TenantName:
    return TenantName(f"t{uuid.uuid4().hex[:12]}")


class InMemory:
    @pytest_asyncio.fixture
    async def place(self) -> Place:
        log = MemoryLog()

        async def create_streams(tenant: TenantName) -> None:
            for name in (facts_stream, configuration_stream, audio_stream):
                await log.create(name(tenant))

        for bucket in BUCKETS:
            await log.create(bucket_stream(bucket))
        tenants = Tenants(log, create_streams)
        tenant = await tenants.add(new_tenant())
        return Place(log, MemoryKeys(), MemoryLive(), tenants, create_streams, tenant)


class OnJetStream:
    @pytest_asyncio.fixture
    async def place(self, nats_url: str) -> AsyncGenerator[Place]:
        async with jetstream_place(nats_url) as place:
            yield place


class OnCluster:
    @pytest_asyncio.fixture
    async def place(self, cluster: Cluster) -> AsyncGenerator[Place]:
        async with jetstream_place(cluster.url, replicas=NODES) as place:
            yield place


@asynccontextmanager
async def jetstream_place(
    url: str, *, replicas: int = 1, name: str = "test"
) -> AsyncGenerator[Place]:
    async with AsyncExitStack() as stack:
        nc = await stack.enter_async_context(connected(url, name=name))
        log = JetStreamLog(nc)
        streams = Streams(nc, replicas=replicas, audio_bytes_max=AUDIO_BYTES_MAX)
        for bucket in BUCKETS:
            await streams.create_bucket(bucket)
        tenants = Tenants(log, streams.create_tenant)
        tenant = await tenants.add(new_tenant())
        stack.push_async_callback(_drop, nc, tenant)
        yield Place(log, MemoryKeys(), NatsLive(nc), tenants, streams.create_tenant, tenant)


async def _drop(nc: Client, tenant: TenantName) -> None:
    if not nc.is_connected:
        return  # a test that killed its own server has nothing to tidy up
    for name in (facts_stream, configuration_stream, audio_stream):
        await nc.request(f"$JS.API.STREAM.DELETE.{name(tenant)}", timeout=5)
