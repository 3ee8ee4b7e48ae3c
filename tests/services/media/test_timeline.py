"""The contact clock: a missing block is a gap and never a shift, and nothing stands twice."""

from datetime import UTC, datetime

import pytest
from antiphon.events.base import Track
from antiphon.services.media.timeline import Placed, Timeline
from hypothesis import given
from hypothesis import strategies as st

MS = 1_000_000
ZERO = 1_726_677_688_724 * MS
FROM: Track = "from_customer"
TO: Track = "to_customer"
BLOCK = b"\x01\x02" * 512  # 64 ms


def begun() -> Timeline:
    timeline = Timeline()
    timeline.begin(ZERO)
    return timeline


def at(timeline: Timeline, ms: int, samples: bytes = BLOCK, track: Track = FROM) -> Placed | None:
    return timeline.place(track, ZERO + ms * MS, samples)


def test_zero_is_the_first_blocks_producer_time() -> None:
    timeline = Timeline()

    zero_at = timeline.begin(ZERO)

    assert zero_at == datetime(2024, 9, 18, 16, 41, 28, 724_000, tzinfo=UTC)
    assert timeline.begin(ZERO + 5 * MS) == zero_at
    assert Timeline(zero_at).begin(ZERO + 7 * MS) == zero_at


def test_blocks_follow_each_other_without_a_seam() -> None:
    timeline = begun()

    assert [at(timeline, ms) for ms in (0, 64, 128)] == [
        Placed(first, BLOCK, None) for first in (0, 512, 1_024)
    ]


@pytest.mark.parametrize("samples", [500, 96, 333, 1])
def test_times_rounded_to_milliseconds_leave_no_holes(samples: int) -> None:
    timeline, block = begun(), b"\0\1" * samples

    for nth in range(1_000):
        placed = at(timeline, round(nth * samples / 8), block)
        assert placed == Placed(nth * samples, block, None)


def test_a_missing_block_is_a_gap_and_what_follows_is_not_shifted() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, 128) == Placed(1_024, BLOCK, 512)
    assert at(timeline, 192) == Placed(1_536, BLOCK, None)


def test_a_missing_short_block_is_a_gap_too() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, 64 + 12) == Placed(608, BLOCK, 512)


def test_tracks_have_their_own_places_on_one_clock() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, 0, track=TO) == Placed(0, BLOCK, None)
    assert at(timeline, 640, track=TO) == Placed(5_120, BLOCK, 512)
    assert at(timeline, 64) == Placed(512, BLOCK, None)


def test_a_track_that_begins_later_has_a_gap_before_it() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, 1_000, track=TO) == Placed(8_000, BLOCK, 0)


def test_a_track_may_begin_before_the_zero_the_other_gave() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, -64, track=TO) == Placed(-512, BLOCK, None)
    assert at(timeline, 0, track=TO) == Placed(0, BLOCK, None)


def test_what_stood_there_before_is_left_out() -> None:
    timeline = begun()
    for ms in (0, 64, 128):
        at(timeline, ms)

    assert at(timeline, 64) is None
    assert at(timeline, 192 - 40, bytes(range(256)) * 4) == Placed(
        1_536, (bytes(range(256)) * 4)[640:], None
    )
    assert at(timeline, 192 + 24) == Placed(1_728, BLOCK, None)


def test_jitter_of_the_producers_clock_costs_no_samples() -> None:
    timeline = begun()
    at(timeline, 0)

    assert at(timeline, 64 - 20) == Placed(512, BLOCK, None)
    assert at(timeline, 128 + 5) == Placed(1_024, BLOCK, None)


@pytest.mark.parametrize("leap_ms", [-3_600_000, -60_000, 40_000_000_000])
def test_a_clock_that_is_set_anew_loses_no_audio(leap_ms: int) -> None:
    timeline = begun()
    at(timeline, 0)
    at(timeline, 0, track=TO)

    assert at(timeline, leap_ms + 64) == Placed(512, BLOCK, None)
    assert at(timeline, leap_ms + 64, track=TO) == Placed(512, BLOCK, None)
    assert at(timeline, leap_ms + 128) == Placed(1_024, BLOCK, None)
    assert at(timeline, leap_ms + 256) == Placed(2_048, BLOCK, 1_536)


