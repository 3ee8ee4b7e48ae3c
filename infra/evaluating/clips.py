"""Clips of calls in which a random number is told, and others in which there is nothing to hide.

All words are our own, and every number is random: whoever is behind one is so by accident.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from ...events.base import Track
from ...events.cards.issuers import is_card_number
from ...events.privacy.kinds import PersonalKind

Saying = Literal["told", "asked"]  # "my card number is …"; or "…", after a question


class Line(Struct, frozen=True):
    """What one side says."""

    track: Track
    text: str


class Clip(Struct, frozen=True, kw_only=True):
    """A stretch of a call. `digits` is what must not be heard of it; empty: nothing is."""

    number: int
    voice: str
    kind: PersonalKind | None
    digits: str
    lines: tuple[Line, ...]

    @property
    def digits_max(self) -> int:
        """How many digits in a row may be heard: one less than tell something."""
        return 2 if self.kind == "security_code" else 3


# In the shares in which numbers are told.
_SHARES: Mapping[PersonalKind, int] = {
    "card_number": 6,
    "national_id": 3,
    "phone_number": 3,
    "security_code": 2,
    "account_number": 2,
}
_TOLD: Mapping[PersonalKind, Sequence[str]] = {
    "card_number": (
        "My card number is {}.",
        "Okay, let me get it out. The card number is {}. Did you get all that?",
        "I would like to pay with my visa, the number on the card is {}, thank you.",
        "Sure, my credit card is {}.",
    ),
    "national_id": (
        "My social security number is {}.",
        "The social is {}, and I was born in Ohio.",
        "Yes, my social security number is {}. Do you need anything else?",
    ),
    "phone_number": (
        "You can reach me at {} in the evening.",
        "My phone number is {}.",
        "The best number to call is {}, thanks a lot.",
    ),
    "security_code": (
        "The security code is {}.",
        "And the three digits on the back are {}.",
        "The c v v is {}, I think.",
    ),
    "account_number": (
        "My account number is {}.",
        "I have the bill here. The account number is {}. It was due on Monday.",
        "Yes, the account number at the top says {}.",
    ),
}
_ASKED: Mapping[PersonalKind, str] = {
    "card_number": "Could you read me the card number please?",
    "national_id": "For verification, what is your social security number?",
    "phone_number": "What is the best phone number to reach you?",
    "security_code": "And what is the security code on the back of the card?",
    "account_number": "May I have your account number please?",
}
_ANSWERS = ("{}.", "Yes, it's {}.", "One moment. Okay, {}.", "Sure. {}. That's it.")
_ROUTINE: Sequence[tuple[str, str]] = (
    ("How can I help you today?", "My internet has been slow since Tuesday and I work from home."),
    (
        "I am sorry to hear that. Have you tried to restart the router?",
        "Yes, I did that twice, and the light is still orange.",
    ),
    (
        "I can send a technician on Thursday between nine and eleven.",
        "Thursday is good. Will it cost anything? Last time I paid fifty dollars.",
    ),
    (
        "I have changed your plan to the smaller one, which is twenty dollars less a month.",
        "Great, thank you. Does that begin with the next bill?",
    ),
    (
        "I found your account. I can see that the last payment came in on the fourth.",
        "That's right, and then I was charged a late fee of fifteen dollars.",
    ),
    (
        "May I have your account number please?",
        "I don't have it with me, sorry. Can you find me without it?",
    ),
    (
        "Would you like me to send the card to the address we have on file?",
        "Yes please. It should be the same as before, we have not moved.",
    ),
    (
        "Is there anything else that I can do for you today?",
        "No, that was all. You have been very helpful. Goodbye.",
    ),
    (
        "The refund of thirty five dollars takes three to five business days.",
        "Okay. And will I get an email when it is done?",
    ),
    (
        "Our store on Main Street is open from nine to six.",
        "I will come by on Saturday then, and bring the old phone with me.",
    ),
)
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_LENGTHS: Mapping[PersonalKind, Sequence[int]] = {
    "card_number": (16,),
    "national_id": (9,),
    "phone_number": (10,),
    "security_code": (3,),
    "account_number": (8, 9, 10),
}


def random_clips(count: int, *, voices: Sequence[str], seed: int) -> Iterator[Clip]:
    """Yield so many clips with a number each, voice by voice in turn. The same seed, the same."""
    rolls = random.Random(seed)  # noqa: S311 (nobody is protected by it)
    kinds: list[PersonalKind] = [kind for kind, share in _SHARES.items() for _ in range(share)]
    for number in range(count):
        kind = rolls.choice(kinds)
        digits = _digits(kind, rolls)
        yield Clip(
            number=number,
            voice=voices[number % len(voices)],
            kind=kind,
            digits=digits,
            lines=tuple(_lines(kind, _spoken(digits, rolls), rolls)),
        )


def routine_clips(*, voices: Sequence[str], first: int) -> Iterator[Clip]:
    """Yield each routine exchange in each voice; numbers go on from `first`."""
    exchanges = [(voice, lines) for voice in voices for lines in _ROUTINE]
    for number, (voice, (agent, customer)) in enumerate(exchanges, start=first):
        lines = (Line("to_customer", agent), Line("from_customer", customer))
        yield Clip(number=number, voice=voice, kind=None, digits="", lines=lines)


def _lines(kind: PersonalKind, spoken: str, rolls: random.Random) -> Iterator[Line]:
    if rolls.random() < 1 / 2:
        yield Line("from_customer", rolls.choice(_TOLD[kind]).format(spoken))
        return
    yield Line("to_customer", _ASKED[kind])
    yield Line("from_customer", rolls.choice(_ANSWERS).format(spoken))


def _digits(kind: PersonalKind, rolls: random.Random) -> str:
    length = rolls.choice(_LENGTHS[kind])
    first = "4" if kind == "card_number" else rolls.choice("23456789")
    digits = first + "".join(rolls.choice("0123456789") for _ in range(length - 1))
    if kind != "card_number":
        return digits
    # Of ten last digits one makes it a number that an issuer could have given.
    return next(one for last in "0123456789" if is_card_number(one := digits[:-1] + last))


def _spoken(digits: str, rolls: random.Random) -> str:
    """Return digits as they are said: in groups with a breath between them, or on end."""
    size = rolls.choice((len(digits), 4, 4, 3))
    zero = rolls.choice(("zero", "oh"))
    said = [zero if one == "0" else _WORDS[int(one)] for one in digits]
    return ", ".join(" ".join(said[at : at + size]) for at in range(0, len(said), size))
