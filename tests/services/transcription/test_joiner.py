"""Deepgram's pieces become turns: once, in order, and when the speaker stops."""

from typing import Any

import pytest
from antiphon.errors import RecognizerFailed
from antiphon.services.transcription.clock import ChannelClock
from antiphon.services.transcription.deepgram.answers import (
    Alternative,
    Heard,
    Results,
    Word,
    answer_of,
)
from antiphon.services.transcription.deepgram.joiner import Joiner
from antiphon.services.transcription.port import Hypothesis


def joiner() -> Joiner:
    clock = ChannelClock()
    clock.note(sent=0, contact=10_000 * 8, length=100_000 * 8)
    return Joiner("from_customer", clock)


def said(start: float, end: float, *words: str, **given: Any) -> Results:
    each = (end - start) / max(1, len(words))
    times = [
        Word(word.casefold(), start + each * at, start + each * (at + 1), 0.9, word)
        for at, word in enumerate(words)
    ]
    heard = Heard([Alternative(" ".join(words), 0.9, times)])
    return Results("Results", [0, 2], start, end - start, heard, **given)


def texts(told: list[Hypothesis]) -> list[tuple[str, bool]]:
    return [(one.text, one.is_final) for one in told]


def test_pieces_are_shown_and_made_final_together_when_the_speaker_stops() -> None:
    joining = joiner()

    first = joining.take(said(0.0, 2.0, "I", "want", is_final=True))
    shown = joining.take(said(2.0, 2.6, "to", "leave"))
    last = joining.take(said(2.0, 3.0, "to", "leave.", is_final=True, speech_final=True))

    assert texts(first) == [("I want", False)]
    assert (shown[0].text, shown[0].stable_words) == ("I want to leave", 2)
    assert texts(last) == [("I want to leave.", True)]
    assert (last[0].started_ms, last[0].ended_ms) == (10_000, 13_000)


def test_words_two_interim_results_agree_on_are_stable() -> None:
    joining = joiner()
    joining.take(said(0.0, 1.0, "I", "won't"))

    (shown,) = joining.take(said(0.0, 2.0, "I", "want", "to"))

    assert shown.stable_words == 1


def test_what_comes_twice_or_after_its_final_is_dropped() -> None:
    joining = joiner()
    final = said(0.0, 2.0, "yes", is_final=True, speech_final=True)
    joining.take(final)

    assert joining.take(final) == []
    assert joining.take(said(0.5, 1.5, "yes")) == []
    (shown,) = joining.take(said(1.0, 3.0, "yes", "no"))
    assert shown.text == "no"


@pytest.mark.parametrize("ending", ["utterance_end", "silence", "next"])
def test_a_turn_ends_by_its_pause_where_no_piece_says_so(ending: str) -> None:
    joining = joiner()
    joining.take(said(0.0, 2.0, "yes", is_final=True))

    match ending:
        case "utterance_end":
            told = joining.utterance_ended(2.0)
        case "silence":
            told = joining.take(said(2.0, 4.0, is_final=True))
        case _:
            told = joining.take(said(3.5, 4.0, "no", is_final=True))

    assert texts(told)[0] == ("yes", True)


def test_an_utterance_end_of_words_not_final_yet_waits_for_them() -> None:
    joining = joiner()
    joining.take(said(0.0, 2.0, "yes", is_final=True))

    assert joining.utterance_ended(2.5) == []


def test_a_turn_that_runs_on_is_made_final_in_the_end() -> None:
    joining = joiner()

    told = [
        one
        for at in range(0, 80, 2)
        for one in joining.take(said(at, at + 2.0, "on", "and", "on", is_final=True))
    ]

    assert len([one for one in told if one.is_final and one.text]) == 2


def test_silence_is_closed_as_it_is_heard() -> None:
    (told,) = joiner().take(said(0.0, 4.0, is_final=True))

    assert (told.text, told.is_final, told.ended_ms) == ("", True, 14_000)


def test_a_formatted_word_of_several_counts_as_several() -> None:
    word = Word("5551234", 0.0, 1.0, 0.9, "555 1234")
    heard = Heard([Alternative("555 1234", 0.9, [word])])

    (turn, _) = joiner().take(Results("Results", [0, 2], 0.0, 2.0, heard, True, True))

    assert turn.text == "555 1234"
    assert len(turn.words) == 2


def test_a_text_without_words_has_its_words_spread_over_the_stretch() -> None:
    heard = Heard([Alternative("so it is", 0.5)])

    (turn, *_) = joiner().take(Results("Results", [0, 2], 0.0, 3.0, heard, True, True))

    assert [word.started_ms for word in turn.words] == [10_000, 11_000, 12_000]


def test_an_answer_that_is_not_what_it_should_be_ends_the_session_and_tells_no_words() -> None:
    class Broken:
        type = "Results"
        channel_index = "secret words"

    with pytest.raises(RecognizerFailed, match="answer_malformed") as caught:
        answer_of(Broken())
    assert "secret words" not in str(caught.value.__cause__)


def test_an_answer_of_an_unknown_kind_is_passed_over() -> None:
    assert answer_of(None) is None
    assert answer_of({"type": "Future"}) is None
