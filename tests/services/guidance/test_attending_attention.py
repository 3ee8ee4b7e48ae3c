"""What is shown, held back, guarded and listed in a contact, through the service itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from antiphon.events.base import GuidanceId
from antiphon.events.guidance import (
    ChecklistItemMissed,
    GuardrailTripped,
    GuidanceIssued,
    GuidanceWithheld,
    ListedItem,
    MomentDetected,
)
from antiphon.events.sealed import Sealed
from antiphon.services.guidance.playbook import parse_playbook

from ...builders import at, contact_ended, guidance_used, transcript_completed
from .call import Call

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to ... cancel]}
  price: {track: from_customer, heard: [too expensive]}
  fire: {track: from_customer, heard: [on fire]}
  sorry: {track: to_customer, heard: [am sorry]}
  card: {track: either, heard: [card number]}
  closing: {track: to_customer, heard: [anything else]}
cues:
  keep: {on: leaving, kind: hint, title: Keep, body: Ask why., lasts_s: 45}
  value: {on: price, kind: hint, title: Value, body: Compare., lasts_s: 45}
  run: {on: fire, kind: warning, title: Run, body: Out.}
  again: {on: sorry, kind: hint, title: Again, body: Once is enough.}
  no_cards: {on: card, kind: warning, title: No cards, body: Stop., cooldown_s: 60}
  calm: {on: price, kind: next_action, title: Calm, body: Breathe.}
  recap: {on: closing, kind: next_action, title: Recap, body: Say it.}
checklist:
  apologised: {title: Said sorry, on: sorry}
  closed: {title: Asked for more, on: closing}
guardrails:
  card_data: {finds: [card_number], kind: system, act: block, title: Card, shows: no_cards}
  numbers: {finds: [account_number], kind: system, act: sanitise, title: Number}
  burning: {on: [fire], kind: supervisory, act: alert, title: Fire}
attention: {cues_per_minute: 3, hold_s_max: 5}
stages:
  closing: {on: [closing], title: Closing, next_action: recap}
""",
    file="shop.yaml",
)
WITHHELD = "guidance_withheld keep agent_talking"
KEEP, LEAVING = "guidance_issued keep", "moment_detected leaving"


@asynccontextmanager
async def guided(**given: Any) -> AsyncGenerator[Call]:
    call = Call(PLAYBOOK, **given)
    await call.connect()
    try:
        yield call
    finally:
        await call.stop()


async def heard_while_the_agent_talks(call: Call) -> None:
    await call.begins("let me explain that", agent=True)
    await call.begins("I want to cancel")
    await call.given(WITHHELD, LEAVING)


# Quiet


async def test_a_hint_waits_until_the_agent_has_finished() -> None:
    async with guided() as call:
        await heard_while_the_agent_talks(call)
        call.time = at(1)
        await call.says("Let me explain that.", agent=True)

        withheld, _, issued = await call.given(WITHHELD, LEAVING, KEEP)
    assert isinstance(withheld.event, GuidanceWithheld)
    assert isinstance(issued.event, GuidanceIssued)
    assert withheld.event.until == at(5)
    assert issued.event.guidance_id == withheld.event.guidance_id == issued.id
    assert issued.event.evidence == Sealed("want to cancel")
    assert issued.event.heard == withheld.event.heard
    # Its time runs from when it was earned.
    assert issued.event.expires_at == withheld.event.expires_at == at(45)
    assert issued.causation == withheld.cause


async def test_it_waits_no_longer_than_it_may_though_the_agent_goes_on() -> None:
    async with guided() as call:
        await heard_while_the_agent_talks(call)
        call.time = at(5)
        await call.begins("let me explain that in full", agent=True, revision=2)

        await call.given(WITHHELD, LEAVING, KEEP)


async def test_silence_releases_it_by_itself() -> None:
    async with guided() as call:
        await heard_while_the_agent_talks(call)
        call.time = at(2)
        await call.says("and so on", 2)  # wakes whoever sleeps by another clock

        await call.given(WITHHELD, LEAVING, KEEP)


