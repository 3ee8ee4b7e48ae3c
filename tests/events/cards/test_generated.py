"""Whatever number, form, separator and filler chance puts together, it is found."""

from random import Random

from antiphon.events.cards.context import CardContext
from antiphon.events.cards.issuers import is_card_number
from antiphon.events.cards.judging import judge
from antiphon.events.cards.masking import folded_words, mask_text, masked
from hypothesis import given, settings
from hypothesis import strategies as st

_UNITS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_FILLERS = ("uh", "um", "then", "dash", "that's", "and", "okay so", "uh then", "no wait")
_FRAMES = (
    "my card number is {}", "the card is {}", "yeah sure it's {}", "{} is my card number",
    "can you use my visa {} please", "okay {}", "{}", "the long number is {} okay",
)  # fmt: skip
_PREFIXES = ("4", "51", "55", "2221", "34", "37", "6011", "65", "3528", "36", "62", "5018")


@st.composite
def cards(draw: st.DrawFn) -> str:
    """Return a number that some issuer could have given out."""
    prefix = draw(st.sampled_from(_PREFIXES))
    length = {"34": 15, "37": 15, "36": 14}.get(prefix, 16)
    body = prefix + draw(
        st.text("0123456789", min_size=length - 1 - len(prefix), max_size=length - 1 - len(prefix))
    )
    (number,) = [body + last for last in "0123456789" if _luhn(body + last)]
    return number


@given(number=cards(), chance=st.randoms(use_true_random=False), frame=st.sampled_from(_FRAMES))
@settings(max_examples=400, deadline=None)
def test_a_valid_number_is_masked_in_any_form(number: str, chance: Random, frame: str) -> None:
    text = frame.format(_said(number, chance))

    left = mask_text(text)

    assert left == frame.format("[card-number]")


@given(number=cards(), chance=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_a_number_with_a_digit_misheard_is_masked_all_the_same(number: str, chance: Random) -> None:
    at = chance.randrange(4, len(number))
    wrong = number[:at] + str((int(number[at]) + chance.randrange(1, 10)) % 10) + number[at + 1 :]

    left = mask_text(f"my card number is {_said(wrong, chance)}")

    assert not is_card_number(wrong)
    assert left == "my card number is [card-number]"


@given(number=cards(), chance=st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_a_number_in_several_utterances_is_masked_in_each(number: str, chance: Random) -> None:
    context = CardContext()
    context.take("to_customer", "your card number please", (), started_ms=0, ended_ms=2_000)
    at_ms = 3_000
    for start in range(0, len(number), 4):
        text = _said(number[start : start + 4], chance)

        situation = context.situation("from_customer", at_ms=at_ms)
        safe = masked(text, (), judge(folded_words(text), situation).found)
        context.take(
            "from_customer", safe.text, safe.masks, started_ms=at_ms, ended_ms=at_ms + 2_000
        )
        at_ms += 3_000

        assert safe.text == "[card-number]"


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_recogniser(text: str) -> None:
    left = mask_text(text)

    assert mask_text(left) == left


def _said(number: str, chance: Random) -> str:
    """Say a number in groups, each in a form of its own, with something between."""
    parts: list[str] = []
    at = 0
    while at < len(number):
        length = chance.choice((1, 2, 3, 4, 4, 4))
        parts.append(chance.choice(_FORMS)(number[at : at + length]))
        at += length
    said = parts[0]
    for part in parts[1:]:
        between = chance.choice((" ", " ", " ", ", ", f" {chance.choice(_FILLERS)} "))
        said += between + part
    return said


def _spoken(digits: str) -> str:
    return " ".join(_UNITS[int(digit)] for digit in digits)


def _repeated(digits: str) -> str:
    for count, word in ((4, "quadruple"), (3, "triple"), (2, "double")):
        if digits[:count] == digits[0] * count and len(digits) >= count:
            rest = digits[count:]
            return f"{word} {_UNITS[int(digits[0])]} {_spoken(rest)}".strip()
    return _spoken(digits)


def _paired(digits: str) -> str:
    pairs = [digits[at : at + 2] for at in range(0, len(digits), 2)]
    return " ".join(_pair(pair) for pair in pairs)


def _pair(pair: str) -> str:
    if len(pair) == 1 or pair[0] == "0":
        return _spoken(pair)
    if pair[0] == "1":
        return _TEENS[int(pair[1])]
    tens = _TENS[int(pair[0]) - 2]
    return tens if pair[1] == "0" else f"{tens} {_UNITS[int(pair[1])]}"


_FORMS = (str, "-".join, " ".join, _spoken, _repeated, _paired)


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    plain = [int(digit) for digit in digits[::-2]]
    return (sum(plain) + sum(one // 10 + one % 10 for one in doubled)) % 10 == 0
