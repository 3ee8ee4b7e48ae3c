"""The history of one contact as the API gives it, out of a large log: by its positions.

Every answer is a whole one: who reads is recorded, the facts are fetched, their sealed texts
opened, and lines made of them; over ASGI, without a socket. The database and the broker are
two more processes on the same cores.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar import Litestar

from ...api.app import create_app
from ...events.base import ContactRef, Draft, EventId, Position, TenantName, UtteranceId
from ...events.codec import encode
from ...events.journal import Journal
from ...events.keys import KeyStore
from ...events.register import Register
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized, WordTime
from ...events.subjects import configuration_stream
from ...projections import contact_positions
from ...projections.rebuilding import rebuild
from ..archiving import Archives, Past
from ..contact_index import ReadModelIndex
from ..embedded.postgres import PostgresServer
from ..jetstream.client import Connection
from ..jetstream.log import JetStreamLog
from ..memory_keys import MemoryKeys
from ..memory_live import MemoryLive
from ..memory_log import MemoryLog
from ..object_store.directory import DirectoryStore
from ..postgres import Databases
from .lone_log import TENANT
from .rows import Row, quantile

P99_AIM_MS = 50.0
INDEX_S_MAX = 300.0
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = "the ceiling came down last night and nobody"


async def payload_of(contact: ContactRef, keys: KeyStore) -> bytes:
    """Return what an utterance of a contact is in the log: eight words, sealed."""
    event = UtteranceFinalized(
        utterance_id=UtteranceId("from_customer-1"),
        track="from_customer",
        text=Sealed(WORDS),
        words=tuple(WordTime(400 * n, 400 * n + 320, 0.9) for n in range(len(WORDS.split()))),
        started_ms=0,
        ended_ms=3_200,
        confidence=0.93,
        recognizer="whisper-tiny.en/1",
        audio_upto=Position(1),
    )
    draft = Draft(
        event=event,
        id=EventId(f"{contact.contact_id}-said"),
        occurred_at=NOON,
        actor="service:bench",
        correlation=contact.contact_id,
    )
    key = await keys.obtain(contact.tenant, f"contact/{contact.contact_id}")
    return encode(draft, contact, key=key)


async def measure(
    nc: Connection,
    keys: KeyStore,
    *,
    first: Sequence[ContactRef],
    then: Sequence[ContactRef],
    events: int,
) -> list[Row]:
    """Return how long the index took, and the histories: each is of so many events.

    Those of `first` are read from a log that nobody has read for a while: what the broker loads
    for them, stretch by stretch, it has at hand for `then`.
    """
    async with _databases() as databases:
        log = JetStreamLog(nc)
        indexed_per_s, size_bytes, end = await _index(log, keys, databases)
        cold_ms = await _histories_ms(log, keys, databases, contacts=first, events=events)
        warm_ms = await _histories_ms(log, keys, databases, contacts=then, events=events)
    of_how_many = f"{events} events out of {end:,}"
    p99 = quantile(warm_ms, 0.99)
    return [
        Row(
            what=f"history of a contact over the API, {of_how_many}: p99",
            value=p99,
            unit="ms",
            beside=f"p50 {quantile(warm_ms, 0.5):.1f} ms; of the first {len(cold_ms)}, for which "
            f"the broker loads the log from disk, p50 {quantile(cold_ms, 0.5):.1f} ms, "
            f"longest {max(cold_ms):.0f} ms",
            aim=f"under {P99_AIM_MS:g} ms",
            met=p99 < P99_AIM_MS,
        ),
        Row(
            what="the positions that this reads by, log to committed rows",
            value=indexed_per_s,
            unit="/s",
            beside=f"{size_bytes / end:.1f} B of table and index a fact",
        ),
    ]


async def _index(
    log: JetStreamLog, keys: KeyStore, databases: Databases
) -> tuple[float, int, Position]:
    async with asyncio.timeout(INDEX_S_MAX):
        done = await rebuild(
            contact_positions.PROJECTION,
            tenant=TENANT,
            history=Journal(log, keys),
            pool=await databases.pool(TENANT),
            accept_differences=True,  # there is nothing yet to compare with
        )
    assert done.exchanged
    async with databases.connection(TENANT) as connection:
        size_bytes = await connection.fetchval("SELECT pg_total_relation_size('contact_positions')")
    return done.facts / done.seconds, size_bytes, done.position


async def _histories_ms(
    log: JetStreamLog,
    keys: KeyStore,
    databases: Databases,
    *,
    contacts: Sequence[ContactRef],
    events: int,
) -> list[float]:
    delays_ms: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        store = DirectoryStore(Path(directory))
        past = Past(Archives(store=store, log=log, keys=keys, index=ReadModelIndex(databases)))
        asgi: Any = await _app(Journal(log, keys), past, databases)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(asgi), base_url=f"http://{TENANT}.localhost"
        ) as http:
            for contact in contacts:
                began_s = time.perf_counter()
                answer = await http.get(f"/v1/contacts/{contact.contact_id}/events")
                delays_ms.append((time.perf_counter() - began_s) * 1_000)
                _check(answer, contact=contact, events=events)
    return delays_ms


def _check(answer: httpx.Response, *, contact: ContactRef, events: int) -> None:
    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert len(lines) == events, f"{len(lines)} events of a contact were told"
    assert {line["contact_id"] for line in lines} == {contact.contact_id}
    assert lines[-1]["data"]["text"] == WORDS


async def _app(journal: Journal, past: Past, databases: Databases) -> Litestar:
    register = MemoryLog()
    await register.create(configuration_stream(TENANT))
    return create_app(
        journal=journal,
        history=past,
        register=Register(register, MemoryKeys()),
        databases=databases,
        tenants=_OneTenant(),
        live=MemoryLive(),
        loops=(),
        now=lambda: datetime.now(UTC),
    )


class _OneTenant:
    """The only tenant."""

    def exists(self, name: TenantName) -> bool:
        return name == TENANT


@asynccontextmanager
async def _databases() -> AsyncGenerator[Databases]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(PostgresServer(stack.enter_context(_directory())))
        databases = Databases(server.url)
        stack.push_async_callback(databases.close)
        await databases.create(TENANT)
        yield databases


@contextmanager
def _directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o711)  # PostgreSQL's service account has to come through
        yield directory
