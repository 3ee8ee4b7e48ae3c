"""A desk shows an agent's contacts, with the cues that are open and what was ticked."""

from datetime import timedelta

import pytest
from antiphon.events.base import AgentId, ContactId, Event, GuidanceId
from antiphon.projections import desk, transcript
from antiphon.projections.desk import LINGER, Desk, desk_contact_of, desk_of, members_at

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    checklist_item_ticked,
    contact,
    contact_ended,
    contact_started,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    transcript_completed,
    utterance_finalized,
)
from .world import World

BOTH = (transcript.PROJECTION, desk.PROJECTION)
ADA, BOB = AgentId("ada"), AgentId("bob")
CUE = GuidanceId("g-1")


def taken_by(agent_id: AgentId, seconds: float = 0) -> Event:
    return agent_connected(agent_id=agent_id, connected_at=at(seconds))


async def shown(world: World, agent_id: AgentId, *, later: timedelta = timedelta(0)) -> Desk:
    now = (await world.rows("SELECT now()"))[0][0]
    async with world.pool.acquire() as connection:
        return await desk_of(connection, agent_id, now=now + later)


async def test_a_desk_shows_its_contacts_with_words_gaps_and_ticks(world: World) -> None:
    await world.tell(
        contact_started(),
        taken_by(ADA),
        utterance_finalized(),
        audio_gap(),
        checklist_item_ticked(),
        guidance_issued(),
    )

    await world.project(*BOTH)

    (one,) = (await shown(world, ADA)).contacts
    assert one.contact_id == CONTACT.contact_id
    assert (len(one.lines), len(one.gaps)) == (1, 1)
    assert [(tick.item, tick.evidence) for tick in one.checklist] == [
        ("recording_notice", "this call is recorded")
    ]
    assert [(cue.guidance_id, cue.evidence, cue.shown) for cue in one.cues] == [
        (CUE, "roof leaks", False)
    ]


@pytest.mark.parametrize(
    ("then", "open_cues"),
    [
        pytest.param([], 1, id="issued"),
        pytest.param([guidance_shown()], 1, id="shown"),
        pytest.param([guidance_used()], 0, id="used"),
        pytest.param([guidance_dismissed()], 0, id="put away"),
        pytest.param([guidance_expired()], 0, id="expired"),
        pytest.param([guidance_used(), guidance_expired()], 0, id="used, then expired"),
    ],
)
@pytest.mark.parametrize("batches", [1, 2], ids=["at once", "one by one"])
async def test_a_cue_is_open_until_it_is_decided(
    world: World, then: list[Event], open_cues: int, batches: int
) -> None:
    await world.tell(contact_started(), taken_by(ADA), guidance_issued())
    if batches > 1:
        await world.project(*BOTH)
    await world.tell(*then)

    await world.project(*BOTH)

    (one,) = (await shown(world, ADA)).contacts
    assert len(one.cues) == open_cues


async def test_a_cue_that_was_shown_says_so(world: World) -> None:
    await world.tell(contact_started(), taken_by(ADA), guidance_issued(), guidance_shown())

    await world.project(*BOTH)

    assert (await shown(world, ADA)).contacts[0].cues[0].shown is True


async def test_a_contact_moves_to_the_desk_of_the_next_agent(world: World) -> None:
    await world.tell(contact_started(), taken_by(ADA, 0), taken_by(BOB, 60))

    await world.project(*BOTH)

    assert (await shown(world, ADA)).contacts == ()
    assert len((await shown(world, BOB)).contacts) == 1


async def test_late_news_of_an_earlier_agent_moves_nothing(world: World) -> None:
    await world.tell(contact_started(), taken_by(BOB, 60), taken_by(ADA, 0))

    await world.project(*BOTH)

    assert (await shown(world, ADA)).contacts == ()
    assert len((await shown(world, BOB)).contacts) == 1


async def test_a_completed_contact_stays_for_a_while_then_leaves(world: World) -> None:
    await world.tell(contact_started(), taken_by(ADA), contact_ended(), transcript_completed())

    await world.project(*BOTH)

    assert len((await shown(world, ADA)).contacts) == 1
    assert (await shown(world, ADA, later=LINGER + timedelta(seconds=5))).contacts == ()


async def test_a_contact_whose_end_nobody_told_leaves_after_a_day(world: World) -> None:
    await world.tell(contact_started(), taken_by(ADA))

    await world.project(*BOTH)

    assert len((await shown(world, ADA, later=timedelta(hours=23))).contacts) == 1
    assert (await shown(world, ADA, later=timedelta(hours=25))).contacts == ()


async def test_a_desk_tells_up_to_where_it_shows_the_log(world: World) -> None:
    end = await world.tell(contact_started(), taken_by(ADA))
    await world.project(*BOTH)
    await world.tell(utterance_finalized())
    await world.project(transcript.PROJECTION)  # the other read model is behind

    found = await shown(world, ADA)

    assert found.position == end
    assert found.epoch == (await world.journal.state(CONTACT.tenant)).epoch
    assert len(found.contacts[0].lines) == 1  # newer than told, and told again by the log


async def test_one_contact_can_be_shown_without_an_agent(world: World) -> None:
    await world.tell(contact_started(), guidance_issued())

    await world.project(*BOTH)

    async with world.pool.acquire() as connection:
        known = await desk_contact_of(connection, CONTACT.contact_id)
        unknown = await desk_contact_of(connection, ContactId("never"))
    assert len(known.contacts[0].cues) == 1
    assert unknown.contacts == ()


async def test_members_of_a_past_desk_are_those_it_had_then(world: World) -> None:
    then = await world.tell(contact_started(), taken_by(ADA))
    await world.tell(contact_started(), taken_by(ADA), contact=contact("c-2"))
    await world.tell(taken_by(BOB, 60), contact_ended(), transcript_completed())
    await world.project(*BOTH)

    (now,) = (await world.rows("SELECT now()"))[0]
    async with world.pool.acquire() as connection:
        members = await members_at(connection, ADA, position=then, now=now)

    assert members == [CONTACT.contact_id]


async def test_replaying_everything_twice_changes_nothing(world: World) -> None:
    await world.tell(
        contact_started(),
        guidance_used(),
        guidance_issued(),
        guidance_expired(),
        guidance_issued(guidance_id=GuidanceId("g-2")),
        guidance_shown(guidance_id=GuidanceId("g-2")),
        checklist_item_ticked(),
    )
    await world.project(*BOTH)
    first = await world.content(desk.PROJECTION.tables)

    facts = [fact async for fact in world.journal.read(CONTACT)]
    async with world.pool.acquire() as connection:
        await desk.PROJECTION.project(connection, facts)
        await desk.PROJECTION.project(connection, facts[1:4])
    again = await world.content(desk.PROJECTION.tables)
    rebuilt = await world.rebuild(desk.PROJECTION)

    assert again == first
    assert rebuilt.exchanged
    assert await world.content(desk.PROJECTION.tables) == first
