"""A summary shows what was written, what it rests on, and what the agent made of it."""

import pytest
from antiphon.events.base import Event
from antiphon.events.sealed import Sealed
from antiphon.projections import summary
from antiphon.projections.summary import ContactSummary, Found, summary_of
from antiphon.projections.summary_rows import TABLES
from antiphon.projections.transcript_rows import ERASED

from ..builders import CONTACT, contact, contact_erased, contact_started
from ..summary_builders import (
    disposition_chosen,
    summary_edited,
    summary_failed,
    summary_part,
    summary_requested,
    summary_written,
)
from .world import World

PROJECTION = summary.PROJECTION
SO_FAR = summary_written(kind="so_far", summary_id="s-0")
AGAIN = summary_edited(text=Sealed("Again."))


async def found(world: World) -> Found | None:
    async with world.pool.acquire() as connection:
        return await summary_of(connection, CONTACT.contact_id)


async def shown(world: World, *events: Event, one_by_one: bool = False) -> ContactSummary:
    for event in events:
        await world.tell(event)
        if one_by_one:
            await world.project(PROJECTION)
    await world.project(PROJECTION)
    told = await found(world)
    assert told is not None
    assert told.summary is not None
    return told.summary


async def test_it_shows_sentences_and_fields_with_their_utterances(world: World) -> None:
    one = await shown(world, contact_started(), summary_written())

    assert [(each.text, each.utterance_ids) for each in one.sentences] == [
        ("Customer: my roof leaks", ("from_customer-1",)),
        ("Agent: I will call you back by Friday", ("to_customer-2",)),
    ]
    assert (one.state, one.generator, one.awaited) == ("final", "extractive-1", False)
    assert one.fields.reason == one.sentences[0]
    (owed,) = one.fields.follow_ups
    assert (owed.owner, owed.due) == ("agent", "by Friday")
    assert (one.fields.resolution.state, one.fields.disposition) == ("unknown", "follow_up")


async def test_what_is_no_sentence_stands_among_the_fields(world: World) -> None:
    parts = (
        summary_part(),
        summary_part(name="2", field="amount", in_text=False),
        summary_part(name="2-due", field="action", in_text=False),
    )

    one = await shown(world, contact_started(), summary_written(parts=parts))

    assert len(one.sentences) == 1
    assert (len(one.fields.amounts), len(one.fields.actions)) == (1, 1)


@pytest.mark.parametrize("one_by_one", [False, True], ids=["at once", "one by one"])
async def test_the_final_one_stands_before_those_so_far_and_the_agents_words_beside(
    world: World, *, one_by_one: bool
) -> None:
    events = [
        contact_started(), summary_requested(), SO_FAR, summary_edited(), disposition_chosen(),
        summary_written(), AGAIN, disposition_chosen(code="other", note=None),
    ]  # fmt: skip

    one = await shown(world, *events, one_by_one=one_by_one)

    assert one.state == "final"
    assert one.edited is not None
    assert (one.edited.text, one.edited.agent_id) == ("Again.", "a-1")
    assert one.disposition is not None
    assert (one.disposition.code, one.disposition.note) == ("other", None)
    assert one.sentences[0].text == "Customer: my roof leaks"


async def test_what_is_given_again_changes_nothing(world: World) -> None:
    await shown(
        world, contact_started(), SO_FAR, summary_edited(), disposition_chosen(),
        summary_written(kind="so_far"), AGAIN, disposition_chosen(code="other"),
    )  # fmt: skip
    before = await world.content(TABLES)
    facts = [one async for one in world.journal.read(CONTACT)]

    async with world.pool.acquire() as connection:
        await summary.project(connection, facts[:4])

    assert await world.content(TABLES) == before


async def test_a_newer_one_that_was_asked_for_is_awaited(world: World) -> None:
    before = await shown(world, contact_started(), summary_requested(), SO_FAR)
    after = await shown(world, summary_requested())

    assert (before.awaited, after.awaited) == (False, True)


async def test_where_there_was_nothing_to_say_it_says_why(world: World) -> None:
    one = await shown(world, contact_started(), summary_failed())

    assert (one.state, one.generator, one.why_nothing) == (
        "nothing_to_say", "none", "nothing_heard",
    )  # fmt: skip
    assert (one.sentences, one.fields.reason) == ((), None)


async def test_an_unknown_contact_is_told_from_one_that_is_not_summed_up_yet(world: World) -> None:
    await world.tell(contact_started(), contact=contact("c-2"))
    await world.project(PROJECTION)
    unknown = await found(world)
    await world.tell(contact_started())
    await world.project(PROJECTION)

    assert (unknown, await found(world)) == (None, Found(None))


@pytest.mark.parametrize("late", [False, True], ids=["erased after", "written after"])
async def test_of_an_erased_contact_no_text_is_left_and_a_rebuild_shows_the_same(
    world: World, *, late: bool
) -> None:
    told = [summary_written(), summary_edited(), disposition_chosen()]
    history = [contact_started(), contact_erased(), *told] if late else [
        contact_started(), *told, contact_erased(),
    ]  # fmt: skip

    one = await shown(world, *history)

    assert one.erased
    assert {each.text for each in one.sentences} == {ERASED}
    assert one.edited is not None
    assert one.edited.text == ERASED
    assert one.disposition is not None
    assert (one.disposition.code, one.disposition.note) == ("claim_opened", ERASED)
    before = await world.content(TABLES)
    await world.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")
    await world.rebuild(PROJECTION)
    assert await world.content(TABLES) == before
