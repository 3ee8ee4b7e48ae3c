"""Redacted recordings: made a part at a time, sealed under another key, read back, let go of."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from antiphon.errors import ArchiveUnavailable, KeyDestroyed, RecordingDamaged
from antiphon.events.base import SAMPLES_PER_MS
from antiphon.events.redaction import AudioSpan, RedactedAudio
from antiphon.services.flac import Samples
from antiphon.services.recording.standing import Standing
from antiphon.services.redaction.beeping import wave
from antiphon.services.redaction.redactor import Redactor
from antiphon.services.sealed_recording import PART_SAMPLES
from antiphon.services.store_patience import StorePatience
from msgspec.structs import replace
from numpy.testing import assert_array_equal

from ...builders import CONTACT, audio_stream_opened, contact_started
from ...redaction_builders import audio_span
from ..recording.booth import BLOCK, Booth, consent, finished_call, new_booth, noise
from ..recording.decoder import decoded
from .releasing import Nobody, redactor_of

SPANS = (
    audio_span(track="from_customer", from_ms=1_000, until_ms=2_000),
    audio_span(track="to_customer", from_ms=1_500, until_ms=2_500, kind="pin"),
)
FOLDER = "redactions/demo/c-1/"


async def call(directory: Path, samples: Samples) -> Booth:
    booth = await finished_call(directory, samples)
    await booth.care()
    return booth


async def redacted(
    booth: Booth, spans: Sequence[AudioSpan] = SPANS, *, attempt: int = 1
) -> RedactedAudio:
    return await redactor_of(booth).redact(
        CONTACT, await booth.stored(), spans, cover="beep", round_=1, attempt=attempt
    )


async def heard(booth: Booth, audio: RedactedAudio) -> Samples:
    """Return a redacted recording as a decoder of others hears it."""
    opened = await booth.playback.open(CONTACT, audio)
    return decoded(b"".join([piece async for piece in opened.read(0, opened.size)]))


def beeped(samples: Samples, *spans: AudioSpan) -> Samples:
    """Return what is to be heard."""
    covered = samples.copy()
    for span in spans:
        start, stop = span.from_ms * SAMPLES_PER_MS, span.until_ms * SAMPLES_PER_MS
        covered[start:stop, int(span.track == "to_customer")] = wave(start, stop - start, by="beep")
    return covered


async def test_what_is_covered_is_a_tone_and_the_rest_is_as_it_was(tmp_path: Path) -> None:
    samples = noise(3 * BLOCK)
    booth = await call(tmp_path, samples)

    audio = await redacted(booth)

    assert_array_equal(await heard(booth, audio), beeped(samples, *SPANS))
    by_track = await redactor_of(booth).samples(CONTACT, audio)
    assert_array_equal(by_track["to_customer"], beeped(samples, *SPANS)[:, 1])


async def test_a_span_over_a_cut_between_two_parts_is_covered_in_both(tmp_path: Path) -> None:
    samples = noise(PART_SAMPLES + 2 * BLOCK)
    booth = await call(tmp_path, samples)
    cut_ms = PART_SAMPLES // SAMPLES_PER_MS
    span = audio_span(from_ms=cut_ms - 500, until_ms=cut_ms + 500)

    audio = await redacted(booth, [span])

    assert audio.parts == 2
    assert_array_equal(await heard(booth, audio), beeped(samples, span))


async def test_the_original_stays_as_it_was_under_its_own_key(tmp_path: Path) -> None:
    samples = noise(3 * BLOCK)
    booth = await call(tmp_path, samples)
    original = await booth.stored()

    audio = await redacted(booth)

    assert original.holder == "original"
    assert (audio.original_key, audio.original_sha256) == (original.key, original.sha256)
    assert audio.key.startswith(f"{FOLDER}round-1-attempt-1-")
    assert_array_equal(await booth.recorded(), samples)
    await booth.keys.destroy(CONTACT.tenant, f"original/{CONTACT.contact_id}")
    with pytest.raises(KeyDestroyed):
        await booth.recorded()
    assert_array_equal(await heard(booth, audio), beeped(samples, *SPANS))


async def test_an_original_of_before_there_was_redaction_is_repaired_and_redacted_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(Standing, "holder", "contact")
        booth = await call(tmp_path, noise(3 * BLOCK))
    await booth.find(("from_customer", 3 * BLOCK, noise(BLOCK)[:, 0]))
    await booth.care()
    older = await booth.stored()

    audio = await redactor_of(booth).redact(
        CONTACT, older, SPANS, cover="silence", round_=1, attempt=1
    )

    assert (older.repaired, older.holder) == (True, "contact")
    assert not (await heard(booth, audio))[8_000:16_000, 0].any()


async def test_how_loud_it_was_does_not_show_where_something_was_removed(tmp_path: Path) -> None:
    quiet, loud = (np.full((3 * BLOCK, 2), level, np.int16) for level in (50, 25_000))
    told: list[bytes] = []
    for name, samples in (("quiet", quiet), ("loud", loud)):
        booth = await call(tmp_path / name, samples)
        opened = await booth.playback.open(CONTACT, await redacted(booth))
        told.append(opened.energy["from_customer"][8:15])

    assert told[0] == told[1]


async def test_nothing_to_remove_is_a_recording_of_its_own_all_the_same(tmp_path: Path) -> None:
    samples = noise(2 * BLOCK)
    booth = await call(tmp_path, samples)

    audio = await redacted(booth, ())

    assert audio.key != (await booth.stored()).key
    assert_array_equal(await heard(booth, audio), samples)


async def test_all_of_it_can_be_removed_to_the_last_sample(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK + 5))
    stored = await booth.stored()
    both = [
        audio_span(track=track.track, from_ms=0, until_ms=stored.duration_ms)
        for track in stored.tracks
    ]

    audio = await redactor_of(booth).redact(
        CONTACT, stored, both, cover="silence", round_=1, attempt=1
    )

    assert not (await heard(booth, audio)).any()


async def test_one_track_and_a_gap_are_redacted_as_what_is_there(tmp_path: Path) -> None:
    samples = noise(BLOCK)
    booth = await new_booth(tmp_path)
    await booth.tell(contact_started(attributes=consent()), audio_stream_opened())
    await booth.play(samples, tracks=("from_customer",))
    await booth.play(samples, first=4 * BLOCK, tracks=("from_customer",))
    await booth.hang_up()
    await booth.care()
    span = audio_span(track="to_customer", from_ms=2_000, until_ms=3_000)

    audio = await redacted(booth, [span])

    whole = np.zeros((5 * BLOCK, 2), np.int16)
    whole[:BLOCK, 0] = whole[4 * BLOCK :, 0] = samples[:, 0]
    assert_array_equal(await heard(booth, audio), beeped(whole, span))


async def test_a_span_outside_of_the_audio_stores_nothing(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))

    with pytest.raises(ValueError, match="outside of the audio"):
        await redacted(booth, [audio_span(from_ms=1_000, until_ms=2_001)])

    assert not [key for key in await booth.keys_on_shelf() if key.startswith(FOLDER)]


async def test_an_original_that_is_cut_short_stores_nothing(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(3 * BLOCK))
    file = tmp_path / (await booth.stored()).key
    body = file.read_bytes()
    file.unlink()
    file.write_bytes(body[: len(body) // 2])

    with pytest.raises(RecordingDamaged):
        await redacted(booth)

    assert not [key for key in await booth.keys_on_shelf() if key.startswith(FOLDER)]


async def test_an_original_shorter_than_it_says_stores_nothing(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(3 * BLOCK))
    longer = replace(await booth.stored(), duration_ms=3_001)

    with pytest.raises(RecordingDamaged, match="not as long"):
        await redactor_of(booth).redact(CONTACT, longer, SPANS, cover="beep", round_=1, attempt=1)

    assert not [key for key in await booth.keys_on_shelf() if key.startswith(FOLDER)]


async def test_a_store_that_goes_away_is_waited_for_and_nothing_half_is_named(
    tmp_path: Path,
) -> None:
    samples = noise(3 * BLOCK)
    booth = await call(tmp_path, samples)
    booth.shelf.refusals = 3

    audio = await redacted(booth)

    assert booth.shelf.refused == 3
    assert_array_equal(await heard(booth, audio), beeped(samples, *SPANS))
    assert [key for key in await booth.keys_on_shelf() if key.startswith(FOLDER)] == [audio.key]


async def test_a_store_that_stays_away_is_given_up(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(3 * BLOCK))
    booth.shelf.refusals = 1_000
    brief = StorePatience(again_s=0.001, again_longest_s=0.001, unreachable_s=0.01)
    redactor = Redactor(booth.shelf, booth.keys, Nobody(), patience=brief)

    with pytest.raises(ArchiveUnavailable):
        await redactor.redact(
            CONTACT, await booth.stored(), SPANS, cover="beep", round_=1, attempt=1
        )


async def test_whoever_was_erased_is_redacted_no_further(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))
    audio = await redacted(booth, ())
    await booth.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    with pytest.raises(KeyDestroyed):
        await redacted(booth, ())
    with pytest.raises(KeyDestroyed):
        await redactor_of(booth).samples(CONTACT, audio)


@pytest.mark.parametrize("harm", ["changed", "another"])
async def test_a_redacted_recording_that_is_not_what_was_put_is_no_evidence(
    tmp_path: Path, harm: str
) -> None:
    booth = await call(tmp_path, noise(2 * BLOCK))
    first, second = await redacted(booth, ()), await redacted(booth, (), attempt=2)
    file = tmp_path / first.key
    body = file.read_bytes()
    file.unlink()
    harmed = body[:9] + bytes([body[9] ^ 1]) + body[10:]
    file.write_bytes(harmed if harm == "changed" else (tmp_path / second.key).read_bytes())

    with pytest.raises(RecordingDamaged):
        await redactor_of(booth).samples(CONTACT, first)
    with pytest.raises(RecordingDamaged):
        await heard(booth, first)


async def test_minutes_are_never_in_memory_at_once(tmp_path: Path) -> None:
    booth = await call(tmp_path, noise(2 * PART_SAMPLES + BLOCK))
    audio = await redacted(booth)

    pieces = redactor_of(booth).pieces(CONTACT, audio)
    sizes = [len(samples) async for samples in pieces]

    assert sizes == [PART_SAMPLES, PART_SAMPLES, BLOCK]
    assert booth.shelf.held_bytes_max < PART_SAMPLES


async def test_what_no_span_touches_is_taken_over_byte_for_byte(tmp_path: Path) -> None:
    samples = noise(3 * PART_SAMPLES)
    booth = await call(tmp_path, samples)
    second_ms = PART_SAMPLES // SAMPLES_PER_MS
    span = audio_span(from_ms=second_ms, until_ms=2 * second_ms)
    original = await booth.stored()

    audio = await redacted(booth, [span])

    parts = [
        [
            await booth.playback.frames(CONTACT, one, number=number, piece=piece)
            for number, piece in enumerate((await booth.playback.index(CONTACT, one)).pieces)
        ]
        for one in (original, audio)
    ]
    assert [was == is_now for was, is_now in zip(*parts, strict=True)] == [True, False, True]
    assert_array_equal(await heard(booth, audio), beeped(samples, span))
