"""The words that `second_look` knows, and how many digits one stands for."""

import re

from ...events.privacy.kinds import PersonalKind


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_UNDER_TWENTY = """zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"

NUMBERS: dict[str, int] = {
    **{word: value for value, word in enumerate(_UNDER_TWENTY.split())},
    **{word: 10 * (2 + ten) for ten, word in enumerate(_TENS.split())},
}
# How recognisers write "oh" and "nought".
_ZEROS = frozenset({"oh", "o", "nought", "naught", "nil"})
_HUNDREDS = frozenset({"hundred", "thousand"})

# What is said within a number and is no digit of it; nothing stands for what was taken out.
FILLERS = _set(
    """um uh er erm hmm dash hyphen minus and then space slash point ok okay yeah for to too plus
    hundred thousand"""
) | {""}

UNITS = _set(
    """dollar dollars buck bucks euro euros pound pounds cent cents pence percent degrees
    second seconds minute minutes hour hours day days week weeks month months year years am pm
    a.m p.m o'clock oclock miles mile feet meters metres kilometers times people items item
    megabits megabytes gigabytes gigs gig megs kilowatt kilowatts points steps calls devices
    channels years' months'"""
)

MONTHS = _set(
    """january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec"""
)

STREETS = _set(
    """street st avenue ave road rd drive lane ln boulevard blvd court terrace crescent parkway
    pkwy highway close gardens strasse straße alley"""
)

# What follows "my name is" and is no name.
NO_NAMES = _set(
    """and i i'm on the a an in not spelled spelt it its it's that this is was under what your my
    calling with for from to so but or just still actually also as at of same correct wrong
    right there here misspelled listed different changed now"""
)

# What the words before a number make of it. The nearest counts, and of two there the longer.
CUES: tuple[tuple[str, PersonalKind], ...] = (
    ("security code", "security_code"),
    ("verification code", "security_code"),
    ("three digits", "security_code"),
    ("back of the card", "security_code"),
    ("back of your card", "security_code"),
    ("cvv", "security_code"),
    ("cvc", "security_code"),
    ("csc", "security_code"),
    ("pin", "pin"),
    ("pin number", "pin"),
    ("passcode", "pin"),
    ("pass code", "pin"),
    ("expires", "expiry_date"),
    ("expiry", "expiry_date"),
    ("expiration", "expiry_date"),
    ("expiration date", "expiry_date"),
    ("date of birth", "date_of_birth"),
    ("birth date", "date_of_birth"),
    ("birthday", "date_of_birth"),
    ("born", "date_of_birth"),
    ("card", "card_number"),
    ("card number", "card_number"),
    ("visa", "card_number"),
    ("mastercard", "card_number"),
    ("social", "national_id"),
    ("social security", "national_id"),
    ("social security number", "national_id"),
    ("ssn", "national_id"),
    ("national insurance", "national_id"),
    ("passport", "national_id"),
    ("phone", "phone_number"),
    ("phone number", "phone_number"),
    ("mobile", "phone_number"),
    ("cell", "phone_number"),
    ("reach me", "phone_number"),
    ("call me", "phone_number"),
    ("zip", "postal_address"),
    ("zip code", "postal_address"),
    ("postcode", "postal_address"),
)

# What is counted and handed out by the house, and belongs to nobody.
NOT_PERSONAL: tuple[tuple[str, PersonalKind], ...] = tuple(
    (word, "other")
    for word in ("ticket", "case", "order number", "order", "tracking", "flight", "model", "error")
)


def plain(word: str) -> str:
    """Return a word as it compares; nothing for what stands in brackets."""
    if word.startswith("["):
        return ""
    return word.casefold().replace("\u2019", "'").strip('.,?!;:"()…')


def digits_in(bare: str) -> int:
    """Return how many digits a word stands for."""
    if bare in _ZEROS:
        return 1
    if (value := NUMBERS.get(bare)) is not None:
        return 1 if value < 10 else 2  # noqa: PLR2004 (digits)
    if not any(letter.isdigit() for letter in bare):
        return sum(digits_in(part) for part in bare.split("-")) if "-" in bare else 0
    if re.fullmatch(r"\d+(?:st|nd|rd|th)", bare):
        return sum(letter.isdigit() for letter in bare)
    return sum(letter.isdigit() for letter in bare)
