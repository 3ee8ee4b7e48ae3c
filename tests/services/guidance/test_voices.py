"""Rules about the agent hear the agent: no prompt, no music on hold, whenever the news comes."""

from collections.abc import AsyncGenerator

import pytest
from antiphon.events.base import Event, Recorded, UtteranceId
from antiphon.events.guidance import ChecklistItemTicked

from ...builders import (
    agent_connected,
    at,
    audio_stream_opened,
    contact_held,
    contact_resumed,
    transcript_completed,
)
from .call import CARD, LEAVING, Call

SORRY = ("checklist_item_ticked apologised", "moment_detected sorry")


def ticked_by(facts: list[Recorded]) -> UtteranceId:
    (ticked,) = [one.event for one in facts if isinstance(one.event, ChecklistItemTicked)]
    assert ticked.heard is not None
    return ticked.heard.utterance_id


@pytest.fixture
async def queued() -> AsyncGenerator[Call]:
    """A call no agent has taken, as far as anybody was told."""
    call = Call(answered=False)
    await call.connect()
    yield call
    await call.stop()


async def test_a_prompt_before_any_agent_ticks_nothing_and_the_customer_is_heard(
    queued: Call,
) -> None:
    await queued.happens(audio_stream_opened(clock_zero_at=at(0)))
    await queued.says("We are sorry, all lines are busy. I am sorry.", agent=True)
    await queued.says("I want to cancel")
    await queued.settled()

    await queued.given(*LEAVING, *CARD)


async def test_a_prompt_is_no_agent_though_one_comes_later(queued: Call) -> None:
    await queued.happens(audio_stream_opened(clock_zero_at=at(0)))
    await queued.says("I am sorry", agent=True, started_ms=1_000)
    await queued.happens(agent_connected(connected_at=at(5)))
    await queued.settled()
    await queued.given(*CARD)
    await queued.says("I am sorry", 2, agent=True, started_ms=6_000)

    assert ticked_by(await queued.given(*CARD, *SORRY)) == "to_customer-2"


@pytest.mark.parametrize(
    "late",
    [
        [audio_stream_opened(clock_zero_at=at(0)), agent_connected(connected_at=at(0))],
        [agent_connected(connected_at=at(0)), audio_stream_opened(clock_zero_at=at(0))],
    ],
    ids=["the clock first", "the agent first"],
)
async def test_news_of_the_agent_that_comes_late_makes_what_was_said_count(
    queued: Call, late: list[Event]
) -> None:
    await queued.says("I am sorry", agent=True)
    await queued.settled()
    await queued.given(*CARD)

    for news in late:
        await queued.happens(news)

    await queued.given(*CARD, *SORRY)


async def test_late_news_counts_for_one_who_was_away_and_for_a_contact_that_is_over(
    queued: Call,
) -> None:
    await queued.happens(audio_stream_opened(clock_zero_at=at(0)))
    await queued.says("I am sorry", agent=True)
    await queued.happens(transcript_completed())
    await queued.stop()
    await queued.happens(agent_connected(connected_at=at(0)))
    queued.start()

    await queued.given(*SORRY)


async def test_music_on_hold_ticks_nothing_while_the_customer_still_counts(call: Call) -> None:
    await call.happens(contact_held(held_at=at(10)))
    await call.says("I am sorry", agent=True, started_ms=11_000)
    await call.says("I want to cancel", started_ms=12_000)
    await call.settled()

    await call.given(*LEAVING, *CARD)


async def test_the_agent_counts_again_after_the_hold_though_its_end_is_told_late(
    call: Call,
) -> None:
    await call.happens(contact_held(held_at=at(10)))
    await call.says("I am sorry", agent=True, started_ms=11_000)
    await call.says("I am sorry to keep you waiting", 2, agent=True, started_ms=21_000)
    await call.settled()
    await call.given(*CARD)

    await call.happens(contact_resumed(resumed_at=at(20)))

    assert ticked_by(await call.given(*CARD, *SORRY)) == "to_customer-2"


async def test_a_partial_of_the_system_ticks_nothing_and_one_of_the_agent_does(call: Call) -> None:
    await call.happens(contact_held(held_at=at(10)))
    await call.settled()
    await call.begins("I am sorry", agent=True, started_ms=11_000)
    await call.begins("I want to cancel")
    await call.given(*CARD, *LEAVING)

    await call.begins("I am sorry", agent=True, revision=2, started_ms=9_000)

    await call.given(*CARD, *LEAVING, *SORRY)
