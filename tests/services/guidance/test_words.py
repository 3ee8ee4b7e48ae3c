"""What people say in many ways is compared in one."""

import pytest
from antiphon.events.cards.masking import MASKS
from antiphon.services.guidance.phrases import Span, Speech, compile_phrase
from antiphon.services.guidance.words import Token, tokens_of


def plain(text: str) -> str:
    return " ".join(token.text for token in tokens_of(text.split()))


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        pytest.param("Cancel, MY Contract!", "cancel my contract", id="case and punctuation"),
        pytest.param("I'd go, we'll, they've", "i would go we will they have", id="contractions"),
        pytest.param("I can't, won't, don’t, isn't", "i can not will not do not is not", id="not"),
        pytest.param("dont im cant", "do not i am can not", id="apostrophes left out"),
        pytest.param("It's what's company's let's", "it is what is company let us", id="'s"),
        pytest.param("gonna wanna gotta", "going to want to got to", id="run together"),
        pytest.param("um I, uh, just want", "i want", id="fillers"),
        pytest.param("I I want to to leave", "i want to leave", id="stutter"),
        pytest.param("Wi-Fi e-mail early-exit", "wi fi e mail early exit", id="hyphens"),
        pytest.param("“Hello” (there)", "hello there", id="quotes and brackets"),
        pytest.param("Grüße, CAFÉ", "grüsse café", id="other letters"),
        pytest.param("... -- ?", "", id="no words"),
    ],
)  # fmt: skip
def test_words_are_compared_plainly(said: str, compared: str) -> None:
    assert plain(said) == compared


@pytest.mark.parametrize(
    ("said", "compared"),
    [
        ("two", "2"),
        ("twenty five", "25"),
        ("twenty-five", "25"),
        ("25", "25"),
        ("two hundred", "200"),
        ("two hundred and fifty dollars", "250 dollars"),
        ("two hundred fifty one", "251"),
        ("three thousand", "3000"),
        ("$1,200.50", "1200.50"),
        ("four one one one", "4 1 1 1"),
        ("twenty twenty", "20 20"),
        ("five and six", "5 and 6"),
        ("nineteen eighty six", "19 86"),
        ("zero zero", "0 0"),
    ],
)
def test_numbers_are_digits_however_they_are_said(said: str, compared: str) -> None:
    assert plain(said) == compared


def test_a_token_knows_its_words() -> None:
    tokens = tokens_of(["Well,", "I", "can't", "pay", "twenty", "five", "dollars."])

    assert tokens == [
        Token("well", 0, 0),
        Token("i", 1, 1),
        Token("can", 2, 2),
        Token("not", 2, 2),
        Token("pay", 3, 3),
        Token("25", 4, 5),
        Token("dollars", 6, 6, ends_sentence=True),
    ]


def test_a_pause_ends_no_sentence() -> None:
    ends = [token.ends_sentence for token in tokens_of(["well...", "no.", "yes!"])]

    assert ends == [False, True, True]


def test_more_words_never_change_the_tokens_before_the_last() -> None:
    said = "I I can't pay two hundred and twenty five dollars um for for this"
    words = said.split()

    for count in range(1, len(words)):
        fewer, more = tokens_of(words[:count]), tokens_of(words[: count + 1])
        # A number may grow while it is being said; everything before it stands.
        settled = [token for token in fewer[:-1] if not token.text[0].isdigit()]
        assert all(token in more for token in settled)


@pytest.mark.parametrize("mask", MASKS.values())
def test_a_mask_of_card_data_is_one_word_that_nobody_said(mask: str) -> None:
    heard = Speech(f"It is {mask}, and that is all".split())
    spelled = mask.strip("[]").replace("-", " ")

    assert plain(f"It is {mask}. {mask.upper()}") == f"it is {mask} {spelled}"
    assert list(heard.find(compile_phrase(spelled))) == []
    assert list(heard.find(compile_phrase("is and that"))) == []
    assert list(heard.find(compile_phrase("it is <number>"))) == []
    assert list(heard.find(compile_phrase("it ... and"))) == [Span(0, 3)]


def test_words_beside_a_mask_are_heard() -> None:
    heard = Speech(["My", "card", "number", "is", "[card-number]"])

    assert list(heard.find(compile_phrase("card number"))) == [Span(1, 2)]
