"""Parts hold what chunks brought, whatever their blocks' lengths, and are the same read again."""

import itertools

import numpy as np
from antiphon.events.audio import AudioBlock, AudioChunk, StoredChunk
from antiphon.events.base import TRACKS, Position
from antiphon.services.recording import reel
from antiphon.services.recording.reel import AHEAD_SAMPLES, PART_SAMPLES, Part, Reel
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

LONGEST = 200_000  # samples of a block or of a gap: 25 s


def laid_out(lengths: list[tuple[int, int, int]]) -> list[StoredChunk]:
    """Return chunks of a block each: track, gap before it and length, in the tracks' own time."""
    ends = [0, 0]
    values = itertools.count(1)
    chunks: list[StoredChunk] = []
    for position, (column, gap, length) in enumerate(lengths, start=1):
        # As media does: one track is never far ahead of the other.
        first = max(ends[column] + gap, max(ends) - LONGEST)
        samples = np.full(length, next(values), np.int16)
        block = AudioBlock(
            track=TRACKS[column],
            fragment="1",
            ordinal=0,
            first_sample=first,
            samples=samples.astype("<i2").tobytes(),
        )
        ends[column] = block.end_sample
        chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))
        chunks.append(StoredChunk(position=Position(position), chunk=chunk))
    return chunks


def on_the_clock(chunks: list[StoredChunk]) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    blocks = [block for stored in chunks for block in stored.chunk.blocks]
    samples = np.zeros((max(block.end_sample for block in blocks), 2), np.int16)
    for block in blocks:
        samples[block.first_sample : block.end_sample, TRACKS.index(block.track)] = np.frombuffer(
            block.samples, "<i2"
        )
    return samples


def parts_of(spool: Reel, chunks: list[StoredChunk]) -> list[Part]:
    parts = [part for stored in chunks for part in spool.take(stored)]
    return [*parts, *spool.rest()]


CHUNKS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, LONGEST), st.integers(1, LONGEST)),
    min_size=1,
    max_size=24,
).map(laid_out)


@given(CHUNKS)
@settings(max_examples=60, deadline=None)
def test_parts_side_by_side_are_the_tracks_on_the_contact_clock(chunks: list[StoredChunk]) -> None:
    parts = parts_of(Reel(), chunks)

    assert_array_equal(np.concatenate([part.samples for part in parts]), on_the_clock(chunks))
    assert [part.number for part in parts] == list(range(len(parts)))
    assert all(len(part.samples) == PART_SAMPLES for part in parts[:-1])


@given(CHUNKS)
@settings(max_examples=40, deadline=None)
def test_a_reel_begun_after_any_part_cuts_the_rest_alike(chunks: list[StoredChunk]) -> None:
    parts = parts_of(Reel(), chunks)

    for part in parts[:-1]:
        begun = Reel(part=part.number + 1, audio_upto=part.audio_upto)
        again = parts_of(begun, [one for one in chunks if one.position > part.audio_upto])

        for one, other in zip(again, parts[part.number + 1 :], strict=True):
            assert_array_equal(one.samples, other.samples)
            assert (one.heard, one.audio_upto) == (other.heard, other.audio_upto)


def test_hours_of_a_call_hold_no_more_than_minutes() -> None:
    spool = Reel()
    held: list[tuple[int, int]] = []
    for number in range(3_600):
        block = AudioBlock(
            track="from_customer",
            fragment="1",
            ordinal=0,
            first_sample=number * 8_000,
            samples=bytes(16_000),
        )
        chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))
        for _ in spool.take(StoredChunk(position=Position(number + 1), chunk=chunk)):
            pass
        held.append(spool.held)

    assert max(size for size, _ in held) <= 2 * (PART_SAMPLES + AHEAD_SAMPLES + 2 * 8_000)
    assert max(chunks for _, chunks in held) <= (PART_SAMPLES + AHEAD_SAMPLES) // 8_000 + 2


def test_a_block_from_beyond_a_day_is_left_out_and_makes_no_silence() -> None:
    far = reel.RECORDING_SAMPLES_MAX
    block = AudioBlock(
        track="to_customer", fragment="1", ordinal=0, first_sample=far, samples=bytes(200)
    )
    chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))

    assert parts_of(Reel(), [StoredChunk(position=Position(1), chunk=chunk)]) == []
