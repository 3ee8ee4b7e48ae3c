"""Stretches of samples are covered: by a tone, or by silence. Pure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, TRACKS
from ...events.redaction import AudioSpan, Cover

TONE_HZ = 1_000
TONE_PEAK = 8_231  # -12 dBFS: heard, and not louder than speech

_PERIOD = SAMPLE_RATE_HZ // TONE_HZ  # samples, whole: every period is the same
_WAVE = np.round(TONE_PEAK * np.sin(2 * np.pi * np.arange(_PERIOD) / _PERIOD)).astype(np.int16)


def check(spans: Sequence[AudioSpan], *, duration_ms: int) -> None:
    """See that spans lie within the audio. They may overlap, and an empty one covers nothing.

    Raises:
        ValueError: one does not: whoever planned it was confused, and may have missed others.
    """
    for span in spans:
        if span.track not in TRACKS or not 0 <= span.from_ms <= span.until_ms <= duration_ms:
            raise ValueError("a span to be removed lies outside of the audio")


def touch(spans: Sequence[AudioSpan], *, first_sample: int, end_sample: int) -> bool:
    """Tell whether any span covers one of these samples, or one of the millisecond after them."""
    return any(
        span.from_ms * SAMPLES_PER_MS < end_sample
        and (span.until_ms + 1) * SAMPLES_PER_MS > first_sample
        for span in spans
    )


def cover(
    samples: NDArray[np.int16],
    spans: Sequence[AudioSpan],
    *,
    first_sample: int,
    end_sample: int,
    by: Cover,
) -> None:
    """Cover the spans in samples of both tracks, which begin at `first_sample`.

    Sharp at both ends, to the sample. A span that reaches the last millisecond of the audio reaches
    `end_sample`, its end: the audio may end within one.
    """
    for span in spans:
        if span.until_ms == span.from_ms:
            continue
        until = span.until_ms * SAMPLES_PER_MS
        until = end_sample if end_sample - until < SAMPLES_PER_MS else until
        start = max(span.from_ms * SAMPLES_PER_MS - first_sample, 0)
        stop = min(until - first_sample, len(samples))
        if stop > start:
            samples[start:stop, TRACKS.index(span.track)] = wave(
                first_sample + start, stop - start, by=by
            )


def wave(first_sample: int, count: int, *, by: Cover) -> NDArray[np.int16]:
    """Return what covers so many samples, of which the first stands there on the contact clock."""
    if by == "silence":
        return np.zeros(count, np.int16)
    return _WAVE[(first_sample + np.arange(count)) % _PERIOD]
