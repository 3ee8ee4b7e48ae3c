"""Who waits: for a place, those on the line first; and for company, those who have time."""

import asyncio

from antiphon.services.router.pool import Answered
from antiphon.services.router.waiting import Bursts

from ...waiting import until
from .scripted import World


async def test_who_asks_beyond_the_limit_waits_for_a_place_and_those_on_the_line_go_first() -> None:
    world = World(1)
    hang = asyncio.Event()
    world["a"].outcomes.append(hang)
    order: list[str] = []

    async def asking(name: str, *, live: bool) -> None:
        assert isinstance(await world.ask(live=live), Answered)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(asking("first", live=True))
        await until(lambda: world["a"].asked == 1)
        group.create_task(asking("bulk", live=False))
        await asyncio.sleep(0)
        group.create_task(asking("on the line", live=True))
        await asyncio.sleep(0)
        hang.set()

    assert order == ["first", "on the line", "bulk"]


async def test_who_waits_for_a_place_in_vain_is_told_that_all_are_busy() -> None:
    world = World(1)
    world["a"].outcomes.append(asyncio.Event())
    holding = asyncio.create_task(world.ask())
    await until(lambda: world["a"].asked == 1)

    assert await world.reason(within_s=0.02) == "busy"

    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    assert world.idle


async def test_no_more_wait_than_may_wait() -> None:
    world = World(1)
    world["a"].outcomes.append(asyncio.Event())
    async with asyncio.TaskGroup() as group:
        holding = [group.create_task(world.ask()) for _ in range(257)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)

        assert await world.reason() == "busy"
        for task in holding:
            task.cancel()

    assert world.idle


async def test_those_who_have_time_go_together() -> None:
    bursts, gone = Bursts(window_s=0.02), list[int]()
    by = asyncio.get_running_loop().time() + 60.0

    async def join(number: int) -> None:
        await bursts.join("model", until=by)
        gone.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(join(number))
        await asyncio.sleep(0)
        assert gone == []

    assert gone == [0, 1, 2]


async def test_a_full_burst_goes_at_once_and_another_begins() -> None:
    bursts = Bursts(window_s=60.0, size_max=2)
    by = asyncio.get_running_loop().time() + 60.0

    async with asyncio.timeout(1):
        for _ in range(3):
            await asyncio.gather(*(bursts.join("model", until=by) for _ in range(2)))


async def test_who_has_little_time_waits_for_half_of_it_and_one_that_leaves_harms_none() -> None:
    bursts = Bursts(window_s=60.0)
    loop = asyncio.get_running_loop()
    leaving = asyncio.create_task(bursts.join("model", until=loop.time() + 60.0))
    await asyncio.sleep(0)
    leaving.cancel()

    async with asyncio.timeout(1):
        await bursts.join("model", until=loop.time() + 0.02)

    assert leaving.cancelled() or leaving.cancelling()
