"""Turns on subjects: one at a time on each, so many over all, and none lost by who gave up."""

import asyncio

import pytest
from antiphon.infra.jetstream.turns import Turns

PATIENCE_S = 5.0


class Site:
    """Workers that take turns, and what was seen of them."""

    def __init__(self, *, at_once: int) -> None:
        self.turns = Turns(at_once=at_once)
        self.under_way: list[str] = []
        self.begun: list[str] = []
        self.may_end = asyncio.Event()

    def start(self, subject: str, name: str) -> "asyncio.Task[None]":
        return asyncio.create_task(self._work(subject, name))

    async def _work(self, subject: str, name: str) -> None:
        async with self.turns.on(subject):
            self.begun.append(name)
            self.under_way.append(subject)
            await self.may_end.wait()
            self.under_way.remove(subject)


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_subject_has_one_at_a_time_in_the_order_of_asking() -> None:
    site = Site(at_once=10)
    workers = [site.start("a", f"{n}") for n in range(4)]

    await settle()
    first = list(site.begun)
    site.may_end.set()
    await asyncio.gather(*workers)

    assert first == ["0"]
    assert site.begun == ["0", "1", "2", "3"]


async def test_other_subjects_do_not_wait_for_a_busy_one_nor_does_it_fill_the_window() -> None:
    site = Site(at_once=2)
    workers = [site.start("busy", f"{n}") for n in range(5)]

    workers.append(site.start("other", "other"))
    await settle()
    under_way = list(site.under_way)
    site.may_end.set()
    await asyncio.gather(*workers)

    assert under_way == ["busy", "other"]


async def test_a_full_window_holds_others_back_until_somebody_is_done() -> None:
    site = Site(at_once=2)
    workers = [site.start(f"{n}", f"{n}") for n in range(3)]

    await settle()
    under_way = list(site.under_way)
    site.may_end.set()
    await asyncio.gather(*workers)

    assert under_way == ["0", "1"]
    assert site.begun == ["0", "1", "2"]


@pytest.mark.parametrize("when", ["while it waits", "in the moment it is called"])
async def test_who_gives_up_takes_nobodys_turn(when: str) -> None:
    site = Site(at_once=10)
    site.may_end.set()
    await site.turns.take("a")
    second, third = site.start("a", "second"), site.start("a", "third")
    await settle()

    if when == "while it waits":
        second.cancel()
        await settle()
        site.turns.give_back("a")
    else:
        site.turns.give_back("a")
        second.cancel()
    async with asyncio.timeout(PATIENCE_S):
        results = await asyncio.gather(second, third, return_exceptions=True)

    assert [type(one) for one in results] == [asyncio.CancelledError, type(None)]
    assert site.begun == ["third"]


async def test_who_gives_up_before_a_full_window_lets_the_subject_go() -> None:
    site = Site(at_once=1)
    holder, waiting = site.start("a", "holder"), site.start("b", "waiting")
    await settle()

    waiting.cancel()
    await settle()
    next_one = site.start("b", "next")
    site.may_end.set()
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.gather(holder, next_one)

    assert site.begun == ["holder", "next"]


async def test_nothing_is_kept_of_a_subject_that_is_done() -> None:
    site = Site(at_once=4)
    site.may_end.set()

    await asyncio.gather(*(site.start(f"{n % 3}", f"{n}") for n in range(30)))

    assert site.turns._busy == {}  # pyright: ignore[reportPrivateUsage]
    assert site.turns._window._value == 4  # pyright: ignore[reportPrivateUsage]


async def test_who_would_not_wait_takes_what_is_free_at_once_and_nothing_else() -> None:
    turns = Turns(at_once=2)

    taken = [turns.take_now(subject) for subject in ("a", "a", "b", "c")]
    turns.give_back_now("a")

    assert taken == [True, False, True, False]  # "c": the window is full
    assert turns.take_now("c")


async def test_a_turn_that_was_taken_at_once_is_waited_for_and_passed_on() -> None:
    site = Site(at_once=10)
    site.may_end.set()
    assert site.turns.take_now("a")
    waiting = site.start("a", "waiting")
    await settle()
    begun_before = list(site.begun)

    while_somebody_waits = site.turns.take_now("a")
    site.turns.give_back_now("a")
    async with asyncio.timeout(PATIENCE_S):
        await waiting

    assert (begun_before, while_somebody_waits) == ([], False)
    assert site.begun == ["waiting"]
    assert site.turns.take_now("a")
