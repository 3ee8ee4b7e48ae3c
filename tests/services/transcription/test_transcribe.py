"""The pure parts of the Transcribe adapter: results to hypotheses, silence, pace, addresses."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from antiphon.errors import LanguageUnsupported, RecognizerFailed
from antiphon.infra.simulator.transcribe.signature import Unsigned, check
from antiphon.services.transcription.clock import ChannelClock
from antiphon.services.transcription.transcribe.answers import Result, results_of
from antiphon.services.transcription.transcribe.frames import Frame, audio_frame, frame_of
from antiphon.services.transcription.transcribe.joiner import Joiner
from antiphon.services.transcription.transcribe.loudness import Loudness
from antiphon.services.transcription.transcribe.pace import Pace
from antiphon.services.transcription.transcribe.request import (
    LANGUAGES,
    language_of,
    parameters,
    signed,
    url_of,
)
from botocore.credentials import (  # pyright: ignore[reportMissingTypeStubs]
    ReadOnlyCredentials,
)

KEY, SECRET = "AKID", "a/secret+of=nobody"


def item(content: str, start: float, end: float, **more: Any) -> dict[str, Any]:
    given = {"Type": "pronunciation", "VocabularyFilterMatch": False, **more}
    return {"Content": content, "StartTime": start, "EndTime": end, **given}


def mark(content: str, at: float, **more: Any) -> dict[str, Any]:
    return item(content, at, at, Type="punctuation", **more)


def event(*items: dict[str, Any], end: float, is_partial: bool = False, **more: Any) -> Frame:
    """Return a frame as the vendor's documentation tells of one."""
    result = {
        "Alternatives": [{"Items": list(items), "Transcript": "as a whole"}],
        "ChannelId": "ch_1",
        "EndTime": end,
        "IsPartial": is_partial,
        "ResultId": "r-1",
        "StartTime": 0.0,
        **more,
    }
    return Frame(
        "event", "TranscriptEvent", json.dumps({"Transcript": {"Results": [result]}}).encode()
    )


def result(*items: dict[str, Any], end: float, is_partial: bool = False, **more: Any) -> Result:
    (read,) = results_of(event(*items, end=end, is_partial=is_partial, **more))
    return read


def joiner(*, contact: int = 80_000, believes: bool = False) -> Joiner:
    """Return one whose audio begins 10 s into the call."""
    clock = ChannelClock()
    clock.note(sent=0, contact=contact, length=8_000 * 60)
    return Joiner("to_customer", clock, Loudness(patience_s=5.0, believes=believes))


def test_items_become_words_with_their_marks_on_the_contact_clock() -> None:
    (final, silence) = joiner().take(
        result(
            item("Good", 0.5, 0.7, Confidence=0.9),
            item("morning", 0.7, 1.0, Confidence=0.7),
            mark(",", 1.0),
            item("Ada", 1.2, 1.5, Confidence=0.8),
            mark(".", 1.5),
            end=1.8,
        )
    )

    assert final.text == "Good morning, Ada."
    assert [(word.started_ms, word.ended_ms) for word in final.words] == [
        (10_500, 10_700),
        (10_700, 11_000),
        (11_200, 11_500),
    ]
    assert final.confidence == pytest.approx(0.8)
    assert (final.is_final, final.stable_words) == (True, 3)
    assert (silence.is_final, silence.text, silence.ended_ms) == (True, "", 11_800)


def test_the_words_up_to_the_first_unstable_one_are_stable() -> None:
    (partial,) = joiner().take(
        result(
            item("I", 0.1, 0.2, Stable=True),
            item("would", 0.2, 0.4, Stable=True),
            item("wood", 0.4, 0.6, Stable=False),
            item("like", 0.6, 0.8, Stable=True),
            end=0.9,
            is_partial=True,
        )
    )

    assert (partial.is_final, partial.stable_words, len(partial.words)) == (False, 2, 4)


