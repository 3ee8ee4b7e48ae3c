"""Messages in order, sounds in place: without a socket."""

import pytest
from antiphon.api.twilio.lineup import WAITING_MAX, Lineup
from antiphon.api.twilio.messages import Media, Sound
from antiphon.api.twilio.placement import Placement

MS = 8  # samples


def media(number: int, *, ms: int | None = None, chunk: int | None = None) -> Media:
    at_ms = number * 20 if ms is None else ms
    sound = Sound("inbound", number if chunk is None else chunk, at_ms, b"\xff" * 160)
    return Media(sequence_number=number, stream_sid="MZ", media=sound)


def in_order(numbers: list[int], *, after: int = 0) -> tuple[list[int], Lineup]:
    lineup, came = Lineup(after), list[int]()
    for number in numbers:
        came += [one.sequence_number for one in lineup.take(number, media(number))]
    return came, lineup


@pytest.mark.parametrize(
    ("numbers", "came", "dropped"),
    [
        ([1, 2, 3], [1, 2, 3], 0),
        ([2, 1, 3], [1, 2, 3], 0),
        ([3, 2, 1], [1, 2, 3], 0),
        ([1, 1, 2, 1], [1, 2], 2),
        ([1, 3, 3, 2], [1, 2, 3], 1),
        ([0, 1], [1], 1),
        ([1, 2**53, 2, 3], [1, 2, 3], 0),
        ([1, 3, 4], [1], 0),
    ],
)
def test_each_comes_once_and_when_it_is_its_turn(
    numbers: list[int], came: list[int], dropped: int
) -> None:
    told, lineup = in_order(numbers)

    assert (told, lineup.dropped, lineup.missing) == (came, dropped, 0)


def test_what_is_missing_is_waited_for_so_long_and_dropped_when_it_comes_after_all() -> None:
    waiting = list(range(3, 3 + WAITING_MAX))

    before, _ = in_order([1, *waiting])
    came, lineup = in_order([1, *waiting, 3 + WAITING_MAX, 2])

    assert before == [1]
    assert came == [1, *waiting, 3 + WAITING_MAX]
    assert (lineup.missing, lineup.dropped) == (1, 1)


def test_at_the_end_nothing_is_waited_for() -> None:
    _, lineup = in_order([1, 3, 6])

    rest = [(one.sequence_number, lineup.missing) for one in lineup.rest()]

    assert rest == [(3, 1), (6, 3)]


def test_what_carries_no_sound_keeps_its_place() -> None:
    lineup = Lineup(1)

    waits = list(lineup.take(3, media(3)))
    came = list(lineup.take(2, None))

    assert (waits, [one.sequence_number for one in came]) == ([], [3])


@pytest.mark.parametrize(
    ("told", "missing", "first_ms"),
    [
        pytest.param(media(2, ms=40), 0, 40, id="exactly behind"),
        pytest.param(media(2, ms=60), 0, 40, id="jitter"),
        pytest.param(media(2, ms=61), 0, 61, id="something was left out"),
        pytest.param(media(2, ms=41), 1, 41, id="something was lost"),
        pytest.param(media(2, ms=60, chunk=3), 0, 60, id="a chunk was thrown away"),
        pytest.param(media(2, ms=0), 0, 40, id="back"),
        pytest.param(media(2, ms=0), 1, 40, id="back, and something was lost"),
    ],
)
def test_a_sound_stands_behind_the_last_one_or_where_it_was_told_to(
    told: Media, missing: int, first_ms: int
) -> None:
    placement = Placement({"inbound": "from_customer"}, origin=1_000 * MS)
    placement.place(media(1, ms=20), sequence=1, missing=0)

    placed = placement.place(told, sequence=2, missing=missing)

    assert placed is not None
    assert (placed.first_sample - 1_000 * MS) / MS == first_ms


def test_a_gap_that_is_told_once_is_not_told_again() -> None:
    placement = Placement({"inbound": "from_customer"}, origin=0)
    placement.place(media(1, ms=0), sequence=1, missing=0)
    placement.place(media(2, ms=20), sequence=2, missing=1)

    placed = placement.place(media(3, ms=55), sequence=3, missing=1)

    assert placed is not None
    assert placed.first_sample == 40 * MS
