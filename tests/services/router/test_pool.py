"""One model at several endpoints: who is asked, who is asked as well, what is tried again."""

import asyncio

import pytest
from antiphon.services.router.pool import ATTEMPTS_MAX, Answered
from antiphon.services.router.provider import Failure, Written

from ...waiting import until
from .scripted import DOWN, GARBLED, LIMITED, TOO_LARGE, UNKNOWN, WRITTEN, World


async def test_requests_go_where_there_is_least_to_do() -> None:
    world = World(4, 4)
    hang = asyncio.Event()
    world["a"].outcomes.append(hang)
    slow = asyncio.create_task(world.ask())
    await until(lambda: world["a"].asked == 1)

    others = [await world.endpoint() for _ in range(3)]

    hang.set()
    assert isinstance(await slow, Answered)
    assert others == ["b", "b", "b"]
    assert world.idle


async def test_what_fails_is_asked_of_another_at_once() -> None:
    world = World(4, 4)
    world["a"].outcomes.append(DOWN)

    assert await world.endpoint() == "b"
    assert world.asked == [1, 1]


@pytest.mark.parametrize("endless", [DOWN, Failure(reason="malformed")])
async def test_what_fails_everywhere_is_tried_a_few_times_and_no_more(endless: Failure) -> None:
    world = World(4, 4)
    for provider in world.providers.values():
        provider.outcomes.extend([endless] * 9)

    assert await world.reason() == endless.reason
    assert sum(world.asked) == ATTEMPTS_MAX
    assert world.idle


async def test_an_endpoint_that_keeps_failing_is_not_asked_and_then_one_request_finds_out() -> None:
    world = World(4, 4)
    world["a"].outcomes.extend([DOWN] * 3)
    assert [await world.endpoint() for _ in range(8)] == ["b"] * 8
    assert world["a"].asked == 3

    world.clock.advance(1.0)

    assert await world.endpoint() == "a"
    assert "a" in {await world.endpoint() for _ in range(3)}


async def test_one_that_fails_fast_is_not_fast() -> None:
    world = World(4, 4)
    world["a"].outcomes.append(DOWN)

    assert await world.endpoint() == "b"
    assert world.loads["a"].times.usual_s() == 0.0
    assert world.loads["b"].times.usual_s() > 0.0


async def test_where_all_fail_whoever_asks_is_told_so_at_once() -> None:
    world = World(4)
    world["a"].outcomes.extend([DOWN] * 3)
    assert await world.reason() == "unavailable"

    assert await world.reason() == "unavailable"
    assert world.asked == [3]


async def test_an_endpoint_that_is_tried_and_hangs_costs_the_one_who_tried_it_nothing() -> None:
    world = World(4, 4)
    world["a"].outcomes.extend([DOWN] * 3)
    for _ in range(8):
        await world.endpoint()
    world.clock.advance(1.0)
    world["a"].outcomes.append(asyncio.Event())

    assert await world.endpoint() == "b"
    assert (world["a"].asked, world["a"].cancelled) == (4, 1)


@pytest.mark.parametrize("endpoints", [1, 2])
async def test_who_is_asked_too_often_is_left_alone_for_as_long_as_it_said(endpoints: int) -> None:
    world = World(*[4] * endpoints)
    for provider in world.providers.values():
        provider.outcomes.append(LIMITED)
    asking = asyncio.create_task(world.ask())
    await until(lambda: sum(world.asked) == endpoints)

    world.clock.advance(1.0)

    assert isinstance(await asking, Answered)
    assert sum(world.asked) == endpoints + 1


async def test_who_has_less_time_than_that_is_told_so_at_once() -> None:
    world = World(4)
    world["a"].outcomes.append(Failure(reason="limited", retry="later", wait_s=5.0))

    assert await world.reason() == "limited"
    assert await world.reason() == "limited"
    assert world.asked == [1]


async def test_what_nobody_will_answer_is_asked_once() -> None:
    world = World(4, 4)
    world["a"].outcomes.append(TOO_LARGE)

    assert await world.reason() == "refused"
    assert world.asked == [1, 0]


