"""One timer for many waits: each ends in time, and none before."""

import asyncio

from antiphon.infra.jetstream.deadlines import Deadlines

AFTER_S = 0.2
PATIENCE_S = 5.0


def wait() -> "asyncio.Future[str | None]":
    return asyncio.get_running_loop().create_future()


async def test_each_wait_ends_when_its_own_time_is_up() -> None:
    clock = asyncio.get_running_loop().time
    deadlines, first, second = Deadlines(after_s=AFTER_S), wait(), wait()
    began = clock()

    deadlines.begin(first)
    asyncio.get_running_loop().call_later(AFTER_S / 2, deadlines.begin, second)
    async with asyncio.timeout(PATIENCE_S):
        results = [await first]
        first_took = clock() - began
        second_was_done = second.done()
        results.append(await second)
    second_took = clock() - began

    assert results == [None, None]
    assert not second_was_done
    assert AFTER_S <= first_took < second_took
    assert second_took >= AFTER_S * 1.5


async def test_what_came_in_time_stays_as_it_came() -> None:
    deadlines, answered, silent = Deadlines(after_s=AFTER_S), wait(), wait()
    deadlines.begin(answered)
    deadlines.begin(silent)

    answered.set_result("an answer")
    async with asyncio.timeout(PATIENCE_S):
        await silent

    assert answered.result() == "an answer"


async def test_a_wait_that_was_ended_is_left_alone_and_a_later_one_still_ends() -> None:
    deadlines, ended, later = Deadlines(after_s=AFTER_S), wait(), wait()
    deadlines.begin(ended)
    deadlines.end(ended)
    deadlines.end(ended)

    deadlines.begin(later)
    async with asyncio.timeout(PATIENCE_S):
        await later

    assert not ended.done()


async def test_time_that_passed_while_nobody_waited_does_not_count() -> None:
    deadlines, before, after = Deadlines(after_s=AFTER_S), wait(), wait()
    clock = asyncio.get_running_loop().time
    deadlines.begin(before)
    async with asyncio.timeout(PATIENCE_S):
        await before

    began = clock()
    deadlines.begin(after)
    async with asyncio.timeout(PATIENCE_S):
        await after

    assert clock() - began >= AFTER_S
