"""The contact clock: where on it the samples of a block stand.

Samples at 8 kHz from the producer time of the contact's first block. Blocks follow each other
without a seam while their producer times agree within rounding; a missing block is a gap and
never a shift; what was there already is left out. Everything follows from the zero and from
where each track ends, so a new process goes on as the old one would have.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, SAMPLES_PER_MS, Track

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE_NS = 1_000_000_000 // SAMPLE_RATE_HZ
_NS_PER_US = 1_000

# Producer times are rounded to milliseconds, cluster and block each: 2 ms. Missing blocks
# are longer: the shortest seen in the field has 12 ms.
LATE_SAMPLES_MAX = 8 * SAMPLES_PER_MS
# A block that begins a little before the last one ended is jitter; one that repeats another
# begins a whole block, 64 ms, before.
EARLY_SAMPLES_MAX = 32 * SAMPLES_PER_MS
# Beyond these the producer's clock was set anew, and the times say nothing about samples:
# the audio goes on where it ended, rather than being lost or a year late.
BACK_SAMPLES_MAX = 30 * 1_000 * SAMPLES_PER_MS  # repeats reach back a few fragments of 10 s
AHEAD_SAMPLES_MAX = 4 * 3_600 * 1_000 * SAMPLES_PER_MS  # a pause in one contact


class Placed(Struct, frozen=True, gc=False):
    """Samples and their place."""

    first_sample: int
    samples: bytes
    gap_from: int | None  # where the track ended before, if there is a gap between


class Timeline:
    """One contact's clock, over both tracks and all streams."""

    def __init__(
        self, zero_at: datetime | None = None, ends: Mapping[Track, int] | None = None
    ) -> None:
        self._zero_ns = None if zero_at is None else _ns_of(zero_at)
        self._ends: dict[Track, int] = dict(ends or {})
        self._shift = 0  # samples by which the producer's clock was set, as far as we followed

    @property
    def ends(self) -> Mapping[Track, int]:
        """The first sample after what was placed, by track."""
        return self._ends

    @property
    def reached_at(self) -> datetime | None:
        """The producer time of the furthest end; None when nothing was placed."""
        if self._zero_ns is None or not self._ends:
            return None
        samples = max(self._ends.values()) - self._shift
        return _EPOCH + timedelta(microseconds=(self._zero_ns + samples * _SAMPLE_NS) // _NS_PER_US)

    def begin(self, time_ns: int) -> datetime:
        """Set the zero, if there is none yet, to the time of the first block, and return it."""
        if self._zero_ns is None:
            self._zero_ns = time_ns // _NS_PER_US * _NS_PER_US
        return _EPOCH + timedelta(microseconds=self._zero_ns // _NS_PER_US)

    def follow(self, track: Track, time_ns: int, payload: bytes) -> int | None:
        """Return where a block's samples stand that go on where their track ended, as most do.

        None, and nothing has changed, where it takes more to say: `place` does.
        """
        end = self._ends.get(track)
        size = len(payload)
        if end is None or self._zero_ns is None or size % SAMPLE_BYTES or not size:
            return None
        first = (time_ns - self._zero_ns + _SAMPLE_NS // 2) // _SAMPLE_NS + self._shift
        if not -LATE_SAMPLES_MAX <= end - first <= EARLY_SAMPLES_MAX:
            return None
        self._ends[track] = end + size // SAMPLE_BYTES
        return end

    def place(self, track: Track, time_ns: int, payload: bytes) -> Placed | None:
        """Return where a block's samples stand; None when all of them stood there before.

        Half a sample at the end of the payload is left out: a block begins with a whole one.
        """
        assert self._zero_ns is not None, "the clock has begun"
        samples = payload if len(payload) % SAMPLE_BYTES == 0 else payload[:-1]
        count = len(samples) // SAMPLE_BYTES
        if not count:
            return None
        first = (time_ns - self._zero_ns + _SAMPLE_NS // 2) // _SAMPLE_NS + self._shift
        # A track's first block may lie before the zero that the other track's block gave.
        end = self._ends.get(track, max(min(first, 0), -BACK_SAMPLES_MAX))
        behind = end - first
        if behind > BACK_SAMPLES_MAX or -behind > AHEAD_SAMPLES_MAX:
            self._shift += behind
            first, behind = end, 0
        gap_from: int | None = None
        if behind > EARLY_SAMPLES_MAX:
            if behind >= count:
                return None
            first, samples = end, samples[behind * SAMPLE_BYTES :]
        elif behind >= -LATE_SAMPLES_MAX:
            first = end
        else:
            gap_from = end
        self._ends[track] = first + len(samples) // SAMPLE_BYTES
        return Placed(first, samples, gap_from)


def _ns_of(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1) * _NS_PER_US
