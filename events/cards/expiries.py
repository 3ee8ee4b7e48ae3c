"""Expiry dates as digits: month and year, or one of them."""

# Cards that expired some years ago are read out too; longer ago, it is another year.
_YEAR_MIN, _YEAR_MAX = 22, 49
_MONTHS = 12
_ISO_DIGITS = 6


def is_month_and_year(digits: str) -> bool:
    """Tell whether digits are a month and a year: `928`, `0928`, `92028`, `092028`, `202809`."""
    readings = [(digits[:1], digits[1:]), (digits[:2], digits[2:])]
    if len(digits) == _ISO_DIGITS:
        readings.append((digits[4:], digits[:4]))
    return any(_is_month(month) and is_year(year) for month, year in readings)


def is_year(digits: str) -> bool:
    """Tell whether digits are a year that a card may be valid until: `28`, `2028`."""
    short = digits.removeprefix("20") if len(digits) == 4 else digits  # noqa: PLR2004 (2028)
    return len(short) == 2 and _YEAR_MIN <= int(short) <= _YEAR_MAX  # noqa: PLR2004 (28)


def is_calendar_year(digits: str) -> bool:
    """Tell whether four digits are rather a year than the first of a card: `1986`, `2019`."""
    return len(digits) == 4 and "1900" <= digits <= "2099"  # noqa: PLR2004 (four of them)


def _is_month(digits: str) -> bool:
    return digits != "" and 1 <= int(digits) <= _MONTHS
