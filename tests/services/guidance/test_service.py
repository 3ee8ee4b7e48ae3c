"""What is heard live or in finals earns its guidance once, while it is of use."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import pytest
from antiphon.events.base import (
    Causation,
    Event,
    GuidanceId,
    UtteranceId,
)
from antiphon.events.guidance import (
    GuidanceIssued,
    MomentDetected,
)
from antiphon.events.sealed import Sealed
from antiphon.services.guidance.playbook import parse_playbook

from ...builders import (
    at,
    contact,
    contact_ended,
    contact_started,
    guidance_dismissed,
    guidance_used,
    utterance_finalized,
)
from .call import CARD, LEAVING, PLAYBOOK, Call

# Heard


async def test_a_final_earns_a_cue_that_says_why(call: Call) -> None:
    final = await call.says("Well, I want to cancel.")

    issued, _ = await call.given(*LEAVING)
    event = issued.event
    assert isinstance(event, GuidanceIssued)
    assert event.evidence == Sealed("want to cancel.")
    assert event.heard is not None
    assert (event.heard.utterance_id, event.heard.revision) == ("from_customer-1", None)
    assert (event.playbook, event.playbook_version) == ("shop", PLAYBOOK.version)
    assert event.expires_at == at(45)
    assert event.guidance_id == issued.id
    assert issued.causation == Causation(final.id, final.position)
    assert (issued.actor, issued.correlation) == ("service:guidance", "c-0")


async def test_a_partial_earns_a_cue_before_the_final(call: Call) -> None:
    await call.begins("well I want to cancel my", revision=4)

    issued, _ = await call.given(*LEAVING)
    assert isinstance(issued.event, GuidanceIssued)
    assert issued.event.heard is not None
    assert (issued.event.heard.utterance_id, issued.event.heard.revision) == ("from_customer-1", 4)
    assert issued.causation is None


async def test_a_partial_and_its_final_are_one_cause(call: Call) -> None:
    await call.begins("I want to cancel")
    await call.given(*LEAVING)
    await call.begins("I want to cancel my plan", revision=2)
    await call.says("I want to cancel my plan.")
    await call.settled()

    await call.given(*LEAVING, *CARD)


async def test_what_a_final_contradicts_stays_and_is_not_repeated(call: Call) -> None:
    await call.begins("I want to cancel")
    await call.given(*LEAVING)
    await call.says("I went to Cancun.")
    await call.settled()

    await call.given(*LEAVING, *CARD)


async def test_unstable_words_earn_nothing(call: Call) -> None:
    await call.begins("I want to cancel", stable=3)
    await call.begins("my card number", n=2)

    await call.given(*CARD)


async def test_a_match_never_reaches_into_unstable_words(call: Call) -> None:
    await call.begins("I want to really just cancel", stable=5)
    await call.begins("I want to really just cancel", revision=2, stable=6)

    *_, detected = await call.given(*LEAVING)
    assert isinstance(detected.event, MomentDetected)
    assert detected.event.heard is not None
    assert detected.event.heard.revision == 2


async def test_a_partial_that_comes_after_its_final_is_not_listened_to(call: Call) -> None:
    await call.says("I went to Cancun.")
    await call.settled()
    await call.begins("I want to cancel", revision=9)
    await call.begins("my card number", n=2)

    # Heard again; the cue is still on the screen.
    await call.given(*CARD, "moment_detected card")


async def test_each_track_has_its_own_rules(call: Call) -> None:
    await call.says("I am sorry you want to cancel", agent=True)
    await call.says("I am sorry")
    await call.settled()

    await call.given("checklist_item_ticked apologised", "moment_detected sorry", *CARD)


async def test_contacts_do_not_hear_each_other(call: Call) -> None:
    other = contact("c-2")
    await call.happens(contact_started(), other)
    await call.begins("I want to cancel")
    await call.given(*LEAVING)
    await call.happens(
        utterance_finalized("my card number", utterance_id=UtteranceId("from_customer-1")), other
    )

    await call.given(*CARD, of=other)
    await call.given(*LEAVING)


async def test_several_moments_of_one_utterance_are_appended_together(call: Call) -> None:
    await call.says("It is too expensive, I want to cancel.")

    facts = await call.given(*LEAVING, "guidance_issued value", "moment_detected price")
    positions = [one.position for one in facts]
    assert positions == list(range(positions[0], positions[0] + 4))


# When a cue comes


async def test_a_cue_waits_for_its_cool_down(call: Call) -> None:
    await call.says("I want to cancel")
    facts = await call.given(*LEAVING)
    assert isinstance(facts[0].event, GuidanceIssued)
    await call.happens(guidance_used(guidance_id=facts[0].event.guidance_id))
    await call.settled()
    call.time = at(99)
    await call.says("I want to cancel", 2)
    cooling = (*LEAVING, *CARD, "guidance_expired timed_out", "moment_detected leaving")
    await call.given(*cooling)
    call.time = at(100)
    await call.says("I want to cancel", 3)

    await call.given(*cooling, *LEAVING)


async def test_a_cue_may_want_something_said_before(call: Call) -> None:
    await call.says("anything else", agent=True)
    await call.given("moment_detected closing")
    await call.says("I want to cancel")
    await call.says("anything else", 2, agent=True)

    await call.given(
        "moment_detected closing", *LEAVING, "guidance_issued recap", "moment_detected closing"
    )


async def test_a_cue_may_want_something_not_said_before(call: Call) -> None:
    await call.says("I am sorry", agent=True)
    await call.says("it is too expensive")

    await call.given(
        "checklist_item_ticked apologised", "moment_detected sorry", "moment_detected price"
    )


# When it goes


async def test_a_cue_expires_in_its_time(call: Call) -> None:
    await call.says("I want to cancel")
    await call.given(*LEAVING)
    await call.settled()
    issued, *_ = await call.given(*LEAVING, *CARD)
    call.time = at(45)
    await call.says("something else", 2)  # wakes whoever sleeps by another clock

    facts = await call.given(*LEAVING, *CARD, *2 * ["guidance_expired timed_out"])
    assert facts[4].causation == Causation(issued.id, issued.position)


async def test_a_timer_wakes_by_itself() -> None:
    content = """\
