"""A phrase finds what it writes, and says what is wrong with it when it cannot."""

import re
import time

import pytest
from antiphon.services.guidance.phrases import PHRASE_CHARS_MAX, Speech, compile_phrase


def found(phrase: str, said: str) -> list[str]:
    speech = Speech(said.split())
    return [
        " ".join(token.text for token in speech.tokens[span.first : span.last + 1])
        for span in speech.find(compile_phrase(phrase))
    ]


@pytest.mark.parametrize(
    ("phrase", "said", "expected"),
    [
        pytest.param("want to cancel", "I want to cancel it", ["want to cancel"], id="words"),
        pytest.param("want to cancel", "I want it to cancel", [], id="something between"),
        pytest.param("cancel", "the cancellation", [], id="whole words only"),
        pytest.param("cancel", "uncancel", [], id="from their start"),
        pytest.param("cancel*", "the cancellation", ["cancellation"], id="beginning of a word"),
        pytest.param("(want|like) to go", "I'd like to go", ["like to go"], id="one of several"),
        pytest.param("(a b|c) d", "a b d c d", ["a b d", "c d"], id="several words in a group"),
        pytest.param("my? plan", "my plan", ["my plan", "plan"], id="perhaps a word"),
        pytest.param("the (old|new)? plan", "the plan", ["the plan"], id="perhaps a group"),
        pytest.param("want ... cancel", "want to maybe cancel", ["want to maybe cancel"], id="gap"),
        pytest.param("want ... cancel", "want cancel", ["want cancel"], id="empty gap"),
        pytest.param("want ... cancel", "want a b c d e cancel", [], id="too wide a gap"),
        pytest.param("<number> days", "twenty five days", ["25 days"], id="number"),
        pytest.param("<number> days", "many days", [], id="no number"),
        pytest.param("don't know", "I do not know", ["do not know"], id="contractions alike"),
        pytest.param("wi-fi", "my Wi-Fi", ["wi fi"], id="hyphens alike"),
        pytest.param("Cancel It", "cancel it", ["cancel it"], id="case alike"),
        pytest.param("((a|b) c|d) e", "b c e", ["b c e"], id="groups in groups"),
    ],
)  # fmt: skip
def test_a_phrase_finds_what_it_writes(phrase: str, said: str, expected: list[str]) -> None:
    assert found(phrase, said) == expected


def test_every_place_is_found() -> None:
    assert found("no no", "no. No? Well no") == []
    assert found("not it", "not it, not it") == ["not it", "not it"]


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("", "empty"),
        ("(a|", "empty"),
        ("(a", "never closed"),
        ("a)", "no `(`"),
        ("a | b)", "no `(`"),
        ("(a||b)", "empty"),
        ("?", "follows"),
        ("a ??", "follows"),
        ("...", "at least one word"),
        ("a?", "at least one word"),
        ("(a|b?)", "at least one word"),
        ("a [b]", "cannot read"),
        ("a <nummer>", "cannot read"),
        ("um really", "never compared"),
        ("a ... b ... c ... d ... e", "gaps"),
        ("(((((a)))))", "nest"),
        ("a " * PHRASE_CHARS_MAX, "characters"),
    ],
)
def test_a_phrase_that_breaks_the_notation_is_refused(phrase: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        compile_phrase(phrase)


@pytest.mark.parametrize(
    ("said", "negated"),
    [
        ("I want to cancel", False),
        ("I don't want to cancel", True),
        ("I never said I want to cancel", True),
        ("no I want to cancel", False),
        ("I have no plan I want to cancel", True),
        ("I do not know. I want to cancel", False),
        ("not now anyway all I really want is that I want to cancel", False),
        ("why don't I want to cancel", False),
        ("couldn't I want to cancel", False),
        ("I want to not cancel", True),
    ],
)
def test_what_somebody_says_not_to_be_so_is_noticed(said: str, negated: bool) -> None:  # noqa: FBT001
    phrase, speech = compile_phrase("want to ... cancel"), Speech(said.split())

    [span] = speech.find(phrase)

    assert speech.negated(span, phrase) is negated


def test_a_phrase_that_negates_is_not_negated_by_itself() -> None:
    phrase, speech = compile_phrase("does not work"), Speech(["it", "doesn't", "work"])

    [span] = speech.find(phrase)

    assert not speech.negated(span, phrase)


def test_a_phrase_takes_no_time_on_words_that_it_nearly_is() -> None:
    phrase = compile_phrase("(a|a) (b|b) " * 12 + "b")
    began = time.process_time()

    assert list(Speech(["a", "b"] * 30).find(phrase)) == []

    # By trying every way it might be, it took seven seconds; and twice that a word further.
    assert time.process_time() - began < 1.0
