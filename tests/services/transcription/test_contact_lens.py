"""Contact Lens's segments become a contact's transcript: once, in order, and without card data."""

import asyncio

import pytest
from antiphon.events.base import Track
from antiphon.events.speech import (
    RecognizerSwitched,
    TextStreamClosed,
    TextStreamOpened,
    UtteranceFinalized,
)
from antiphon.infra.simulator.segments.misbehaviour import Misbehaviour
from structlog.testing import capture_logs

from ...builders import CONTACT, contact_ended, contact_started, utterance_finalized
from ...waiting import until
from .lens import counted, new_lens, text_only, told
from .segments import (
    AGENT,
    CALL,
    COMPLETED,
    CUSTOMER,
    SPOKEN,
    STARTED,
    finals,
    record,
    transcript,
    utterance,
)
from .stage import completion, gaps, listening_live
from .test_card_data import STORED, WHOLE

ROLE = {"from_customer": CUSTOMER, "to_customer": AGENT}


async def test_a_call_becomes_its_transcript_with_the_ids_of_its_source() -> None:
    async with new_lens() as lens, listening_live(lens.stage) as partials:
        await lens.stage.tell(contact_started())
        lens.put(*CALL)

        lens.start()
        speech = await told(lens)

        assert finals(speech) == SPOKEN
        assert isinstance(speech[0], TextStreamOpened)
        said = [one for one in speech if isinstance(one, UtteranceFinalized)]
        assert {one.recognizer for one in said} == {"contact-lens/1.0.0"}
        assert [one.audio_upto for one in said] == [0, 0, 0]
        assert [(one.utterance_id, one.revision, one.text) for one in partials] == [
            ("t-1", 1, "I want to"),
            ("t-3", 1, "So"),
        ]


async def test_its_clock_begins_as_long_ago_as_its_first_words_are_into_the_call() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(STARTED, *CALL[1:2])
        arrived_at = lens.stream.shards[0].records[-1].arrived_at

        lens.start()
        await lens.stage.until(bool)

        (opened,) = await lens.stage.speech()
        assert isinstance(opened, TextStreamOpened)
        assert (arrived_at - opened.clock_zero_at).total_seconds() == pytest.approx(1.9, abs=0.01)


async def test_records_that_come_again_and_again_are_told_once() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.server.misbehaves = lambda _operation, _number: Misbehaviour(repeats=3)
        lens.put(*(one for one in CALL for _ in range(2)))

        lens.start()
        speech = await told(lens)

        assert finals(speech) == SPOKEN


async def test_a_turn_after_the_transcript_is_complete_is_counted_and_not_told() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started(), contact_ended())
        lens.put(*CALL)
        lens.start()
        await told(lens)
        await text_only(lens.stage, unreachable_s=30.0).care(CONTACT, await lens.stage.inbox())
        speech = await lens.stage.speech()
        late = counted("segments_total", outcome="late")

        lens.put(*CALL, record(transcript("t-4", "One thing more.", 9_000)))
        await until(lambda: counted("segments_total", outcome="late") > late, what="counted")

        assert counted("segments_total", outcome="late") == late + 1
        assert await lens.stage.speech() == speech


@pytest.mark.parametrize("stores_first", [False, True], ids=["not stored", "stored, unanswered"])
@pytest.mark.parametrize("nth", range(1, 6))
async def test_a_log_that_does_not_answer_loses_nothing_and_doubles_nothing(
    nth: int,
    stores_first: bool,  # noqa: FBT001
) -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.stage.log.crash_at, lens.stage.log.stores_first = nth, stores_first
        lens.put(*CALL)

        lens.start()
        speech = await told(lens)

        assert finals(speech) == SPOKEN


async def test_a_turn_after_the_end_of_the_text_opens_it_again() -> None:
    more = record(transcript("t-4", "One thing more.", 9_000))
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL, *CALL, more, COMPLETED)

        lens.start()
        await lens.stage.until(
            lambda events: len([one for one in events if isinstance(one, TextStreamClosed)]) == 2
        )

        speech = await lens.stage.speech()
        assert [one[0] for one in finals(speech)] == ["t-1", "t-2", "t-3", "t-4"]
        assert [one.TYPE for one in speech[-3:]] == [
            "text_stream_closed",
            "utterance_finalized",
            "text_stream_closed",
        ]


async def test_while_a_call_goes_on_its_transcript_is_not_complete() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL[:3], record(kind="FAILED"))
        lens.start()
        speech = await told(lens)

        await text_only(lens.stage, unreachable_s=0.0).care(CONTACT, await lens.stage.inbox())

        assert await lens.stage.speech() == speech


