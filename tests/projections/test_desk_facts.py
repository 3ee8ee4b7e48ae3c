"""What else a desk shows of a contact: facts as a stream tells them, also to who comes late."""

from typing import Any

import msgspec
import pytest
from antiphon.api.told import fact_json
from antiphon.events.base import Event
from antiphon.events.catalogue import EVENTS
from antiphon.events.voices import Voices
from antiphon.projections import desk, desk_facts, transcript
from antiphon.projections.desk import desk_contact_of
from antiphon.projections.transcript_rows import ERASED

from ..builders import (
    CONTACT,
    SAMPLES,
    checklist_opened,
    contact_erased,
    contact_started,
    guidance_shown,
)
from ..knowledge_builders import answer_found, knowledge_asked, question_heard
from ..summary_builders import disposition_chosen, summary_written
from .world import World

BOTH = (transcript.PROJECTION, desk.PROJECTION)
KEPT = [one for one in (make() for make in SAMPLES) if isinstance(one, desk_facts.KEPT)]


async def shown(world: World) -> tuple[dict[str, Any], ...]:
    async with world.pool.acquire() as connection:
        (contact,) = (await desk_contact_of(connection, CONTACT.contact_id)).contacts
    return contact.facts


def test_there_is_a_sample_of_every_fact_that_is_kept() -> None:
    assert {type(one) for one in KEPT} == set(desk_facts.KEPT)
    assert set(desk_facts.KEPT) <= set(EVENTS)


@pytest.mark.parametrize("event", KEPT, ids=lambda event: event.TYPE)
async def test_a_fact_is_shown_as_a_stream_tells_it(world: World, event: Event) -> None:
    await world.tell(contact_started(), event)

    await world.project(*BOTH)

    (fact,) = await shown(world)
    (stored,) = [one async for one in world.journal.read(CONTACT, after=1)]  # pyright: ignore[reportArgumentType]
    streamed = msgspec.json.decode(fact_json(stored, Voices()))
    del streamed["occurred_at"]
    assert msgspec.to_builtins(fact) == streamed | {"type": event.TYPE}


async def test_facts_are_shown_in_their_order_and_others_are_not(world: World) -> None:
    await world.tell(
        contact_started(), question_heard(), guidance_shown(), checklist_opened(), answer_found()
    )

    await world.project(*BOTH)

    assert [one["type"] for one in await shown(world)] == [
        "question_heard",
        "checklist_opened",
        "answer_found",
    ]


async def test_of_an_erased_contact_no_text_is_left(world: World) -> None:
    told = [knowledge_asked(answer=None), summary_written(), disposition_chosen(note=None)]
    await world.tell(contact_started(), *told)
    await world.project(*BOTH)

    await world.tell(contact_erased())
    await world.project(*BOTH)

    asked, summary, disposition = await shown(world)
    assert (asked["question"], asked["answer"]) == (ERASED, None)
    assert summary["texts"] == ERASED
    assert disposition["note"] is None
    stored = await world.rows("SELECT texts FROM desk_fact")
    assert {texts for (texts,) in stored} == {None}
