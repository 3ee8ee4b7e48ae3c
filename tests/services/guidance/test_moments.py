"""Moments of every kind that needs no model, as they come true in a contact, restarts included."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from antiphon.events.base import Causation, Event
from antiphon.events.guidance import Detector, GuidanceIssued, MomentDetected
from antiphon.events.sealed import Sealed
from antiphon.services.guidance.conditions import HEARING
from antiphon.services.guidance.playbook import parse_playbook

from ...builders import (
    agent_connected,
    at,
    attributes_set,
    audio_gap,
    audio_stream_opened,
    contact_ended,
    contact_held,
    contact_resumed,
    speech_gap,
    transcript_completed,
)
from .call import Call

PLAYBOOK = parse_playbook(
    """\
playbook: shop
version: "1"
language: en
moments:
  leaving: {track: from_customer, heard: [want to ... cancel]}
  refusal: {track: from_customer, heard: [no thank you]}
  offer: {track: to_customer, heard: [can offer]}
  greeting: {track: to_customer, heard: [thank you for calling]}
  order: {track: from_customer, pattern: ['\\b[a-z]{2}-?\\d{4}\\b'], unless: [old order]}
  vip: {attribute: tier, is: [Gold]}
  sales: {attribute: queue, is: [sales]}
  vip_leaving: {all: [leaving, vip]}
  refused: {then: [offer, refusal], within_s: 60}
  insists: {times: 2, of: refusal, within_s: 600}
  no_greeting: {missing: greeting, since: agent_connected, within_s: 20}
  long_hold: {missing: customer_resumed, since: customer_held, within_s: 30}
  twice_refused: {all: [refused, insists]}
cues:
  look_up: {on: order, kind: hint, title: Order, body: Look it up.}
  keep: {on: vip_leaving, kind: warning, title: Keep, body: Offer gold.}
  greet: {on: no_greeting, kind: hint, title: Greet, body: Say who you are., lasts_s: 60}
