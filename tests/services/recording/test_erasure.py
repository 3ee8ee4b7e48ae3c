"""Whoever is erased is deleted from the store too, and that is told once."""

import asyncio
from pathlib import Path

import pytest
from antiphon.errors import ArchiveUnavailable, LogUnavailable
from antiphon.events.recording import RecordingConsented, RecordingErased
from antiphon.services.recording.reel import SETTLE_SAMPLES
from antiphon.services.sealed_recording import PART_SAMPLES

from ...builders import CONTACT, audio_stream_opened, contact_erased, contact_started
from .booth import Booth, consent, finished_call, new_booth, noise

OTHERS = "recordings/demo/c-10/recording-1"


async def erase(booth: Booth) -> None:
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    await booth.tell(contact_erased())


async def erased_after_its_call(directory: Path) -> Booth:
    booth = await finished_call(directory, noise(20_000))
    await booth.care()
    await booth.shelf.put(OTHERS, b"another's")
    await erase(booth)
    return booth


async def test_the_recording_of_an_erased_person_is_deleted_and_nobody_elses(
    tmp_path: Path,
) -> None:
    booth = await erased_after_its_call(tmp_path)

    await booth.service().forget(CONTACT)

    assert await booth.keys_on_shelf() == [OTHERS]
    told = (await booth.facts())[-1]
    assert told.event == RecordingErased(objects=1)
    assert told.causation is not None, "the erasure"


async def test_what_was_spooled_of_a_call_under_way_is_deleted(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    async with booth.caring():
        await booth.play(noise(PART_SAMPLES + 2 * SETTLE_SAMPLES))
        await booth.until_parts(1)
    await erase(booth)

    await booth.service().forget(CONTACT)

    assert await booth.keys_on_shelf() == []
    assert (await booth.events())[-1] == RecordingErased(objects=1)


async def test_who_is_forgotten_again_is_told_of_once(tmp_path: Path) -> None:
    booth = await erased_after_its_call(tmp_path)

    await booth.service().forget(CONTACT)
    appends = booth.log.appends
    await booth.service().forget(CONTACT)

    # The log forgets, in the end, whose repeat an append is.
    assert booth.log.appends == appends
    assert [type(one) for one in await booth.events()].count(RecordingErased) == 1


async def test_of_a_person_who_was_not_recorded_nothing_is_told(tmp_path: Path) -> None:
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    async with booth.caring():
        await booth.until_answered()
    await erase(booth)

    await booth.service().forget(CONTACT)

    assert [type(one) for one in await booth.events()] == [RecordingConsented]


@pytest.mark.parametrize("dies", ["at the store", "before the fact", "after the fact"])
async def test_who_dies_over_it_leaves_the_rest_to_the_next(tmp_path: Path, dies: str) -> None:
    booth = await erased_after_its_call(tmp_path)
    booth.shelf.dies_at = "delete" if dies == "at the store" else None
    booth.log.crash_at = None if dies == "at the store" else booth.log.appends + 1
    booth.log.stores_first = dies == "after the fact"

    with pytest.raises(LogUnavailable):
        await booth.service().forget(CONTACT)
    await booth.service().forget(CONTACT)

    assert await booth.keys_on_shelf() == [OTHERS]
    assert [type(one) for one in await booth.events()].count(RecordingErased) == 1


async def test_a_store_that_is_away_is_a_fault_and_nothing_is_told(tmp_path: Path) -> None:
    booth = await erased_after_its_call(tmp_path)
    booth.shelf.refusals = 1

    with pytest.raises(ArchiveUnavailable):
        await booth.service().forget(CONTACT)

    assert RecordingErased not in [type(one) for one in await booth.events()]


async def test_a_part_that_is_being_put_when_its_recorder_is_stopped_is_found_by_who_deletes(
    tmp_path: Path,
) -> None:
    booth = await new_booth(tmp_path)
    booth.shelf.held = asyncio.Event()
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    async with booth.caring() as caring:
        await booth.play(noise(PART_SAMPLES + 2 * SETTLE_SAMPLES))
        await booth.shelf.reached.wait()
        caring.cancel()
        booth.shelf.held.set()
        with pytest.raises(asyncio.CancelledError):
            await caring
    on_shelf = await booth.keys_on_shelf()
    await erase(booth)

    await booth.service().forget(CONTACT)

    assert len(on_shelf) == 1, "it had been put before its recorder was gone"
    assert await booth.keys_on_shelf() == []
