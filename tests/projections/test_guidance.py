"""Guidance can be explained afterwards: every cue with what became of it, every moment with why."""

from typing import Any

import pytest
from antiphon.events.base import START, ContactId, Event, GuidanceId
from antiphon.events.guidance import (
    ChecklistItemMissed,
    ChecklistOpened,
    Detector,
    GuidanceWithheld,
    ListedItem,
)
from antiphon.projections import guidance
from antiphon.projections.guidance import ContactGuidance, guidance_of
from antiphon.projections.transcript_rows import ERASED

from ..builders import (
    CONTACT,
    at,
    checklist_item_ticked,
    contact_erased,
    contact_started,
    guidance_dismissed,
    guidance_expired,
    guidance_issued,
    guidance_shown,
    guidance_used,
    heard,
    inference_finished,
    moment_detected,
)
from ..making import made
from .world import World

MODEL = Detector(kind="meaning", model="mini/1", score=0.8)


def withheld(**given: Any) -> GuidanceWithheld:
    issued = guidance_issued()
    shared = set(GuidanceWithheld.__struct_fields__) & set(issued.__struct_fields__)
    fields: dict[str, Any] = {name: getattr(issued, name) for name in shared}
    return made(GuidanceWithheld, given, **fields, reason="agent_talking")


def opened(*items: str) -> ChecklistOpened:
    listed = tuple(ListedItem(item=item, title=f"Say {item}") for item in items)
    return ChecklistOpened(items=listed, playbook="shop", playbook_version="1+0")


async def guided(world: World, contact_id: ContactId = CONTACT.contact_id) -> ContactGuidance:
    async with world.pool.acquire() as connection:
        return await guidance_of(connection, contact_id)


async def told(world: World, *events: Event) -> ContactGuidance:
    await world.tell(contact_started(), *events)
    await world.project(guidance.PROJECTION)
    return await guided(world)


async def test_a_moment_says_when_why_and_by_what_it_was_found(world: World) -> None:
    found = await told(
        world,
        moment_detected(at=at(7), detector=MODEL, because=(heard(), heard(revision=3))),
        moment_detected(moment="older"),
        moment_detected(moment="silent", heard=None, at=at(9), detector=Detector(kind="condition")),
    )

    new, older, silent = found.moments
    assert (new.at, new.detector, len(new.because)) == (at(7), MODEL, 2)
    assert (older.detector.kind, older.at.tzinfo is not None) == ("phrase", True)
    assert (silent.heard, silent.at) == (None, at(9))
    assert new.evidence == "roof leaks"
    assert [one.position for one in found.moments] == [2, 3, 4]
    assert found.position == 4


@pytest.mark.parametrize(
    ("history", "state", "reason"),
    [
        pytest.param([guidance_issued()], "open", None, id="issued"),
        pytest.param([guidance_used(), guidance_issued()], "used", None, id="used, told first"),
        pytest.param([guidance_issued(), guidance_dismissed()], "dismissed", None, id="put away"),
        pytest.param([guidance_issued(), guidance_expired()], "expired", "timed_out", id="expired"),
        pytest.param([guidance_issued(), guidance_used(), guidance_expired()], "used", None,
                     id="used, then expired"),
        pytest.param([guidance_issued(), guidance_expired(), guidance_used()], "used", None,
                     id="expired, then used"),
        pytest.param([withheld()], "withheld", "agent_talking", id="withheld"),
        pytest.param([withheld(), guidance_issued()], "open", None, id="withheld, then issued"),
    ],
)  # fmt: skip
async def test_a_cue_has_its_life(
    world: World, history: list[Event], state: str, reason: str | None
) -> None:
    (cue,) = (await told(world, *history)).cues

    assert (cue.state, cue.reason) == (state, reason)
    assert (cue.closed_at is not None) is (state in {"used", "dismissed", "expired"})
    assert (cue.title is None) is (state == "withheld")


async def test_a_cue_says_when_it_was_on_the_screen(world: World) -> None:
    await world.tell(contact_started(), guidance_issued(detector=MODEL))
    first = await told(world, guidance_shown(), guidance_shown())

    (cue,) = first.cues
    assert cue.issued_at is not None
    assert cue.shown_at is not None
    assert (cue.detector, cue.evidence, cue.playbook) == (
        MODEL,
        "roof leaks",
        guidance_issued().playbook,
    )


async def test_the_checklist_says_what_was_said_and_what_was_missed(world: World) -> None:
    missed = ChecklistItemMissed(
        item="goodbye", title="Say goodbye", playbook="shop", playbook_version="1+0"
    )
    found = await told(
        world,
        opened("recording_notice", "gone"),
        checklist_item_ticked(),
        opened("hello", "goodbye"),
        missed,
    )

    assert [(one.item, one.state) for one in found.checklist] == [
        ("hello", "open"), ("goodbye", "missed"), ("recording_notice", "said"),
    ]  # fmt: skip


async def test_models_that_were_asked_are_told_of(world: World) -> None:
    found = await told(world, inference_finished(outcome="late", reason="late"))

    assert [(one.node, one.outcome, one.reason) for one in found.inferences] == [
        ("meaning", "late", "late")
    ]


async def test_what_an_erased_person_said_is_gone_and_the_rest_stays(world: World) -> None:
    await told(world, moment_detected(), contact_erased())
    # By a writer that had not heard of it.
    found = await told(world, guidance_issued(guidance_id=GuidanceId("g-2")))

    assert found.moments[0].evidence == found.cues[0].evidence == ERASED
    assert found.moments[0].moment == moment_detected().moment


async def test_a_contact_that_nobody_knows_has_no_guidance(world: World) -> None:
    await told(world, moment_detected())

    assert await guided(world, ContactId("never")) == ContactGuidance(
        contact_id=ContactId("never"), position=START
    )


async def test_replaying_everything_twice_changes_nothing(world: World) -> None:
    await told(world, moment_detected(), guidance_issued(), guidance_used(), contact_erased(),
               checklist_item_ticked())  # fmt: skip
    first = await world.content(guidance.PROJECTION.tables)

    facts = [fact async for fact in world.journal.read(CONTACT)]
    async with world.pool.acquire() as connection:
        await guidance.PROJECTION.project(connection, facts)
        await guidance.PROJECTION.project(connection, facts[1:3])
    again = await world.content(guidance.PROJECTION.tables)
    rebuilt = await world.rebuild(guidance.PROJECTION)

    assert again == first
    assert rebuilt.exchanged
    assert await world.content(guidance.PROJECTION.tables) == first
