"""Postal addresses: a house number and a street, with flat, town, state and code around them."""

from collections.abc import Collection, Sequence

from ..cards.spoken import Number
from .address_stretches import bridged, named, on_street, rural_route
from .address_words import (
    BUSINESS,
    BUSINESS_NEAR,
    CONNECTORS,
    DIRECTIONS,
    FLATS,
    GERMAN,
    GERMAN_MIN,
    HOUSE_DIGITS_MAX,
    MAYBE,
    NAME_MIN,
    NUMBERED,
    POSITIONS,
    PREFIXES,
    ROADS,
    STATE_SHORT,
    STATES,
    STREETS,
    UNIT_SIGNS_MAX,
    UNITS,
)
from .lexicon import FUNCTION_WORDS, is_common
from .reading import Reading

NAME_WORDS_MAX = 4  # of a street, between the house number and "street"
TOWN_WORDS_MAX = 4
TAIL_WORDS_MAX = 16


def addresses_of(
    reading: Reading, *, starts: Collection[int], asked: bool
) -> list[tuple[int, int]]:
    """Return first and last word of each address, in order.

    `starts`: words behind a cue for an address; there a number and a name are enough.
    `asked`: the other side asked for it, so that the same is true of the first number.
    """
    hints = [at for at, word in enumerate(reading.bare) if _is_hint(word)]
    if not hints and not asked and not starts:
        return []
    numbers = [one for one in reading.spoken if isinstance(one, Number)]
    found: list[tuple[int, int]] = []
    for at in hints:
        if found and at <= found[-1][1]:
            continue
        span = _street_abroad(reading, at, numbers) or _street(reading, at, numbers)
        span = span or _box(reading, at) or _directed(reading, at, numbers)
        span = span or on_street(reading, at, numbers) or rural_route(reading, at, numbers)
        if span is not None:
            first = _unit_before(reading, span[0], numbers)
            if found and first <= found[-1][1]:
                first = found[-1][1] + 1
            found.append((first, _tail(reading, span[1], numbers)))
    if not found:
        for at in range(len(reading)) if asked else sorted(starts):
            span = named(reading, at, numbers) if at < len(reading) else None
            if span is not None:
                found.append((span[0], _tail(reading, span[1], numbers)))
                break
    if found or asked:
        found += _flats(reading, found, numbers)
    spans = sorted(span for span in found if not _is_business(reading, span[0]))
    return bridged(reading, spans, numbers)


def _is_hint(word: str) -> bool:
    return word in _HINTS or (len(word) >= GERMAN_MIN and word.endswith(GERMAN))


_HINTS = STREETS | MAYBE | PREFIXES | DIRECTIONS | {"box"}


def _flats(
    reading: Reading, found: Sequence[tuple[int, int]], numbers: Sequence[Number]
) -> list[tuple[int, int]]:
    """Return the flats that were said apart from their streets."""
    return [
        (one.first_word - 1, one.last_word)
        for one in numbers
        if one.first_word
        and reading.bare[one.first_word - 1] in FLATS
        and not any(first <= one.last_word and one.first_word <= last for first, last in found)
    ]


