"""Which endpoint is asked: the idlest that is well; who is sticky stays; who failed is tried."""

from antiphon.services.router.load import SAMPLES, Load, Times, choose
from hypothesis import given, settings
from hypothesis import strategies as st

from ...infra.simulator.clocks import MovableClock

LOADS = st.lists(st.tuples(st.integers(1, 8), st.integers(0, 9)), min_size=1, max_size=6)


class Fleet:
    """Endpoints `a`, `b`, … and the clock they share."""

    def __init__(self, *limits: int) -> None:
        self.clock = MovableClock(skips=False)
        self.loads = [
            Load(name, limit=limit, now=self.clock.monotonic)
            for name, limit in zip("abcdef", limits, strict=False)
        ]

    def __getitem__(self, name: str) -> Load:
        return next(one for one in self.loads if one.name == name)

    def chosen(
        self, *, live: bool = True, sticky: str | None = None, without: str = ""
    ) -> str | None:
        load = choose(self.loads, live=live, sticky=sticky, without=frozenset(without))
        return None if load is None else load.name

    def fail(self, name: str, *, times: int = 3) -> None:
        for _ in range(times):
            self[name].circuit.failed("now")


@settings(max_examples=50, deadline=None)
@given(LOADS)
def test_no_other_endpoint_is_less_loaded_than_the_chosen_one(
    loads: list[tuple[int, int]],
) -> None:
    fleet = Fleet(*(limit for limit, _ in loads))
    for load, (_, under_way) in zip(fleet.loads, loads, strict=True):
        load.under_way = min(under_way, load.limit)
    shares = {load.name: load.share for load in fleet.loads}

    chosen = fleet.chosen()

    if chosen is None:
        assert min(shares.values()) == 1.0
    else:
        assert shares[chosen] == min(shares.values())
        assert fleet[chosen].under_way <= fleet[chosen].limit


@settings(max_examples=50, deadline=None)
@given(LOADS, st.text(max_size=8))
def test_no_endpoint_is_given_more_than_its_limit_nor_bulk_more_than_half(
    loads: list[tuple[int, int]], sticky: str
) -> None:
    fleet = Fleet(*(limit for limit, _ in loads))

    while fleet.chosen(live=False, sticky=sticky) is not None:
        pass
    after_bulk = {load.name: load.under_way for load in fleet.loads}
    while fleet.chosen(sticky=sticky) is not None:
        pass

    assert all(after_bulk[load.name] == (load.limit + 1) // 2 for load in fleet.loads)
    assert all(load.under_way == load.limit for load in fleet.loads)


def test_of_those_as_idle_the_faster_is_asked() -> None:
    fleet = Fleet(4, 4)
    fleet["a"].times.took(0.9)
    fleet["b"].times.took(0.2)

    assert fleet.chosen() == "b"


def test_an_adapter_stays_at_one_endpoint_until_that_is_much_busier() -> None:
    fleet = Fleet(4, 4, 4)

    chosen = [fleet.chosen(sticky="acme/summary") for _ in range(4)]

    home = chosen[0]
    assert chosen[:3] == [home] * 3
    assert chosen[3] != home


def test_adapters_are_spread_and_stay_when_an_endpoint_joins() -> None:
    names = [f"adapter-{number}" for number in range(60)]
    homes = {name: Fleet(4, 4).chosen(sticky=name) for name in names}

    moved = {name: Fleet(4, 4, 4).chosen(sticky=name) for name in names}

    assert {homes[name] for name in names} == {"a", "b"}
    assert {moved[name] for name in names if moved[name] != homes[name]} == {"c"}


def test_one_that_fails_is_left_and_tried_again_by_one_request_at_a_time() -> None:
    fleet = Fleet(4, 4)
    fleet.fail("a")
    assert {fleet.chosen() for _ in range(3)} == {"b"}

    fleet.clock.advance(1.0)

    assert [fleet.chosen(), fleet.chosen()] == ["a", "b"]


def test_where_all_fail_one_is_tried_once_a_second() -> None:
    fleet = Fleet(4)
    fleet.fail("a", times=9)
    assert fleet.chosen() is None

    asked = 0
    for _ in range(100):
        fleet.clock.advance(0.1)
        if fleet.chosen() is not None:
            asked += 1
            fleet["a"].circuit.failed("now")
            fleet["a"].end()

    assert 9 <= asked <= 10


def test_one_that_said_not_now_is_not_asked_until_then() -> None:
    fleet = Fleet(4)
    fleet["a"].pause(5.0)
    fleet["a"].pause(1.0)
    assert (fleet.chosen(), fleet["a"].state(live=True)) == (None, "paused")

    fleet.clock.advance(5.0)

    assert fleet.chosen() == "a"


def test_one_that_says_twice_that_it_is_unwell_is_left_until_it_says_it_is_well() -> None:
    fleet = Fleet(4, 4)
    fleet["a"].under_way = 0
    fleet["b"].under_way = 3
    fleet["a"].probed(well=False)
    assert fleet.chosen() == "a"
    fleet["a"].probed(well=False)
    assert fleet.chosen() == "b"

    fleet["a"].probed(well=True)

    assert fleet.chosen() == "a"


def test_the_unwell_are_not_asked_while_a_busy_one_is_well_and_are_where_nobody_is() -> None:
    fleet = Fleet(1, 1)
    for _ in range(2):
        fleet["a"].probed(well=False)
    fleet["b"].under_way = 1
    assert fleet.chosen() is None

    for _ in range(2):
        fleet["b"].probed(well=False)

    assert fleet.chosen() == "a"


def test_who_was_tried_is_not_tried_again() -> None:
    assert Fleet(4, 4).chosen(without="a") == "b"
    assert Fleet(4, 4).chosen(without="ab") is None


def test_few_answers_say_nothing_of_the_slowest() -> None:
    times = Times()

    for _ in range(19):
        times.took(1.0)

    assert times.slow_s() is None
    assert times.usual_s() == 1.0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0, 100.0), min_size=20, max_size=SAMPLES))
def test_at_most_five_of_a_hundred_answers_were_slower_than_slow(took: list[float]) -> None:
    times = Times()

    for seconds in took:
        times.took(seconds)

    slow = times.slow_s()
    assert slow is not None
    assert sum(1 for seconds in took if seconds > slow) <= 0.05 * len(took)
    assert sum(1 for seconds in took if seconds >= slow) >= 0.05 * len(took)
