"""A restart at any moment changes nothing of what is heard and shown."""

import asyncio

import pytest
from antiphon.events.base import (
    GuidanceId,
)
from antiphon.events.guidance import (
    GuidanceIssued,
)
from antiphon.services.guidance.attending import BREATH_FACTS, Attending
from antiphon.services.guidance.graph import Models

from ...builders import (
    CONTACT,
    at,
    contact_ended,
    guidance_used,
    transcript_completed,
)
from .call import CARD, LEAVING, Call


async def the_whole_story(call: Call) -> None:
    """All that can happen to a contact, each step after the one before was listened to."""
    await call.says("I want to cancel")
    await call.settled_at(2)
    await call.says("I am sorry", agent=True)
    await call.settled_at(4)
    await call.says("It's too expensive and I want to cancel", 2)
    await call.settled_at(6)
    issued = [one for one in await call.facts() if isinstance(one.event, GuidanceIssued)]
    await call.happens(guidance_used(guidance_id=GuidanceId(issued[0].id)))
    await call.says("my card number", 3)
    await call.settled_at(8)
    await call.says("Anything else?", 2, agent=True)
    await call.settled_at(10)
    await call.happens(contact_ended(ended_at=at(1)))
    await call.settled_at(12)
    await call.says("I want to cancel", 4)
    await call.happens(transcript_completed())
    await call.settled_at(13)


STORY = (
    *LEAVING,
    "checklist_item_ticked apologised",
    "moment_detected sorry",
    "moment_detected leaving",
    "moment_detected price",
    *CARD,
    "guidance_issued recap",
    "moment_detected closing",
    "guidance_expired contact_ended",
    "guidance_expired contact_ended",
    "moment_detected leaving",
)


@pytest.mark.parametrize("stores", [False, True], ids=["before it is stored", "before the answer"])
@pytest.mark.parametrize("cut_at", [None, *range(1, 14)])
async def test_a_restart_at_any_append_changes_nothing(cut_at: int | None, *, stores: bool) -> None:
    call = Call()
    call.log.cut_at, call.log.stores = cut_at, stores
    await call.connect()

    try:
        await the_whole_story(call)

        await call.given(*STORY)
        assert call.log.appends >= 13
    finally:
        await call.stop()


async def test_all_that_was_said_while_away_is_listened_to_in_order(call: Call) -> None:
    await call.says("I want to cancel")
    await call.given(*LEAVING)
    await call.stop()
    await call.says("I am sorry", agent=True)
    await call.says("It is too expensive", 2)
    call.start()

    await call.given(
        *LEAVING,
        "checklist_item_ticked apologised",
        "moment_detected sorry",
        "moment_detected price",
    )


async def test_a_cue_that_would_come_too_late_is_dropped(call: Call) -> None:
    await call.settled()
    await call.stop()
    await call.says("I want to cancel")
    call.time = at(45)
    call.start()

    await call.given(*CARD, "moment_detected leaving", "guidance_expired timed_out")


async def test_a_cue_that_ran_out_while_away_expires_at_once(call: Call) -> None:
    await call.says("I want to cancel")
    await call.given(*LEAVING)
    await call.stop()
    call.time = at(3600)
    call.start()

    await call.given(*LEAVING, "guidance_expired timed_out")


async def test_who_is_taken_up_late_in_a_long_call_lets_other_calls_have_their_turn(
    call: Call,
) -> None:
    await call.stop()
    for n in range(10 * BREATH_FACTS):
        await call.says("I want to cancel", n)
    history = [one async for one in call.journal.read(CONTACT)]
    attending = Attending(CONTACT, call.journal, call.shelf, models=Models(), now=lambda: at(3_600))
    await attending.catch_up(history)  # which writes down what was missed
    history = [one async for one in call.journal.read(CONTACT)]
    again = Attending(CONTACT, call.journal, call.shelf, models=Models(), now=lambda: at(3_600))

    caught_up = asyncio.ensure_future(again.catch_up(history))
    turns = 0
    while not caught_up.done():
        await asyncio.sleep(0)
        turns += 1

    assert turns >= 20
