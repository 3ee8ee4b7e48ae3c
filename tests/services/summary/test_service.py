"""A contact is summed up once for good when its transcript is complete, and so far when asked."""

import asyncio

import pytest
from antiphon.errors import KeyDestroyed, LogUnavailable
from antiphon.events.summary import SummaryFailed, SummaryWritten
from antiphon.services.summary.extractive import GENERATOR

from ...builders import (
    CONTACT,
    agent_connected,
    at,
    audio_gap,
    contact_ended,
    contact_erased,
    speech_gap,
    transcript_completed,
)
from ...summary_builders import summary_edited, summary_requested
from ...waiting import until
from ..contact_stage import meanwhile
from .desk import TWICE_CHARGED, Desk, sentences_of


async def test_a_contact_is_summed_up_when_its_transcript_is_complete(desk: Desk) -> None:
    await desk.answered()
    await desk.say(TWICE_CHARGED)
    await desk.hang_up()

    await desk.summed_up()

    written = await desk.summary()
    assert (written.kind, written.generator, written.prompt) == ("final", GENERATOR, None)
    assert (written.language, written.utterances, written.gaps) == ("en-US", 8, 0)
    assert "charged twice" in sentences_of(written)[0]
    assert written.parts[0].utterance_ids == ("u-1",)
    assert (written.resolution, written.disposition) == ("resolved", "follow_up")


async def test_the_fact_says_what_caused_it_and_up_to_where_it_listened(desk: Desk) -> None:
    await desk.answered()
    await desk.say(TWICE_CHARGED)
    await desk.hang_up()
    speech = [one async for one in desk.journal.read(CONTACT, lanes=("speech",))]

    await desk.summed_up()

    (fact,) = await desk.facts()
    assert fact.causation == speech[-1].cause
    assert (await desk.summary()).covers_upto == speech[-2].position
    assert (fact.actor, fact.correlation) == ("service:summary", CONTACT.contact_id)


async def test_it_waits_for_the_last_words_that_come_after_the_end(desk: Desk) -> None:
    await desk.answered()
    await desk.say("C: My boiler is broken and I have no heating.")
    await desk.tell(contact_ended())

    async with meanwhile(desk.service().care(CONTACT, await desk.inbox())) as caring:
        await desk.say("A: A technician will come out on Friday.", after=1)
        await desk.tell(transcript_completed())
        async with asyncio.timeout(10):
            await caring

    assert any("Friday" in text.reveal() for text in (await desk.summary()).texts.values())


async def test_a_contact_is_summed_up_for_good_once(desk: Desk) -> None:
    await desk.answered()
    await desk.say(TWICE_CHARGED)
    await desk.hang_up()
    await desk.summed_up()
    await desk.tell(summary_requested(), summary_edited(), agent_connected(connected_at=at(1)))

    await desk.summed_up()

    assert len(await desk.facts()) == 1


@pytest.mark.parametrize("stores_first", [False, True], ids=["before it", "after it"])
async def test_a_crash_at_the_append_leaves_one_summary(desk: Desk, *, stores_first: bool) -> None:
    await desk.answered()
    await desk.say(TWICE_CHARGED)
    await desk.hang_up()
    desk.log.crash_at, desk.log.stores_first = 1, stores_first

    with pytest.raises(LogUnavailable):
        await desk.summed_up()
    await desk.summed_up()

    (fact,) = await desk.facts()
    assert isinstance(fact.event, SummaryWritten)


async def test_during_the_call_it_is_summed_up_so_far_each_time_somebody_asks(desk: Desk) -> None:
    await desk.answered()
    await desk.say("C: I was charged twice for my internet.")

    async with meanwhile(desk.service().care(CONTACT, await desk.inbox())):
        await desk.tell(summary_requested())
        await until(lambda: _count(desk, 1))
        await desk.say("A: I've reversed the second payment.", after=1)
        await desk.tell(summary_requested())
        await until(lambda: _count(desk, 2))
        await desk.hang_up()
        await until(lambda: _count(desk, 3))

    events = [one.event for one in await desk.facts()]
    assert [one.kind for one in events if isinstance(one, SummaryWritten)] == [
        "so_far", "so_far", "final",
    ]  # fmt: skip
    assert [one.utterances for one in events if isinstance(one, SummaryWritten)] == [1, 2, 2]


async def test_wishes_that_nobody_has_looked_at_yet_are_one_and_answered_once(desk: Desk) -> None:
    await desk.answered()
    await desk.say("C: I was charged twice for my internet.")
    await desk.tell(summary_requested(), summary_requested())

    for _ in range(2):  # the second starts again on what the first left
        async with meanwhile(desk.service().care(CONTACT, await desk.inbox())):
            await until(lambda: _count(desk, 1))

    assert len(await desk.facts()) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "nothing_heard"),
        ("A: Please stay on the line.", "nothing_heard"),  # nobody had taken the call
        ("C: Hello? Hello?", "nothing_said"),
    ],
)
async def test_where_there_is_nothing_to_say_it_says_so(desk: Desk, said: str, reason: str) -> None:
    await desk.answered(connected_s=3_600)
    await desk.say(said)
    await desk.tell(audio_gap(), speech_gap())
    await desk.hang_up()

    await desk.summed_up()

    failed = await desk.failure()
    assert (failed.kind, failed.reason, failed.gaps) == ("final", reason, 2)


async def test_who_spoke_is_as_far_as_is_known_by_then(desk: Desk) -> None:
    await desk.answered(connected_s=3_600)
    await desk.say("C: My parcel is missing.\nA: I've sent another one.")
    await desk.tell(agent_connected(connected_at=at(0)))  # told late
    await desk.hang_up()

    await desk.summed_up()

    written = await desk.summary()
    assert [part.field for part in written.parts] == ["reason", "action"]
    assert written.texts["2"].reveal() == "Agent: I've sent another one."


async def test_private_numbers_that_were_said_are_not_told_again(desk: Desk) -> None:
    await desk.answered()
    await desk.say("C: My account number is 7734 1209 55 and I want to close that account.")
    await desk.hang_up()

    await desk.summed_up()

    assert not any("7734" in text.reveal() for text in (await desk.summary()).texts.values())


async def test_an_erased_contact_is_not_summed_up(desk: Desk) -> None:
    await desk.answered()
    await desk.say(TWICE_CHARGED)
    await desk.tell(contact_erased())
    await desk.hang_up()
    await desk.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    with pytest.raises(KeyDestroyed):
        await desk.summed_up()

    assert await desk.facts() == []


async def test_a_history_that_ended_wakes_and_is_let_go_at_once(desk: Desk) -> None:
    await desk.answered()
    await desk.hang_up()
    await desk.summed_up()

    async with asyncio.timeout(1):
        await desk.service().care(CONTACT, await desk.inbox())

    assert [type(one.event) for one in await desk.facts()] == [SummaryFailed]


async def _count(desk: Desk, wanted: int) -> bool:
    return len(await desk.facts()) == wanted
