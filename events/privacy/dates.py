"""Dates of birth: by what names them, or as dates so long ago that they can hardly be others."""

import re
from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from ..cards.spoken import Number, Piece
from ..cards.vocabulary import MEASURES, MISHEARD, MONTHS
from .reading import ORDINALS, Reading


class Dated(Struct, frozen=True, gc=False):
    """A date, or a part of one, and the words it was said in."""

    first_word: int
    last_word: int
    year: int | None = None  # with its century
    is_read_out: bool = False  # as three numbers, which need not be a date


def dates_of(reading: Reading) -> list[Dated]:
    """Return the dates of an utterance, in order."""
    marks = _marks(reading)
    dates: list[Dated] = []
    at = 0
    while at < len(marks):
        date, after = _date(marks, at, reading)
        if date is None:
            at += 1
        else:
            dates.append(date)
            at = after
    return dates


_Kind = Literal["month", "day", "number", "year", "written", "filler", "other"]


class _Mark(Struct, frozen=True, gc=False):
    kind: _Kind
    text: str  # of a month its number
    first: int
    last: int


_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)")
_WRITTEN = re.compile(
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?P<short>\d{4}|\d{2})|(?P<iso>\d{4})[/.-]\d{1,2}[/.-]\d{1,2})"
)
_YEAR = re.compile(r"'?(?P<short>\d\d)|(?P<long>(?:19|20)\d\d)")
_FILLERS = frozenset({"the", "of", "in", "um", "uh", "er", "erm", "on", "year", "eh"})
_MAYS = frozenset({"may", "march", "mar", "jan", "sun", "sep"})
_TENS = {"twenty": 20, "thirty": 30}
_DAY_MAX = 31
_MONTH_MAX = 12
_SHORT_MIN = 27  # of a year in two digits: those below are this century's, of no caller
_OLDEST, _YOUNGEST = 1900, 2029
_GAP_MAX = 2


def _marks(reading: Reading) -> list[_Mark]:
    marks: list[_Mark] = []
    seen = -1
    for one in reading.spoken:
        if isinstance(one, Number):
            mark = _number(reading, one)
            if marks and marks[-1].text == "0" and len(mark.text) == 1:
                mark = _Mark("number", "0" + mark.text, marks.pop().first, mark.last)  # "oh three"
            marks.append(mark)
            seen = one.last_word
            continue
        at = one.word
        if at == seen:
            continue
        seen = at
        mark = _mark(reading, one, at)
        tens = marks[-1] if marks else None
        if (
            mark.kind == "day" and tens and tens.kind == "number" and tens.last == at - 1
            and reading.bare[tens.last] in _TENS and int(mark.text) < 10  # noqa: PLR2004 (twenty first)
        ):  # fmt: skip
            mark = _Mark(
                "day", str(_TENS[reading.bare[tens.last]] + int(mark.text)), tens.first, at
            )
            marks.pop()
        marks.append(mark)
    return marks


def _number(reading: Reading, one: Number) -> _Mark:
    bare = reading.bare[one.first_word]
    if bare in MISHEARD:
        return _Mark("other", bare, one.first_word, one.last_word)
    if _WRITTEN.fullmatch(bare):
        return _Mark("written", bare, one.first_word, one.last_word)
    return _Mark("number", one.digits, one.first_word, one.last_word)


def _mark(reading: Reading, one: Piece, at: int) -> _Mark:
    bare = reading.bare[at]
    if bare in MONTHS:
        return _Mark("month", MONTHS[bare], at, at)
    if bare in ORDINALS:
        return _Mark("day", str(ORDINALS[bare]), at, at)
    if _WRITTEN.fullmatch(bare):
        return _Mark("written", bare, at, at)
    if (day := _DAY.fullmatch(bare)) is not None:
        return _Mark("day", day[1], at, at)
    return _Mark("filler" if bare in _FILLERS or one.text in _FILLERS else "other", bare, at, at)


def _date(marks: Sequence[_Mark], at: int, reading: Reading) -> tuple[Dated | None, int]:
    """Return the date that begins with a mark, and the mark behind it."""
    first = marks[at]
    if first.kind == "written":
        written = _WRITTEN.fullmatch(first.text)
        year = _year_of(written["iso"] or written["short"]) if written else None
        return Dated(first.first, first.last, year), at + 1
    if first.kind == "month" and not _is_may(first, reading):
        return _from(marks, [at], reading)
    if first.kind in {"day", "number"} and _is_day(first.text):
        return _from(marks, [at], reading)
    return None, at + 1