playbook: shop
version: "1"
language: en
moments: {card: {track: either, heard: [card number]}}
cues: {card: {on: card, kind: warning, title: No cards, body: Stop., lasts_s: 1}}
"""
    began = asyncio.get_running_loop().time()

    def running() -> datetime:
        return at(asyncio.get_running_loop().time() - began)

    call = Call(parse_playbook(content, file="shop.yaml"), now=running)
    await call.connect()
    try:
        await call.begins("my card number")
        await call.says("my card number")

        await call.given(*CARD, "guidance_expired timed_out")
        assert asyncio.get_running_loop().time() - began >= 1
    finally:
        await call.stop()


@pytest.mark.parametrize("answer", [guidance_used, guidance_dismissed], ids=["used", "dismissed"])
async def test_an_answered_cue_does_not_expire(call: Call, answer: Callable[..., Event]) -> None:
    await call.says("I want to cancel")
    issued, _ = await call.given(*LEAVING)
    await call.happens(answer(guidance_id=GuidanceId(issued.id)))
    await call.settled()
    call.time = at(45)
    await call.says("something else", 2)
    await call.given(*LEAVING, *CARD, "guidance_expired timed_out")
    await call.happens(contact_ended(ended_at=at(46)))
    await call.says("my card number", 5)

    # The warning ran out; the answered hint neither did, nor does at the end.
    await call.given(*LEAVING, *CARD, "guidance_expired timed_out", "moment_detected card")


async def test_the_end_takes_all_cues_off_the_screen_and_no_more_come(call: Call) -> None:
    await call.says("I want to cancel")
    await call.given(*LEAVING)
    await call.happens(contact_ended(ended_at=at(1)))
    await call.given(*LEAVING, "guidance_expired contact_ended")
    await call.says("it is too expensive", 2)

    # A late final is still listened to: the moment is a fact, the cue would help nobody.
    await call.given(*LEAVING, "guidance_expired contact_ended", "moment_detected price")