def test_half_a_sample_is_left_out() -> None:
    timeline = begun()

    assert at(timeline, 0, b"\1\2\3") == Placed(0, b"\1\2", None)
    assert at(timeline, 0, b"\1") is None
    assert at(timeline, 0, b"") is None


def test_the_time_reached_is_where_the_furthest_track_ends() -> None:
    timeline = begun()

    assert timeline.reached_at is None
    at(timeline, 0)
    at(timeline, 64, track=TO)

    assert timeline.reached_at == datetime(2024, 9, 18, 16, 41, 28, 852_000, tzinfo=UTC)


blocks = st.lists(
    st.tuples(st.sampled_from([FROM, TO]), st.integers(-100, 400), st.sampled_from([12, 512, 96])),
    max_size=40,
)


@given(blocks, st.integers(0, 40))
def test_a_new_process_places_as_the_old_one_would_have(
    said: list[tuple[Track, int, int]], died_after: int
) -> None:
    whole, first = begun(), begun()
    expected = [whole.place(track, ZERO + 16 * n * MS, b"\0\0" * size) for track, n, size in said]

    placed = [
        first.place(track, ZERO + 16 * n * MS, b"\0\0" * size)
        for track, n, size in said[:died_after]
    ]
    second = Timeline(first.begin(ZERO), first.ends)
    placed += [
        second.place(track, ZERO + 16 * n * MS, b"\0\0" * size)
        for track, n, size in said[died_after:]
    ]

    assert placed == expected


@given(blocks)
def test_the_samples_of_a_track_stand_once_and_in_order(said: list[tuple[Track, int, int]]) -> None:
    timeline, ends = begun(), dict[Track, int]()

    for track, n, size in said:
        placed = timeline.place(track, ZERO + 16 * n * MS, b"\0\0" * size)
        if placed is None:
            continue
        end = ends.get(track)
        if placed.gap_from is not None:
            assert placed.gap_from < placed.first_sample
        if end is not None:
            assert end in (placed.first_sample, placed.gap_from)
        ends[track] = placed.first_sample + len(placed.samples) // 2
        assert timeline.ends[track] == ends[track]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([FROM, TO]),
        # Where a block begins against where its track ended, and how long it is.
        st.sampled_from([0, 0, 0, 1, -1, 7, 8, 9, -31, -32, -33, -64, 40_000, -40_000, 15_000_000]),
        st.sampled_from([1_024, 1_024, 2, 1, 0, 333]),
    ),
    max_size=20,
)


@given(STEPS)
def test_what_merely_follows_is_placed_as_place_would_and_all_else_left_to_it(
    steps: list[tuple[Track, int, int]],
) -> None:
    quick, careful = begun(), begun()
    times = {FROM: 0, TO: 0}
    for track, late_ms, size in steps:
        time_ns = ZERO + (times[track] + late_ms) * MS
        block = bytes(size)

        first = quick.follow(track, time_ns, block)
        expected = careful.place(track, time_ns, block)

        if first is None:
            assert quick.place(track, time_ns, block) == expected
        else:
            assert expected == Placed(first, block, None)
        assert quick.ends == careful.ends
        times[track] += late_ms + size // 16


def test_blocks_that_follow_without_a_seam_need_no_more() -> None:
    timeline = begun()
    at(timeline, 0)

    assert [timeline.follow(FROM, ZERO + ms * MS, BLOCK) for ms in (64, 128, 200)] == [
        512,
        1_024,
        1_536,
    ]
    assert timeline.follow(FROM, ZERO + 300 * MS, BLOCK) is None  # a gap
    assert timeline.follow(TO, ZERO, BLOCK) is None  # its track's first
    assert timeline.follow(FROM, ZERO + 192 * MS, BLOCK) is None  # a repeat
    assert timeline.ends == {FROM: 2_048}
