"""Which calls a fleet places, when, and what befalls them: from a seed, without clock or network.

Every call has chances of its own, so a fleet of ten is the beginning of one of a thousand.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from ..simulator.faults import NO_FAULTS, Faults, Network

FaultKind = Literal["latency", "jitter", "cut", "slow"]
FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)

CALL_S_MIN = 3.0  # a few fragments: less is no call
SPREAD = 0.5  # a call lasts so much more or less than was asked for, as a share
HOLD_S = (1.0, 30.0)  # that the customer waits
HOLD_SHARE_MAX = 0.3  # of a call
HOLD_WITHIN = (0.1, 0.65)  # of a call, which may end a second earlier than it was meant to
FURTHER_SHARE = (0.3, 0.7)  # of a call, after which it goes on with a further stream
LATENCY_MS = (20.0, 400.0)  # a neighbouring region, and the other side of the world by satellite
JITTER_MS = (5.0, 150.0)
# Beside the 32 kB/s that a call speaks: it falls behind, and is caught up with after its end.
SLOW_BYTES_A_SECOND = (26_000, 40_000)
FRAGMENT_S = 1.024

Ending = Literal["pause", "mid_word"]


class Wishes(Struct, frozen=True, kw_only=True):
    """What a fleet is to be like. Shares are of all calls, 0 to 1."""

    calls: int
    seed: int = 0
    rate: float | None = None  # arrivals a second; None: all at once
    call_s: float = 60.0  # a call's length, give or take `SPREAD`
    voices: int = 1  # recordings to choose from
    holds: float = 0.0
    transfers: float = 0.0
    reused: float = 0.0  # on the stream of a call that has just ended
    further: float = 0.0  # go on with a second stream
    mid_word: float = 0.0
    faults: Mapping[FaultKind, float] = {}


class Hold(Struct, frozen=True):
    """In seconds of the call."""

    from_s: float
    until_s: float


class PlannedCall(Struct, frozen=True, kw_only=True):
    """One call. Seconds count from the fleet's start; a call that follows waits for the other."""

    ordinal: int
    start_s: float
    parts_s: tuple[float, ...]  # how long it speaks on each of its streams
    voice: int
    offset: float  # where in the recording it begins, as a share of its length
    ending: Ending
    holds: tuple[Hold, ...]
    transfer_of: int | None  # the call that was handed on to this one
    stream_of: int | None  # the call whose stream it comes on
    faults: Faults

    @property
    def end_s(self) -> float:
        return self.start_s + sum(self.parts_s)


def plan(wishes: Wishes) -> tuple[PlannedCall, ...]:
    """Return the calls, by ordinal. The same wishes give the same calls."""
    calls: list[PlannedCall] = []
    handed_on: set[int] = set()
    streams_taken: set[int] = set()
    arrived_s = 0.0
    for ordinal in range(wishes.calls):
        chance = random.Random(f"{wishes.seed}/{ordinal}")  # noqa: S311 (no secret)
        if wishes.rate is not None:
            arrived_s += chance.expovariate(wishes.rate)
        call = _call(ordinal, arrived_s, wishes, chance)
        if chance.random() < wishes.transfers and (one := _before(call, calls, handed_on)):
            handed_on.add(one.ordinal)
            call = replace(call, transfer_of=one.ordinal, start_s=one.end_s)
        if chance.random() < wishes.reused and (one := _before(call, calls, streams_taken)):
            streams_taken.add(one.ordinal)
            call = replace(call, stream_of=one.ordinal, start_s=max(call.start_s, one.end_s))
        calls.append(call)
    return tuple(calls)


def _call(ordinal: int, start_s: float, wishes: Wishes, chance: random.Random) -> PlannedCall:
    length_s = max(CALL_S_MIN, wishes.call_s * chance.uniform(1 - SPREAD, 1 + SPREAD))
    voice, offset = chance.randrange(wishes.voices), chance.random()
    holds = _holds(length_s, chance) if chance.random() < wishes.holds else ()
    parts_s = (length_s,)
    if chance.random() < wishes.further:
        first_s = length_s * chance.uniform(*FURTHER_SHARE)
        parts_s = (first_s, length_s - first_s)
    ending: Ending = "mid_word" if chance.random() < wishes.mid_word else "pause"
    return PlannedCall(
        ordinal=ordinal,
        start_s=start_s,
        parts_s=parts_s,
        voice=voice,
        offset=offset,
        ending=ending,
        holds=holds,
        transfer_of=None,
        stream_of=None,
        faults=_faults(length_s, wishes.faults, chance),
    )


def _holds(length_s: float, chance: random.Random) -> tuple[Hold, ...]:
    lasts_s = min(chance.uniform(*HOLD_S), length_s * HOLD_SHARE_MAX)
    earliest_s, latest_s = (share * length_s for share in HOLD_WITHIN)
    from_s = chance.uniform(earliest_s, latest_s - lasts_s)
    return (Hold(from_s, from_s + lasts_s),)


def _faults(length_s: float, shares: Mapping[FaultKind, float], chance: random.Random) -> Faults:
    # All are drawn, wanted or not: what befalls a call does not hang on what else may.
    befalls = {kind: chance.random() < shares.get(kind, 0.0) for kind in FAULT_KINDS}
    latency_ms, jitter_ms = chance.uniform(*LATENCY_MS), chance.uniform(*JITTER_MS)
    pace = chance.randint(*SLOW_BYTES_A_SECOND)
    fragment = chance.randrange(max(1, int(length_s / FRAGMENT_S) - 1))
    if not any(befalls.values()):
        return NO_FAULTS
    return Faults(
        cut_at_fragment=fragment if befalls["cut"] else None,
        network=Network(
            latency_ms=latency_ms if befalls["latency"] else 0.0,
            jitter_ms=jitter_ms if befalls["jitter"] else 0.0,
            bytes_a_second=pace if befalls["slow"] else None,
        ),
    )


def _before(call: PlannedCall, calls: Sequence[PlannedCall], taken: set[int]) -> PlannedCall | None:
    """Return the call that ended last before this one, else the first to end; None: all taken."""
    free = [one for one in calls if one.ordinal not in taken]
    over = [one for one in free if one.end_s <= call.start_s]
    if over:
        return max(over, key=lambda one: one.end_s)
    return min(free, key=lambda one: one.end_s, default=None)