def test_a_mark_that_may_change_leaves_its_word_unstable() -> None:
    (partial,) = joiner().take(
        result(
            item("yes", 0.1, 0.4, Stable=True),
            mark("?", 0.4, Stable=False),
            end=0.5,
            is_partial=True,
        )
    )

    assert (partial.text, partial.stable_words) == ("yes?", 0)


def test_what_was_final_is_not_said_again_when_it_comes_late_or_twice() -> None:
    one = joiner()
    words = (item("hello", 0.1, 0.5), item("there", 0.6, 0.9))
    one.take(result(*words, end=1.0))

    assert one.take(result(*words, end=1.0)) == []
    assert one.take(result(*words, end=0.9, is_partial=True)) == []
    (later, *_) = one.take(result(*words, item("again", 1.1, 1.4), end=1.5))
    assert later.text == "again"


def test_a_result_without_items_spreads_its_text_over_its_stretch() -> None:
    read = result(end=2.0, Alternatives=[{"Transcript": "one two"}])

    assert [(one.content, one.start_time, one.end_time) for one in read.items] == [
        ("one", 0.0, 1.0),
        ("two", 1.0, 2.0),
    ]


@pytest.mark.parametrize(
    ("called", "channel"), [("ch_0", 0), ("ch_1", 1), (None, 0), ("left", -1), ("ch_", -1)]
)
def test_a_channel_is_known_by_its_name(called: str | None, channel: int) -> None:
    assert result(end=1.0, ChannelId=called).channel == channel


@pytest.mark.parametrize("payload", [b"no json", b"{}", b'{"Transcript": {"Results": [{}]}}'])
def test_a_transcript_that_is_none_is_malformed_and_quoted_nowhere(payload: bytes) -> None:
    with pytest.raises(RecognizerFailed, match="answer_malformed"):
        results_of(Frame("event", "TranscriptEvent", payload))


def test_a_frame_is_read_as_it_was_written() -> None:
    assert frame_of(audio_frame(b"\1\2")) == Frame("event", "AudioEvent", b"\1\2")


@pytest.mark.parametrize("at", range(0, 100, 3))
def test_a_bit_that_changed_on_the_way_is_noticed(at: int) -> None:
    frame = bytearray(audio_frame(b"samples!"))
    frame[at % len(frame)] ^= 4

    with pytest.raises(RecognizerFailed, match="answer_malformed"):
        frame_of(bytes(frame))


def test_half_a_frame_is_none() -> None:
    with pytest.raises(RecognizerFailed, match="answer_malformed"):
        frame_of(audio_frame(b"samples!")[:-5])


def test_quiet_audio_counts_as_heard_and_loud_audio_only_so_long() -> None:
    loudness = Loudness(patience_s=5.0, believes=False)
    loudness.sent(until_s=10.0, is_loud=False, now=0.0)
    assert loudness.heard_s == 10.0

    loudness.sent(until_s=14.0, is_loud=True, now=0.0)
    assert loudness.heard_s == 14.0
    loudness.sent(until_s=16.0, is_loud=True, now=0.0)
    assert loudness.heard_s == 10.0

    loudness.answered(13.0)
    assert loudness.heard_s == 16.0


def test_silence_is_closed_only_where_nothing_that_sounded_is_left_untold() -> None:
    loudness = Loudness(patience_s=5.0, believes=False)
    loudness.sent(until_s=10.0, is_loud=False, now=0.0)
    loudness.sent(until_s=10.3, is_loud=True, now=0.0)
    loudness.sent(until_s=30.0, is_loud=False, now=0.0)
    assert loudness.wordless_s(now=100.0) == 9.5

    loudness.answered(12.0)  # of the other channel, perhaps
    assert loudness.wordless_s(now=100.0) == 9.5
    loudness.answered(15.5)
    assert loudness.wordless_s(now=100.0) == 29.5


