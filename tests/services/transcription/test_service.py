"""What is said on a contact stands in its lane: once, in order, on the contact clock."""

import asyncio
from datetime import timedelta

import pytest
from antiphon.errors import LogUnavailable
from antiphon.events.base import Position
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import audio_stream

from ...builders import (
    CONTACT,
    NOON,
    audio_gap,
    contact_ended,
    contact_started,
    media_offered,
)
from .scripted import NOISE, ScriptedRecognizer, speech
from .stage import (
    BLOCK_MS,
    BOTH,
    CUSTOMER,
    PATIENT,
    SPOKEN,
    WAIT_S,
    call_over,
    completion,
    finished_call,
    gaps,
    listening_live,
    new_stage,
    said,
)


async def test_a_call_is_transcribed_on_the_contact_clock_and_completed() -> None:
    stage = await finished_call()

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert said(events) == SPOKEN
    assert completion(events) == (4, "drained")
    first = next(event for event in events if isinstance(event, UtteranceFinalized))
    assert [(word.started_ms, word.ended_ms) for word in first.words] == [
        (1_000, 1_200),
        (1_200, 1_400),
        (1_400, 1_600),
    ]
    assert first.recognizer == "scripted/1"


async def test_events_name_their_conversation_writer_and_cause() -> None:
    stage = await finished_call()

    await stage.care(ScriptedRecognizer())

    facts = await stage.facts()
    assert {fact.correlation for fact in facts} == {contact_started().initial_contact_id}
    assert {fact.actor for fact in facts} == {"service:transcription"}
    assert all(fact.causation is not None for fact in facts)
    assert all(fact.occurred_at - NOON > timedelta(0) for fact in facts)


async def test_partials_carry_the_id_of_their_final_and_growing_revisions() -> None:
    stage = await finished_call()

    async with listening_live(stage) as partials:
        await stage.care(ScriptedRecognizer())

    by_id: dict[str, list[int]] = {}
    for partial in partials:
        by_id.setdefault(partial.utterance_id, []).append(partial.revision)
        final = next(one for one in SPOKEN if one[0] == partial.utterance_id)
        assert final[1].startswith(partial.text)
        assert final[2] == partial.started_ms
        assert len(partial.words) == len(partial.text.split())
    assert by_id.keys() == {one[0] for one in SPOKEN}
    assert all(revisions == list(range(1, len(revisions) + 1)) for revisions in by_id.values())


async def test_a_partial_that_was_nothing_is_taken_back() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play({"from_customer": speech(4_000, at_1000=(NOISE,), at_2500=(7,))})
    await stage.tell(contact_ended())
    await stage.closed()

    async with listening_live(stage) as partials:
        await stage.care(ScriptedRecognizer())

    assert said(await stage.speech()) == [("from_customer-1", "w7", 2_500, 2_700)]
    texts = [partial.text for partial in partials]
    assert texts[0] == f"w{NOISE}"
    assert "" in texts
    assert texts[-1] == "w7"
    assert {partial.utterance_id for partial in partials} == {"from_customer-1"}


async def test_finals_are_written_while_the_call_goes_on() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    async with stage.caring(ScriptedRecognizer(), limits=PATIENT) as care:
        await stage.opened()
        await stage.play(BOTH)
        await stage.until(lambda events: len(said(events)) >= 3)

        assert not care.done()
        await stage.tell(contact_ended())
        await stage.closed()
        async with asyncio.timeout(WAIT_S):
            await care

    assert said(await stage.speech()) == SPOKEN


async def test_what_is_said_at_the_moment_of_hanging_up_is_still_written() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    async with stage.caring(ScriptedRecognizer(), limits=PATIENT) as care:
        await stage.tell(contact_ended())
        await stage.play({"from_customer": speech(1_400, at_1000=(1, 2))})
        await stage.closed()
        async with asyncio.timeout(WAIT_S):
            await care

    events = await stage.speech()
    assert said(events) == [("from_customer-1", "w1 w2", 1_000, 1_400)]
    assert completion(events) == (1, "drained")


@pytest.mark.parametrize("stores_first", [False, True], ids=["not stored", "stored"])
@pytest.mark.parametrize("crash_at", [1, 2, 3, 4, 5])
async def test_a_restart_at_any_append_repeats_and_loses_nothing(
    crash_at: int, *, stores_first: bool
) -> None:
    stage = await finished_call()
    stage.log.crash_at, stage.log.stores_first = crash_at, stores_first
    with pytest.raises(LogUnavailable):
        await stage.care(ScriptedRecognizer())

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert said(events) == SPOKEN
    assert completion(events) == (4, "drained")