def _is_may(mark: _Mark, reading: Reading) -> bool:
    """Tell whether a month is rather a verb: "may i", "march in"."""
    return (
        reading.bare[mark.first] in _MAYS
        and reading.is_cased
        and not reading.is_capital(mark.first)
    )


def _from(marks: Sequence[_Mark], parts: list[int], reading: Reading) -> tuple[Dated | None, int]:
    """Follow a day or a month to what belongs to it."""
    first = marks[parts[0]]
    second = _next(marks, parts[0], reading)
    if second is None:
        return None, parts[0] + 1
    two = marks[second]
    if first.kind == "month":
        fits = two.kind in {"day", "number"} and _is_day(two.text)
        if not fits:
            year = _year(two) if two.kind == "number" else None
            dated = Dated(first.first, two.last, year) if year else None
            return dated, second + 1 if dated else parts[0] + 1
    elif first.kind == "day":
        fits = two.kind == "month" or (two.kind == "day" and int(two.text) <= _MONTH_MAX)
    else:
        fits = two.kind == "month" or (two.kind == "number" and _is_day(two.text))
    if not fits or _is_apart(marks, parts[0], second, reading):
        return None, parts[0] + 1
    third = _next(marks, second, reading)
    year = _year(marks[third]) if third is not None else None
    after = third + 1 if third is not None and year else second + 1
    numbers = first.kind == "number" and two.kind == "number"
    short = third is not None and _is_recent(marks[third].text)
    if numbers and (
        year is None or short or not _is_triple(marks, parts[0], second, after, reading)
    ):
        return None, parts[0] + 1
    last, after, year = _long_year(marks, after, year)
    start = first.first
    if first.kind == "day" and start and reading.bare[start - 1] == "the":
        start -= 1
    return Dated(start, max(last, two.last), year, numbers), after


def _is_apart(marks: Sequence[_Mark], at: int, second: int, reading: Reading) -> bool:
    """Tell whether a month goes with the day behind it: "0 0 5 8, November second"."""
    after = _next(marks, second, reading)
    return (
        marks[second].kind == "month"
        and reading.ends_part(marks[at].last)
        and after is not None
        and marks[after].kind == "day"
    )


def _long_year(marks: Sequence[_Mark], after: int, year: int | None) -> tuple[int, int, int | None]:
    """Take "nineteen" and "eighty six" for one year."""
    last = marks[after - 1]
    follows = marks[after] if after < len(marks) else None
    century = last.text if last.text in {"19", "20"} else None
    joins = follows is not None and follows.kind == "number" and follows.first == last.last + 1
    if century and follows and joins and len(follows.text) == len(century):
        return follows.last, after + 1, int(century + follows.text)
    return last.last, after, year


def _next(marks: Sequence[_Mark], at: int, reading: Reading) -> int | None:
    if marks[at].kind != "month" and reading.ends_sentence(marks[at].last):
        return None
    for here in range(at + 1, min(at + 2 + _GAP_MAX, len(marks))):
        if marks[here].kind != "filler":
            return here if marks[here].kind != "other" else None
    return None


def _is_triple(marks: Sequence[_Mark], at: int, second: int, after: int, reading: Reading) -> bool:
    """Tell whether three numbers stand for themselves, and one of two can be a month."""
    before, behind = marks[at - 1] if at else None, marks[after] if after < len(marks) else None
    alone = before is None or before.kind != "number" or reading.ends_part(before.last)
    ends = behind is None or behind.kind != "number" or reading.ends_part(marks[after - 1].last)
    counts = behind is not None and behind.text in MEASURES
    return (
        alone
        and ends
        and not counts
        and min(int(marks[at].text), int(marks[second].text)) <= _MONTH_MAX
    )


def _is_day(text: str) -> bool:
    return len(text) <= 2 and 1 <= int(text) <= _DAY_MAX  # noqa: PLR2004 (two digits)


def _is_recent(text: str) -> bool:
    return len(text) == 2 and int(text) < _SHORT_MIN and text != "19"  # noqa: PLR2004


def _year(mark: _Mark) -> int | None:
    return _year_of(mark.text) if mark.kind == "number" else None


def _year_of(text: str) -> int | None:
    match = _YEAR.fullmatch(text)
    if match is None:
        return None
    if match["long"]:
        return int(text) if _OLDEST <= int(text) <= _YOUNGEST else None
    short = int(match["short"])
    return 1900 + short if short >= _SHORT_MIN or text == "19" else 2000 + short
