"""How the numbers of payment cards are built.

Source: ISO/IEC 7812 (length, check digit) and the ranges that issuers publish.
"""

CARD_DIGITS_MIN = 13
CARD_DIGITS_MAX = 19

_USUAL = frozenset({16})
_LONG = frozenset(range(16, 20))
_ANY = frozenset(range(CARD_DIGITS_MIN, CARD_DIGITS_MAX + 1))
# First and last prefix of a range, equally long, and the lengths its numbers have.
_RANGES: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("2200", "2204", _LONG),  # Mir
    ("2221", "2720", _USUAL),  # Mastercard
    ("300", "305", frozenset(range(14, 20))),  # Diners Club
    ("34", "34", frozenset({15})),  # American Express
    ("3528", "3589", _LONG),  # JCB
    ("36", "36", frozenset(range(14, 20))),  # Diners Club
    ("37", "37", frozenset({15})),  # American Express
    ("38", "39", frozenset(range(14, 20))),  # Diners Club
    ("4", "4", frozenset({13, 16, 18, 19})),  # Visa
    ("50", "50", _ANY),  # Maestro, Verve
    ("51", "55", _USUAL),  # Mastercard
    ("56", "58", _ANY),  # Maestro
    ("60", "60", _ANY),  # Discover, RuPay, Maestro
    ("62", "62", _LONG),  # UnionPay
    ("63", "63", _ANY),  # Maestro
    ("64", "65", _LONG),  # Discover, RuPay
    ("67", "67", _ANY),  # Maestro
    ("81", "82", _LONG),  # RuPay, UnionPay
    ("9792", "9792", _USUAL),  # Troy
)


def is_card_number(digits: str) -> bool:
    """Tell whether an issuer has numbers that begin so and are so long, and it checks."""
    lengths = [lengths for first, last, lengths in _RANGES if first <= digits[: len(first)] <= last]
    return any(len(digits) in one for one in lengths) and _checks(digits)


def may_begin_card(digits: str) -> bool:
    """Tell whether some issuer's numbers begin with these digits, as far as they go."""
    return any(
        first[: len(digits)] <= digits[: len(first)] <= last[: len(digits)]
        for first, last, _ in _RANGES
    )


def _checks(digits: str) -> bool:
    """Luhn's check: every second digit from the right doubled, digits summed."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 (the sum of two digits)
    return total % 10 == 0
