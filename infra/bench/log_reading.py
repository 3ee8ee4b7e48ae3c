"""Reading from a log of a million events: all of a tenant, and the history of one contact.

Five hundred contacts are under way at a time and leave 200 events each, so that a contact's
lie over a hundred thousand positions, one in five hundred. Bytes, not events, but for the
histories over the API (`history_reading.py`).
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence

import msgspec
import uvloop

from ...events.base import ContactId, ContactRef, Lane, Position
from ...events.log import EventLog, PositionReads
from ...events.subjects import fact_filters, fact_subject, facts_stream
from ..jetstream.client import Connection
from ..jetstream.connection import send
from ..jetstream.log import JetStreamLog
from ..jetstream.requests import Requests
from ..memory_keys import MemoryKeys
from .history_reading import measure, payload_of
from .lone_log import DEFAULT_SYNC, TENANT, lone_log
from .rows import Row, quantile

EVENTS = 1_000_000
HISTORY = 200  # events of one contact
UNDER_WAY = 500
SPAN = HISTORY * UNDER_WAY  # positions over which a contact's events lie
CONTACTS = EVENTS // HISTORY
LANES: tuple[Lane, ...] = ("life", "speech", "guidance", "media")

BLOCK = 1_000  # events between two acknowledgements while filling
BLOCKS_MAX = 4  # unacknowledged: the broker drops what it cannot take in
FILL_S_MAX = 120.0

READ = 200_000  # events of a reading
PAGE = 4_000  # as the reader asks for
STEP = 20_000  # of a raw consumer: more, and the broker takes us for too slow and hangs up
ROUNDS = 3
PACE_AIM = 60_000.0
HISTORIES = 120
P99_AIM_MS = 50.0

STREAM = facts_stream(TENANT)


def run() -> list[Row]:
    """Return events a second of a long read, and p50 and p99 in milliseconds of a short one."""
    return uvloop.run(_run())


async def _run() -> list[Row]:
    async with lone_log(sync_interval=DEFAULT_SYNC) as nc:
        async with asyncio.timeout(FILL_S_MAX):
            keys = MemoryKeys()
            payloads = [await payload_of(_contact(number), keys) for number in range(CONTACTS)]
            await _fill(nc, payloads)
        return [
            await _reading(nc, event_bytes=len(payloads[0])),
            *await measure(
                nc,
                keys,
                first=[_contact(number) for number in _asked()],
                then=[_contact(number + 1) for number in _asked()],
                events=HISTORY,
            ),
            *await _histories(nc),
        ]


async def _reading(nc: Connection, *, event_bytes: int) -> Row:
    ours: list[float] = []
    pulled: list[float] = []
    paged: list[float] = []
    for _ in range(ROUNDS):
        ours.append(await _pace(_read(JetStreamLog(nc))))
        pulled.append(await _pace(_receive_pulled(nc)))
        paged.append(await _pace(_receive_pages(nc)))
    pace, ceiling, by_pages = (statistics.median(paces) for paces in (ours, pulled, paged))
    return Row(
        what=f"read a tenant's log, {READ:,} events of {event_bytes} B",
        value=pace,
        unit="/s",
        beside=(
            f"the same bytes, received and not looked at: {ceiling:,.0f}/s from a consumer, "
            f"{by_pages:,.0f}/s by pages of direct gets"
        ),
        aim=f"{PACE_AIM:,.0f}/s",
        met=pace >= PACE_AIM,
    )


async def _histories(nc: Connection) -> list[Row]:
    log = JetStreamLog(nc)
    by_filter = await _delays_ms(lambda number: _history_by_filter(log, number))
    by_position = await _delays_ms(lambda number: _history_by_position(log, number))
    filter_p99, position_p99 = quantile(by_filter, 0.99), quantile(by_position, 0.99)
    of_how_many = f"{HISTORY} events out of {EVENTS:,}"
    return [
        Row(
            what=f"history of a contact, {of_how_many}, by its positions: p99",
            value=position_p99,
            unit="ms",
            beside=f"p50 {quantile(by_position, 0.5):.1f} ms",
            aim=f"under {P99_AIM_MS:g} ms",
            met=position_p99 < P99_AIM_MS,
        ),
        Row(
            what="the same found by its subjects (direct get by filter): p99",
            value=filter_p99,
            unit="ms",
            beside=f"p50 {quantile(by_filter, 0.5):.1f} ms",
        ),
    ]


async def _pace(reading: Awaitable[int]) -> float:
    began = time.perf_counter()
    count = await reading
    assert count == READ, f"{count} events were read"
    return count / (time.perf_counter() - began)


async def _read(log: EventLog) -> int:
    batches = log.read(STREAM, fact_filters(TENANT), upto=Position(READ))
    return sum([len(batch) async for batch in batches])


async def _receive_pulled(nc: Connection) -> int:
    """Make a consumer, pull from it in large steps, and count what comes."""
    count, came, name = 0, asyncio.Event(), f"raw_{uuid.uuid4().hex}"

    def take(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:  # noqa: ARG001
        nonlocal count
        count += bool(payload)
        if count % STEP == 0:
            came.set()

    inbox = nc.new_inbox()
    subscription = await nc.tap(inbox, take)
    config = {
        "name": name,
        "ack_policy": "none",
        "filter_subjects": fact_filters(TENANT),
        "mem_storage": True,
    }
    asked = {"stream_name": STREAM, "config": config}
    await Requests(nc).ask(f"CONSUMER.CREATE.{STREAM}.{name}", asked, stream=STREAM)
    wanted = msgspec.json.encode({"batch": STEP})
    async with asyncio.timeout(FILL_S_MAX):
        while count < READ:
            came.clear()
            await send(nc, f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{name}", wanted, reply=inbox)
            await came.wait()
    await nc.untap(subscription)
    await Requests(nc).ask(f"CONSUMER.DELETE.{STREAM}.{name}", {}, stream=STREAM)
    return count


async def _receive_pages(nc: Connection) -> int:
    """Ask for pages, and count what comes."""
    count, page_ended = 0, asyncio.Event()

    def take(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:  # noqa: ARG001
        nonlocal count
        count += bool(payload)
        if not payload:
            page_ended.set()

    inbox = nc.new_inbox()
    subscription = await nc.tap(inbox, take)
    while count < READ:
        page_ended.clear()
        wanted = {"seq": count + 1, "next_by_subj": fact_filters(TENANT)[0], "batch": PAGE}
        what = f"$JS.API.DIRECT.GET.{STREAM}"
        await send(nc, what, msgspec.json.encode(wanted), reply=inbox)
        await page_ended.wait()
    await nc.untap(subscription)
    return count


async def _delays_ms(history: Callable[[int], Awaitable[int]]) -> list[float]:
    delays_ms: list[float] = []
    for number in _asked():
        began = time.perf_counter()
        count = await history(number)
        delays_ms.append((time.perf_counter() - began) * 1_000)
        assert count == HISTORY, f"{count} events of a contact were found"
    return delays_ms


def _asked() -> list[int]:
    """Return contacts all over the log, none twice: 7 and their number share no factor."""
    return [nth * (CONTACTS // HISTORIES) * 7 % CONTACTS for nth in range(HISTORIES)]


async def _history_by_filter(log: EventLog, number: int) -> int:
    filters = fact_filters(TENANT, contact_id=_contact(number).contact_id)
    return sum([len(batch) async for batch in log.read(STREAM, filters)])


async def _history_by_position(log: PositionReads, number: int) -> int:
    group, place = divmod(number, UNDER_WAY)
    first = group * SPAN + place + 1
    positions = [Position(first + nth * UNDER_WAY) for nth in range(HISTORY)]
    found = await log.read_at(STREAM, positions)
    ours = {fact_subject(_contact(number), lane) for lane in LANES}
    assert {stored.subject for stored in found} <= ours
    return len(found)


async def _fill(nc: Connection, payloads: Sequence[bytes]) -> None:
    """Write all events. Only the last of each block is acknowledged; the count tells of losses."""
    room = asyncio.Semaphore(BLOCKS_MAX)

    def take(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:  # noqa: ARG001
        room.release()

    inbox = nc.new_inbox()
    subscription = await nc.tap(inbox, take)
    for number, (of, subject) in enumerate(_subjects(), start=1):
        ends = number % BLOCK == 0
        if ends:
            await room.acquire()
        await send(nc, subject, payloads[of], reply=inbox if ends else "", headers=_id(number))
    for _ in range(BLOCKS_MAX):
        await room.acquire()
    await nc.untap(subscription)
    end = (await JetStreamLog(nc).state(STREAM)).last
    assert end == EVENTS, f"{EVENTS - end} events were lost on the way to the log"


def _subjects() -> Iterator[tuple[int, str]]:
    """Yield whose event it is, and its subject."""
    for group in range(EVENTS // SPAN):
        contacts = range(group * UNDER_WAY, (group + 1) * UNDER_WAY)
        for nth in range(HISTORY):
            lane = LANES[nth % len(LANES)]
            yield from [(number, fact_subject(_contact(number), lane)) for number in contacts]


def _contact(number: int) -> ContactRef:
    return ContactRef(TENANT, ContactId(f"contact-{number:06d}"))


def _id(number: int) -> dict[str, str]:
    return {"Nats-Msg-Id": f"{TENANT}:{number}"}
