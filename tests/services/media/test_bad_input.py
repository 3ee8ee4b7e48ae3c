"""What cannot be read is a fact that says so, and all the rest of the call is stored exactly."""

import asyncio
from collections.abc import Callable

import pytest
from antiphon.events.media import AudioGap

from .bytes_by_hand import ZERO_MS, Fragment
from .malformed import HARMLESS, SPOILED
from .scene import (
    FRAGMENT_BYTES,
    TRACKS,
    Scene,
    afresh,
    call_of,
    care,
    closing_of,
    ended_call,
    media,
    scene,
    voices,
)

LENGTH = 6
NEIGHBOURS = "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/neighbour/1700000000000"
SPOILT = 3
FRAGMENT_MS = 1_024
BYTES_A_MS = 16


def spoil(set_up: Scene, call: list[Fragment], encode: Callable[[Fragment], bytes]) -> None:
    """The fragment `SPOILT` is wrong in the same way each time it is sent."""
    set_up.kvs.encode = lambda one: encode(one) if one is call[SPOILT] else one.encode()


async def assert_all_but_one_fragment_is_exact(set_up: Scene, spoken: tuple[bytes, bytes]) -> None:
    """Every stored sample stands in its place; only samples of the spoilt fragment are missing."""
    heard = await set_up.heard()
    for track, voice in zip(TRACKS, spoken, strict=True):
        assert heard[track].startswith(voice[: SPOILT * FRAGMENT_BYTES])
        assert heard[track].endswith(voice[(SPOILT + 1) * FRAGMENT_BYTES :])
    for block in await set_up.blocks():
        voice = spoken[TRACKS.index(block.track)]
        at = block.first_sample * 2
        assert block.samples == voice[at : at + len(block.samples)]
    await set_up.assert_facts_agree()


@pytest.mark.parametrize("kind", SPOILED)
async def test_a_fragment_that_cannot_be_read_is_a_gap_that_says_so(kind: str) -> None:
    spoken = voices(31, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up:
        spoil(set_up, call, SPOILED[kind].encode)
        await ended_call(set_up, call, length=LENGTH)

        await care(set_up)

        await assert_all_but_one_fragment_is_exact(set_up, spoken)
        gaps = await set_up.facts(AudioGap)
        assert {gap.reason for gap in gaps} <= {"unreadable"}
        for gap in gaps:
            assert gap.from_ms >= SPOILT * FRAGMENT_MS
            assert gap.until_ms is not None
            assert gap.until_ms <= (SPOILT + 1) * FRAGMENT_MS
        heard = await set_up.heard()
        for track, voice in zip(TRACKS, spoken, strict=True):
            mine = [gap for gap in gaps if gap.track == track]
            told_ms = sum((gap.until_ms or 0) - gap.from_ms for gap in mine)
            # A gap begins and ends at whole milliseconds, outwards.
            assert 0 <= told_ms - (len(voice) - len(heard[track])) / BYTES_A_MS <= 2 * len(mine)
        assert gaps or kind == "a page of HTML behind it"
        assert (await closing_of(set_up)).reason == "contact_ended"


@pytest.mark.parametrize("kind", HARMLESS)
async def test_what_is_only_odd_costs_no_sample(kind: str) -> None:
    spoken = voices(32, LENGTH)
    call = call_of(spoken)
    async with scene() as set_up:
        spoil(set_up, call, HARMLESS[kind])
        await ended_call(set_up, call, length=LENGTH)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


async def test_a_call_that_is_all_opus_is_unreadable_and_says_so() -> None:
    call = call_of(voices(33, LENGTH))
    async with scene() as set_up:
        set_up.kvs.encode = SPOILED["audio that is Opus"].encode
        await ended_call(set_up, call, length=LENGTH)

        await care(set_up)

        assert await set_up.blocks() == []
        assert [
            (gap.track, gap.from_ms, gap.until_ms, gap.reason)
            for gap in await set_up.facts(AudioGap)
        ] == [(track, 0, None, "unreadable") for track in TRACKS]


async def test_a_neighbours_broken_stream_does_no_harm() -> None:
    spoken, broken = voices(34, LENGTH), voices(35, LENGTH)
    call = call_of(spoken)
    everything = [SPOILED[kind].encode for kind in SPOILED]
    async with scene() as ours:
        neighbour = await afresh(ours)
        ours.kvs.others[NEIGHBOURS] = call_of(broken)
        worst = ours.kvs.others[NEIGHBOURS]
        turn = iter(range(1 << 20))
        ours.kvs.encode = lambda one: (
            everything[next(turn) % len(everything)](one)
            if any(one is other for other in worst)
            else one.encode()
        )
        await ended_call(ours, call, length=LENGTH)
        await neighbour.start(media(arn=NEIGHBOURS))
        await neighbour.end(ZERO_MS + LENGTH * FRAGMENT_MS)

        async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
            tasks.create_task(neighbour.care())
            tasks.create_task(ours.care())

        await ours.assert_heard(spoken)
        assert await ours.facts(AudioGap) == []
        await closing_of(neighbour)
