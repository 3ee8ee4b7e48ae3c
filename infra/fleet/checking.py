"""Is what arrived what was sent? From a contact's facts alone, as anybody can read them.

`audio_received` says of every ten seconds where they stand and what their SHA-256 is, and
`audio_repaired` the same of what was found afterwards.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ...events.base import SAMPLE_BYTES, SAMPLES_PER_MS, TRACKS, Track
from ...events.media import AudioReceived, AudioRepaired, TrackSpan

# A further stream goes on without a seam where the producer's times agree this well.
SEAM_SAMPLES_MAX = 8 * SAMPLES_PER_MS


class Sent(Struct, frozen=True, kw_only=True):
    """What was played on one of a contact's streams."""

    offset_ms: int  # producer's time of its first sample, from that of the contact's first
    tracks: Mapping[Track, bytes]


class Account(Struct, frozen=True, kw_only=True):
    """What became of it, over both tracks."""

    sent_ms: int
    lost_ms: int = 0  # sent, and not stored
    repeated_ms: int = 0  # stored twice, or never sent
    altered_ms: int = 0  # stored, with other samples than were sent
    is_settled: bool = False  # what was missing was looked for: nothing more comes

    @property
    def is_whole(self) -> bool:
        return not (self.lost_ms or self.repeated_ms or self.altered_ms)


def account_of(facts: Iterable[bytes], sent: Sequence[Sent]) -> Account:
    """Hold a contact's history, a JSON object a line, against what was sent."""
    received: list[AudioReceived] = []
    repaired: list[TrackSpan] = []
    is_settled = False
    for fact in map(msgspec.json.decode, facts):
        if fact["type"] == AudioReceived.TYPE:
            received.append(msgspec.convert(fact["data"], AudioReceived))
        elif fact["type"] == AudioRepaired.TYPE:
            repaired.extend(msgspec.convert(fact["data"], AudioRepaired).spans)
            is_settled = True
    found = _Samples()
    for stream, one in enumerate(sent, 1):
        for track in TRACKS:
            spans = [
                span
                for fact in received
                if fact.stream == stream
                for span in fact.spans
                if span.track == track
            ]
            found.hold(
                one.tracks[track],
                offset=one.offset_ms * SAMPLES_PER_MS,
                heard=spans,
                repaired=[span for span in repaired if span.track == track],
            )
    for fact in received:
        if fact.stream > len(sent):
            found.repeated += sum(span.sample_count for span in fact.spans)
    return Account(
        sent_ms=found.sent // SAMPLES_PER_MS,
        lost_ms=-(-found.lost // SAMPLES_PER_MS),
        repeated_ms=-(-found.repeated // SAMPLES_PER_MS),
        altered_ms=-(-found.altered // SAMPLES_PER_MS),
        is_settled=is_settled,
    )


class _Samples:
    """Counts of them."""

    def __init__(self) -> None:
        self.sent = self.lost = self.repeated = self.altered = 0

    def hold(
        self,
        samples: bytes,
        *,
        offset: int,
        heard: Sequence[TrackSpan],
        repaired: Sequence[TrackSpan],
    ) -> None:
        """Hold what is stored of one track of one stream against what was sent on it.

        `offset` is where on the contact's clock it should begin.
        """
        length = len(samples) // SAMPLE_BYTES
        base = heard[0].first_sample if heard else offset
        if abs(base - offset) > SEAM_SAMPLES_MAX:
            base = offset  # its beginning is missing
        reached, stored, repeated = 0, 0, 0
        for span in heard:
            first, end = span.first_sample - base, span.end_sample - base
            stored += span.sample_count
            surplus = max(0, reached - first) + max(0, end - max(length, reached))
            repeated += surplus
            if not surplus:
                self._compare(samples, span, base)
            reached = max(reached, end)
        for span in repaired:
            if 0 <= span.first_sample - base < length:
                stored += span.sample_count
                self._compare(samples, span, base)
        repeated = max(repeated, stored - length)  # found, and heard before
        self.sent += length
        self.repeated += repeated
        self.lost += max(0, length - (stored - repeated))

    def _compare(self, samples: bytes, span: TrackSpan, base: int) -> None:
        first, end = span.first_sample - base, span.end_sample - base
        is_gapless = span.sample_count == end - first  # else nobody says where the gap is
        if is_gapless and _hash(samples, first, end) != span.sha256:
            self.altered += span.sample_count


def _hash(samples: bytes, first: int, end: int) -> str:
    return hashlib.sha256(samples[first * SAMPLE_BYTES : end * SAMPLE_BYTES]).hexdigest()


def words_in(transcript: Mapping[str, Any]) -> int:
    """Return how many words a transcript has, as the API gives it."""
    return sum(len(line["text"].split()) for line in transcript.get("lines", ()))
