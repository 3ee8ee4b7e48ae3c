"""Questions that no article answered are listed, and forgotten with their contacts."""

from collections.abc import Sequence

import pytest
from antiphon.events.base import Event, Position, Recorded
from antiphon.events.knowledge import QuestionId
from antiphon.events.sealed import Sealed
from antiphon.projections import unanswered
from antiphon.projections.unanswered import Unanswered

from ..builders import contact, contact_erased, recorded
from ..knowledge_builders import answer_found, answer_refused, knowledge_asked
from .world import World


@pytest.fixture(autouse=True)
async def made(world: World) -> None:
    """Make the tables: no fact has come yet."""
    async with world.running(unanswered.PROJECTION) as progress:
        await progress.until_alive()


async def fold(world: World, *batches: Sequence[Recorded]) -> None:
    async with world.pool.acquire() as connection:
        for batch in batches:
            async with connection.transaction():
                await unanswered.PROJECTION.project(connection, batch)


async def listed(world: World, **given: Position | int) -> list[Unanswered]:
    async with world.pool.acquire() as connection:
        return await unanswered.unanswered(connection, **given)  # pyright: ignore[reportArgumentType] (of either type)


def refused(number: int, **given: object) -> Event:
    return answer_refused(question_id=QuestionId(f"q-{number}"), **given)


async def test_the_newest_stands_first_with_who_asked_and_why(world: World) -> None:
    asked = knowledge_asked(answer=None, refusal="elsewhere", citations=())

    await fold(world, [recorded(refused(1)), recorded(answer_found()), recorded(asked)])

    agents, customers = await listed(world)
    assert (agents.asked_by, agents.reason, agents.question) == ("agent", "elsewhere", "late fee")
    assert (customers.asked_by, customers.reason) == ("customer", "no_article")
    assert customers.question == "do you sell lawn mowers"
    assert await listed(world, before=agents.position) == [customers]
    assert await listed(world, questions_max=1) == [agents]


@pytest.mark.parametrize(
    "event",
    [answer_refused(reason="unavailable"), knowledge_asked(), answer_found()],
    ids=["a store that was away", "answered to the agent", "answered"],
)
async def test_what_is_no_gap_is_not_listed(world: World, event: Event) -> None:
    await fold(world, [recorded(event)])

    assert await listed(world) == []


async def test_facts_told_again_change_nothing(world: World) -> None:
    facts = [recorded(refused(1)), recorded(refused(2))]

    await fold(world, facts, facts[1:], facts)

    assert [one.question_id for one in await listed(world)] == ["q-2", "q-1"]


@pytest.mark.parametrize("erased_first", [False, True], ids=["told before", "told after"])
async def test_an_erased_contacts_questions_are_gone(world: World, *, erased_first: bool) -> None:
    facts = [recorded(refused(1)), recorded(contact_erased())]
    other = recorded(refused(2), contact=contact("c-2"))

    await fold(world, facts[::-1] if erased_first else facts, [other])

    assert [one.contact_id for one in await listed(world)] == ["c-2"]


async def test_a_question_whose_key_is_gone_is_not_listed(world: World) -> None:
    await fold(world, [recorded(refused(1, question=Sealed.closed("x", key_id="k")))])

    assert await listed(world) == []
