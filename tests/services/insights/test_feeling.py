"""How what is said sounds: signs by hand, written before the lexicon was tried on them."""

import pytest
from antiphon.services.insights.feeling import feeling_of, reads

# Sentences of service calls, and how a listener takes them.
BAD = (
    "This is the third time I have called and nobody fixed it.",
    "I am really frustrated with you people.",
    "That is completely unacceptable, I have been on hold for an hour!",
    "It still doesn't work.",
    "I'm not happy with this at all.",
    "The service is good but the price is ridiculous.",
    "You people lied to me.",
    "It's a rip off, honestly.",
    "I can't cope with this any more.",
    "My phone's been dead for three weeks and nobody's turned up.",
    "He was so rude to me yesterday.",
    "That isn't fair.",
    "You've been no help at all.",
    "I am absolutely furious.",
    "What a waste of my time.",
    "I'm so worried, I can't sleep.",
    "This is the worst company I've ever dealt with.",
    "I feel so stupid for falling for it.",
)
GOOD = (
    "Thank you so much, you've been very helpful.",
    "That's great, it works now.",
    "Oh brilliant, that's a relief.",
    "Perfect.",
    "I really appreciate it.",
    "That's not bad actually.",
    "You are an absolute star.",
    "I was worried but this is wonderful.",
    "Oh lovely, that's easy.",
    "I'm very happy with the new one.",
    "I can't wait to see it.",
    "No complaints, good as gold.",
)
NEUTRAL = (
    "Can I take your postcode, please?",
    "My name is Thomas Haddow and it's twelve Mill Lane.",
    "Good morning, thanks for calling, how can I help?",
    "I'd like to change my address.",
    "No problem.",
    "Yeah, twenty second of July.",
    "It'll be with you on Thursday.",
    "Let me put you through to the fraud team.",
    "Is there a late fee on the bill?",
    "We're open on working days until five.",
    "Not a problem, I'll wait a moment.",
    "Is it the one on the right?",
)


@pytest.mark.parametrize("text", BAD)
def test_who_is_wronged_sounds_so(text: str) -> None:
    assert (feeling_of(text) or 0) <= -0.7


@pytest.mark.parametrize("text", GOOD)
def test_who_is_content_sounds_so(text: str) -> None:
    assert (feeling_of(text) or 0) >= 0.4


@pytest.mark.parametrize("text", NEUTRAL)
def test_what_merely_belongs_to_a_call_is_no_feeling(text: str) -> None:
    assert abs(feeling_of(text) or 0) <= 0.3


def test_the_scale_ends_at_five() -> None:
    assert -5 <= (feeling_of("worst horrible furious livid disgusting " * 50) or 0) < -4.9


def test_emphasis_strengthens_and_understatement_weakens() -> None:
    plain, strong, weak = (
        feeling_of(f"I am {how} annoyed") or 0 for how in ("", "extremely", "slightly")
    )

    assert strong < plain < weak < 0


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("I am angry", "I am not angry"),
        ("It is broken", "It isn't broken"),
        ("He was helpful", "He was never helpful"),
    ],
)
def test_negation_turns_round_and_weakens(text: str, negated: str) -> None:
    plain, turned = feeling_of(text) or 0, feeling_of(negated) or 0

    assert plain * turned < 0
    assert abs(turned) < abs(plain)


def test_what_comes_after_but_is_what_is_meant() -> None:
    good_last, level, bad_last = (
        feeling_of(text) or 0
        for text in ("annoying but nice", "annoying and nice", "nice but annoying")
    )

    assert good_last > level > bad_last


def test_a_negation_of_another_clause_turns_nothing() -> None:
    assert (feeling_of("No, that is brilliant.") or 0) > 0
    assert (feeling_of("I said no. Terrible.") or 0) < 0


def test_an_apostrophe_may_be_a_typographers() -> None:
    assert feeling_of("it doesn\N{RIGHT SINGLE QUOTATION MARK}t work") == feeling_of(
        "it doesn't work"
    )


@pytest.mark.parametrize("text", ["", "   ", "…", "12 34", "[card-number]", "übermäßig"])
def test_words_without_feeling_have_none(text: str) -> None:
    assert feeling_of(text) is None


def test_english_alone_is_read() -> None:
    assert [reads(language) for language in ("en-US", "en", "EN-gb", "de-DE", "")] == [
        True,
        True,
        True,
        False,
        False,
    ]
