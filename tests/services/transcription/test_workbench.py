"""Threads are shared: finals before partials, contacts in turn, nothing queues."""

import asyncio
from threading import Event

import pytest
from antiphon.services.transcription.whisper.workbench import Work, Workbench

WAIT_S = 10.0


class Clock:
    """Seconds that passed, and those of a processor that were spent."""

    now = 0.0
    spent = 0.0


class Seat:
    """A session with some work, which notes when it is done."""

    def __init__(self, name: str, done: list[str], *, finals: int = 0, partials: int = 0) -> None:
        self.name = name
        self.done = done
        self.finals = finals
        self.partials = partials
        self.may_go_on = Event()
        self.may_go_on.set()
        self.failed: list[BaseException] = []
        self.finished = asyncio.Event()

    def next_final(self) -> Work | None:
        if not self.finals:
            return None
        self.finals -= 1
        return self._work("final")

    def next_partial(self) -> Work | None:
        if not self.partials:
            return None
        self.partials -= 1
        return self._work("partial")

    def _work(self, kind: str) -> Work:
        def do() -> None:
            if not self.may_go_on.wait(WAIT_S):
                raise TimeoutError
            if kind == "partial" and self.name == "broken":
                raise ValueError(self.name)

        def done(error: BaseException | None) -> None:
            if error is not None:
                self.failed.append(error)
            self.done.append(f"{kind} of {self.name}")
            self.finished.set()

        return Work(do, done)


async def all_done(done: list[str], count: int, *seats: Seat) -> None:
    async with asyncio.timeout(WAIT_S):
        while len(done) < count:
            waits = [asyncio.ensure_future(seat.finished.wait()) for seat in seats]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            for seat in seats:
                seat.finished.clear()


async def test_finals_go_before_partials_and_contacts_take_turns() -> None:
    done: list[str] = []
    one = Seat("one", done, finals=2, partials=1)
    two = Seat("two", done, finals=1, partials=1)
    bench = Workbench(threads=1)
    bench.join(one)
    bench.join(two)

    bench.look()
    await all_done(done, 5, one, two)

    assert done[:3] == ["final of one", "final of two", "final of one"]
    assert sorted(done[3:]) == ["partial of one", "partial of two"]
    bench.close()


async def test_a_busy_bench_asks_nobody_until_a_thread_is_free() -> None:
    done: list[str] = []
    one = Seat("one", done, finals=1, partials=1)
    one.may_go_on.clear()
    bench = Workbench(threads=1)
    bench.join(one)
    bench.look()

    bench.look()

    assert one.partials == 1, "it was not taken, so newer audio can go into it"
    one.may_go_on.set()
    await all_done(done, 2, one)
    bench.close()


async def test_work_that_fails_is_told_to_its_seat_and_stops_nobody() -> None:
    done: list[str] = []
    broken, other = Seat("broken", done, partials=1), Seat("other", done, partials=1)
    bench = Workbench(threads=1)
    bench.join(broken)
    bench.join(other)

    bench.look()
    await all_done(done, 2, broken, other)

    assert [type(error) for error in broken.failed] == [ValueError]
    assert other.failed == []
    assert bench.is_moving
    bench.close()


async def test_a_seat_that_left_gets_no_more_work() -> None:
    done: list[str] = []
    one, two = Seat("one", done, finals=3), Seat("two", done, finals=1)
    one.may_go_on.clear()
    bench = Workbench(threads=1)
    bench.join(one)
    bench.join(two)
    bench.look()

    bench.leave(one)
    one.may_go_on.set()
    await all_done(done, 2, one, two)

    assert done == ["final of one", "final of two"]
    assert one.finals == 2
    bench.close()


@pytest.mark.parametrize(
    ("waited_s", "spent_s", "moves"),
    [
        pytest.param(29.0, 59.0, True, id="two threads work on something long"),
        pytest.param(31.0, 61.0, False, id="both go round in circles"),
        pytest.param(500.0, 5.0, True, id="others have the processors"),
        pytest.param(601.0, 5.0, False, id="what they wait for never comes"),
    ],
)
async def test_a_bench_is_stuck_by_the_time_it_was_given_not_by_the_time_that_passed(
    waited_s: float, spent_s: float, *, moves: bool
) -> None:
    done: list[str] = []
    one, two = Seat("one", done, finals=1), Seat("two", done, finals=1)
    clock = Clock()
    bench = Workbench(threads=2, now=lambda: clock.now, spent=lambda: clock.spent)
    for seat in (one, two):
        seat.may_go_on.clear()
        bench.join(seat)

    bench.look()
    clock.now, clock.spent = waited_s, spent_s

    assert bench.is_moving == moves
    one.may_go_on.set()
    await all_done(done, 1, one)
    assert bench.is_moving
    two.may_go_on.set()
    await all_done(done, 2, two)
    bench.close()
