"""What a post promises: it waits for nobody, and what came of it is told once, later."""

import asyncio

import pytest
from antiphon.errors import StreamMoved
from antiphon.events.base import START, Position
from antiphon.events.log import Entry, Posts

from ..infra.places import Place
from .waiting import PATIENCE_S

COUNT = 20


class Told:
    """What was told, and when."""

    def __init__(self) -> None:
        self.positions: list[Position | None] = []
        self._came = asyncio.Event()

    def __call__(self, position: Position | None) -> None:
        self.positions.append(position)
        self._came.set()

    async def came(self) -> Position | None:
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()
        return self.positions[-1]


def post(place: Place, name: str, payload: str, told: Told, *, expected: int = START) -> bool:
    assert isinstance(place.log, Posts)
    entry = Entry(f"{name}:{payload}", payload.encode())
    return place.log.post(
        place.stream, place.subject(name), entry, expected=Position(expected), told=told
    )


class PostContract:
    async def test_what_was_posted_is_stored_where_it_is_told_and_told_later(
        self, place: Place
    ) -> None:
        end, told = await place.append("a", "one", expected=START), Told()

        sent = post(place, "a", "two", told, expected=end)
        told_at_once = list(told.positions)
        position = await told.came()

        assert (sent, told_at_once) == (True, [])
        last = await place.log.last(place.stream, place.subject("a"))
        assert last is not None
        assert (last.position, last.payload) == (position, b"two")

    async def test_one_after_the_other_they_stand_in_their_order(self, place: Place) -> None:
        end = await place.append("a", "first", expected=START)
        for nth in range(COUNT):
            told = Told()
            assert post(place, "a", f"{nth}", told, expected=end)
            position = await told.came()
            assert position is not None
            end = position

        assert await place.payloads("a") == ["first", *(f"{nth}" for nth in range(COUNT))]

    async def test_one_that_expects_another_end_is_not_stored_and_append_says_why(
        self, place: Place
    ) -> None:
        end, told = await place.append("a", "one", expected=START), Told()
        await place.append("a", "theirs", expected=end)

        sent = post(place, "a", "ours", told, expected=end)
        position = await told.came() if sent else None

        assert position is None
        with pytest.raises(StreamMoved):
            await place.log.append(
                place.stream,
                place.subject("a"),
                [Entry("a:ours", b"ours")],
                expected=end,
            )
        assert await place.payloads("a") == ["one", "theirs"]

    async def test_append_finds_what_was_posted_and_stores_it_no_second_time(
        self, place: Place
    ) -> None:
        end, told = await place.append("a", "one", expected=START), Told()
        assert post(place, "a", "two", told, expected=end)
        position = await told.came()

        again = await place.log.append(
            place.stream, place.subject("a"), [Entry("a:two", b"two")], expected=end
        )

        assert again == position
        assert await place.payloads("a") == ["one", "two"]

    async def test_what_stands_already_is_told_no_place_of_its_own(self, place: Place) -> None:
        end, told = await place.append("a", "one", expected=START), Told()
        await place.log.append(
            place.stream, place.subject("a"), [Entry("a:two", b"two")], expected=end
        )

        sent = post(place, "a", "two", told, expected=end)

        assert (await told.came() if sent else None) is None
        assert await place.payloads("a") == ["one", "two"]
