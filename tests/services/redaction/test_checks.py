"""Each check by itself: what it passes, and what it must not."""

import numpy as np
import pytest
from antiphon.events.base import UtteranceId
from antiphon.events.redaction import TextMask
from antiphon.events.speech import PersonalSpan, WordTime
from antiphon.services.redaction import beeping
from antiphon.services.redaction.covering import uncovered_in
from antiphon.services.redaction.finding import Placed, findings_in, findings_in_texts
from antiphon.services.redaction.port import Samples
from antiphon.services.redaction.removal import is_removed
from antiphon.services.redaction.spoken import Spoken, masks_for, spoken_in

from ...builders import recorded
from ...redaction_builders import audio_span
from .cell import final, words

CUSTOMER, AGENT = "from_customer", "to_customer"


def beep(count: int = 8_000, *, first: int = 3) -> Samples:
    return beeping.wave(first, count, by="beep")


def test_a_tone_is_a_tone_wherever_it_begins_and_ends() -> None:
    for first in range(8):
        for count in (1, 5, 79, 80, 81, 8_003):
            assert is_removed(beep(count, first=first), cover="beep")


@pytest.mark.parametrize("at", [0, 1, 40, 4_000, 7_999])
def test_one_sample_of_something_else_is_seen(at: int) -> None:
    samples = beep()
    samples[at] += 60

    assert not is_removed(samples, cover="beep")


def test_speech_under_a_tone_a_hole_in_it_and_another_tone_are_seen() -> None:
    whisper = np.random.default_rng(1).integers(-30, 30, 8_000)
    hole = beep()
    hole[4_000:4_100] = 0
    other = np.round(8_000 * np.sin(2 * np.pi * 1_100 * np.arange(8_000) / 8_000))

    for samples in (beep() + whisper, hole, other, beep() // 40, np.zeros(800)):
        assert not is_removed(samples.astype(np.int16), cover="beep")


def test_silence_is_nothing_at_all() -> None:
    quiet = np.zeros(800, np.int16)
    assert is_removed(quiet, cover="silence")
    quiet[400] = 1
    assert not is_removed(quiet, cover="silence")


def spoken(track: str, text: str, *, at_ms: int = 500, **given: object) -> Spoken:
    event = final(track, at_ms, words(text, at_ms=at_ms), **given)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    return spoken_in([recorded(event)])[0]


def test_speech_without_words_is_found_where_something_was_asked_for() -> None:
    asked = spoken(AGENT, "what is your card number", at_ms=0)
    voices = {CUSTOMER: [(2_000, 5_000)], AGENT: [(0, 1_500)]}

    (found,) = uncovered_in(voices, [asked], spans=(), beyond=60_000)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    assert (found.kind, found.track, found.from_ms) == ("card_number", CUSTOMER, 2_000)
    assert found.ground == "uncovered_speech"


@pytest.mark.parametrize(
    ("question", "answer", "spans"),
    [
        pytest.param("how can I help you today", "", (), id="nothing was asked for"),
        pytest.param("what is your card number", "I do not have it here", (), id="words cover it"),
        pytest.param(
            "what is your card number",
            "",
            (audio_span(from_ms=2_000, until_ms=4_000),),
            id="it is beeped",
        ),
    ],
)
def test_speech_is_left_alone_where(question: str, answer: str, spans: tuple[object, ...]) -> None:
    said = [spoken(AGENT, question, at_ms=0)]
    said += [spoken(CUSTOMER, answer, at_ms=2_000)] if answer else []
    voices = {CUSTOMER: [(2_000, 3_800)], AGENT: [(0, 1_500)]}

    assert uncovered_in(voices, said, spans=spans, beyond=60_000) == ()  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_number_in_instalments_is_found_in_each_utterance_it_stands_in() -> None:
    first = spoken(CUSTOMER, "it is four two", at_ms=0)
    second = spoken(CUSTOMER, "seven nine", at_ms=2_000)

    found = findings_in_texts([first, second])

    assert {one.utterance_id for one in found} == {first.utterance_id, second.utterance_id}
    assert all(one.from_ms < one.until_ms for one in found)


def test_what_follows_a_long_pause_is_another_matter() -> None:
    heard = [Placed("four", 0, 250), Placed("two", 300, 550)]
    later = [Placed("seven", 9_000, 9_250), Placed("nine", 9_300, 9_550)]

    assert findings_in([*heard, *later], track=CUSTOMER, names=True) == ()


def test_words_that_are_known_or_taken_out_are_not_read_again() -> None:
    text = "call 555 0142 or 555 0143"
    event = final(
        CUSTOMER, 1, words(text),
        personal=(PersonalSpan("phone_number", 1, 2, shown_in=("transcript",)),),
    )  # fmt: skip
    masks = (TextMask(UtteranceId("from_customer-1"), "phone_number", 4, 5),)

    (one,) = spoken_in([recorded(event)], masks=masks)

    shown = ["call", "[phone-number]", "[phone-number]", "or", "[phone-number]", "[phone-number]"]
    assert list(one.words) == shown
    assert one.personal == (("phone_number", 800, 1_350),)


def test_only_words_that_were_found_or_marked_are_taken_out_of_texts() -> None:
    one = spoken(CUSTOMER, "it is four two seven nine thanks", at_ms=0)

    def at(from_ms: int, until_ms: int, ground: str) -> object:
        return audio_span(from_ms=from_ms, until_ms=until_ms, ground=ground)

    masks = masks_for([one], [at(650, 1_000, "review"), at(0, 5_000, "uncovered_speech")])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]

    assert [(mask.first_word, mask.last_word) for mask in masks] == [(2, 2), (3, 3)]


def test_where_nobody_knows_when_words_were_said_all_of_them_are_meant() -> None:
    event = final(CUSTOMER, 1, words("four two seven nine"), words=(WordTime(0, 9, 0.9),))

    (one,) = spoken_in([recorded(event)])

    assert set(one.times) == {(event.started_ms, event.ended_ms)}