""",
    file="shop.yaml",
)


@asynccontextmanager
async def guided(*, answered: bool = False) -> AsyncGenerator[Call]:
    call = Call(PLAYBOOK, answered=answered)
    await call.connect()
    try:
        yield call
    finally:
        await call.stop()


KEPT = ("guidance_issued keep", "moment_detected vip_leaving", "moment_detected leaving")


async def moment(call: Call, name: str) -> MomentDetected:
    return next(
        one.event
        for one in await call.facts()
        if isinstance(one.event, MomentDetected) and one.event.moment == name
    )


async def test_a_pattern_is_found_in_what_is_said() -> None:
    async with guided() as call:
        await call.says("My old order was AB1234.", 1)
        await call.says("It is, uh, AB-1234. Please look.", 2)

        await call.given("guidance_issued look_up", "moment_detected order")
        found = await moment(call, "order")
        assert found.evidence == Sealed("AB-1234.")
        assert found.detector == Detector(kind="pattern")


async def test_an_attribute_is_a_moment_once_somebody_is_there() -> None:
    async with guided() as call:
        await call.happens(attributes_set(attributes={"tier": Sealed("silver")}))
        set_ = await call.happens(attributes_set(attributes={"tier": Sealed(" gold")}))
        await call.happens(attributes_set(attributes={"tier": Sealed("GOLD")}))
        await call.happens(audio_stream_opened(clock_zero_at=at(0)))
        await call.happens(agent_connected(connected_at=at(5)))

        [recorded] = await call.given("moment_detected vip")
        found = await moment(call, "vip")
        assert (found.heard, found.at, found.evidence) == (None, set_.occurred_at, Sealed(" gold"))
        assert found.detector == Detector(kind="attribute")
        assert recorded.causation == Causation(set_.id, set_.position)


async def test_a_condition_says_all_that_it_was_heard_in() -> None:
    async with guided(answered=True) as call:
        await call.says("I can offer you half.", agent=True, started_ms=1_000, ended_ms=2_000)
        await call.given("moment_detected offer")
        await call.says("No, thank you.", started_ms=3_000, ended_ms=4_000)

        await call.given("moment_detected offer", "moment_detected refused",
                         "moment_detected refusal")  # fmt: skip
        refused = await moment(call, "refused")
        assert [one.utterance_id for one in refused.because] == ["to_customer-1", "from_customer-1"]
        assert refused.heard is not None
        assert refused.heard.utterance_id == "from_customer-1"
        assert refused.evidence == Sealed("No, thank you.")
        assert refused.detector == Detector(kind="condition")


async def test_a_condition_of_an_attribute_and_words_earns_a_cue_that_says_both() -> None:
    async with guided(answered=True) as call:
        await call.happens(attributes_set(attributes={"tier": Sealed("gold")}))
        await call.begins("I want to cancel", revision=3)

        _, recorded, *_ = await call.given("moment_detected vip", *KEPT)
        issued = recorded.event
        assert isinstance(issued, GuidanceIssued)
        assert issued.heard is not None
        assert (issued.moment, issued.heard.revision) == ("vip_leaving", 3)
        assert issued.detector == Detector(kind="condition")


async def test_what_was_not_said_in_time_is_a_moment_with_its_instant() -> None:
    async with guided() as call:
        await call.happens(audio_stream_opened(clock_zero_at=at(0)))
        connected = await call.happens(agent_connected(connected_at=at(5)))
        call.time = at(25) + HEARING
        await call.says("Is anybody there?")  # wakes whoever sleeps by another clock

        issued, detected = await call.given("guidance_issued greet", "moment_detected no_greeting")
        assert isinstance(issued.event, GuidanceIssued)
        assert issued.event.heard is None
        assert issued.event.expires_at == at(25 + 60)
        assert (await moment(call, "no_greeting")).at == at(25)
        assert detected.causation == Causation(connected.id, connected.position)


async def test_what_was_said_in_time_though_known_late_is_not_missing() -> None:
    async with guided(answered=True) as call:
        await call.says("Thank you for calling.", agent=True, started_ms=18_000, ended_ms=19_900)
        await call.given("moment_detected greeting")
        call.time = at(500)
        await call.says("I want to cancel")

        await call.given("moment_detected greeting", "moment_detected leaving")


async def test_a_hold_that_is_too_long_is_told_and_one_that_ends_is_not() -> None:
    async with guided() as call:
        await call.happens(audio_stream_opened(clock_zero_at=at(0)))
        await call.happens(agent_connected(connected_at=at(0)))
        await call.says("Thank you for calling.", agent=True)
        await call.happens(contact_held(held_at=at(10)))
        await call.happens(contact_resumed(resumed_at=at(39)))
        await call.happens(contact_held(held_at=at(50)))
        call.time = at(82)
        await call.says("Hello?")

        await call.given("moment_detected greeting", "moment_detected long_hold")
        assert (await moment(call, "long_hold")).at == at(80)


async def the_whole_story(call: Call) -> None:
    """Moments of each kind, each step after the one before was listened to."""
    await call.happens(attributes_set(attributes={"tier": Sealed("gold")}))
    await call.settled_at(1)
    await call.says("I can offer you half.", agent=True, started_ms=1_000, ended_ms=2_000)
    await call.settled_at(2)
    await call.says("No, thank you.", 1, started_ms=3_000, ended_ms=4_000)
    await call.settled_at(4)
    await call.says("No, thank you.", 2, started_ms=5_000, ended_ms=6_000)
    await call.settled_at(8)
    await call.says("I want to cancel order XY-7777.", 3, started_ms=7_000, ended_ms=9_000)
    await call.settled_at(13)
    call.time = at(22)
    await call.says("Hello?", 4, started_ms=9_000, ended_ms=9_500)
    await call.settled_at(15)
    await call.happens(contact_ended(ended_at=at(23)))
    await call.settled_at(18)
    await call.happens(transcript_completed())


STORY = (
    "moment_detected vip",
    "moment_detected offer",
    "moment_detected refused",
    "moment_detected refusal",
    "moment_detected insists",
    "moment_detected refused",
    "moment_detected twice_refused",
    "moment_detected refusal",
    *KEPT,
    "guidance_issued look_up",
    "moment_detected order",
    "guidance_issued greet",
    "moment_detected no_greeting",
    *3 * ("guidance_expired contact_ended",),
)


@pytest.mark.parametrize("stores", [False, True], ids=["before it is stored", "before the answer"])
@pytest.mark.parametrize("cut_at", [None, *range(1, len(STORY) + 2)])
async def test_a_restart_at_any_append_changes_no_moment(
    cut_at: int | None, *, stores: bool
) -> None:
    call = Call(PLAYBOOK)
    call.log.cut_at, call.log.stores = cut_at, stores
    await call.connect()

    try:
        await the_whole_story(call)

        await call.given(*STORY)
        assert call.log.appends > len(STORY)
    finally:
        await call.stop()


async def test_what_ran_out_while_away_is_told_with_the_instant_that_it_ran_out() -> None:
    async with guided(answered=True) as call:
        await call.says("I want to cancel")
        await call.given("moment_detected leaving")
        await call.stop()
        call.time = at(900)
        call.start()

        # Long ago: a fact all the same, and nothing to show.
        await call.given("moment_detected leaving", "moment_detected no_greeting")
        assert (await moment(call, "no_greeting")).at == at(20)


async def test_nothing_is_missing_in_a_contact_that_ended_before() -> None:
    async with guided(answered=True) as call:
        await call.says("I want to cancel")
        await call.happens(contact_ended(ended_at=at(19)))
        call.time = at(60)
        await call.says("I want to cancel", 2)

        await call.given("moment_detected leaving", "moment_detected leaving")


@pytest.mark.parametrize(
    "unheard",
    [
        pytest.param([], id="no audio"),
        pytest.param(
            [audio_stream_opened(clock_zero_at=at(0)), speech_gap(from_ms=24_000, until_ms=None)],
            id="nobody could recognise it",
        ),
        pytest.param(
            [audio_stream_opened(clock_zero_at=at(0)), audio_gap(from_ms=0, until_ms=6_000)],
            id="it could not be had",
        ),
    ],
)
async def test_nothing_is_claimed_of_what_nobody_could_hear(unheard: list[Event]) -> None:
    async with guided() as call:
        for event in unheard:
            await call.happens(event)
        await call.happens(agent_connected(connected_at=at(5)))
        await call.happens(contact_held(held_at=at(10)))
        call.time = at(60)
        await call.says("Hello?")

        # The log itself tells of the hold.
        await call.given("moment_detected long_hold")


async def test_of_a_whole_transcript_it_is_known_at_once_what_is_missing() -> None:
    async with guided(answered=True) as call:
        call.time = at(21)
        await call.says("I want to cancel")
        await call.given("moment_detected leaving")
        await call.happens(contact_ended(ended_at=at(21)))
        await call.happens(transcript_completed(), occurred_at=at(21))

        await call.given("moment_detected leaving", "moment_detected no_greeting")