async def test_warnings_and_what_the_agents_own_words_earn_do_not_wait() -> None:
    async with guided() as call:
        await call.begins("I am sorry about that", agent=True)
        await call.settled_at(3)
        await call.begins("it is on fire")

        facts = await call.given(
            "guidance_issued again", "checklist_item_ticked apologised", "moment_detected sorry",
            "guidance_issued run", "guardrail_tripped burning", "moment_detected fire",
        )  # fmt: skip
    assert isinstance(facts[4].event, GuardrailTripped)
    assert (facts[4].event.act, facts[4].event.found) == ("alert", ("fire",))


async def test_what_waited_too_long_does_not_come() -> None:
    async with guided() as call:
        await heard_while_the_agent_talks(call)
        call.time = at(45)
        await call.says("and so on", 2)

        await call.given(WITHHELD, LEAVING, "guidance_withheld keep too_late")


async def test_the_end_takes_what_waits_with_it() -> None:
    async with guided() as call:
        await heard_while_the_agent_talks(call)
        await call.happens(contact_ended(ended_at=at(1)))
        call.time = at(5)
        await call.happens(transcript_completed())

        await call.given(
            WITHHELD,
            LEAVING,
            "guidance_withheld keep too_late",
            "checklist_item_missed apologised",
            "checklist_item_missed closed",
        )


@pytest.mark.parametrize("stores", [False, True], ids=["before it is stored", "before the answer"])
@pytest.mark.parametrize("cut_at", [2, 3, 4, 5, 6])
async def test_a_restart_at_any_append_shows_what_waited_once(cut_at: int, *, stores: bool) -> None:
    async with guided() as call:
        call.log.cut_at, call.log.stores = cut_at, stores
        await call.begins("let me explain that", agent=True)
        await call.says("I want to cancel")
        await call.settled_at(2)
        await call.says("Let me explain that.", agent=True)

        facts = await call.given(*([WITHHELD] if await waited(call) else []), *await rest(call))
    assert [one.event.TYPE for one in facts].count("guidance_issued") == 1
    assert [one.event.TYPE for one in facts].count("moment_detected") == 1


async def waited(call: Call) -> bool:
    # Who starts again heard nobody talk: then nothing waits.
    await call.settled_at(2)
    return isinstance((await call.facts())[0].event, GuidanceWithheld)


async def rest(call: Call) -> list[str]:
    return [LEAVING, KEEP] if await waited(call) else [KEEP, LEAVING]


# The cap, and one cause


async def test_the_fourth_card_in_a_minute_is_withheld_and_says_why() -> None:
    async with guided() as call:
        await call.says("I want to cancel")
        await call.says("it is too expensive", 2)
        await call.settled_at(5)
        await call.says("I am sorry", 2, agent=True)

        *_, withheld, _, _ = await call.given(
            KEEP, LEAVING,
            "guidance_issued calm", "guidance_issued value", "moment_detected price",
            "guidance_withheld again too_many_a_minute",
            "checklist_item_ticked apologised", "moment_detected sorry",
        )  # fmt: skip
    assert isinstance(withheld.event, GuidanceWithheld)
    assert withheld.event.until is None


async def test_a_next_action_takes_the_place_of_the_one_before() -> None:
    async with guided() as call:
        await call.says("it is too expensive")
        await call.settled_at(3)
        await call.says("Anything else?", 2, agent=True)

        await call.given(
            "guidance_issued calm", "guidance_issued value", "moment_detected price",
            "guidance_issued recap", "guidance_expired superseded", "stage_entered closing",
            "checklist_item_ticked closed", "moment_detected closing",
        )  # fmt: skip
        await call.says("Anything else?", 3, agent=True)

        # The stage is entered once; the card is on the screen.
        await call.settled_at(9)
        assert [one.event.TYPE for one in await call.facts()][8:] == ["moment_detected"]


# Guardrails


