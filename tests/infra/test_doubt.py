"""A doubt lasts as long as one was awake in it."""

import pytest
from antiphon.infra.jetstream.doubt import AWAKE_S_MAX, Doubt

from ..contracts.crowd import Clock

PATIENCE_S = 3 * AWAKE_S_MAX


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doubt(clock: Clock) -> Doubt:
    return Doubt(patience_s=PATIENCE_S, clock=clock)


def test_it_is_too_long_after_so_long_awake(doubt: Doubt, clock: Clock) -> None:
    looks: list[bool] = []

    for _ in range(8):
        clock.after(PATIENCE_S / 6)
        looks.append(doubt.is_too_long(in_doubt=True))

    assert looks == [*6 * [False], True, True]


def test_time_that_one_stood_still_in_it_hardly_counts(doubt: Doubt, clock: Clock) -> None:
    looks: list[bool] = []

    for _ in range(4):
        clock.after(1_000)
        looks.append(doubt.is_too_long(in_doubt=True))

    assert looks == [False, False, False, True]


def test_it_begins_anew_after_certainty(doubt: Doubt, clock: Clock) -> None:
    for in_doubt in (True, True, True, False):
        assert not doubt.is_too_long(in_doubt=in_doubt)
        clock.after(AWAKE_S_MAX)

    looks: list[bool] = []
    for _ in range(4):
        looks.append(doubt.is_too_long(in_doubt=True))
        clock.after(AWAKE_S_MAX)

    assert looks == [False, False, False, True]
