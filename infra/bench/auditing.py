"""Reading the past for an audit: from the log to lines, beside raw reads of the same bytes.

One log of made-up calls; four of five facts hold sealed words. Lines are made in this process,
as `/v1/audit/events` makes them, and thrown away; once more over HTTP, to a reader of its own
process. The broker and the reader are two more processes on the same cores.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

import uvloop
from msgspec import Struct

from ...api.app import create_app
from ...api.ports import Limits, Ports
from ...api.selection import Selection
from ...api.trail import Trail
from ...commands.known import KnownContacts
from ...events.base import START, TenantName
from ...events.register import Register
from ...events.subjects import fact_filters, facts_stream
from ...projections import generations, redaction
from ...projections.store import Pool
from .. import http
from ..jetstream.connection import connected
from ..jetstream.pages import Pages
from ..jetstream.requests import Requests
from ..memory_keys import MemoryKeys
from ..memory_live import MemoryLive
from ..memory_log import MemoryLog
from .rows import Row
from .servers import TENANT, History, history_of

FACTS = 200_000  # some seconds of work
AIM_PER_S = 60_000
ROUNDS = 2  # the better one of each counts: what is sought is what the code can do
GIVE_UP_S = 240.0

_READER = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as server:
    head = [f"GET {sys.argv[2]} HTTP/1.1", "Host: bench.localhost", "Connection: close", "", ""]
    server.sendall("\\r\\n".join(head).encode())
    tail = b""
    while piece := server.recv(1 << 20):
        tail = (tail + piece)[-200:]
sys.exit(0 if b'"complete":true' in tail else 1)
"""


_VERIFIED = """
INSERT INTO redaction_contact
       (contact_id, started, standing, state, reason, problem, findings, masks, changed_at,
        position)
SELECT 'call-' || lpad(number::text, 6, '0'), true, '{}', 'verified', '', '', 0, '[]', now(), $2
  FROM generate_series(0, $1::integer) AS number
"""
_SHOWN = "UPDATE redaction_checkpoint SET position = $1"


def run() -> list[Row]:
    """Return lines a second, each way, beside raw reads of the same run."""
    return uvloop.run(_measure())


async def _measure() -> list[Row]:
    async with asyncio.timeout(GIVE_UP_S), history_of(FACTS) as history:
        await _let_all_out(history)
        rounds = [await _round(history) for _ in range(ROUNDS)]
    raw, pages, sealed, opened, over_http = (_best(paces) for paces in zip(*rounds, strict=True))
    return [
        Row(
            what=f"raw reads of {FACTS:,} facts, as a long read is made",
            value=raw.per_s,
            unit="/s",
            beside=f"{raw.processor_us:.1f} µs of this process a fact",
        ),
        Row(
            what="raw reads of the same by pages of direct gets",
            value=pages.per_s,
            unit="/s",
            beside=f"{pages.processor_us:.1f} µs of this process a fact",
        ),
        _row("audit lines, sealed texts as stored", sealed, raw),
        _row("audit lines, texts opened", opened, raw),
        _row("audit lines over HTTP, texts opened", over_http, raw),
    ]


