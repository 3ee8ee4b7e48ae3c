"""The next facts are read while those before are written: in order, within bounds, to the end."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import Position, Recorded
from antiphon.projections.ahead import ahead

from ..builders import contact_held, recorded

WAIT_S = 30.0


def facts(first: int, last: int) -> list[Recorded]:
    return [
        recorded(contact_held(), position=Position(number)) for number in range(first, last + 1)
    ]


class Source:
    """Batches, and how many of them were asked for."""

    def __init__(self, *batches: Sequence[Recorded]) -> None:
        self._batches = batches
        self.given = 0
        self.over = asyncio.Event()

    async def stream(self, then: Exception | None = None) -> AsyncGenerator[Sequence[Recorded]]:
        try:
            for batch in self._batches:
                self.given += 1
                yield batch
                await asyncio.sleep(0)
            if then is not None:
                raise then
        finally:
            self.over.set()


async def test_facts_come_in_order_in_batches_of_at_most_so_many() -> None:
    source = Source(facts(1, 5), facts(6, 6), facts(7, 15))

    sizes, positions = list[int](), list[int]()
    async with aclosing(ahead(source.stream(), most=4, gather_s=0.0)) as batches:
        async for batch in batches:
            sizes.append(len(batch))
            positions += [fact.position for fact in batch]

    assert positions == list(range(1, 16))
    assert max(sizes) <= 4


async def test_the_next_is_read_meanwhile_and_no_more_than_that() -> None:
    source = Source(*(facts(number, number) for number in range(1, 101)))

    async with aclosing(ahead(source.stream(), most=10, gather_s=0.0)) as batches:
        first = await anext(batches)
        for _ in range(200):  # whoever can go on does
            await asyncio.sleep(0)
        read = source.given

    assert [fact.position for fact in first] == [1]
    assert read == 11


async def test_while_facts_trickle_they_are_gathered() -> None:
    source = Source(*(facts(number, number) for number in range(1, 21)))

    async with aclosing(ahead(source.stream(), most=100, gather_s=0.05)) as batches:
        sizes = [len(batch) async for batch in batches]

    assert sizes == [1, 19]


async def test_a_sign_of_life_is_handed_on() -> None:
    source = Source((), facts(1, 1))

    async with aclosing(ahead(source.stream(), gather_s=0.0)) as batches:
        assert not await anext(batches)
        assert [fact.position for fact in await anext(batches)] == [1]


async def test_what_ends_the_reading_comes_after_the_last_fact() -> None:
    source = Source(facts(1, 3), facts(4, 6))
    seen = list[int]()

    async def read_all() -> None:
        async with aclosing(ahead(source.stream(then=LogUnavailable("gone")))) as batches:
            async for batch in batches:
                seen.extend(fact.position for fact in batch)

    with pytest.raises(LogUnavailable):
        await read_all()

    assert seen == [1, 2, 3, 4, 5, 6]


async def test_who_stops_early_stops_the_reading() -> None:
    source = Source(*(facts(number, number) for number in range(1, 101)))
    stream = source.stream()

    async with aclosing(stream), aclosing(ahead(stream, most=2)) as batches:
        await anext(batches)

    async with asyncio.timeout(WAIT_S):
        await source.over.wait()
    assert source.given < 10
