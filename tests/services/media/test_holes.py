"""What is missing, and what fills it, to the sample."""

from datetime import timedelta

import pytest
from antiphon.events.base import Track
from antiphon.events.media import AudioGap
from antiphon.services.media.archive import Kept
from antiphon.services.media.holes import Holes
from antiphon.services.media.outcomes import Heard

from .bytes_by_hand import ZERO_MS
from .scene import at

MS_NS = 1_000_000


def gap(from_ms: int, until_ms: int | None, *, track: Track = "from_customer") -> AudioGap:
    return AudioGap(track=track, from_ms=from_ms, until_ms=until_ms, reason="missing")


def holes(*gaps: AudioGap, heard_ms: int = 10_000, ended_ms: int = 10_000) -> Holes:
    ends: dict[Track, int] = {"from_customer": heard_ms * 8, "to_customer": heard_ms * 8}
    return Holes(gaps, ends=ends, zero_at=at(ZERO_MS), ended_at=at(ZERO_MS + ended_ms))


def heard(at_ms: int, count_ms: int, *, track: Track = "from_customer") -> Heard:
    payload = b"".join((n % 30_000).to_bytes(2, "little") for n in range(count_ms * 8))
    return Heard("1", 0, track, (ZERO_MS + at_ms) * MS_NS, payload)


def kept(at_ms: int, length_ms: int = 1_024) -> Kept:
    return Kept(
        number="1",
        size_bytes=1,
        began_at=at(ZERO_MS + at_ms),
        length=timedelta(milliseconds=length_ms),
    )


def test_a_block_fills_only_what_was_missing() -> None:
    missing = holes(gap(1_000, 1_100))
    block = heard(980, 64)

    (part,) = missing.fill(block)

    assert (part.first_sample, part.end_sample) == (8_000, 8_352)
    assert part.samples == block.payload[20 * 16 :]
    assert missing.missing_ms == 56


def test_a_block_across_two_holes_fills_both_and_the_heard_between_stays() -> None:
    missing = holes(gap(1_000, 1_020), gap(1_040, 1_060))

    parts = missing.fill(heard(990, 100))

    assert [(one.first_sample, one.end_sample) for one in parts] == [(8_000, 8_160), (8_320, 8_480)]
    assert not missing


def test_what_was_filled_is_not_filled_twice() -> None:
    missing = holes(gap(1_000, 1_064))
    assert missing.fill(heard(1_000, 64))

    assert missing.fill(heard(1_000, 64)) == []


def test_one_track_does_not_fill_the_other() -> None:
    missing = holes(gap(1_000, 1_064))

    assert missing.fill(heard(1_000, 64, track="to_customer")) == []
    assert missing.missing_ms == 64


def test_rounded_times_leave_no_seam() -> None:
    missing = holes(gap(1_000, 1_128))
    missing.fill(heard(1_000, 64))

    (part,) = missing.fill(heard(1_066, 64))

    assert (part.first_sample, part.end_sample) == (8_512, 9_024)
    assert not missing


def test_an_open_end_counts_to_the_hang_up_and_a_short_last_fragment_does_not() -> None:
    assert holes(gap(7_000, None), heard_ms=7_000).missing_ms == 3_000
    assert holes(gap(9_000, None), heard_ms=9_000).missing_ms == 0


def test_an_open_end_that_a_later_stream_filled_is_no_hole() -> None:
    assert not holes(gap(5_000, None), heard_ms=10_000)


@pytest.mark.parametrize(
    ("began_ms", "wanted"),
    [(0, False), (4_000, True), (4_500, True), (5_990, True), (7_000, False)],
)
def test_only_fragments_that_may_fill_something_are_wanted(began_ms: int, *, wanted: bool) -> None:
    assert holes(gap(5_000, 6_000)).wants(kept(began_ms)) is wanted
