"""Appends of one process: ours through the port, beside nats-py's publishing and its ceiling.

All write the same bytes with the same header to the same 200 subjects of one server, taking
turns. Ours keeps one unacknowledged append a subject, so of 1,024 callers 200 are under way.
"""

import asyncio
import itertools
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator

import uvloop
from nats.aio.msg import Msg

from ...events.base import START
from ...events.log import Entry
from ...events.subjects import facts_stream
from ..embedded.nats import ALWAYS_SYNCED
from ..jetstream.client import Connection
from ..jetstream.connection import send
from ..jetstream.log import JetStreamLog
from .lone_log import DEFAULT_SYNC, PAYLOAD, TENANT, lone_log
from .rows import Row

SUBJECTS = 200
CALLERS = 1_024
PEER_CALLERS = 256  # of `js.publish`: more of them are slower
ROUNDS = 3
APPENDS = {DEFAULT_SYNC: 20_000, ALWAYS_SYNCED: 3_000}  # a round
AIM = 30_000.0

STREAM = facts_stream(TENANT)

Pace = Callable[[Connection, int], Awaitable[None]]


def run() -> list[Row]:
    """Return appends a second, by the server's default sync and with every append forced."""
    return [
        *uvloop.run(_measured(DEFAULT_SYNC, "broker's default sync", aim=AIM)),
        *uvloop.run(_measured(ALWAYS_SYNCED, "sync_interval: always", aim=None)),
    ]


async def _measured(sync_interval: str, label: str, *, aim: float | None) -> list[Row]:
    paces: dict[str, list[float]] = {name: [] for name in WAYS}
    async with lone_log(sync_interval=sync_interval) as nc:
        for _ in range(ROUNDS):
            for name, way in WAYS.items():
                paces[name].append(await _pace(way, nc, APPENDS[sync_interval]))
    median = {name: statistics.median(found) for name, found in paces.items()}
    peers = ", ".join(f"{name} {median[name]:,.0f}/s" for name in PEERS)
    ours = median["append"]
    of_ceiling = ours / median["ack inbox alone"]
    return [
        Row(
            what=f"append, unconditional, {CALLERS:,} callers, {SUBJECTS} subjects, {label}",
            value=ours,
            unit="/s",
            beside=f"{peers}; we are at {of_ceiling:.0%} of the last",
            aim="" if aim is None else f"{aim:,.0f}/s",
            met=None if aim is None else ours >= aim,
        ),
        Row(
            what=f"the same, one caller a subject, {label}",
            value=median["append, a caller a subject"],
            unit="/s",
        ),
        Row(
            what=f"the same, each after the one before it on its subject, {label}",
            value=median["append, conditional"],
            unit="/s",
        ),
    ]


async def _pace(way: Pace, nc: Connection, count: int) -> float:
    began = time.perf_counter()
    await way(nc, count)
    return count / (time.perf_counter() - began)


async def _append(nc: Connection, count: int) -> None:
    await _append_by(nc, count, callers=CALLERS)


async def _append_by_subject(nc: Connection, count: int) -> None:
    await _append_by(nc, count, callers=SUBJECTS)


async def _append_by(nc: Connection, count: int, *, callers: int) -> None:
    log, wanted = JetStreamLog(nc), _wanted(count)

    async def call() -> None:
        for subject, entry_id in wanted:
            await log.append(STREAM, subject, [Entry(entry_id, PAYLOAD)], expected=None)

    await asyncio.gather(*(call() for _ in range(callers)))


async def _append_after_the_last(nc: Connection, count: int) -> None:
    log, run_id = JetStreamLog(nc), uuid.uuid4().hex

    async def write(writer: int) -> None:
        subject, end = f"ev.{TENANT}.{run_id}.{writer}", START
        for n in range(count // SUBJECTS):
            entry = Entry(f"{run_id}:{writer}:{n}", PAYLOAD)
            end = await log.append(STREAM, subject, [entry], expected=end)

    await asyncio.gather(*(write(writer) for writer in range(SUBJECTS)))


async def _js_publish(nc: Connection, count: int) -> None:
    js = nc.jetstream()  # pyright: ignore[reportUnknownMemberType]
    wanted = _wanted(count)

    async def call() -> None:
        for subject, entry_id in wanted:
            await js.publish(subject, PAYLOAD, headers={"Nats-Msg-Id": entry_id})

    await asyncio.gather(*(call() for _ in range(PEER_CALLERS)))


async def _ack_inbox_alone(nc: Connection, count: int) -> None:
    """Publish and count what comes back: no order kept, no deadline, no answer looked at."""
    room, all_answered = asyncio.Semaphore(CALLERS), asyncio.Event()
    answered = itertools.count(1)

    async def receive(_: Msg) -> None:
        room.release()
        if next(answered) == count:
            all_answered.set()

    inbox = nc.new_inbox()
    subscription = await nc.subscribe(  # pyright: ignore[reportUnknownMemberType]
        inbox, cb=receive
    )
    for subject, entry_id in _wanted(count):
        await room.acquire()
        await send(nc, subject, PAYLOAD, reply=inbox, headers={"Nats-Msg-Id": entry_id})
    await all_answered.wait()
    await subscription.unsubscribe()


def _wanted(count: int) -> Iterator[tuple[str, str]]:
    run_id = uuid.uuid4().hex
    return ((f"ev.{TENANT}.{n % SUBJECTS}", f"{run_id}:{n}") for n in range(count))


PEERS = {"js.publish": _js_publish, "ack inbox alone": _ack_inbox_alone}
WAYS: dict[str, Pace] = {
    "append": _append,
    "append, a caller a subject": _append_by_subject,
    "append, conditional": _append_after_the_last,
    **PEERS,
}
