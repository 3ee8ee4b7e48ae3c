"""Whatever number chance makes, however it is said: none of its digits is left to read."""

from random import Random

import pytest
from antiphon.events.cards.runs import runs_of
from antiphon.events.cards.spoken import folded
from antiphon.events.privacy.forms import is_iban, is_national_id, kind_of_form
from hypothesis import given, settings
from hypothesis import strategies as st

from .conversation import Conversation, masked_alone

_UNITS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_FRAMES = (
    ("my social security number is {}", 9),
    ("{} is my social", 9),
    ("my account number is {}", 8),
    ("policy number {} please", 7),
    ("you can reach me at {}", 10),
    ("my phone number is {} okay", 10),
    ("it's {}", 10),
    ("my pin is {}", 4),
    ("the sort code is {}", 6),
    ("my zip code is {}", 5),
)


@given(
    frame=st.sampled_from(_FRAMES),
    digits=st.text("23456789", min_size=10, max_size=10),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=100, deadline=None)
def test_no_digit_of_a_number_is_left(frame: tuple[str, int], digits: str, chance: Random) -> None:
    said, count = frame

    digits = "7" + digits[1:]  # an eight may begin a number that is free to call, and a company's
    left = masked_alone(said.format(_said(digits[:count], chance)))

    assert runs_of([folded(word) for word in left.split()]) == [], left
    assert not any(sign.isdecimal() for sign in left)


@given(
    asked=st.sampled_from(["phone number", "account number", "social security number", "pin"]),
    digits=st.text("23456789", min_size=8, max_size=8),
    chance=st.randoms(use_true_random=False),
)
@settings(max_examples=40, deadline=None)
def test_no_digit_of_an_instalment_is_left(asked: str, digits: str, chance: Random) -> None:
    conversation = Conversation()
    conversation.says("a", f"what is your {asked}")

    left = [conversation.says("c", _said(part, chance)) for part in (digits[:4], digits[4:])]

    assert all(text.startswith("[") and text.count("[") == 1 for text in left), left


@given(digits=st.text("0123456789", min_size=11, max_size=22), land=st.sampled_from(["GB", "DE"]))
def test_an_iban_is_known_by_its_check_digits(digits: str, land: str) -> None:
    body = int("".join(str(int(sign, 36)) for sign in digits + land) + "00")
    right = f"{land}{98 - body % 97:02}{digits}"
    wrong = f"{land}{98 - (body + 1) % 97:02}{digits}"

    assert is_iban(right)
    assert not is_iban(wrong)
    assert masked_alone(f"the number is {right}") == "the number is [account-number]"


@pytest.mark.parametrize(
    ("compact", "kind"),
    [
        ("AB123456C", "national_id"),
        ("GB123456C", None),  # no such prefix was given out
        ("AB123456E", None),
        ("LS62QR", "postal_address"),
        ("SW1A1AA", "postal_address"),
        ("LS62CR", None),  # no C in the second half
        ("K1A0B1", "postal_address"),
        ("D1A0B1", None),
        ("R7000", None),
    ],
)
def test_codes_are_known_by_their_form(compact: str, kind: str | None) -> None:
    assert kind_of_form(compact) == kind


@pytest.mark.parametrize(
    ("digits", "is_one"),
    [
        ("86095742719", True),  # the example of the Bundeszentralamt für Steuern
        ("86095742718", False),
        ("234123412346", True),  # the example of the UIDAI
        ("234123412347", False),
        ("2125550187", False),
    ],
)
def test_national_ids_are_known_by_their_check_digits(digits: str, *, is_one: bool) -> None:
    assert is_national_id(digits) == is_one


def _said(digits: str, chance: Random) -> str:
    """Say digits in words, figures, groups of them, or all of this in turn."""
    manner = chance.choice(["words", "figures", "groups", "dashes", "mixed", "double"])
    if manner == "figures":
        return digits
    if manner == "dashes":
        return "-".join((digits[:3], digits[3:]))
    if manner == "groups":
        size = chance.choice([2, 3, 4])
        return " ".join(digits[at : at + size] for at in range(0, len(digits), size))
    words: list[str] = []
    at = 0
    while at < len(digits):
        if manner == "double" and digits[at : at + 1] == digits[at + 1 : at + 2]:
            words.append(f"double {_UNITS[int(digits[at])]}")
            at += 2
            continue
        in_words = manner != "mixed" or chance.random() < 0.5
        words.append(_UNITS[int(digits[at])] if in_words else digits[at])
        at += 1
    return " ".join(words)
