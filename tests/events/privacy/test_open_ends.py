"""What a partial may not show yet, and which finals wait for the words that follow."""

import pytest
from antiphon.events.privacy.judging import judge_personal
from antiphon.events.privacy.masking import masked_personal
from antiphon.events.privacy.situation import NOTHING_SAID

from .conversation import judged


@pytest.mark.parametrize(
    ("partial", "shown"),
    [
        ("my phone number is five five", "my phone number is [phone-number]"),
        ("my pin is four", "my pin is"),
        ("you can call me at four one five", "you can call me at"),
        ("my email is maria", "my email is [person-name]"),
        ("my email is blue heron", "my email is"),
        ("yeah it's blue underscore heron", "yeah it's"),
        ("i live at forty two", "i live at"),
        ("okay so march fourteenth", "okay so"),
        ("it's 5 5 5", "it's"),
    ],
)
def test_a_partial_shows_nothing_that_may_become_personal_data(partial: str, shown: str) -> None:
    judgement = judged(partial)
    kept = " ".join(partial.split()[: judgement.begun])

    assert masked_personal(kept, (), judgement.found).text == shown


@pytest.mark.parametrize(
    "partial",
    ["i have two", "that's about right", "the error code is 4 0 4", "it was 300 dollars", "",
     "my email is broken and i cannot log in to my account at all any more"],
)  # fmt: skip
def test_other_partials_are_shown_whole(partial: str) -> None:
    assert judged(partial).begun is None


def test_nameless_digits_at_the_end_of_a_final_wait() -> None:
    assert judged("it's 55 512 34").pending == 1
    assert judged("it's 15 512 34").pending == 1  # which begins no card
    assert judged("the order number is 55 512 34").pending is None
    assert judged("it's 55 512 34 metres").pending is None


def test_what_follows_decides_over_the_seam() -> None:
    words = ["it's", "212", "55", "50132"]

    found = judge_personal(words, NOTHING_SAID, seam=2).found

    assert [(one.kind, one.first_word, one.last_word) for one in found] == [("phone_number", 1, 3)]
