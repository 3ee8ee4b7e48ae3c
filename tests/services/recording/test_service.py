"""With consent, what the audio stream holds stands in one object: all of it, once, sealed."""

import asyncio
import hashlib
from pathlib import Path

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import SAMPLES_PER_MS
from antiphon.events.recording import (
    RecordingConsented,
    RecordingPartStored,
    RecordingStored,
)
from antiphon.services.recording.reel import SETTLE_SAMPLES
from antiphon.services.sealed_recording import PART_SAMPLES
from numpy.testing import assert_array_equal

from ...builders import (
    audio_stream_opened,
    contact_started,
)
from .booth import (
    TWO_PARTS_AND_A_BIT,
    consent,
    finished_call,
    new_booth,
    noise,
)


async def test_both_tracks_are_recorded_bit_for_bit(tmp_path: Path) -> None:
    samples = noise(TWO_PARTS_AND_A_BIT)
    booth = await finished_call(tmp_path, samples)

    await booth.care()

    assert_array_equal(await booth.recorded(), samples)
    stored = await booth.stored()
    assert stored.duration_ms == TWO_PARTS_AND_A_BIT // SAMPLES_PER_MS
    assert [(one.track, one.heard, one.lost) for one in stored.tracks] == [
        ("from_customer", len(samples), 0),
        ("to_customer", len(samples), 0),
    ]
    assert stored.parts == 3


async def test_one_object_is_left_whose_bytes_are_those_the_fact_names(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(TWO_PARTS_AND_A_BIT))

    await booth.care()

    stored = await booth.stored()
    assert await booth.keys_on_shelf() == [stored.key]
    assert stored.key.startswith("recordings/demo/c-1/")
    body = (tmp_path / stored.key).read_bytes()
    assert len(body) == stored.size
    assert hashlib.sha256(body).hexdigest() == stored.sha256
    assert await booth.playback.sha256(stored) == stored.sha256


async def test_parts_are_stored_while_the_call_goes_on(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    samples = noise(PART_SAMPLES + SETTLE_SAMPLES + 8_000)

    async with booth.caring() as caring:
        await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
        await booth.play(samples)
        await booth.until_parts(1)
        on_shelf = await booth.keys_on_shelf()
        await booth.hang_up()
        await caring

    assert [key.rpartition("/")[2][:10] for key in on_shelf] == ["part-00000"]
    assert_array_equal(await booth.recorded(), samples)


@pytest.mark.parametrize("stores_first", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("crash_at", [1, 2, 3, 4, 5])
async def test_a_recorder_that_dies_at_any_fact_loses_and_doubles_nothing(
    tmp_path: Path, crash_at: int, *, stores_first: bool
) -> None:
    samples = noise(TWO_PARTS_AND_A_BIT)
    booth = await finished_call(tmp_path, samples)
    booth.log.crash_at, booth.log.stores_first = crash_at, stores_first

    with pytest.raises((LogUnavailable, ExceptionGroup)):
        await booth.care()
    await booth.care()

    facts = await booth.events()
    assert [type(one) for one in facts] == [
        RecordingConsented,
        *[RecordingPartStored] * 3,
        RecordingStored,
    ]
    assert [one.part for one in facts if isinstance(one, RecordingPartStored)] == [0, 1, 2]
    assert_array_equal(await booth.recorded(), samples)
    assert await booth.keys_on_shelf() == [(await booth.stored()).key]


@pytest.mark.parametrize(
    "dies_at", ["put", "after_put", "put_pieces", "after_put_pieces", "delete"]
)
async def test_a_recorder_that_dies_at_the_store_leaves_one_object_in_the_end(
    tmp_path: Path, dies_at: str
) -> None:
    samples = noise(PART_SAMPLES + 4_000)
    booth = await finished_call(tmp_path, samples)
    booth.shelf.dies_at = dies_at

    with pytest.raises(ExceptionGroup):
        await booth.care()
    await booth.care()

    assert_array_equal(await booth.recorded(), samples)
    assert await booth.keys_on_shelf() == [(await booth.stored()).key]


async def test_a_recorder_killed_between_parts_in_mid_call_goes_on(tmp_path: Path) -> None:
    samples = noise(TWO_PARTS_AND_A_BIT)
    cut = PART_SAMPLES + 3 * SETTLE_SAMPLES
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())

    async with booth.caring():
        await booth.play(samples[:cut])
        await booth.until_parts(1)
    await booth.play(samples[cut:], first=cut)
    await booth.hang_up()
    await booth.care()

    assert_array_equal(await booth.recorded(), samples)


async def test_a_gap_is_silence_and_shifts_nothing(tmp_path: Path) -> None:
    before, after, later = noise(20_000), noise(20_000), 3 * PART_SAMPLES + 777
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(before)
    await booth.play(after, first=later)
    await booth.hang_up()

    await booth.care()

    recorded = await booth.recorded()
    assert_array_equal(recorded[:20_000], before)
    assert not recorded[20_000:later].any()
    assert_array_equal(recorded[later:], after)


async def test_audio_that_came_twice_is_recorded_once(tmp_path: Path) -> None:
    samples = noise(30_000)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(samples)
    await booth.play(noise(20_000), first=5_000)
    await booth.hang_up()

    await booth.care()

    assert_array_equal(await booth.recorded(), samples)


async def test_a_track_that_says_nothing_holds_the_other_one_up_for_a_while_only(
    tmp_path: Path,
) -> None:
    samples = noise(2 * PART_SAMPLES)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())

    async with booth.caring() as caring:
        await booth.play(samples, tracks=["from_customer"])
        await booth.until_parts(1)
        await booth.hang_up()
        await caring

    recorded = await booth.recorded()
    assert_array_equal(recorded[:, 0], samples[:, 0])
    assert not recorded[:, 1].any()


async def test_expired_audio_is_counted_as_lost(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(noise(40_000), lost=lambda sample: sample < 16_000)
    await booth.hang_up()

    await booth.care()

    assert [(one.heard, one.lost) for one in (await booth.stored()).tracks] == [
        (24_000, 16_000),
        (24_000, 16_000),
    ]


async def test_two_recorders_of_one_contact_leave_one_recording(tmp_path: Path) -> None:
    samples = noise(PART_SAMPLES + 4_000)
    booth = await finished_call(tmp_path, samples)

    await asyncio.gather(booth.care(), booth.care(), return_exceptions=True)
    await booth.care()

    assert_array_equal(await booth.recorded(), samples)
    assert await booth.keys_on_shelf() == [(await booth.stored()).key]
