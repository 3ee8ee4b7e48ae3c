"""Budgets: nobody gets more than their minute holds, and second requests stay a share."""

from antiphon.services.router.allowance import Allowance, Budget, ExtraShare
from antiphon.services.router.settings import BudgetSettings
from hypothesis import given, settings
from hypothesis import strategies as st

from ...infra.simulator.clocks import MovableClock

STEPS = st.lists(st.tuples(st.floats(0.0, 30.0), st.integers(1, 400)), max_size=60)


def budget(
    clock: MovableClock, *, requests: int | None = None, tokens: int | None = None
) -> Budget:
    settings = BudgetSettings(requests_per_minute=requests, tokens_per_minute=tokens)
    return Budget(settings, now=clock.monotonic)


@settings(max_examples=50, deadline=None)
@given(STEPS, st.integers(1, 1_000))
def test_in_any_time_no_more_is_used_than_one_bucket_and_what_flowed_in(
    steps: list[tuple[float, int]], per_minute: int
) -> None:
    clock = MovableClock(skips=False)
    asked = budget(clock, tokens=per_minute)
    used, passed_s = 0, 0.0

    for pause_s, tokens in steps:
        clock.advance(pause_s)
        passed_s += pause_s
        if asked.admits(min(tokens, per_minute)):
            used += min(tokens, per_minute)

    assert used <= per_minute + passed_s * per_minute / 60.0 + 1e-6


def test_requests_of_a_minute_are_admitted_and_more_as_time_passes() -> None:
    clock = MovableClock(skips=False)
    asked = budget(clock, requests=3)

    first = [asked.admits(1) for _ in range(4)]
    clock.advance(20.0)
    then = [asked.admits(1) for _ in range(2)]

    assert (first, then) == ([True, True, True, False], [True, False])


def test_what_was_expected_and_not_used_is_given_back() -> None:
    asked = budget(MovableClock(skips=False), tokens=1_000)
    assert asked.admits(900)
    assert not asked.admits(500)

    asked.settle(expected=900, used=100)

    assert asked.admits(900)
    assert not asked.admits(1)


def test_what_was_used_beyond_what_was_expected_is_owed() -> None:
    clock = MovableClock(skips=False)
    asked = budget(clock, tokens=600)
    assert asked.admits(100)

    asked.settle(expected=100, used=1_200)

    assert not asked.admits(1)
    clock.advance(60.0)
    assert not asked.admits(1)
    clock.advance(1.0)
    assert asked.admits(1)


def test_a_request_that_costs_more_than_a_minute_has_is_let_in_when_all_is_there() -> None:
    clock = MovableClock(skips=False)
    asked = budget(clock, tokens=100)

    first, second = asked.admits(500), asked.admits(500)

    assert (first, second) == (True, False)


def test_a_request_that_the_tokens_refuse_costs_no_request() -> None:
    asked = budget(MovableClock(skips=False), requests=2, tokens=100)
    assert asked.admits(100)
    assert not asked.admits(50)

    asked.settle(expected=100, used=0)

    assert asked.admits(50)


def test_who_has_no_budget_is_admitted_always() -> None:
    asked = budget(MovableClock(skips=False))

    assert all(asked.admits(10**9) for _ in range(100))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2_000), st.floats(0.0, 0.5))
def test_second_requests_are_no_more_than_their_share(requests: int, share: float) -> None:
    extra = ExtraShare(share)
    taken = 0

    for _ in range(requests):
        extra.earn()
        taken += extra.take()

    assert taken <= requests * share + 1e-6
    assert taken >= requests * share - 1.0 - 1e-6


def test_a_quiet_while_earns_a_few_and_no_more() -> None:
    extra = ExtraShare(0.5)
    for _ in range(1_000):
        extra.earn()

    assert sum(extra.take() for _ in range(100)) == 5


def test_a_bucket_is_never_fuller_than_full() -> None:
    clock = MovableClock(skips=False)
    bucket = Allowance(60, now=clock.monotonic)
    clock.advance(3_600.0)

    bucket.use(-1_000)

    assert bucket.left() == 60.0
