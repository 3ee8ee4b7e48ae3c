"""Samples are covered from the first of a span to its last, and no other is touched."""

import numpy as np
import pytest
from antiphon.events.base import SAMPLES_PER_MS, TRACKS
from antiphon.events.redaction import Cover
from antiphon.services.redaction.beeping import TONE_PEAK, check, cover, wave
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from ...redaction_builders import audio_span

LOUD = 30_000


def test_a_beep_is_a_steady_tone_of_one_kilohertz() -> None:
    beep = wave(0, 8_000, by="beep").astype(float)

    spectrum = np.abs(np.fft.rfft(beep)) / 4_000
    assert int(spectrum.argmax()) == 1_000
    assert spectrum[1_000] == pytest.approx(TONE_PEAK, rel=1e-3)
    assert spectrum[np.arange(len(spectrum)) != 1_000].max() < 1


@given(
    st.sampled_from(["beep", "silence"]),
    st.sampled_from(TRACKS),
    st.tuples(st.integers(0, 500), st.integers(0, 500)).map(sorted),
    st.integers(0, 4_000),
    st.integers(0, 7),
)
def test_it_is_sharp_at_both_ends_wherever_a_part_is_cut(
    by: Cover, track: str, ends: list[int], cut: int, rest: int
) -> None:
    total = 500 * SAMPLES_PER_MS + rest
    whole = np.full((total, 2), LOUD, np.int16)
    span = audio_span(track=track, from_ms=ends[0], until_ms=ends[1])

    for first, part in ((0, whole[:cut]), (cut, whole[cut:])):
        cover(part, [span], first_sample=first, end_sample=total, by=by)

    start = ends[0] * SAMPLES_PER_MS
    # Up to the very end where the span reaches the last whole millisecond.
    stop = total if ends[1] == 500 else ends[1] * SAMPLES_PER_MS
    stop = stop if ends[1] > ends[0] else start
    column = whole[:, TRACKS.index(span.track)]
    assert_array_equal(column[start:stop], wave(start, stop - start, by=by))
    assert (np.delete(column, np.s_[start:stop]) == LOUD).all()
    assert (whole[:, 1 - TRACKS.index(span.track)] == LOUD).all()


def test_an_empty_span_covers_nothing_not_even_what_is_left_of_the_last_millisecond() -> None:
    samples = np.full((83, 2), LOUD, np.int16)

    cover(samples, [audio_span(from_ms=10, until_ms=10)], first_sample=0, end_sample=83, by="beep")

    assert (samples == LOUD).all()


def test_silence_is_nothing() -> None:
    assert not wave(3, 100, by="silence").any()


@pytest.mark.parametrize(("from_ms", "until_ms"), [(-1, 10), (20, 10), (0, 1_001), (2_000, 3_000)])
def test_spans_outside_of_the_audio_are_refused(from_ms: int, until_ms: int) -> None:
    with pytest.raises(ValueError, match="outside of the audio"):
        check([audio_span(from_ms=from_ms, until_ms=until_ms)], duration_ms=1_000)


def test_spans_within_it_may_be_empty_and_overlap() -> None:
    spans = [audio_span(from_ms=0, until_ms=1_000), audio_span(from_ms=500, until_ms=500)]

    check(spans, duration_ms=1_000)
