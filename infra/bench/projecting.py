"""The transcript projection catching up with a long log: facts a second, log to committed rows.

Beside it the ceiling, from the same log in the same run: the same cursor, each fact decoded into
its envelope and no further (no event, no key, nothing opened), one row a fact given to COPY, in
transactions of the same size that move a checkpoint. And COPY alone, of rows made beforehand.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import uvloop
from msgspec import Struct

from ...events.base import Position
from ...events.codec import decode_envelope
from ...events.log import Stored
from ...events.progress import Progress
from ...events.subjects import fact_filters, facts_stream
from ...projections import runner, transcript
from ...projections.ahead import BATCH_FACTS_MAX, ahead
from ...projections.store import Pool
from ..main import calm_the_collector
from .projection_peers import PeerRate, peer_rates, rows_of
from .rows import Row
from .servers import TENANT, History, history_of

FACTS = 150_000  # some seconds of work: batches run full, and the start does not count
ROUNDS = 3
SHARE = 0.6  # of the ceiling, promised
GIVE_UP_S = 120.0

_LINES = (
    "contact_id",
    "utterance_id",
    "track",
    "text",
    "started_ms",
    "ended_ms",
    "confidence",
    "position",
)


class Rates(Struct, frozen=True):
    """Facts or rows a second."""

    projected: float
    decoded: float  # followed and decoded, nothing written
    ceiling: float  # followed and copied
    copied: float  # copied alone
    peers: dict[str, PeerRate]


def run() -> list[Row]:
    """Return the projection's rate beside the ceiling of the same run."""
    calm_the_collector()  # as the product does
    rates = uvloop.run(_measure())
    share = rates.projected / rates.ceiling
    return [
        Row(
            what="facts followed and decoded, nothing written",
            value=rates.decoded,
            unit="/s",
        ),
        Row(
            what=f"transcript projection, {FACTS:,} facts, log to committed rows",
            value=rates.projected,
            unit="/s",
            beside=f"log to COPY {rates.ceiling:,.0f}/s, {share:.0%} of it; "
            f"COPY of rows in memory {rates.copied:,.0f}/s",
            aim=f"{SHARE:.0%} of log to COPY",
            met=share >= SHARE,
        ),
        *rows_of(rates.peers, ours=rates.projected),
    ]


async def _measure() -> Rates:
    async with history_of(FACTS) as history:
        async with asyncio.timeout(GIVE_UP_S):
            copied = await _copy_rate(history.pool)
            rounds = [
                (
                    await _ceiling_rate(history),
                    await _decode_rate(history),
                    await _projection_rate(history),
                )
                for _ in range(ROUNDS)
            ]
            # By turns, and the median of each: the machine is not equally fast all the time.
            ceiling, decoded, projected = map(statistics.median, zip(*rounds, strict=True))
        # Peers are given up one by one, each by name.
        peers = await peer_rates(
            nats_url=history.nats_url,
            postgres_url=history.postgres_url,
            tenant=TENANT,
            journal=history.journal,
        )
    return Rates(projected=projected, decoded=decoded, ceiling=ceiling, copied=copied, peers=peers)


async def _copy_rate(pool: Pool) -> float:
    rows = [
        (f"call-{n // 80:06d}", f"from_customer-{n}", "from_customer", "w" * 45, n, n, 0.93, n)
        for n in range(FACTS)
    ]
    async with _copying(pool) as copy:
        began = time.perf_counter()
        for first in range(0, FACTS, BATCH_FACTS_MAX):
            await copy(rows[first : first + BATCH_FACTS_MAX])
        return FACTS / (time.perf_counter() - began)


async def _ceiling_rate(history: History) -> float:
    async with _copying(history.pool) as copy:
        began = time.perf_counter()
        entries = history.log.follow(facts_stream(TENANT), fact_filters(TENANT))
        rows = _rows_of(entries, upto=history.end)
        async with aclosing(entries), aclosing(ahead(rows, gather_s=0.0)) as batches:
            async for batch in batches:
                await copy(batch)
        return FACTS / (time.perf_counter() - began)


async def _rows_of(
    entries: AsyncGenerator[Sequence[Stored]], *, upto: Position
) -> AsyncGenerator[Sequence[Any]]:
    async for batch in entries:
        rows: list[tuple[Any, ...]] = []
        for stored in batch:
            envelope = decode_envelope(stored.payload)
            at = stored.position
            rows.append((envelope.aggregate, envelope.id, "", envelope.type, at, at, 0.0, at))
        yield rows
        if batch and batch[-1].position >= upto:
            return


@asynccontextmanager
async def _copying(pool: Pool) -> AsyncGenerator[Callable[[Sequence[Any]], Awaitable[None]]]:
    """Yield what copies rows into an empty table like the transcript's, and moves a checkpoint."""
    async with pool.acquire() as connection:
        await connection.execute("CREATE SCHEMA ceiling; SET search_path = ceiling")
        await connection.execute(transcript.PROJECTION.schema)
        await connection.execute("CREATE TABLE checkpoint AS SELECT 0::bigint AS position")

        async def copy(rows: Sequence[Any]) -> None:
            async with connection.transaction():
                await connection.execute("SET LOCAL synchronous_commit = off")
                await connection.copy_records_to_table(
                    "transcript_line", records=rows, columns=_LINES
                )
                await connection.execute("UPDATE checkpoint SET position = $1", len(rows))

        yield copy
        await connection.execute("DROP SCHEMA ceiling CASCADE")


async def _decode_rate(history: History) -> float:
    began = time.perf_counter()
    batches = history.journal.follow(TENANT)
    async for batch in batches:
        if batch and batch[-1].position >= history.end:
            break
    await batches.aclose()
    return FACTS / (time.perf_counter() - began)


async def _projection_rate(history: History) -> float:
    await history.pool.execute(f"DROP SCHEMA IF EXISTS {transcript.PROJECTION.home} CASCADE")
    began = time.perf_counter()
    await project_all(history)
    return FACTS / (time.perf_counter() - began)


async def project_all(history: History) -> None:
    """Let the transcript follow a log to its end."""
    progress = _Reaching(history.end)
    running = asyncio.create_task(
        runner.run(
            transcript.PROJECTION,
            tenant=TENANT,
            journal=history.journal,
            pool=history.pool,
            progress=progress,
        )
    )
    await progress.there.wait()
    running.cancel()
    await asyncio.wait([running])
    shown = await history.pool.fetchval("SELECT position FROM transcript_checkpoint")
    assert shown == history.end, "what was measured is not what was committed"


class _Reaching(Progress):
    """Progress whose end can be waited for."""

    def __init__(self, end: Position) -> None:
        super().__init__("projection_transcript", TENANT)
        self.there = asyncio.Event()
        self._end = end

    def reached(self, position: Position) -> None:
        super().reached(position)
        if position >= self._end:
            self.there.set()
