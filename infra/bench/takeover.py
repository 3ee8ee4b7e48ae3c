"""A reader is killed with its calls in hand: how long until another hears them, and what is lost.

Two processes of `antiphon run media` share the calls. One is killed (SIGKILL) in the middle of
them, several times over, and replaced. How long is from the kill to the first audio of the last
of its calls; what is lost is told by the facts of each contact, held against what was spoken.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import timedelta
from itertools import pairwise

import msgspec
import psutil
import uvloop
from msgspec import Struct

from ...events.base import TRACKS, Track
from ...events.contact import ContactEnded
from ...events.media import AudioStreamClosed
from ...services.ranges import RANGES
from ..fleet.checking import Account, Sent, account_of
from ..fleet.voices import recorded_voices
from ..jetstream.lease import BUCKET as LEASES
from ..jetstream.lease import decode
from ..jetstream.streams import bucket_stream, key_subject
from ..logs import set_up_logs
from ..tenancy import DEMO
from .rows import Row
from .system import system
from .under_way import Placed, Site, load, site

ROUNDS = 3
CALLS = 20
CALL_S = 12
KILLED_AFTER_S = 4.0  # of the calls
QUIET_S = 0.6  # without audio of a call, which comes every 64 ms: nobody hears it
SHARED_S_MAX = 60.0
CLOSED_S_MAX = 60.0  # from the calls' end until all of their audio is accounted for
POLL_S = 0.1
TAKEOVER_S_MAX = 3.0
MODULE = ("antiphon", "run", "media")


class _Round(Struct, frozen=True):
    """What one kill did."""

    after_s: float  # until the last of the victim's calls was heard again
    victims: int  # its calls
    lost_ms: int
    repeated_ms: int


def run() -> list[Row]:
    """Return how long takeovers took, and what they cost."""
    set_up_logs("warning")
    rounds = uvloop.run(_measure(ROUNDS))
    longest = max(one.after_s for one in rounds)
    lost_ms, repeated_ms = (sum(one.lost_ms for one in rounds), sum(o.repeated_ms for o in rounds))
    hit = sum(one.victims for one in rounds)
    return [
        Row(
            what=f"kill -9 of a reader to audio of its last call, the longest of {len(rounds)}",
            value=longest,
            unit="s",
            beside=f"each: {', '.join(f'{one.after_s:.1f}' for one in rounds)} s; {hit} calls of "
            f"{CALLS * len(rounds)} were its; {load()}",
            aim=f"under {TAKEOVER_S_MAX:g} s",
            met=longest < TAKEOVER_S_MAX and all(one.victims for one in rounds),
        ),
        Row(
            what="audio lost by it",
            value=lost_ms,
            unit="ms",
            beside=f"{repeated_ms} ms stored twice, of {CALLS * len(rounds) * CALL_S:,} s spoken",
            aim="0, and none twice",
            met=not lost_ms and not repeated_ms,
        ),
    ]


async def _measure(rounds: int) -> list[_Round]:
    found: list[_Round] = []
    async with site() as on, AsyncExitStack() as stack:
        await _start(on, stack)
        for _ in range(rounds):
            await _start(on, stack)
            await _shared(on, by=2)
            found.append(await _round(on))
    return found


async def _start(on: Site, stack: AsyncExitStack) -> None:
    await stack.enter_async_context(
        system(on.kvs_endpoint, *MODULE, environ=on.environ, directory=on.directory)
    )


async def _round(on: Site) -> _Round:
    arrived: dict[str, list[float]] = {}
    async with asyncio.TaskGroup() as tasks:
        placed = await on.place_many(CALLS, seconds=CALL_S)
        looking = [tasks.create_task(_look_on(on, call, arrived)) for call in placed]
        await asyncio.sleep(KILLED_AFTER_S)
        killed_at = _kill_the_oldest()
        await _over(on, placed)
        for look in looking:
            look.cancel()
    after_s = [
        heard_at - killed_at
        for times in arrived.values()
        if (heard_at := heard_again(times, killed_at)) is not None
    ]
    accounts = [await _account(on, call) for call in placed]
    return _Round(
        after_s=max(after_s, default=0.0),
        victims=len(after_s),
        lost_ms=sum(one.lost_ms for one in accounts),
        repeated_ms=sum(one.repeated_ms + one.altered_ms for one in accounts),
    )


def _kill_the_oldest() -> float:
    readers = [one for one in psutil.Process().children() if set(MODULE) <= set(one.cmdline())]
    victim = min(readers, key=lambda one: one.create_time())
    victim.kill()
    return time.monotonic()


def heard_again(times: Sequence[float], killed_at: float) -> float | None:
    """Return the end of the call's pause around the kill: None where it had none.

    Infinity where nothing of it was heard any more.
    """
    if times[-1] < killed_at:
        return math.inf
    ends = [
        later
        for earlier, later in pairwise(times)
        if later > killed_at and earlier < killed_at + QUIET_S and later - earlier > QUIET_S
    ]
    return ends[0] if ends else None


async def _look_on(on: Site, call: Placed, arrived: dict[str, list[float]]) -> None:
    """Note when audio of a call is stored, until cancelled."""
    times = arrived.setdefault(call.contact.contact_id, [])
    async with aclosing(on.parts.audio.follow(call.contact)) as chunks:
        async for _ in chunks:
            times.append(time.monotonic())


async def _over(on: Site, placed: list[Placed]) -> None:
    """End the calls when they have been spoken, and wait until their audio is closed."""
    ended_at = {call: call.started_at + timedelta(seconds=CALL_S) for call in placed}
    left_s = max(ended_at.values()).timestamp() - time.time()
    await asyncio.sleep(max(0.0, left_s))
    for call, at in ended_at.items():
        await on.tell(call.contact, ContactEnded(ended_at=at))
    async with asyncio.timeout(CLOSED_S_MAX):
        for call in placed:
            while not await _is_closed(on, call):  # noqa: ASYNC110 (a reader's log tells)
                await asyncio.sleep(POLL_S)


async def _is_closed(on: Site, call: Placed) -> bool:
    facts = on.parts.journal.read(call.contact, lanes=("media",))
    return any([isinstance(one.event, AudioStreamClosed) async for one in facts])


async def _account(on: Site, call: Placed) -> Account:
    (voice,) = recorded_voices([on.wav])
    samples = voice.stretch(call.first_sample, call.sample_count)
    tracks: dict[Track, bytes] = {
        track: samples[:, channel].astype("<i2").tobytes() for channel, track in enumerate(TRACKS)
    }
    facts = [
        msgspec.json.encode({"type": one.event.TYPE, "data": one.event})
        async for one in on.parts.journal.read(call.contact, lanes=("media",))
    ]
    return account_of(facts, [Sent(offset_ms=0, tracks=tracks)])


async def _shared(on: Site, *, by: int) -> None:
    """Return when so many processes have the same number of ranges each."""
    pattern = key_subject(LEASES, f"media.{DEMO}.*")
    async with asyncio.timeout(SHARED_S_MAX):
        while True:
            held = Counter[str]()
            async for batch in on.parts.log.read(bucket_stream(LEASES), [pattern]):
                leases = [decode(one.payload) for one in batch]
                held.update(one.owner for one in leases if not one.released)
            if list(held.values()) == [len(RANGES) // by] * by:
                return
            await asyncio.sleep(POLL_S)