async def test_a_name_that_one_endpoint_does_not_know_is_asked_of_the_others_and_harms_none() -> (
    None
):
    world = World(4, 4)
    world["a"].outcomes.extend([UNKNOWN] * 5)
    assert [await world.endpoint() for _ in range(5)] == ["b"] * 5
    world["a"].outcomes.append(UNKNOWN)
    world["b"].outcomes.append(UNKNOWN)

    assert await world.reason() == "refused"
    assert world.loads["a"].state(live=True) == "free"


async def test_a_bad_answer_is_asked_for_again_only_out_of_the_share() -> None:
    world = World(4, 4, hedge_share=0.5)
    world["a"].outcomes.append(GARBLED)
    assert await world.reason() == "malformed"
    world["a"].outcomes.append(GARBLED)

    assert await world.endpoint() == "b"


async def test_a_wrong_key_puts_out_an_endpoint_for_a_minute() -> None:
    world = World(4, 4)
    world["a"].outcomes.append(Failure(reason="refused", retry="never"))
    assert await world.endpoint() == "b"

    world.clock.advance(59.0)
    assert await world.endpoint() == "b"
    world.clock.advance(1.0)

    assert await world.endpoint() == "a"


async def test_a_slow_answer_is_asked_of_another_as_well_and_the_loser_is_cancelled() -> None:
    world = World(4, 4, hedge_share=0.5, hedge_after_ms=10)
    assert await world.endpoint() == "a"
    world["a"].outcomes.append(asyncio.Event())
    world["b"].outcomes.append(WRITTEN)
    world.loads["b"].under_way = 1  # so that `a` is asked first

    async with asyncio.timeout(2.0):  # and not only at the deadline
        assert await world.endpoint() == "b"
    assert world["a"].cancelled == 1
    world.loads["b"].under_way -= 1
    assert world.idle


async def test_second_requests_are_a_share_of_all() -> None:
    world = World(64, 64, hedge_share=0.1, hedge_after_ms=10)
    hang = asyncio.Event()
    for provider in world.providers.values():
        provider.outcomes.extend([hang] * 40)
    asking = [asyncio.create_task(world.ask()) for _ in range(30)]

    await until(lambda: sum(world.asked) == 33, within_s=2.0)
    hang.set()

    assert all(isinstance(one, Answered) for one in await asyncio.gather(*asking))
    assert sum(world.asked) == 33


async def test_bulk_and_a_model_at_one_endpoint_have_no_second_request() -> None:
    for world, live in ((World(4, 4, hedge_share=0.5, hedge_after_ms=1), False), (World(4), True)):
        for _ in range(4):
            await world.ask(live=live)
        for provider in world.providers.values():
            provider.outcomes.append(asyncio.Event())
        before = sum(world.asked)

        assert await world.reason(live=live, within_s=0.05) == "late"
        assert sum(world.asked) == before + 1


async def test_a_second_request_that_fails_first_does_not_end_the_first() -> None:
    world = World(4, 4, hedge_share=0.5, hedge_after_ms=10)
    await world.ask()
    await world.ask()
    hang = asyncio.Event()
    world["a"].outcomes.append(hang)
    world["b"].outcomes.extend([hang, DOWN])
    asking = asyncio.create_task(world.ask())
    await until(lambda: sum(world.asked) == 4)

    hang.set()

    assert isinstance(await asking, Answered)


async def test_a_deadline_holds_and_counts_against_who_let_it_pass() -> None:
    world = World(4)
    world["a"].outcomes.extend([asyncio.Event() for _ in range(3)])

    assert [await world.reason(within_s=0.02) for _ in range(3)] == ["late"] * 3
    assert world.loads["a"].state(live=True) == "failing"
    assert world.idle


async def test_a_caller_that_goes_takes_its_requests_along_and_blames_nobody() -> None:
    world = World(4, 4, hedge_share=0.5, hedge_after_ms=10)
    await world.ask()
    for provider in world.providers.values():
        provider.outcomes.extend([asyncio.Event()] * 2)
    await world.ask(within_s=0.001)
    asking = asyncio.create_task(world.ask())
    await until(lambda: sum(world.asked) >= 3)

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert world.idle
    assert {load.state(live=True) for load in world.loads.values()} == {"free"}


async def test_a_bug_in_a_provider_is_a_bug() -> None:
    world = World(4)

    async def broken(*_: object, **__: object) -> Written:
        raise ZeroDivisionError

    world["a"].write = broken  # type: ignore[method-assign]

    with pytest.raises(ZeroDivisionError):
        await world.ask()
    assert world.idle