def _street(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return the street whose last word stands at a word."""
    bare = reading.bare[at]
    if bare not in STREETS and bare not in MAYBE:
        return None
    for back in range(NAME_WORDS_MAX + 1):
        house = _house_before(reading, at - back, numbers)
        if house is not None and bare in ROADS and not back:
            behind = [one for one in numbers if one.first_word == at + 1]
            return (house, behind[0].last_word) if behind else None
        if house is not None and bare in ROADS | {"road"} and reading.bare[at - 1] in NUMBERED:
            behind = [one for one in numbers if one.first_word == at + 1]
            return house, behind[0].last_word if behind else at  # "county road fourteen"
        if house is not None:
            return (house, at) if back and _is_name(reading, at - back, at) else None
        if at - back <= 0 or _breaks(reading, at - back - 1):
            break
    return None


def _street_abroad(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return the street whose first word, as in Spanish, or only word, as in German, it is."""
    bare = reading.bare[at]
    if bare in PREFIXES and (house := _house_before(reading, at, numbers)) is not None:
        after = _name_after(reading, at + 1)
        if after > at:
            return house, after
    if bare in PREFIXES and reading.is_capital(at):
        after = _name_after(reading, at + 1)
        behind = [one for one in numbers if one.first_word == after + 1]
        if after > at and behind:
            return at, behind[0].last_word  # "Via Garibaldi 12"
    if len(bare) >= GERMAN_MIN and bare.endswith(GERMAN):
        house = _house_before(reading, at, numbers)
        behind = [one for one in numbers if one.first_word == at + 1]
        if house is not None or behind:
            return at if house is None else house, behind[0].last_word if behind else at
    return None


def _is_name(reading: Reading, first: int, last: int) -> bool:
    """Tell whether words can be the name of a street, ended by the word `last`."""
    words = reading.bare[first:last]
    if all(word in DIRECTIONS for word in words) and reading.bare[last] in MAYBE:
        return False
    if reading.bare[last] in STREETS and reading.bare[last] not in {
        "court",
        "drive",
        "st",
        "alley",
    }:
        return True
    named = [at for at in range(first, last) if reading.bare[at] not in DIRECTIONS]
    if reading.is_cased:
        return all(reading.is_capital(at) for at in (*named, last))
    return not all(is_common(reading.bare[at]) for at in named)


def _breaks(reading: Reading, at: int) -> bool:
    word = reading.bare[at]
    if word in {"um", "uh", "er", "erm"}:
        return False
    return word in FUNCTION_WORDS or reading.ends_part(at) or not word


def _house_before(reading: Reading, at: int, numbers: Sequence[Number]) -> int | None:
    """Return where the house number begins that ends right before a word."""
    end = at - 1
    if end < 0:
        return None
    if _is_house_code(reading.bare[end]):
        return end
    suffix = len(reading.bare[end]) == 1 and reading.bare[end].isalpha() and end > 0
    ends = [end, end - 1] if suffix else [end]
    digits, first = "", None
    for one in reversed(numbers):
        if first is None and one.last_word not in ends:
            continue
        if first is not None and one.last_word != first - 1:
            break
        digits = one.digits + digits
        first = one.first_word
    if first is None or len(digits) > HOUSE_DIGITS_MAX:
        return None
    return first


def _is_house_code(word: str) -> bool:
    return word[:1].isdecimal() and word[:-1].isdecimal() and word[-1:].isalpha()


def _directed(reading: Reading, at: int, numbers: Sequence[Number]) -> tuple[int, int] | None:
    """Return a house number, a direction and a name: "2205 South Lamar"."""
    word = reading.bare[at]
    if len(word) < NAME_MIN or word not in DIRECTIONS or at + 1 >= len(reading):
        return None
    house = _house_before(reading, at, numbers)
    name = reading.bare[at + 1]
    is_name = name.isalpha() and not is_common(name) and len(name) >= NAME_MIN
    if house is None or reading.ends_part(at) or not is_name:
        return None
    return (house, at + 1) if reading.is_capital(at + 1) or not reading.is_cased else None


def _name_after(reading: Reading, at: int) -> int:
    last = at - 1
    for here in range(at, min(at + NAME_WORDS_MAX, len(reading))):
        word = reading.bare[here]
        if not word.isalpha():
            break
        if word not in {"de", "del", "la", "el", "los", "las", "des", "du"} and is_common(word):
            break
        last = here
        if reading.ends_part(here):
            break
    return last if last >= at else at - 2


def _box(reading: Reading, at: int) -> tuple[int, int] | None:
    if reading.bare[at] != "box" or not at:
        return None
    before = reading.bare[at - 1]
    first = at - 1
    if before in {"o", "office"} and at > 1 and reading.bare[at - 2] in {"p", "post"}:
        first = at - 2
    elif before.replace(".", "") != "po":
        return None
    last = at
    for one in reading.spoken:
        if isinstance(one, Number) and one.first_word == last + 1:
            last = one.last_word
    return (first, last) if last > at else None


def _unit_before(reading: Reading, first: int, numbers: Sequence[Number]) -> int:
    """Take a flat that was said before the house number: "Flat 3, 18 …"."""
    ends = {one.last_word: one.first_word for one in numbers}
    if first > 1 and reading.bare[first - 1] in DIRECTIONS and first - 2 in ends:
        first = ends[first - 2]  # "forty east seventy eighth street"
    at = first - 1
    if at >= 0 and _is_house_code(reading.bare[at]) and reading.raw[at].endswith(","):
        return at - (at > 0 and reading.bare[at - 1] in UNITS)
    if at >= 0 and reading.bare[at] in {"number", "unit", "flat", "apartment"}:
        return at
    if at > 0 and (at in ends or len(reading.bare[at]) <= 2 or _is_house_code(reading.bare[at])):  # noqa: PLR2004
        start = ends.get(at, at)
        if start > 0 and reading.bare[start - 1] in UNITS:
            return start - 1
    return first


def _tail(reading: Reading, last: int, numbers: Sequence[Number]) -> int:
    """Return the last word of what belongs to an address that goes on after its street."""
    spans = {one.first_word: one.last_word for one in numbers}
    end = here = last
    town = 0
    while here + 1 < min(len(reading), last + TAIL_WORDS_MAX):
        at = here + 1
        word = reading.bare[at]
        if reading.ends_sentence(here) and len(reading.bare[here]) > 2:  # noqa: PLR2004 ("St.", "N.")
            break
        if end == last and word in DIRECTIONS and not reading.ends_part(here):
            end = here = at
        elif word in UNITS or word in POSITIONS:
            here = _unit(reading, at, spans)
            if here > at or word in POSITIONS:
                end = here
        elif at in spans or (end > last and _is_code(word)):
            if town == 0 and end == last and at in spans and not reading.raw[here].endswith(","):
                break
            end = here = spans.get(at, at)
        elif _is_state(word, in_town=town > 0) or (town < TOWN_WORDS_MAX and _is_town(reading, at)):
            town += 1
            end = here = at
        elif word in CONNECTORS or not word:
            here = at
        else:
            break
    return end


def _is_state(word: str, *, in_town: bool) -> bool:
    return word in STATES and (in_town or len(word) > STATE_SHORT)


def _unit(reading: Reading, at: int, spans: dict[int, int]) -> int:
    after = at + 1
    if after >= len(reading) or reading.ends_sentence(at):
        return at
    if reading.bare[after] in {"is", "number"} and after + 1 < len(reading):
        after += 1
    word = reading.bare[after]
    is_short = len(word) <= UNIT_SIGNS_MAX and word.isalnum() and word not in FUNCTION_WORDS
    end = spans.get(after, after if is_short else at)
    letter = reading.bare[end + 1] if end > at and end + 1 < len(reading) else ""
    is_letter = len(letter) == 1 and letter.isalpha() and letter != "i"
    if not is_letter or reading.ends_part(end):
        return end
    explained = reading.bare[end + 2 : end + 3] in (["like"], ["for"])
    return end + 3 if explained and end + 3 < len(reading) else end + 1


def _is_code(word: str) -> bool:
    return (len(word) == 1 and word.isalpha()) or (
        word.isalnum() and any(s.isdecimal() for s in word)
    )


def _is_town(reading: Reading, at: int) -> bool:
    word = reading.bare[at]
    if len(word) < 3 or word in FUNCTION_WORDS:  # noqa: PLR2004 (the shortest are states)
        return False
    if reading.is_cased:
        return reading.is_capital(at)
    return not is_common(word)


def _is_business(reading: Reading, first: int) -> bool:
    return any(
        reading.bare[at] in BUSINESS and not reading.bare[at + 1][:1].isdecimal()
        for at in range(max(0, first - BUSINESS_NEAR), first)
    )
