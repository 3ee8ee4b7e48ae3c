"""The benchmark of the reactor counts what it promises there is none of."""

from collections.abc import AsyncIterator, Sequence

from antiphon.events.base import Position, Recorded
from antiphon.infra.bench.reacting import Working

from ..builders import CONTACT, guidance_expired, recorded


class Facts:
    """An inbox that hands out what it is given, and ends."""

    def __init__(self, *positions: int) -> None:
        self.history: Sequence[Recorded] = [
            recorded(guidance_expired(), position=Position(one)) for one in positions
        ]

    def __aiter__(self) -> AsyncIterator[Recorded]:
        return self

    async def __anext__(self) -> Recorded:
        raise StopAsyncIteration


async def test_facts_in_order_are_no_violation() -> None:
    service = Working()

    await service.care(CONTACT, Facts(1, 2, 3))

    assert (service.handled.count, service.handled.violations) == (3, 0)


async def test_a_fact_before_its_turn_and_one_handled_twice_are_violations() -> None:
    service = Working()

    await service.care(CONTACT, Facts(1, 3, 2, 2))

    assert (service.handled.count, service.handled.violations) == (4, 2)