async def test_after_a_restart_only_audio_that_no_final_covers_is_heard_again() -> None:
    stage = await finished_call()
    stage.log.crash_at = 4
    with pytest.raises(LogUnavailable):
        await stage.care(ScriptedRecognizer())
    recognizer = ScriptedRecognizer()

    await stage.care(recognizer)

    # Finals end at 3.9 s and 2.6 s; chunks are remembered to the second.
    assert recognizer.heard["from_customer"][0][0] == 3_900 * 8
    assert recognizer.heard["to_customer"][0][0] == 2_600 * 8


async def test_audio_that_expires_before_a_restart_is_said_to_be_missing() -> None:
    stage = await finished_call()
    stage.log.crash_at, stage.log.stores_first = 2, True
    with pytest.raises(LogUnavailable):
        await stage.care(ScriptedRecognizer())

    stage.log.expire(audio_stream(CONTACT.tenant), upto=Position(3_200 // BLOCK_MS))
    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert gaps(events) == [
        ("from_customer", 1_600, 3_200, "audio_expired"),
        ("to_customer", 2_600, 3_200, "audio_expired"),
    ]
    assert said(events) == SPOKEN


@pytest.mark.parametrize("crash_at", [2, 3])
async def test_after_a_restart_a_silence_that_was_heard_is_no_gap(crash_at: int) -> None:
    # Whoever says nothing has no finals: no fact tells how far the track was heard.
    noises = {f"at_{at}": (NOISE,) for at in (600, 1_800, 3_000, 4_200, 5_400)}
    stage = await call_over({"from_customer": CUSTOMER, "to_customer": speech(6_000, **noises)})
    stage.log.crash_at, stage.log.stores_first = crash_at, True
    with pytest.raises(LogUnavailable):
        await stage.care(ScriptedRecognizer())

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert gaps(events) == []
    assert [text for _, text, *_ in said(events)] == ["w1 w2 w3", "w4 w5"]
    assert completion(events) == (2, "drained")


async def test_a_contact_whose_transcript_is_complete_is_left_alone() -> None:
    stage = await finished_call()
    await stage.care(ScriptedRecognizer())
    recognizer = ScriptedRecognizer()

    await stage.care(recognizer)

    assert recognizer.sessions == 0
    assert completion(await stage.speech()) == (4, "drained")


async def test_a_gap_in_the_audio_shifts_nothing() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play({"from_customer": speech(1_280, at_1000=(1,))})
    await stage.tell(audio_gap(track="from_customer", from_ms=1_280, until_ms=4_000))
    await stage.play({"from_customer": speech(2_000, at_600=(2,))}, from_ms=4_000)
    await stage.tell(contact_ended())
    await stage.closed()

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert said(events) == [
        ("from_customer-1", "w1", 1_000, 1_200),
        ("from_customer-2", "w2", 4_600, 4_800),
    ]
    assert gaps(events) == []


async def test_a_second_stream_of_the_contact_is_heard_after_the_first_has_failed() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    async with stage.caring(ScriptedRecognizer(), limits=PATIENT) as care:
        await stage.opened()
        await stage.play({"from_customer": speech(1_500, at_1000=(1, 2))})
        await stage.closed(reason="stream_failed")
        # Closed for now: what was open becomes final without waiting for the end.
        await stage.until(lambda events: len(said(events)) == 1)
        await stage.tell(media_offered())
        await stage.opened(2)
        await stage.play({"from_customer": speech(2_000, at_1000=(3,))}, stream=2, from_ms=9_000)
        await stage.tell(contact_ended())
        await stage.closed(2)
        async with asyncio.timeout(WAIT_S):
            await care

    events = await stage.speech()
    assert said(events) == [
        ("from_customer-1", "w1 w2", 1_000, 1_400),
        ("from_customer-2", "w3", 10_000, 10_200),
    ]
    assert completion(events) == (2, "drained")


async def test_a_contact_without_audio_completes_when_it_ends() -> None:
    stage = await new_stage()
    await stage.tell(contact_started(media=None), contact_ended())

    await stage.care(ScriptedRecognizer(), limits=PATIENT)

    assert completion(await stage.speech()) == (0, "no_audio")


async def test_a_contact_whose_stream_never_opened_completes_without_audio() -> None:
    stage = await new_stage()
    await stage.tell(contact_started(), contact_ended())
    await stage.closed(reason="never_opened")

    await stage.care(ScriptedRecognizer(), limits=PATIENT)

    assert completion(await stage.speech()) == (0, "no_audio")


async def test_audio_that_media_never_closes_is_drained_at_the_deadline() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play(BOTH)
    await stage.tell(contact_ended())

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert said(events) == SPOKEN
    assert completion(events) == (4, "deadline")


async def test_the_recognizer_is_told_the_tenants_terms() -> None:
    stage = await finished_call()
    recognizer = ScriptedRecognizer()

    await stage.care(recognizer, vocabulary=["Brightline", "fibre"])

    assert recognizer.vocabulary == ("Brightline", "fibre")