async def test_card_data_warns_and_keeps_everything_else_of_the_utterance_back() -> None:
    async with guided() as call:
        await call.begins("it is too expensive and it is [card-number]")

        facts = await call.given(
            "guidance_issued no_cards", "guardrail_tripped card_data",
            "guidance_withheld calm guardrail", "guidance_withheld value guardrail",
            "moment_detected price",
        )  # fmt: skip
        await call.says("It is too expensive, and it is [card-number].")
        await call.settled()
    issued, tripped = facts[0].event, facts[1].event
    assert isinstance(issued, GuidanceIssued)
    assert isinstance(tripped, GuardrailTripped)
    assert (issued.kind, issued.moment) == ("warning", "card_data")
    assert (tripped.found, tripped.act) == (("card_number",), "block")
    assert tripped.evidence == Sealed("it is too expensive and it is [card-number]")
    assert (tripped.playbook, tripped.playbook_version) == ("shop", PLAYBOOK.version)


async def test_a_warning_of_other_words_keeps_no_hint_back() -> None:
    warns = msgspec.structs.replace(PLAYBOOK.guardrails[0], act="warn")
    playbook = msgspec.structs.replace(PLAYBOOK, guardrails=(warns,))
    call = Call(playbook)
    await call.connect()
    try:
        await call.says("I want to cancel, and it is [card-number].")

        await call.given(
            "guidance_issued no_cards", "guardrail_tripped card_data", KEEP, LEAVING
        )  # fmt: skip
    finally:
        await call.stop()


async def test_the_agent_is_heard_by_guardrails_too() -> None:
    async with guided() as call:
        await call.says("So that is [card-number], yes?", agent=True)

        await call.given("guidance_issued no_cards", "guardrail_tripped card_data")


async def test_no_private_number_is_kept_as_evidence() -> None:
    async with guided() as call:
        await call.says("I want to close account number 55779911, cancel it")
        tripped, issued, detected = await call.given("guardrail_tripped numbers", KEEP, LEAVING)
    for one in (tripped.event, issued.event, detected.event):
        assert isinstance(one, GuardrailTripped | GuidanceIssued | MomentDetected)
        assert "55779911" not in one.evidence.reveal()


# The checklist


async def test_the_list_opens_when_an_agent_is_there_and_tells_what_was_missed() -> None:
    async with guided() as call:
        await call.says("I am sorry", agent=True)
        await call.settled_at(3)
        [opened] = await call.lists()
        await call.happens(contact_ended(ended_at=at(1)))
        await call.happens(transcript_completed())

        *_, missed = await call.given(
            "guidance_issued again", "checklist_item_ticked apologised", "moment_detected sorry",
            "guidance_expired contact_ended", "checklist_item_missed closed",
        )  # fmt: skip
    assert opened.items == (
        ListedItem(item="apologised", title="Said sorry"),
        ListedItem(item="closed", title="Asked for more"),
    )
    assert isinstance(missed.event, ChecklistItemMissed)
    assert missed.event.title == "Asked for more"


async def test_nobody_misses_anything_where_no_agent_was() -> None:
    async with guided(answered=False) as call:
        await call.says("I want to cancel")
        await call.settled_at(2)
        await call.happens(contact_ended(ended_at=at(1)))
        await call.happens(transcript_completed())

        await call.given(KEEP, LEAVING, "guidance_expired contact_ended")
        assert await call.lists() == []


async def test_what_the_agent_used_is_counted_all_the_same() -> None:
    async with guided() as call:
        await call.says("I want to cancel")
        issued, _ = await call.given(KEEP, LEAVING)
        await call.happens(guidance_used(guidance_id=GuidanceId(issued.id)))
        await call.says("it is too expensive", 2)
        await call.settled_at(5)
        await call.says("I am sorry", 2, agent=True)

        await call.settled_at(8)
        kinds = [one.event.TYPE for one in await call.facts()]
    assert kinds.count("guidance_withheld") == 1


async def test_what_waits_for_words_that_were_taken_back_does_not_wait_for_ever() -> None:
    async with guided() as call:
        await call.begins("let me explain that", agent=True)
        await call.given()
        # The connection breaks between the cue that waits and the moment that earned it.
        call.log.cut_at, call.log.stores = call.log.appends + 2, False
        await call.begins("I want to cancel")
        await call.given(WITHHELD)
        call.time = at(45)
        await call.says("I want to candle")
        await call.happens(transcript_completed())

        await call.given(
            WITHHELD,
            "guidance_withheld keep too_late",
            "checklist_item_missed apologised",
            "checklist_item_missed closed",
        )
