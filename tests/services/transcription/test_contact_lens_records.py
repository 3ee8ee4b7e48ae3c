"""What a record of Contact Lens says, whatever stands in it."""

import json
from typing import Any

import pytest
from antiphon.events.base import Track
from antiphon.services.transcription.contact_lens.records import (
    OFFSET_MS_MAX,
    TEXT_CHARACTERS_MAX,
    Over,
    Read,
    Said,
    Unusable,
    read,
)
from antiphon.services.transcription.contact_lens.spreading import spread
from antiphon.services.transcription.port import Hypothesis

from ...builders import CONTACT
from .segments import COMPLETED, SAMPLES, STARTED, record, transcript, utterance

SAMPLE_CONTACT = "5f1d2c3b-8a47-4e0f-9c61-2b7d90a4e315"


def told(content: bytes) -> Read:
    found = read(content)
    assert isinstance(found, Read)
    return found


def words(content: bytes) -> Hypothesis:
    (said,) = told(content).told
    assert isinstance(said, Said)
    return said.heard


def test_the_samples_are_read_from_the_first_to_the_last() -> None:
    found = [told(json.dumps(sample).encode()) for sample in SAMPLES]

    assert {one.contact_id for one in found} == {SAMPLE_CONTACT}
    assert {one.recognizer for one in found} == {"contact-lens/1.0.0"}
    assert [one.unread for one in found] == [(), (), (), ()]
    started, partial, final, completed = [one.told for one in found]
    assert (started, completed) == ((), (Over(failed=False),))
    assert [
        (one.utterance_id, one.heard.is_final, one.heard.text, one.heard.started_ms)
        for one in (*partial, *final)
        if isinstance(one, Said)
    ] == [
        ("t1", False, "I want to cancel my plan", 31_010),
        ("t1", True, "I want to cancel my plan.", 31_010),
    ]


def test_what_is_on_its_way_may_change_and_what_is_final_will_not() -> None:
    assert words(record(utterance("t-1", "so I said", 0))).stable_words == 0
    assert words(record(transcript("t-1", "so I said", 0))).stable_words == 3


@pytest.mark.parametrize(
    ("role", "track"),
    [
        ("CUSTOMER", "from_customer"),
        ("customer", "from_customer"),
        ("AGENT", "to_customer"),
        ("SYSTEM", "to_customer"),
        ("SUPERVISOR", "to_customer"),
        ("CUSTOM_BOT", "to_customer"),
    ],
)
def test_whoever_is_not_the_customer_is_heard_by_them(role: str, track: Track) -> None:
    assert words(record(transcript("t-1", "hello", 0, role=role))).track == track


@pytest.mark.parametrize(("kind", "failed"), [("COMPLETED", False), ("FAILED", True)])
def test_an_end_is_told_behind_the_words_of_its_record(kind: str, failed: bool) -> None:  # noqa: FBT001
    found = told(record(transcript("t-1", "bye", 0), kind=kind))

    assert [type(one) for one in found.told] == [Said, Over]
    assert found.told[-1] == Over(failed=failed)


def test_kinds_that_say_nothing_of_the_words_are_left_out_without_a_word() -> None:
    categories: Any = {"Categories": {"MatchedCategories": ["Cancellation"], "MatchedDetails": {}}}
    summary: Any = {"PostContactSummary": {"Content": "They talked.", "Status": "COMPLETED"}}

    found = told(record(categories, summary))

    assert (found.told, found.unread) == ((), ())


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ({"Melody": {"Key": "C"}}, "segment_unknown"),
        ({"Categories": {}, "Melody": {}}, "segment_unknown"),
        ([], "segment_unreadable"),
        (7, "segment_unreadable"),
        ({"Transcript": {"Id": "t-9"}}, "segment_unreadable"),
        ({"Transcript": None}, "segment_unreadable"),
        (transcript("t.9", "a dot parts subjects", 0), "segment_unreadable"),
        (transcript("", "no id", 0), "segment_unreadable"),
        (transcript("x" * 129, "a long id", 0), "segment_unreadable"),
        (transcript("t-9", "when", -1), "segment_unreadable"),
        (transcript("t-9", "when", OFFSET_MS_MAX), "segment_unreadable"),
        (transcript("t-9", "when", 0, BeginOffsetMillis="0"), "segment_unreadable"),
        (transcript("t-9", "who", 0, role=""), "segment_unreadable"),
        (transcript("t-9", "x" * (TEXT_CHARACTERS_MAX + 1), 0), "segment_unreadable"),
        (utterance("t-9", "what", 0, PartialContent=None), "segment_unreadable"),
    ],
)
def test_a_segment_that_cannot_be_read_takes_no_other_with_it(segment: Any, reason: str) -> None:
    found = told(record(segment, transcript("t-1", "still here", 0)))

    assert found.unread == (reason,)
    assert [one.heard.text for one in found.told if isinstance(one, Said)] == ["still here"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unreadable"),
        (b"\xff\xfe{}", "unreadable"),
        (b"[]", "unreadable"),
        (b"{}", "unreadable"),
        (b"[" * 100_000, "unreadable"),
        (record(kind="PAUSED"), "unreadable"),
        (record(Version="1.0.0\n"), "unreadable"),
        (record(Version=1), "unreadable"),
        (record(ContactId="../secrets"), "unreadable"),
        (record(ContactId="a.b"), "unreadable"),
        (record(ContactId=None), "unreadable"),
        (record(Segments={}), "unreadable"),
        (record(Channel="CHAT"), "other_channel"),
    ],
)
def test_a_record_that_is_of_no_contact_is_of_no_use(content: bytes, reason: str) -> None:
    assert read(content) == Unusable(reason)  # pyright: ignore[reportArgumentType]


def test_fields_nobody_knows_yet_are_passed_over() -> None:
    final = transcript("t-1", "hello", 0, Redaction={"RedactedTimestamps": []})

    assert words(record(final, RelatedContactId="c-0")).text == "hello"
    assert told(STARTED).told == told(record(Segments=None)).told == ()
    assert told(COMPLETED).contact_id == CONTACT.contact_id


def test_white_space_makes_no_words() -> None:
    found = told(record(transcript("t-1", " \n ", 0), transcript("t-2", " so \t it\u00a0is ", 0)))

    assert [one.heard.text for one in found.told if isinstance(one, Said)] == ["so it is"]


def test_a_segment_that_ends_before_it_begins_has_no_length() -> None:
    heard = words(record(transcript("t-1", "so it is", 5_000, EndOffsetMillis=4_000)))

    assert (heard.started_ms, heard.ended_ms) == (5_000, 5_000)
    assert {(one.started_ms, one.ended_ms) for one in heard.words} == {(5_000, 5_000)}


@pytest.mark.parametrize("length_ms", [0, 1, 7, 999, 33_333])
@pytest.mark.parametrize("text", ["a", "a bb ccc", "I want to cancel my plan.", "x " * 99])
def test_words_are_spread_over_the_whole_in_order_and_by_length(text: str, length_ms: int) -> None:
    times = spread(text, started_ms=1_000, ended_ms=1_000 + length_ms, confidence=1.0)

    assert len(times) == len(text.split())
    edges = [1_000, *(one.ended_ms for one in times)]
    assert [one.started_ms for one in times] == edges[:-1]
    assert edges == sorted(edges)
    assert edges[-1] == 1_000 + length_ms


def test_a_longer_word_takes_longer() -> None:
    short, long = spread("no absolutely", started_ms=0, ended_ms=1_200, confidence=1.0)

    assert (short.ended_ms, long.ended_ms) == (200, 1_200)
