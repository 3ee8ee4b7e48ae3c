"""Hours are those of a place's clocks, on the days on which they begin."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from antiphon.services.guidance.policy import Hours
from hypothesis import given, settings
from hypothesis import strategies as st

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
WEEK = frozenset(range(7))

BERLIN = Hours(zone="Europe/Berlin", days=WEEK, from_minute=8 * 60, until_minute=18 * 60)


@pytest.mark.parametrize(
    ("utc", "held"),
    [
        ("2026-03-28T06:59", False),  # a Saturday, in winter: one hour ahead of UTC
        ("2026-03-28T07:00", True),
        ("2026-03-28T16:59", True),
        ("2026-03-28T17:00", False),
        ("2026-03-29T05:59", False),  # the clocks went forward that night
        ("2026-03-29T06:00", True),
        ("2026-03-29T16:00", False),
        ("2026-10-25T06:59", False),  # and back that night
        ("2026-10-25T07:00", True),
    ],
)
def test_hours_are_those_of_the_clock_on_the_wall(utc: str, *, held: bool) -> None:
    assert BERLIN.hold(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is held


NIGHT = Hours(zone="UTC", days=frozenset({4}), from_minute=22 * 60, until_minute=6 * 60)


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ("2026-03-06T21:59", False),  # a Friday
        ("2026-03-06T22:00", True),
        ("2026-03-07T05:59", True),
        ("2026-03-07T06:00", False),
        ("2026-03-07T22:00", False),
        ("2026-03-06T05:59", False),  # of the night before
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: str, *, held: bool) -> None:
    assert NIGHT.hold(datetime.fromisoformat(at).replace(tzinfo=UTC)) is held


@settings(max_examples=50, deadline=None)
@given(
    st.integers(0, 10 * 365 * 24 * 60),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
    st.integers(0, 1439),
    st.integers(0, 1439),
)
def test_a_span_and_its_opposite_part_the_day(
    minutes: int, zone: str, begin: int, end: int
) -> None:
    at = NOON + timedelta(minutes=minutes)
    open_ = Hours(zone=zone, days=WEEK, from_minute=begin, until_minute=end)
    closed = Hours(zone=zone, days=WEEK, from_minute=end, until_minute=begin)

    minute = at.astimezone(ZoneInfo(zone)).hour * 60 + at.astimezone(ZoneInfo(zone)).minute

    assert open_.hold(at) is (begin == end or (minute - begin) % 1440 < (end - begin) % 1440)
    assert begin == end or open_.hold(at) is not closed.hold(at)
    assert open_.hold(at) == open_.hold(at.astimezone(ZoneInfo("Asia/Tokyo")))
