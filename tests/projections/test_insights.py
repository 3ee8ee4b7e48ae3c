"""Insights show what was measured last, by whom the contact was taken, and page by page."""

from datetime import timedelta
from typing import Any

import pytest
from antiphon.events.base import AgentId, Event
from antiphon.projections import insights
from antiphon.projections.insight_rows import TABLES
from antiphon.projections.insights import (
    ContactInsights,
    Place,
    insights_of,
    measured_page,
)
from antiphon.projections.transcript_rows import ERASED

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    contact,
    contact_ended,
    contact_erased,
    contact_started,
)
from ..insight_builders import contact_measured, feeling_turned
from .world import World

PROJECTION = insights.PROJECTION


async def found(world: World) -> ContactInsights | None:
    async with world.pool.acquire() as connection:
        return await insights_of(connection, CONTACT.contact_id)


async def shown(world: World, *events: Event, one_by_one: bool = False) -> ContactInsights:
    for event in events:
        await world.tell(event)
        if one_by_one:
            await world.project(PROJECTION)
    await world.project(PROJECTION)
    told = await found(world)
    assert told is not None
    return told


async def page(world: World, **given: Any) -> list[ContactInsights]:
    asked: dict[str, Any] = {"measured_from": None, "measured_to": None, "after": None}
    async with world.pool.acquire() as connection:
        return await measured_page(connection, **asked | given)


async def test_it_shows_the_measures_and_what_was_named(world: World) -> None:
    event = contact_measured()

    one = await shown(world, contact_started(), contact_ended(), event)

    assert one.measured is not None
    assert (one.measured.time, one.measured.speakers) == (event.time, event.speakers)
    assert (one.measured.feelings, one.measured.topics) == (event.feelings, event.topics)
    assert [(named.kind, named.text, named.count) for named in one.measured.entities] == [
        ("money", "forty nine pounds", 1)
    ]
    assert (one.queue, one.started_at, one.ended_at) == ("claims", at(-5), at(60))


@pytest.mark.parametrize("one_by_one", [False, True], ids=["at once", "one by one"])
async def test_the_newest_measures_stand_and_who_took_the_contact_last(
    world: World,
    one_by_one: bool,  # noqa: FBT001
) -> None:
    events = [
        contact_started(),
        agent_connected(agent_id=AgentId("bob"), connected_at=at(9)),
        contact_measured(utterances=1),
        agent_connected(agent_id=AgentId("ada"), connected_at=at(1)),
        contact_measured(utterances=2),
    ]

    one = await shown(world, *events, one_by_one=one_by_one)

    assert one.measured is not None
    assert (one.agent_id, one.measured.utterances) == ("bob", 2)


async def test_a_contact_that_never_started_is_unknown(world: World) -> None:
    await world.tell(contact_ended(), contact_measured())
    await world.project(PROJECTION)

    assert await found(world) is None


async def test_before_it_is_measured_it_shows_who_turned_bitter(world: World) -> None:
    one = await shown(world, contact_started(), feeling_turned(), feeling_turned(score=-3.0))

    assert one.measured is None
    assert [(each.speaker, each.score) for each in one.turned] == [
        ("customer", -2.4),
        ("customer", -3.0),
    ]


async def test_of_an_unknown_contact_there_is_nothing(world: World) -> None:
    await world.tell(contact_started(), contact=contact("c-2"))
    await world.project(PROJECTION)

    assert await found(world) is None


@pytest.mark.parametrize("late", [False, True], ids=["measured before", "measured after"])
async def test_of_an_erased_contact_numbers_are_left_and_no_words(
    world: World,
    late: bool,  # noqa: FBT001
) -> None:
    last = (
        [contact_erased(), contact_measured()] if late else [contact_measured(), contact_erased()]
    )

    one = await shown(world, contact_started(), *last, one_by_one=True)

    assert one.erased
    assert one.measured is not None
    assert [(named.text, named.count) for named in one.measured.entities] == [(ERASED, 1)]
    assert await world.rows("SELECT * FROM insight_measured WHERE texts::text LIKE '%forty%'") == []


async def test_contacts_are_told_page_by_page_in_the_order_of_measuring(world: World) -> None:
    for number in (3, 1, 2):
        await world.tell(contact_started(), contact_measured(), contact=contact(f"c-{number}"))
    await world.tell(contact_started(), contact=contact("c-9"))
    await world.project(PROJECTION)

    first = await page(world, contacts_max=2)
    assert first[-1].measured is not None
    second = await page(
        world, contacts_max=2, after=Place(first[-1].measured.measured_at, first[-1].contact_id)
    )

    assert [one.contact_id for one in (*first, *second)] == ["c-3", "c-1", "c-2"]
    assert {named.text for one in first if one.measured for named in one.measured.entities} == {
        None
    }


async def test_a_page_is_narrowed_by_the_time_of_measuring(world: World) -> None:
    for number in (1, 2):
        await world.tell(contact_started(), contact_measured(), contact=contact(f"c-{number}"))
    await world.project(PROJECTION)
    first, second = (one.measured.measured_at for one in await page(world) if one.measured)

    def ids(told: list[ContactInsights]) -> list[str]:
        return [one.contact_id for one in told]

    assert ids(await page(world, measured_from=second)) == ["c-2"]
    assert ids(await page(world, measured_to=second)) == ["c-1"]
    assert ids(await page(world, measured_from=second + timedelta(seconds=1))) == []
    assert first < second


async def test_to_replay_everything_changes_nothing(world: World) -> None:
    await shown(
        world,
        contact_started(),
        agent_connected(),
        contact_measured(),
        feeling_turned(),
        one_by_one=True,
    )
    before = await world.content(TABLES)

    await world.rebuild(PROJECTION)

    assert await world.content(TABLES) == before
    assert all(before.values())
