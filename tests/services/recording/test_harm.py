"""A store that is away, audio that never comes, a damaged part: told, and never passed on."""

from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import RecordingDamaged
from antiphon.events.recording import (
    RecordingFailed,
    RecordingStored,
)
from antiphon.services.recording.limits import Limits
from antiphon.services.recording.reel import SETTLE_SAMPLES
from antiphon.services.sealed_recording import PART_SAMPLES
from numpy.testing import assert_array_equal

from ...builders import (
    CONTACT,
    audio_stream_opened,
    contact_ended,
    contact_started,
)
from .booth import (
    QUICK,
    consent,
    finished_call,
    new_booth,
    noise,
)


async def test_a_store_that_is_away_for_a_while_costs_nothing(tmp_path: Path) -> None:
    samples = noise(PART_SAMPLES + 4_000)
    booth = await finished_call(tmp_path, samples)
    booth.shelf.refusals = 20

    await booth.care()

    assert booth.shelf.refused == 20
    assert_array_equal(await booth.recorded(), samples)


async def test_a_store_that_never_comes_back_is_a_fact(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(20_000))
    booth.shelf.refusals = 1_000_000
    limits = Limits(store_again_s=0.001, store_again_longest_s=0.001, store_unreachable_s=0.05)

    await booth.care(limits=limits)

    assert (await booth.events())[-1] == RecordingFailed(reason="store_unavailable", parts=0)


async def test_a_contact_without_audio_has_no_recording(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent(), media=None), contact_ended())

    await booth.care()

    assert (await booth.events())[-1] == RecordingFailed(reason="no_audio", parts=0)


async def test_media_that_never_closes_its_audio_is_not_waited_for(tmp_path: Path) -> None:
    samples = noise(20_000)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(samples)
    await booth.tell(contact_ended())

    await booth.care(limits=QUICK)

    assert_array_equal(await booth.recorded(), samples)


@pytest.mark.parametrize("harm", ["changed", "gone"])
async def test_a_part_that_is_not_what_it_was_is_told_and_not_passed_on(
    tmp_path: Path, harm: str
) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    async with booth.caring():
        await booth.play(noise(PART_SAMPLES + 2 * SETTLE_SAMPLES))
        await booth.until_parts(1)
    (part,) = (tmp_path / key for key in await booth.keys_on_shelf())
    body = part.read_bytes()
    part.unlink()
    if harm == "changed":
        part.write_bytes(body[:-1] + bytes([body[-1] ^ 1]))
    await booth.hang_up()

    with pytest.raises(ExceptionGroup) as raised:
        await booth.care()

    assert isinstance(raised.value.exceptions[0], RecordingDamaged)
    assert not any(isinstance(one, RecordingStored) for one in await booth.events())


async def test_a_contact_is_not_swept_with_one_whose_name_is_longer(tmp_path: Path) -> None:
    booth = await finished_call(tmp_path, noise(20_000))
    await booth.shelf.put("recordings/demo/c-10/recording-1", b"another's")

    await booth.care()

    assert "recordings/demo/c-10/recording-1" in await booth.keys_on_shelf()


async def test_a_player_reads_how_loud_each_track_is(tmp_path: Path) -> None:
    samples = np.zeros((PART_SAMPLES + 2_048, 2), np.int16)
    samples[PART_SAMPLES:, 1] = 32_767
    booth = await finished_call(tmp_path, samples)

    await booth.care()

    index = await booth.playback.index(CONTACT, await booth.stored())
    assert index.window_samples == 1_024
    assert index.energy == (bytes(482), bytes(480) + b"\xff\xff")
    assert [piece.sample_count for piece in index.pieces] == [PART_SAMPLES, 2_048]
