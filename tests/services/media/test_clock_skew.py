"""The producer's clock and that of Connect need not agree: nothing of the call is missed by it."""

import asyncio
import math
from dataclasses import replace

import msgspec
import pytest
from antiphon.events.media import AudioGap

from .bytes_by_hand import ZERO_MS, Fragment
from .kvs import InBand
from .scene import PATIENT, call_of, care, closing_of, media, scene, stored, voices

LENGTH = 12
SKEWS_MS = [-120_000, -31_000, -8_000, -2_000, 0, 2_000, 8_000, 31_000, 120_000]


def skewed(fragments: list[Fragment], skew_ms: int) -> list[Fragment]:
    return [replace(one, at_ms=one.began_ms + skew_ms) for one in fragments]


@pytest.mark.parametrize("skew_ms", SKEWS_MS)
async def test_a_producer_whose_clock_is_wrong_is_heard_from_its_first_word_to_its_last(
    skew_ms: int,
) -> None:
    spoken = voices(71, LENGTH)
    async with scene() as set_up:
        set_up.kvs.fragments = skewed(call_of(spoken), skew_ms)
        await set_up.start()
        await set_up.end(ZERO_MS + LENGTH * 1_024)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []
        assert (await closing_of(set_up)).reason == "contact_ended"


@pytest.mark.parametrize("skew_ms", [-31_000, 31_000])
async def test_a_wrong_clock_lets_no_earlier_caller_of_the_stream_be_heard(skew_ms: int) -> None:
    before, spoken = voices(72, 40), voices(73, LENGTH)
    foreign = call_of(before, contact_id="foreign", uid=b"\x22" * 16)
    ours = call_of(spoken, first=40)
    async with scene() as set_up:
        set_up.kvs.fragments = skewed([*foreign, *ours], skew_ms)
        await set_up.start(
            msgspec.structs.replace(
                media(started_ms=ZERO_MS + 40 * 1_024),
                start_fragment_number=str(ours[0].fragment_number),
            )
        )
        await set_up.end(ZERO_MS + (40 + LENGTH) * 1_024)

        await care(set_up)

        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


@pytest.mark.parametrize("margin_s", [0.0, 2.5, 60.0, 128.0])
async def test_however_wide_the_margin_nothing_is_heard_twice_and_nobody_else(
    margin_s: float,
) -> None:
    before, spoken = voices(78, 40), voices(79, LENGTH)
    others = call_of(before, contact_id="foreign", uid=b"\x22" * 16)
    ours = call_of(spoken, first=40)
    read_of_others = min(40, math.ceil(margin_s / 1.024))
    patience = msgspec.structs.replace(PATIENT, start_margin_s=margin_s)
    async with scene(patience=patience) as set_up:
        set_up.kvs.fragments = [*others, *ours]
        # In mid-call the fragment to go on behind is gone, so that a time is asked for again.
        set_up.kvs.faults += [
            InBand(3002, "WRITE_ERROR", after_fragments=read_of_others + 6),
            InBand(4000, "FRAGMENT_NOT_FOUND"),
        ]
        begun_ms = ours[0].began_ms
        await set_up.start(
            msgspec.structs.replace(
                media(started_ms=begun_ms), start_fragment_number=str(ours[0].fragment_number)
            )
        )
        await set_up.end(begun_ms + LENGTH * 1_024)

        await care(set_up)

        first, _, again = set_up.kvs.selectors[:3]
        assert first["StartTimestamp"] == begun_ms / 1_000 - margin_s
        assert again["StartTimestamp"] == pytest.approx(
            (begun_ms + 6 * 1_024) / 1_000 - margin_s, abs=0.001
        )
        await set_up.assert_heard(spoken)
        assert await set_up.facts(AudioGap) == []


@pytest.mark.parametrize("skew_ms", [-31_000, -8_000, 8_000])
async def test_a_live_call_of_a_wrong_clock_is_heard_without_waiting_for_the_clock(
    skew_ms: int,
) -> None:
    spoken = voices(74, 3)
    patience = msgspec.structs.replace(PATIENT, first_s=0.2)
    async with (
        scene(patience=patience) as set_up,
        asyncio.timeout(15),
        asyncio.TaskGroup() as tasks,
    ):
        set_up.kvs.keep_open = True
        set_up.kvs.fragments = skewed(call_of(spoken), skew_ms)
        await set_up.start()
        caring = tasks.create_task(set_up.care())

        # No more comes, and the clock of the call stands still at times nobody asked for.
        await stored(set_up, fragments=3)

        set_up.kvs.close_bodies()
        await set_up.end(ZERO_MS + 3 * 1_024)
        await caring
        await set_up.assert_heard(spoken)


async def test_a_contact_whose_audio_is_late_to_begin_is_waited_for() -> None:
    spoken = voices(76, 3)
    patience = msgspec.structs.replace(PATIENT, first_s=0.05)
    async with (
        scene(patience=patience) as set_up,
        asyncio.timeout(15),
        asyncio.TaskGroup() as tasks,
    ):
        set_up.kvs.keep_open = True
        await set_up.start()
        caring = tasks.create_task(set_up.care())
        await set_up.kvs.asked(3)

        set_up.kvs.add(*call_of(spoken))
        await stored(set_up, fragments=3)

        set_up.kvs.close_bodies()
        await set_up.end(ZERO_MS + 3 * 1_024)
        await caring
        assert await set_up.facts(AudioGap) == []
        await set_up.assert_heard(spoken)


async def test_a_stream_that_holds_nothing_as_early_as_was_said_is_asked_once_more() -> None:
    spoken = voices(75, 3)
    async with scene() as set_up:
        set_up.kvs.fragments = call_of(spoken, first=1)
        await set_up.start()
        await set_up.end(ZERO_MS + 4 * 1_024)

        await care(set_up)

        first, second = set_up.kvs.selectors[:2]
        assert second["StartTimestamp"] < first["StartTimestamp"]
        assert all(
            one["StartSelectorType"] == "FRAGMENT_NUMBER" for one in set_up.kvs.selectors[2:]
        )
        await set_up.assert_heard(spoken)
