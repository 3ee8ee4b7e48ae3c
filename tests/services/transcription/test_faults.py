"""Recognisers die, audio expires, people are erased: the rest of the transcript stands."""

import asyncio

import pytest
from antiphon.errors import LogUnavailable, StreamMoved
from antiphon.events.base import START, UtteranceId
from antiphon.events.speech import RecognizerSwitched

from ...builders import (
    CONTACT,
    contact_ended,
    contact_started,
    draft,
    utterance_finalized,
)
from .scripted import ScriptedRecognizer
from .stage import (
    BOTH,
    PATIENT,
    SPOKEN,
    WAIT_S,
    completion,
    finished_call,
    gaps,
    new_stage,
    said,
)


async def test_a_recognizer_that_dies_is_replaced_and_nothing_is_lost_or_shifted() -> None:
    stage = await finished_call()
    recognizer = ScriptedRecognizer(
        dies=lambda session, track, ended_ms: (
            (session, track) == (1, "from_customer") and ended_ms > 3_700
        )
    )

    await stage.care(recognizer)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    (switched,) = [event for event in events if isinstance(event, RecognizerSwitched)]
    assert switched.reason == "line_cut"
    assert recognizer.sessions == 2
    assert recognizer.open_sessions == 0
    assert gaps(events) == []


async def test_a_recognizer_that_stops_answering_is_replaced() -> None:
    stage = await finished_call()
    recognizer = ScriptedRecognizer(
        hangs=lambda session, _track, ended_ms: session == 1 and ended_ms > 1_300
    )

    await stage.care(recognizer)

    events = await stage.speech()
    assert sorted(said(events)) == sorted(SPOKEN)
    assert [e.reason for e in events if isinstance(e, RecognizerSwitched)] == ["no_progress"]


async def test_a_recognizer_that_takes_no_more_audio_is_replaced() -> None:
    stage = await finished_call()
    recognizer = ScriptedRecognizer(
        blocks=lambda session, _track, ended_ms: session == 1 and ended_ms > 2_000
    )

    await stage.care(recognizer)

    assert sorted(said(await stage.speech())) == sorted(SPOKEN)
    assert recognizer.sessions == 2


async def test_a_recognizer_that_never_finishes_is_replaced() -> None:
    stage = await finished_call()
    recognizer = ScriptedRecognizer(
        hangs=lambda session, _track, ended_ms: session == 1 and ended_ms > 5_900
    )

    await stage.care(recognizer)

    assert sorted(said(await stage.speech())) == sorted(SPOKEN)
    assert recognizer.sessions == 2


async def test_audio_that_kills_every_session_becomes_a_gap_and_the_call_goes_on() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    poison = 2_048
    recognizer = ScriptedRecognizer(
        dies=lambda _session, track, ended_ms: track == "from_customer" and ended_ms == poison
    )
    async with stage.caring(recognizer, limits=PATIENT) as care:
        await stage.play(BOTH)
        await stage.tell(contact_ended())
        await stage.closed()
        async with asyncio.timeout(WAIT_S):
            await care

    events = await stage.speech()
    assert said(events) == SPOKEN
    # One session hears both tracks, so what the other had open is lost with it.
    assert gaps(events) == [
        ("to_customer", 0, 1_984, "line_cut"),
        ("from_customer", 1_600, poison, "line_cut"),
    ]
    assert recognizer.sessions == PATIENT.attempts_max + 1


async def test_no_line_to_the_recognizer_loses_nothing_while_the_call_lives() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    recognizer = ScriptedRecognizer(refuses=lambda session: session <= 7)
    async with stage.caring(recognizer, limits=PATIENT) as care:
        await stage.play(BOTH)
        await stage.until(lambda events: len(said(events)) >= 3)
        await stage.tell(contact_ended())
        await stage.closed()
        async with asyncio.timeout(WAIT_S):
            await care

    events = await stage.speech()
    assert said(events) == SPOKEN
    assert gaps(events) == []


async def test_no_line_to_the_recognizer_after_the_end_is_given_up_and_said() -> None:
    stage = await finished_call()

    await stage.care(ScriptedRecognizer(refuses=lambda _: True))

    events = await stage.speech()
    assert gaps(events) == [
        ("from_customer", 0, None, "no_line"),
        ("to_customer", 0, None, "no_line"),
    ]
    assert completion(events) == (0, "deadline")


async def test_an_erased_person_is_heard_no_further_and_the_transcript_is_closed() -> None:
    stage = await finished_call()
    await stage.keys.destroy(CONTACT.tenant, f"contact/{CONTACT.contact_id}")

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert gaps(events) == [
        ("from_customer", 0, None, "key_destroyed"),
        ("to_customer", 0, None, "key_destroyed"),
    ]
    assert completion(events) == (0, "drained")


async def test_audio_that_is_no_longer_kept_is_said_to_be_missing() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play(BOTH, lost_before_ms=3_200)
    await stage.tell(contact_ended())
    await stage.closed()

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert gaps(events) == [
        ("from_customer", 0, 3_200, "audio_expired"),
        ("to_customer", 0, 3_200, "audio_expired"),
    ]
    assert [one[1] for one in said(events)] == ["w4 w5", "w13"]


async def test_audio_of_which_nothing_is_kept_is_said_to_be_missing() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play(BOTH, lost_before_ms=60_000)
    await stage.tell(contact_ended())
    await stage.closed()

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert gaps(events) == [
        ("from_customer", 0, 6_000, "audio_expired"),
        ("to_customer", 0, 6_000, "audio_expired"),
    ]
    assert completion(events) == (0, "drained")


async def test_a_language_the_recognizer_does_not_know_is_recorded_as_a_gap() -> None:
    stage = await new_stage()
    await stage.tell(contact_started(language="fi-FI"))
    await stage.opened()
    await stage.play(BOTH)
    await stage.tell(contact_ended())
    await stage.closed()

    await stage.care(ScriptedRecognizer())

    events = await stage.speech()
    assert {reason for *_, reason in gaps(events)} == {"language_unsupported"}
    assert completion(events) == (0, "drained")


async def test_another_writer_in_the_lane_ends_this_one() -> None:
    stage = await new_stage()
    await stage.tell(contact_started())
    async with stage.caring(ScriptedRecognizer(), limits=PATIENT) as care:
        await stage.opened()
        foreign = utterance_finalized(utterance_id=UtteranceId("to_customer-1"))
        await stage.journal.append(CONTACT, [draft(foreign)], expected=START)

        await stage.play(BOTH)

        with pytest.raises(StreamMoved):
            await care


async def test_another_recognizer_after_a_restart_is_recorded() -> None:
    stage = await finished_call()
    stage.log.crash_at = 3
    with pytest.raises(LogUnavailable):
        await stage.care(ScriptedRecognizer(name="old/1"))

    await stage.care(ScriptedRecognizer(name="new/2"))

    events = await stage.speech()
    (switched,) = [event for event in events if isinstance(event, RecognizerSwitched)]
    assert (switched.previous, switched.recognizer) == ("old/1", "new/2")
    assert said(events) == SPOKEN
