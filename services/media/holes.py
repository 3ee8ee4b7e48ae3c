"""What is missing of a contact's audio, and what of it is found. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from ...events.audio import AudioBlock
from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, SAMPLES_PER_MS, TRACKS, Track
from ...events.media import AudioGap
from .archive import Kept
from .outcomes import Heard
from .timeline import LATE_SAMPLES_MAX

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLE_NS = 1_000_000_000 // SAMPLE_RATE_HZ
# The end of a call, as whoever tells it and the producer count: their clocks differ.
_SKEW_SAMPLES = 10_000 * SAMPLES_PER_MS
# Less than this at the end of a call is no loss: the last fragment is said to be short.
_END_SAMPLES = 1_500 * SAMPLES_PER_MS
# A fragment may say a little more or less of its length than its blocks do.
_SLACK = timedelta(milliseconds=100)


class Hole(Struct, frozen=True, order=True):
    """Samples of a track that are missing, on the contact clock; the end excluded."""

    first: int
    end: int


class Holes:
    """The holes of a contact. Shrinks by what is found."""

    def __init__(
        self,
        gaps: Iterable[AudioGap],
        *,
        ends: Mapping[Track, int],
        zero_at: datetime,
        ended_at: datetime,
    ) -> None:
        """`ends`: up to where each track was heard. A gap without an end is one behind that."""
        self._zero_at = zero_at
        self._zero_ns = (zero_at - _EPOCH) // timedelta(microseconds=1) * 1_000
        self._ended = (ended_at - zero_at) // timedelta(milliseconds=1) * SAMPLES_PER_MS
        self._of: dict[Track, list[Hole]] = {track: [] for track in TRACKS}
        self._open: set[Track] = set()
        for gap in gaps:
            heard_to = ends.get(gap.track, 0)
            if gap.until_ms is not None:
                hole = Hole(gap.from_ms * SAMPLES_PER_MS, gap.until_ms * SAMPLES_PER_MS)
            elif (gap.from_ms + 1) * SAMPLES_PER_MS >= heard_to:
                hole = Hole(heard_to, self._ended + _SKEW_SAMPLES)
                self._open.add(gap.track)
            else:
                continue  # a later stream went on: what lies between has a gap of its own
            self._of[gap.track].append(hole)
        self._of = {track: _merged(holes) for track, holes in self._of.items()}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return any(self._of.values())

    @property
    def missing_ms(self) -> int:
        """How much is missing yet, over both tracks; of an open end, up to the hang-up."""
        return sum(self._missing(track) for track in TRACKS) // SAMPLES_PER_MS

    def times(self) -> list[tuple[datetime, datetime]]:
        """Return the producer times of the holes of either track, joined where they overlap."""
        both = _merged([hole for holes in self._of.values() for hole in holes])
        return [(self._at(hole.first), self._at(hole.end)) for hole in both]

    def wants(self, kept: Kept) -> bool:
        """Tell whether a fragment may fill something."""
        ended_at = kept.began_at + kept.length + _SLACK
        return any(
            kept.began_at - _SLACK < until and ended_at > began for began, until in self.times()
        )

    def fill(self, heard: Heard) -> list[AudioBlock]:
        """Return the parts of a block that were missing, which they are no more."""
        samples = heard.payload[: len(heard.payload) // SAMPLE_BYTES * SAMPLE_BYTES]
        first = (heard.time_ns - self._zero_ns + _SAMPLE_NS // 2) // _SAMPLE_NS
        parts: list[AudioBlock] = []
        left: list[Hole] = []
        for hole in self._of[heard.track]:
            # Times are rounded to milliseconds: a block joins the one before without a seam.
            starts = hole.first if 0 < first - hole.first <= LATE_SAMPLES_MAX else first
            low = max(starts, hole.first)
            high = min(starts + len(samples) // SAMPLE_BYTES, hole.end)
            if low >= high:
                left.append(hole)
                continue
            part = samples[(low - starts) * SAMPLE_BYTES : (high - starts) * SAMPLE_BYTES]
            parts.append(
                AudioBlock(
                    track=heard.track,
                    fragment=heard.fragment,
                    ordinal=heard.ordinal,
                    first_sample=low,
                    samples=part,
                )
            )
            rest = (Hole(hole.first, low), Hole(high, hole.end))
            left += [one for one in rest if one.end > one.first]
        self._of[heard.track] = left
        return parts

    def found(self, blocks: Sequence[AudioBlock]) -> None:
        """Take it that these samples are stored."""
        for block in blocks:
            self._of[block.track] = [
                rest
                for hole in self._of[block.track]
                for rest in (
                    Hole(hole.first, min(hole.end, block.first_sample)),
                    Hole(max(hole.first, block.end_sample), hole.end),
                )
                if rest.end > rest.first
            ]

    def _missing(self, track: Track) -> int:
        total = 0
        for hole in self._of[track]:
            open_end = track in self._open and hole.end > self._ended
            size = min(hole.end, self._ended) - hole.first if open_end else hole.end - hole.first
            total += size if size > (_END_SAMPLES if open_end else LATE_SAMPLES_MAX) else 0
        return total

    def _at(self, sample: int) -> datetime:
        return self._zero_at + timedelta(microseconds=sample * _SAMPLE_NS // 1_000)


def _merged(holes: Iterable[Hole]) -> list[Hole]:
    merged: list[Hole] = []
    for hole in sorted(holes):
        if merged and hole.first <= merged[-1].end:
            merged[-1] = Hole(merged[-1].first, max(merged[-1].end, hole.end))
        elif hole.end > hole.first:
            merged.append(hole)
    return merged
