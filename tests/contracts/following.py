"""What following promises."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import pytest
from antiphon.errors import EpochChanged, PositionBeyondEnd, TenantUnknown
from antiphon.events.base import START, Epoch, Position
from antiphon.events.log import IDLE_S

from ..infra.places import Place
from .entries import PATIENCE_S, take, texts


class FollowContract:
    async def test_what_stands_is_followed_by_what_comes(self, place: Place) -> None:
        await place.append("a", "one", "two", expected=START)

        async with aclosing(place.log.follow(place.stream, [place.subject("a")])) as follow:
            stands = await take(follow, 2)
            await place.append("a", "three")
            await place.append("a", "four")
            comes = await take(follow, 2)

        assert texts([*stands, *comes]) == ["one", "two", "three", "four"]

    async def test_a_follower_begins_after_its_position(self, place: Place) -> None:
        first = await place.append("a", "one")
        await place.append("a", "two")
        filters = [place.subject("a")]

        async with aclosing(place.log.follow(place.stream, filters, after=first)) as follow:
            followed = await take(follow, 1)

        assert texts(followed) == ["two"]

    async def test_a_follower_at_the_end_waits_for_what_comes(self, place: Place) -> None:
        end = await place.append("a", "one")
        epoch = (await place.log.state(place.stream)).epoch
        filters = [place.subject("a"), place.subject("b.*")]

        follow = place.log.follow(place.stream, filters, after=end, epoch=epoch)
        async with aclosing(follow):
            async with asyncio.timeout(PATIENCE_S):
                idle = await anext(follow)
            await place.append("c", "not wanted")
            await place.append("b.c", "two")
            await place.append("a", "three")
            followed = await take(follow, 2)

        assert list(idle) == []
        assert texts(followed) == ["two", "three"]

    async def test_an_idle_follower_gives_signs_of_life(self, place: Place) -> None:
        await place.append("a", "not wanted")
        clock = asyncio.get_running_loop().time

        async with aclosing(place.log.follow(place.stream, [place.subject("b")])) as follow:
            started = clock()
            async with asyncio.timeout(PATIENCE_S):
                batches = [await anext(follow) for _ in range(3)]
            took = clock() - started

        assert [list(batch) for batch in batches] == [[], [], []]
        assert took < 3 * 2 * IDLE_S

    async def test_many_entries_are_followed_whole_and_in_order(self, place: Place) -> None:
        words = [f"word {n}" for n in range(4_000)]
        half = len(words) // 2

        async def append(some: Sequence[str]) -> None:
            for start in range(0, len(some), 500):
                await place.append(f"{start % 3}", *some[start : start + 500])

        await append(words[:half])
        async with aclosing(place.log.follow(place.stream, [place.subject("*")])) as follow:
            appending = asyncio.create_task(append(words[half:]))
            followed = await take(follow, len(words))
            await appending

        assert texts(followed) == words

    async def test_followers_do_not_disturb_each_other(self, place: Place) -> None:
        filters = [place.subject("a")]

        async with (
            aclosing(place.log.follow(place.stream, filters)) as one,
            aclosing(place.log.follow(place.stream, filters)) as other,
        ):
            await place.append("a", "first")
            seen = await take(one, 1), await take(other, 1)
            await one.aclose()
            await place.append("a", "second")
            after = await take(other, 1)

        assert [texts(batch) for batch in seen] == [["first"], ["first"]]
        assert texts(after) == ["second"]

    async def test_a_position_of_another_epoch_is_refused(self, place: Place) -> None:
        end = await place.append("a", "one")
        follow = place.log.follow(place.stream, [place.subject("a")], after=end, epoch=Epoch("0"))

        with pytest.raises(EpochChanged) as caught:
            await anext(follow)

        assert caught.value.current == (await place.log.state(place.stream)).epoch

    async def test_a_position_beyond_the_end_is_refused(self, place: Place) -> None:
        end = await place.append("a", "one")
        beyond = Position(end + 1)

        with pytest.raises(PositionBeyondEnd) as caught:
            await anext(place.log.follow(place.stream, [place.subject("a")], after=beyond))

        assert (caught.value.asked, caught.value.last) == (beyond, end)

    async def test_no_stream_cannot_be_followed(self, place: Place) -> None:
        with pytest.raises(TenantUnknown):
            await anext(place.log.follow("EV_NOBODY", ["ev.nobody.>"]))
