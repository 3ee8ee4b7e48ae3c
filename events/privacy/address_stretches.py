"""Addresses by what was said before them: words that could be anything, behind "i live at"."""

from collections.abc import Sequence

from ..cards.spoken import Number
from .address_words import DIRECTIONS, MAYBE, NAME_MIN, PREFIXES, ROADS, STATES, STREETS, UNITS
from .lexicon import FUNCTION_WORDS, is_common
from .reading import Reading

STRETCH_WORDS_MAX = 12
ON_WORDS_MAX = 4
BRIDGE_WORDS_MAX = 4  # between the parts of one address
_ARTICLES = frozenset({"the", "la", "el", "le", "de", "del", "st", "saint", "of", "old"})
_HEADS = UNITS | PREFIXES | {"level", "lot", "rural", "villa", "plot"}
_STREETS = STREETS | MAYBE
_BRIDGES = frozenset({"a", "hundred", "and", "level", "on", "the", "is", "number"})


def named(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return the address that begins at a word, if something before it says that one does.

    A number and a name are one ("1200 Broadway", "nineteen the maltings"), and so are a name and
    a street ("the lodge, station road").
    """
    spans = {one.first_word: one.last_word for one in numbers}
    last, here = at - 1, at
    has_number = has_name = has_street = False
    while here < len(reading) and here - at < STRETCH_WORDS_MAX:
        word = reading.bare[here]
        if here in spans:
            end, has_number = spans[here], True
        elif word[:1].isdecimal():
            end, has_number = here, True
        elif here == at and _is_maybe(reading, here):
            end, has_name = here, True  # "the lodge, station road"
        elif _is_street(reading, here, named=last >= at):
            end, has_street = here, True
        elif _is_name(reading, here):
            end, has_name = here, True
        elif _joins(reading, here, spans):
            end = here
        else:
            break
        last, here = end, end + 1
        if reading.ends_sentence(end) and len(reading.bare[end]) > 1:
            break
    while last >= at and (reading.bare[last] in _ARTICLES or last in _loose_ends(reading, last)):
        last -= 1
    is_told = (has_number and (has_name or has_street)) or (has_street and last > at)
    return (at, last) if is_told and last > at else None


def on_street(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return "number twelve on the high street", whose last word stands at a word."""
    if reading.bare[at] not in STREETS:
        return None
    for back in range(1, ON_WORDS_MAX):
        on = at - back - 1
        if on < 2 or reading.bare[on] not in {"on", "of"}:  # noqa: PLR2004 ("number 12 on")
            continue
        behind = [one for one in numbers if one.last_word == on - 1]
        if behind and reading.bare[behind[0].first_word - 1] in {"number", "at", "no"}:
            return behind[0].first_word, at
    return None


def rural_route(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return "rural route four box nineteen", whose second word stands at a word."""
    if not at or reading.bare[at - 1] not in {"rural", "star"}:
        return None
    spans = {one.first_word: one.last_word for one in numbers}
    last = spans.get(at + 1)
    if last is not None and reading.bare[last + 1 : last + 2] == ["box"]:
        last = spans.get(last + 2, last)
    return None if last is None else (at - 1, last)


def bridged(
    reading: Reading, spans: Sequence[tuple[int, int]], numbers: Sequence[Number]
) -> list[tuple[int, int]]:
    """Return parts of addresses as one where nothing but numbers and letters parts them."""
    numbered = {at for one in numbers for at in range(one.first_word, one.last_word + 1)}
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        between = range(joined[-1][1] + 1, first) if joined else range(0)
        joins = joined and len(between) <= BRIDGE_WORDS_MAX
        if joins and all(
            at in numbered or len(reading.bare[at]) <= 1 or reading.bare[at] in _BRIDGES
            for at in between
        ):
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def _is_street(reading: Reading, at: int, *, named: bool) -> bool:
    word = reading.bare[at]
    if word not in _STREETS:
        return False
    if reading.is_cased and not reading.is_capital(at):
        return named and word in STREETS
    return named and (word in STREETS or reading.bare[at - 1] not in FUNCTION_WORDS)


def _is_name(reading: Reading, at: int) -> bool:
    word = reading.bare[at]
    if word in FUNCTION_WORDS and word not in STATES:
        return False
    if word in DIRECTIONS and len(word) >= NAME_MIN:
        return True
    if not word.replace("-", "").replace("'", "").isalpha() or len(word) < NAME_MIN:
        return False
    if reading.is_cased:
        return reading.is_capital(at)
    return not is_common(word) or _street_near(reading, at)


def _street_near(reading: Reading, at: int) -> bool:
    """Tell whether a word of the language names a street: "mill lane", "station road"."""
    after = reading.bare[at + 1] if at + 1 < len(reading) else ""
    return after in STREETS - ROADS and not reading.ends_part(at)


def _joins(reading: Reading, at: int, spans: dict[int, int]) -> bool:
    """Tell whether a word stands within an address, though it is none of its names."""
    word = reading.bare[at]
    after = at + 1
    if after >= len(reading) or (reading.ends_part(at) and len(word) > 1):
        return False
    if word in _HEADS or word in ROADS:
        return after in spans or len(reading.bare[after]) == 1 or after < at
    if word in _ARTICLES:
        return _is_name(reading, after) or _is_maybe(reading, after)
    is_letter = len(word) == 1 and word.isalpha() and word != "i"
    return is_letter and (word != "a" or after in spans)


def _is_maybe(reading: Reading, at: int) -> bool:
    return reading.bare[at] in MAYBE and (not reading.is_cased or reading.is_capital(at))


def _loose_ends(reading: Reading, at: int) -> tuple[int, ...]:
    word = reading.bare[at]
    return (at,) if word in {"and", "on", "is", "a"} else ()