async def _let_all_out(history: History) -> None:
    """Have every call verified, as the read model tells it: what is sealed costs nothing to open.

    More calls than there are take nothing: they are looked up by their ids.
    """
    epoch = (await history.journal.state(TENANT)).epoch
    model = redaction.PROJECTION
    async with history.pool.acquire() as connection, connection.transaction():
        await generations.make(connection, model, home=model.home, epoch=epoch)
        await connection.execute(_VERIFIED, FACTS // 10, history.end)
        await connection.execute(_SHOWN, history.end)


class _Pace(Struct, frozen=True):
    """How fast facts were read, and what of this process's time each took."""

    per_s: float
    processor_us: float


def _best(paces: Sequence[_Pace]) -> _Pace:
    return max(paces, key=lambda pace: pace.per_s)


async def _round(history: History) -> tuple[_Pace, _Pace, _Pace, _Pace, _Pace]:
    return (
        await _pace(_read(_raw(history))),
        await _pace(_read(_pages(history))),
        await _pace(_read(_lines(history, texts_open=False))),
        await _pace(_read(_lines(history, texts_open=True))),
        await _http_pace(history),
    )


def _row(what: str, pace: _Pace, raw: _Pace) -> Row:
    return Row(
        what=what,
        value=pace.per_s,
        unit="/s",
        beside=(
            f"raw reads of the same bytes: {raw.per_s:,.0f}/s; {pace.per_s / raw.per_s:.0%} of it; "
            f"{pace.processor_us:.1f} µs of this process a fact, {raw.processor_us:.1f} of them raw"
        ),
        aim=f"{AIM_PER_S:,}/s",
        met=pace.per_s >= AIM_PER_S,
    )


async def _pace(reading: Awaitable[None]) -> _Pace:
    began_s, used_s = time.perf_counter(), time.process_time()
    await reading
    took_s, used_s = time.perf_counter() - began_s, time.process_time() - used_s
    return _Pace(FACTS / took_s, used_s / FACTS * 1_000_000)


async def _read(pieces: AsyncGenerator[int]) -> None:
    count = 0
    async with aclosing(pieces):
        async for facts in pieces:
            count += facts
    assert count == FACTS, f"{count} of {FACTS} facts were read"


async def _raw(history: History) -> AsyncGenerator[int]:
    batches = history.journal.read_stored(TENANT, upto=history.end)
    async with aclosing(batches):
        async for batch in batches:
            yield len(batch)


async def _pages(history: History) -> AsyncGenerator[int]:
    """Read as a short read is made: no consumer, and more work for the broker."""
    async with connected(history.nats_url, name="bench-pages") as nc:
        [pattern] = fact_filters(TENANT)
        reading = Pages(nc, Requests(nc)).read(
            facts_stream(TENANT), pattern, after=START, end=history.end
        )
        async with aclosing(reading) as pages:
            async for page in pages:
                yield len(page)


async def _lines(history: History, *, texts_open: bool) -> AsyncGenerator[int]:
    state = await history.journal.state(TENANT)
    selection = Selection(upto=state.last, epoch=state.epoch, texts_open=texts_open)
    trail = Trail(TENANT, selection, contact_id=None, ports=await _ports(history))
    async for piece in trail.frames():
        assert not texts_open or b'"withheld"' not in piece, "texts were not opened"
        # The last line is no fact.
        yield piece.count(b"\n") - piece.count(b'{"next":')


async def _http_pace(history: History) -> _Pace:
    ports = await _ports(history)
    app = create_app(
        journal=ports.journal,
        register=ports.register,
        databases=ports.databases,
        tenants=ports.tenants,
        live=ports.live,
        loops=(),
        now=ports.now,
    )
    listener = http.listen(0)
    serving = asyncio.create_task(http.serve(app, listener))
    try:
        port = str(listener.getsockname()[1])
        return await _pace(_read_by_another_process(port))
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def _read_by_another_process(port: str) -> None:
    reader = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _READER, port, "/v1/audit/events")
    )
    assert await reader.wait() == 0, "the answer did not end as a whole one does"


async def _ports(history: History) -> Ports:
    register = MemoryLog()
    await register.create(f"CF_{TENANT.upper()}")
    return Ports(
        journal=history.journal,
        history=history.journal,
        register=Register(register, MemoryKeys()),
        databases=_OneDatabase(history.pool),
        tenants=_OneTenant(),
        live=MemoryLive(),
        known=KnownContacts(writer="bench"),
        loops=(),
        now=lambda: datetime.now(UTC),
        limits=Limits(),
    )


class _OneDatabase:
    """The database of the only tenant."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def pool(self, tenant: TenantName) -> Pool:
        assert tenant == TENANT
        return self._pool


class _OneTenant:
    """The only tenant."""

    def exists(self, name: TenantName) -> bool:
        return name == TENANT