def test_what_earlier_sessions_heard_nothing_in_is_believed_until_something_is_told() -> None:
    loudness = Loudness(patience_s=5.0, believes=True)
    loudness.sent(until_s=20.0, is_loud=True, now=0.0)
    assert (loudness.heard_s, loudness.unanswered_s) == (20.0, 0.0)
    assert loudness.wordless_s(now=10.0) == 0.0
    assert loudness.wordless_s(now=25.0) == 19.5

    loudness.answered(1.0)

    assert (loudness.heard_s, loudness.unanswered_s) == (1.0, 19.0)
    assert loudness.wordless_s(now=25.0) == 0.0


def test_a_long_silence_is_made_final_in_pieces() -> None:
    one = joiner()

    told = [
        hypothesis
        for second in range(1, 21)
        for hypothesis in one.sent(until_s=float(second), is_loud=False, now=0.0)
    ]

    assert [h.heard_ms for h in told][-1] >= 29_000
    finals = [h for h in told if h.is_final]
    assert len(finals) == 3
    assert all(h.text == "" for h in finals)


def test_no_silence_is_made_final_while_words_are_open() -> None:
    one = joiner()
    one.take(result(item("well", 0.1, 0.5), end=0.6, is_partial=True))

    told = [
        hypothesis
        for second in range(1, 21)
        for hypothesis in one.sent(until_s=float(second), is_loud=False, now=0.0)
    ]

    assert not any(h.is_final for h in told)
    assert one.finish()[0].text == "well"


def test_a_pause_is_caught_up_at_once_and_minutes_at_the_pace() -> None:
    pace = Pace(times=2.0)

    assert pace.wait_s(5.0, now=100.0) == 0.0
    assert pace.wait_s(4.0, now=100.0) == 2.0
    assert pace.wait_s(0.1, now=102.0) == pytest.approx(0.05)
    assert pace.wait_s(5.0, now=1_000.0) == 0.0, "nothing is saved up beyond a burst"
    assert pace.wait_s(1.0, now=1_000.0) == 0.5


@pytest.mark.parametrize(("told", "called"), [("en-US", "en-US"), ("en", "en-US"), ("de", "de-DE")])
def test_a_language_is_called_as_the_vendor_does(told: str, called: str) -> None:
    assert language_of(told, recognizer="t", known=LANGUAGES) == called


def test_a_language_that_the_vendor_has_not_is_refused() -> None:
    with pytest.raises(LanguageUnsupported):
        language_of("tlh-Latn", recognizer="t", known=LANGUAGES)


def test_one_track_is_not_told_apart() -> None:
    asked = parameters(language="en-US", channels=1, session_id="s", vocabulary_name="terms")

    assert "enable-channel-identification" not in asked
    assert asked["vocabulary-name"] == "terms"


@pytest.mark.parametrize("token", [None, "a/token+of==days"])
def test_an_address_is_signed_so_that_the_vendor_knows_who_asks(token: str | None) -> None:
    address = signed(
        url_of("eu-west-1"),
        parameters(language="en-US", channels=2, session_id="s-1", vocabulary_name="our terms"),
        credentials=ReadOnlyCredentials(KEY, SECRET, token),
        region="eu-west-1",
    )

    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == (
        "wss",
        "transcribestreaming.eu-west-1.amazonaws.com:8443",
    )
    target = f"{parts.path}?{parts.query}"
    now = datetime.now(UTC)
    check(target, host=parts.netloc, secrets={KEY: SECRET}, region="eu-west-1", now=now)
    assert ("X-Amz-Security-Token" in target) == (token is not None)
    for wrong in (target.replace("en-US", "en-GB"), target.replace("s-1", "s-2")):
        with pytest.raises(Unsigned, match="does not match"):
            check(wrong, host=parts.netloc, secrets={KEY: SECRET}, region="eu-west-1", now=now)
    with pytest.raises(Unsigned, match="expired"):
        check(
            target,
            host=parts.netloc,
            secrets={KEY: SECRET},
            region="eu-west-1",
            now=now + timedelta(minutes=6),
        )
