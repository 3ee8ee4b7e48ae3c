"""What was found of a call after it was over is heard where it was missing, and nothing moves."""

import asyncio
from pathlib import Path

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.media import AudioRepaired
from antiphon.events.recording import RecordedTrack, RecordingPartStored, RecordingStored
from antiphon.services.recording.repair import cut_anew
from antiphon.services.sealed_recording import PART_SAMPLES
from numpy.testing import assert_array_equal

from ...builders import (
    CONTACT,
    at,
    attributes_set,
    audio_stream_opened,
    contact_started,
)
from ...recording_builders import recording_part_stored
from .booth import BLOCK, Booth, consent, finished_call, new_booth, noise

SAMPLES = noise(2 * PART_SAMPLES + 3 * BLOCK)
HOLE = range(PART_SAMPLES - 5 * BLOCK // 2, PART_SAMPLES + BLOCK)  # in two parts


async def call_with_a_hole(directory: Path) -> Booth:
    booth = await new_booth(directory)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(SAMPLES[: HOLE.start])
    await booth.play(SAMPLES[HOLE.stop :], first=HOLE.stop)
    await booth.hang_up()
    return booth


async def find_the_hole(booth: Booth) -> None:
    found = SAMPLES[HOLE.start : HOLE.stop]
    await booth.find(("from_customer", HOLE.start, found[:, 0]))


async def assert_whole(booth: Booth) -> None:
    recorded = await booth.recorded()
    assert_array_equal(recorded[:, 0], SAMPLES[:, 0])
    assert not recorded[HOLE.start : HOLE.stop, 1].any(), "only one track was found"
    assert await booth.keys_on_shelf() == [(await booth.stored()).key]


async def test_what_is_found_before_the_recording_is_stored_goes_in(tmp_path: Path) -> None:
    booth = await call_with_a_hole(tmp_path)
    await find_the_hole(booth)

    await booth.care()

    await assert_whole(booth)
    assert [type(one) for one in await booth.events()].count(RecordingStored) == 1
    assert (await booth.stored()).tracks == (
        RecordedTrack(
            track="from_customer",
            sample_count=len(SAMPLES),
            heard=len(SAMPLES),
            lost=0,
            repaired=len(HOLE),
        ),
        RecordedTrack(
            track="to_customer",
            sample_count=len(SAMPLES),
            heard=len(SAMPLES) - len(HOLE),
            lost=0,
        ),
    )


async def test_what_is_found_afterwards_replaces_the_recording(tmp_path: Path) -> None:
    booth = await call_with_a_hole(tmp_path)
    await booth.care()
    before = await booth.stored()
    assert not (await booth.recorded())[HOLE.start : HOLE.stop].any()

    await find_the_hole(booth)
    await booth.care()

    await assert_whole(booth)
    after = await booth.stored()
    assert (before.repaired, after.repaired) == (False, True)
    parts = [one for one in await booth.events() if isinstance(one, RecordingPartStored)]
    assert [(one.part, one.repaired) for one in parts] == [
        (0, None),
        (1, None),
        (2, None),
        (0, (PART_SAMPLES - HOLE.start, 0)),
        (1, (HOLE.stop - PART_SAMPLES, 0)),
    ]


async def test_what_is_found_while_parts_are_being_stored_goes_in_too(tmp_path: Path) -> None:
    booth = await call_with_a_hole(tmp_path)
    booth.shelf.held = asyncio.Event()

    async with booth.caring() as caring:
        await booth.shelf.reached.wait()
        await find_the_hole(booth)
        booth.shelf.held.set()
        await caring
    await booth.care()  # of what came after it had looked for the last time

    await assert_whole(booth)


async def test_what_was_repaired_once_is_not_repaired_again(
    tmp_path: Path,
) -> None:
    booth = await call_with_a_hole(tmp_path)
    await find_the_hole(booth)
    await booth.care()
    facts = await booth.events()

    await booth.care()

    assert await booth.events() == facts


@pytest.mark.parametrize("stores_first", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("crash_at", [1, 2, 3])
async def test_a_recorder_that_dies_over_it_loses_and_doubles_nothing(
    tmp_path: Path, crash_at: int, *, stores_first: bool
) -> None:
    booth = await call_with_a_hole(tmp_path)
    await booth.care()
    await find_the_hole(booth)
    booth.log.crash_at = booth.log.appends + crash_at
    booth.log.stores_first = stores_first

    with pytest.raises(ExceptionGroup) as raised:
        await booth.care()
    await booth.care()

    assert isinstance(raised.value.exceptions[0], LogUnavailable)
    await assert_whole(booth)


@pytest.mark.parametrize("dies_at", ["put", "after_put", "put_pieces", "delete"])
async def test_a_recorder_that_dies_at_the_store_over_it_leaves_one_object(
    tmp_path: Path, dies_at: str
) -> None:
    booth = await call_with_a_hole(tmp_path)
    await booth.care()
    await find_the_hole(booth)
    booth.shelf.dies_at = dies_at

    with pytest.raises(ExceptionGroup):
        await booth.care()
    await booth.care()

    await assert_whole(booth)


async def test_who_sweeps_after_the_first_recording_leaves_what_another_repairs(
    tmp_path: Path,
) -> None:
    booth = await call_with_a_hole(tmp_path)
    await booth.care()
    first = await booth.stored()
    await booth.shelf.put("recordings/demo/c-1/part-00000-left", b"by a dead one")
    await booth.shelf.put("recordings/demo/c-1/repaired/part-00000-new", b"by another")

    await booth.care()

    assert await booth.keys_on_shelf() == [
        first.key,
        "recordings/demo/c-1/repaired/part-00000-new",
    ]


async def test_what_is_found_beyond_all_that_was_heard_makes_the_recording_longer(
    tmp_path: Path,
) -> None:
    heard = PART_SAMPLES - 2 * BLOCK
    booth = await finished_call(tmp_path, SAMPLES[:heard])
    await booth.care()

    rest = SAMPLES[heard:]
    await booth.find(("from_customer", heard, rest[:, 0]), ("to_customer", heard, rest[:, 1]))
    await booth.care()

    assert_array_equal(await booth.recorded(), SAMPLES)
    assert (await booth.stored()).parts == 3


async def test_what_was_not_found_before_what_was_is_silence(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, SAMPLES[:BLOCK])
    await booth.care()
    first = PART_SAMPLES + BLOCK

    await booth.find(("to_customer", first, SAMPLES[first : first + BLOCK, 1]))
    await booth.care()

    recorded = await booth.recorded()
    assert_array_equal(recorded[:BLOCK], SAMPLES[:BLOCK])
    assert not recorded[BLOCK:first].any()
    assert_array_equal(recorded[first:, 1], SAMPLES[first : first + BLOCK, 1])


async def test_what_was_heard_is_the_truth_where_both_are(tmp_path: Path) -> None:
    samples = SAMPLES[: 4 * BLOCK]
    booth = await finished_call(tmp_path, samples[: 2 * BLOCK])
    over = samples[2 * BLOCK - 7 :, 0].copy()
    over[:7] = 9_999

    await booth.find(("from_customer", 2 * BLOCK - 7, over))
    await booth.care()

    assert_array_equal((await booth.recorded())[:, 0], samples[:, 0])
    assert (await booth.stored()).tracks[0].repaired == 2 * BLOCK


async def test_what_nobody_consented_to_is_silence_also_when_it_is_found(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, SAMPLES[:BLOCK])
    await booth.tell(attributes_set(attributes=consent("no")), at=at(2))
    await booth.care()

    await booth.find(("from_customer", BLOCK, SAMPLES[BLOCK : 3 * BLOCK, 0]))
    await booth.care()

    recorded = await booth.recorded()
    assert_array_equal(recorded[: 2 * BLOCK, 0], SAMPLES[: 2 * BLOCK, 0])
    assert not recorded[2 * BLOCK :].any()


async def test_a_part_whose_audio_is_no_longer_kept_stays_as_it_was(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(SAMPLES[: 3 * BLOCK], lost=lambda _: True)
    await booth.find(("from_customer", 3 * BLOCK, SAMPLES[3 * BLOCK : 4 * BLOCK, 0]))
    (found,) = [
        one.event
        async for one in booth.journal.read(CONTACT, lanes=("media",))
        if isinstance(one.event, AudioRepaired)
    ]

    known = recording_part_stored(sample_count=3 * BLOCK, heard=(3 * BLOCK, 3 * BLOCK))
    again = await cut_anew(range(4 * BLOCK), [known], found, contact=CONTACT, audio=booth.audio)

    assert again is None