async def test_a_failure_is_a_gap_to_the_end_of_both_tracks() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        lens.put(*CALL[:3], record(kind="FAILED"))

        lens.start()
        speech = await told(lens)

        assert gaps(speech) == [
            ("from_customer", 2_800, None, "contact_lens_failed"),
            ("to_customer", 0, None, "contact_lens_failed"),
        ]
        assert [one.reason for one in speech if isinstance(one, TextStreamClosed)] == ["failed"]

        await lens.stage.tell(contact_ended())
        await text_only(lens.stage, unreachable_s=30.0).care(CONTACT, await lens.stage.inbox())

        speech = await lens.stage.speech()
        assert len(gaps(speech)) == 2
        assert completion(speech) == (1, "deadline")


async def test_who_goes_on_with_a_call_that_another_heard_is_named() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        await lens.stage.tell(utterance_finalized(recognizer="whisper-tiny.en/1"))
        lens.put(*CALL)

        lens.start()
        speech = await told(lens)

        (switched,) = [one for one in speech if isinstance(one, RecognizerSwitched)]
        assert (switched.previous, switched.recognizer, switched.at_ms) == (
            "whisper-tiny.en/1",
            "contact-lens/1.0.0",
            1_000,
        )


async def test_no_digit_of_a_card_is_stored_shown_or_logged() -> None:
    async with new_lens() as lens, listening_live(lens.stage) as partials:
        await lens.stage.tell(contact_started())
        turns = [
            (f"t-{number}", words, began_ms, ROLE[track])
            for number, (track, began_ms, words) in enumerate(WHOLE)
        ]
        for id_, words, began_ms, role in turns:
            parts = words.split()
            for count in range(1, len(parts)):
                lens.put(record(utterance(id_, " ".join(parts[:count]), began_ms, role=role)))
            lens.put(record(transcript(id_, words, began_ms, role=role)))
        lens.put(COMPLETED)

        with capture_logs() as logs:
            lens.start()
            speech = await told(lens)

        spoken = {"four", "two", "4242", "42", "forty", "nine", "seven", "three", "twenty"}
        # In the order in which they were settled: a track's own order is that of its turns.
        by_track: dict[str, list[str]] = {"from_customer": [], "to_customer": []}
        for _, track, words in finals(speech):
            by_track[track].append(words)
        assert by_track == {
            track: [words for one, words in STORED if one == track] for track in by_track
        }
        shown = [one.text for one in partials if one.track == "from_customer"]
        assert [text for text in shown if spoken & set(text.split())] == []
        assert shown
        assert "four" not in repr(logs)


async def test_what_cannot_be_read_holds_nothing_up() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())
        unread = counted("unread_total", reason="unreadable")
        lens.put(b"{", key="x")
        lens.put(*CALL[:3])
        lens.put(b"\xff", key="x")
        lens.put(*CALL[3:])

        lens.start()
        speech = await told(lens)

        assert finals(speech) == SPOKEN
        assert counted("unread_total", reason="unreadable") == unread + 2


async def test_words_on_their_way_are_told_again_with_a_higher_revision() -> None:
    async with new_lens() as lens, listening_live(lens.stage) as partials:
        await lens.stage.tell(contact_started())
        lens.put(*(record(utterance("t-1", "so I said"[:length], 0)) for length in (2, 4, 9)))

        lens.start()
        await until(lambda: len(partials) == 3)

        assert [(one.revision, one.text) for one in partials] == [
            (1, "so"),
            (2, "so I"),
            (3, "so I said"),
        ]
        track: Track = "from_customer"
        assert {(one.utterance_id, one.track, one.stable_words) for one in partials} == {
            ("t-1", track, 0)
        }


async def test_a_text_only_contact_is_not_heard_here_and_waits_for_its_text() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started(), contact_ended())
        caring = asyncio.create_task(
            text_only(lens.stage, unreachable_s=30.0).care(CONTACT, await lens.stage.inbox())
        )

        lens.put(*CALL)
        lens.start()
        async with asyncio.timeout(10):
            await caring

        assert finals(await lens.stage.speech()) == SPOKEN
        assert completion(await lens.stage.speech()) == (3, "drained")


async def test_a_text_that_never_ends_is_completed_with_what_there_is() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started(), contact_ended())
        lens.put(*CALL[:3])
        lens.start()
        await lens.stage.until(lambda events: len(finals(events)) == 1)

        await text_only(lens.stage, unreachable_s=0.01).care(CONTACT, await lens.stage.inbox())

        speech = await lens.stage.speech()
        assert [(one[0], one[3]) for one in gaps(speech)] == [
            ("from_customer", "contact_lens_silent"),
            ("to_customer", "contact_lens_silent"),
        ]
        assert completion(speech) == (1, "deadline")


async def test_a_text_only_contact_that_goes_on_is_left_alone() -> None:
    async with new_lens() as lens:
        await lens.stage.tell(contact_started())

        await text_only(lens.stage, unreachable_s=0.0).care(CONTACT, await lens.stage.inbox())

        assert await lens.stage.speech() == []
