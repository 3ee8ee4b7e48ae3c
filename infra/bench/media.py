"""The media role alone: calls a core, and the delay it adds, at real pace.

Its processor time is its own: whoever sends, stores or looks on is another process. Beside it
stands the publisher with nothing else to do, in the same run. A number of calls that the machine
cannot speak, store and hear at real pace is told as such, and keeps no promise.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing

import psutil
import uvloop
from msgspec import Struct

from ...events.base import START, ContactId, ContactRef
from ...events.log import Entry
from ...events.subjects import audio_stream, audio_subject
from ..logs import set_up_logs
from ..parts import Parts
from ..tenancy import DEMO
from .noting import RECEIVED_FILE, is_marked, received_in
from .rows import Row, quantile
from .under_way import (
    BLOCKS_A_SECOND,
    Placed,
    Site,
    Window,
    is_real_pace,
    load,
    roles,
    site,
    window,
)

CALLS = (50, 100, 200)
WINDOW_S = 15.0  # of measuring, at each number of calls
CALM_S = 2.0  # after the last of them
CALL_S = 150  # longer than the whole run
FOLLOWED_MAX = 40  # calls: the reading costs the machine what a recogniser's process would
CEILING_SUBJECTS = 100
CEILING_MESSAGES = 6_000
CHUNK_BYTES = 2 * 1_024 + 220  # two blocks, their header, what sealing adds
CALLS_A_CORE_MIN = 400.0
MS_PER_S = 1_000


class _Seen(Struct, frozen=True):
    """The nth mark of a call was read from the audio stream."""

    stream_arn: str
    ordinal: int
    at_s: float  # CLOCK_MONOTONIC


class _Measured(Struct, frozen=True):
    windows: list[Window]
    received: dict[tuple[str, int], float]  # when each mark came in
    seen: list[_Seen]
    followed: int
    ceiling: float  # calls whose messages a core can publish


def run() -> list[Row]:
    """Return calls a core and the added delay at each number of calls."""
    set_up_logs("warning")
    measured = uvloop.run(_measure(CALLS, window_s=WINDOW_S))
    return [row for one in measured.windows for row in _rows(one, measured)]


def _rows(one: Window, measured: _Measured) -> list[Row]:
    came = one.share(measured.received.values())
    seen_s = [seen.at_s for seen in measured.seen]
    read = one.share(seen_s, calls=min(measured.followed, one.calls))
    held = is_real_pace(came) and is_real_pace(read)
    delays_ms = [
        (seen.at_s - at_s) * MS_PER_S
        for seen in measured.seen
        if (at_s := measured.received.get((seen.stream_arn, seen.ordinal))) is not None
        and one.began_s <= at_s < one.ended_s
    ]
    return [
        Row(
            what=f"calls a core, {one.calls} calls of GetMedia bytes at real pace"
            + ("" if held else ", which was not held"),
            value=one.calls_a_core,
            unit="calls",
            beside=f"{measured.ceiling:,.0f} calls' messages a core by the publisher alone; "
            f"{came:.0%} of the audio came in, {read:.0%} was read again; the sender, another "
            f"process, {one.sender_cpu_s / one.lasted_s:.2f} of a core; {load()}",
            aim=f"{CALLS_A_CORE_MIN:g}, of all the audio",
            met=one.calls_a_core >= CALLS_A_CORE_MIN and held,
        ),
        Row(
            what=f"block received to block read by another process, p99, {one.calls} calls",
            value=quantile(delays_ms, 0.99),
            unit="ms",
            beside=f"p50 {quantile(delays_ms, 0.5):.1f} ms, of {len(delays_ms)} blocks",
        ),
    ]


async def _measure(steps: Sequence[int], *, window_s: float) -> _Measured:
    seen: list[_Seen] = []
    windows: list[Window] = []
    followers: list[asyncio.Task[None]] = []
    async with site() as on, roles(on, "media") as process, asyncio.TaskGroup() as tasks:
        placed: list[Placed] = []
        for step in steps:
            placed += await on.place_many(step - len(placed), seconds=CALL_S)
            followers += [
                tasks.create_task(_follow(on.parts, call, seen))
                for call in placed[len(followers) : FOLLOWED_MAX]
            ]
            await asyncio.sleep(CALM_S)
            windows.append(await window(process, calls=step, seconds=window_s))
        for follower in followers:
            follower.cancel()
        received = received_in(on.directory / RECEIVED_FILE)
        ceiling = await _undisturbed_ceiling(on, process)
    return _Measured(windows, received, seen, len(followers), ceiling)


async def _follow(parts: Parts, call: Placed, seen: list[_Seen]) -> None:
    """Note when each mark of a call is read, until cancelled."""
    ordinals = Counter[str]()
    async with aclosing(parts.audio.follow(call.contact)) as chunks:
        async for stored in chunks:
            at_s = time.monotonic()
            for block in stored.chunk.blocks:
                if is_marked(block.samples):
                    ordinal = ordinals[call.stream_arn]
                    ordinals[call.stream_arn] += 1
                    seen.append(_Seen(call.stream_arn, ordinal, at_s))


async def _undisturbed_ceiling(on: Site, process: psutil.Process) -> float:
    process.suspend()  # the publisher has nothing beside it
    try:
        return await _ceiling(on.parts)
    finally:
        process.resume()


async def _ceiling(parts: Parts) -> float:
    """Return the calls whose messages a core can publish, and do nothing else."""
    payload = b"a" * CHUNK_BYTES
    count = CEILING_MESSAGES // CEILING_SUBJECTS

    async def publish(number: int) -> None:
        contact = ContactRef(DEMO, ContactId(f"ceiling-{number}"))
        end = START
        for ordinal in range(count):
            entry = Entry(f"ceiling-{number}-{ordinal}", payload)
            end = await parts.log.append(
                audio_stream(DEMO), audio_subject(contact), [entry], expected=end
            )

    before_s = time.process_time()
    await asyncio.gather(*(publish(number) for number in range(CEILING_SUBJECTS)))
    cpu_s_each = (time.process_time() - before_s) / (count * CEILING_SUBJECTS)
    return 1 / (cpu_s_each * BLOCKS_A_SECOND)
