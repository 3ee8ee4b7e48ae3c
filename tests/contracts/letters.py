"""What dead letters promise, over any log. Run by `tests/infra/test_letter_boxes.py`."""

import asyncio

from antiphon.events.base import Position
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.services.letters import Letter, Problem

from ..infra.places import Place
from ..waiting import until

SERVICE = "guidance"
PROBLEM = Problem(code="recognizer_failed", position=Position(7), attempts=4)


def box(place: Place) -> LetterBox:
    return LetterBox(place.log)


async def kept(place: Place) -> list[Letter]:
    """Return the tenant's letters as somebody reads them who comes now."""
    return [one for one in await box(place).load() if one.contact.tenant == place.tenant]


class LettersContract:
    async def test_what_is_written_is_read_by_whoever_comes(self, place: Place) -> None:
        await box(place).write(SERVICE, place.contact(), PROBLEM)

        [letter] = await kept(place)

        assert (letter.service, letter.contact) == (SERVICE, place.contact())
        assert (letter.problem, letter.times, letter.redrive_asked_at) == (PROBLEM, 1, None)

    async def test_a_second_letter_says_how_often_and_since_when(self, place: Place) -> None:
        await box(place).write(SERVICE, place.contact(), PROBLEM)
        [first] = await kept(place)
        await box(place).write(SERVICE, place.contact(), PROBLEM)

        [second] = await kept(place)

        assert (second.times, second.since) == (2, first.since)
        assert second.last_at > first.last_at

    async def test_one_that_is_withdrawn_is_gone_for_everybody(self, place: Place) -> None:
        boxes = box(place), box(place)
        await boxes[0].write(SERVICE, place.contact(), PROBLEM)
        await boxes[1].load()
        known = boxes[1].find(SERVICE, place.contact())

        await boxes[0].withdraw(SERVICE, place.contact())
        await boxes[0].withdraw(SERVICE, place.contact())
        await boxes[1].load()

        assert known is not None
        assert boxes[1].find(SERVICE, place.contact()) is None
        assert await kept(place) == []

    async def test_a_redrive_that_is_asked_for_is_heard_elsewhere(self, place: Place) -> None:
        asking, hearing = box(place), box(place)
        await asking.write(SERVICE, place.contact(), PROBLEM)
        running = asyncio.create_task(hearing.run())
        await until(lambda: hearing.find(SERVICE, place.contact()) is not None)

        [letter] = await kept(place)
        asked = await asking.ask_redrive(letter)
        await until(lambda: bool(hearing.asked(SERVICE, place.tenant)))
        running.cancel()
        await asyncio.wait([running])

        assert asked
        assert [one.contact for one in hearing.asked(SERVICE, place.tenant)] == [place.contact()]

    async def test_a_redrive_of_a_letter_that_is_gone_is_refused(self, place: Place) -> None:
        await box(place).write(SERVICE, place.contact(), PROBLEM)
        [letter] = await kept(place)
        await box(place).withdraw(SERVICE, place.contact())

        assert not await box(place).ask_redrive(letter)
        assert await kept(place) == []

    async def test_of_writers_at_once_each_counts(self, place: Place) -> None:
        boxes = [box(place) for _ in range(5)]

        await asyncio.gather(*(one.write(SERVICE, place.contact(), PROBLEM) for one in boxes))

        assert [one.times for one in await kept(place)] == [5]
