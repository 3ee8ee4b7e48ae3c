"""Looks at text for personal data once more, by form alone. Pure.

Of another kind than what planned the redaction, on purpose: no checksums, no types of documents,
no memory of who asked for what, and not a line in common with `events/privacy` or
`events/cards`. It counts digits and knows a few shapes, and rather sees too much than too
little: what it sees costs another attempt, what it misses leaves quarantine.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...events.privacy.kinds import PersonalKind
from .second_words import (
    CUES,
    FILLERS,
    MONTHS,
    NO_NAMES,
    NOT_PERSONAL,
    NUMBERS,
    STREETS,
    UNITS,
    digits_in,
    plain,
)

NAME = "second-look/1"

_RUN_MIN = 4  # digits in a row that are nothing everyday
_SHORT_RUN_MIN = 2  # after a question for something short, even these
_FILLERS_MAX = 2  # words within a number that are none
_CUE_WORDS = 8  # how far before a number a cue for it counts
_NEAR_WORDS = 5  # and how near what says that it is none
_YEAR_LATEST = 2015  # what happened before is seldom the matter of a call
_NAME_WORDS_MAX = 3
_SPELLED_MIN = 4  # single letters in a row
_STREET_WORDS = 4  # between a house's number and its street's kind
_ADDRESS_BEFORE = 6  # words of an e-mail address before its "at"
_DOMAIN_WORDS = 4

_LONG_KINDS: tuple[tuple[int, PersonalKind], ...] = (
    (12, "card_number"),
    (10, "phone_number"),
    (9, "national_id"),
    (7, "phone_number"),
)
_SHORT_KINDS: frozenset[PersonalKind] = frozenset(
    {"security_code", "pin", "expiry_date", "date_of_birth"}
)

_EMAIL = re.compile(r"\S@\S+\.\w")
_POSTCODE = re.compile(r"[a-z]{1,2}\d[a-z\d]?\d[a-z]{2}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CLOCK = re.compile(r"\d{1,2}:\d\d")
_AMOUNT = re.compile(r"[$€£]\d|\d[$€£%]|^\d{1,3}(?:,\d{3})+$|^\d{1,6}[.,]\d\d$")
_DAY = re.compile(r"\d{1,2}/\d{1,2}")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{2,4})")
# After "twenty": a year.
_TEENS = range(10, 20)
_YEARS_SAID = frozenset(word for word, value in NUMBERS.items() if value in _TEENS)
_THOUSANDS = frozenset({"hundred", "thousand", "million"})
_ROUND_MAX = 7  # digits of a number that is read as one
_ALWAYS_OPEN = (["twenty", "four", "seven"], ["twenty-four", "seven"], ["24/7"])


class Seen(Struct, frozen=True, order=True):
    """Words that look like personal data."""

    first_word: int
    last_word: int  # included
    kind: PersonalKind


def look(
    words: Sequence[str], *, asked: PersonalKind | None = None, names: bool = True
) -> tuple[Seen, ...]:
    """Return what looks like personal data among words that were said one after another.

    A word in brackets stands for what was taken out, and is nothing. `asked` is what the turn
    before had asked for: then a short number is an answer. Without `names`: agents say theirs.
    """
    bare = [plain(word) for word in words]
    found = [
        *_numbers(words, bare, asked=asked),
        *_births(bare),
        *_emails(words, bare),
        *_addresses(bare),
        *(_names(words, bare) if names else ()),
    ]
    return tuple(sorted(set(found)))


def asked_in(words: Sequence[str]) -> PersonalKind | None:
    """Return what a turn asks for or announces, at its end if several things."""
    bare = [plain(word) for word in words]
    return _cue(bare, len(bare), within=len(bare))


def _numbers(
    words: Sequence[str], bare: Sequence[str], *, asked: PersonalKind | None
) -> Iterator[Seen]:
    for first, last, digits in _runs(words, bare):
        if _cue(bare, first, of=NOT_PERSONAL, within=_NEAR_WORDS):
            continue
        cue = _cue(bare, first) or asked
        is_short = cue in _SHORT_KINDS
        if digits < (_SHORT_RUN_MIN if is_short else _RUN_MIN):
            continue
        if _is_everyday(words, bare, first, last, digits) and not is_short:
            continue
        if is_short and _is_counted(bare, last):
            continue
        yield Seen(first, last, cue or _kind_by_length(digits))


def _runs(words: Sequence[str], bare: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield where digits follow each other: first word, last word, how many digits."""
    at = 0
    while at < len(bare):
        if not digits_in(bare[at]):
            at += 1
            continue
        first, last, digits, times = at, at, 0, 1
        while at < len(bare) and at - last <= _FILLERS_MAX + 1:
            if counted := digits_in(bare[at]):
                digits, last, times = digits + counted * times, at, 1
                if _ends(words[at]) and not _goes_on(bare, at + 1):
                    at += 1
                    break
            elif bare[at] in {"double", "triple", "treble"}:
                times = 2 if bare[at] == "double" else 3
            elif bare[at] not in FILLERS:
                break
            at += 1
        yield first, last, digits
        at = max(at, last + 1)


def _ends(word: str) -> bool:
    return word.endswith((".", "?", "!")) and word[:-1].isalpha()


def _goes_on(bare: Sequence[str], at: int) -> bool:
    return at < len(bare) and digits_in(bare[at]) > 0


def _is_everyday(  # noqa: PLR0911 (a return a reason)
    words: Sequence[str], bare: Sequence[str], first: int, last: int, digits: int
) -> bool:
    """Tell whether a number is an amount, a date, a time or a quantity."""
    if _is_counted(bare, last) or any(_AMOUNT.search(word) for word in words[first : last + 1]):
        return True
    said = bare[first : last + 1]
    if all(_CLOCK.fullmatch(word) or word in FILLERS for word in said):
        return True
    if last == first and (_YEAR.fullmatch(said[0]) or _DAY.fullmatch(said[0])):
        return True
    if [*said] in _ALWAYS_OPEN or (said[0] == "twenty" and said[-1] in _YEARS_SAID):
        return True
    if digits <= _ROUND_MAX and not _THOUSANDS.isdisjoint(said):
        return True
    before = bare[first - 1] if first else ""
    if before in MONTHS and digits <= 6 and int(_last_year(said) or 9999) > _YEAR_LATEST:  # noqa: PLR2004 (a day and a year)
        return True
    # Counting on, as one does for "one two three four people": every word a step further.
    values = [NUMBERS.get(word, -1) for word in said]
    return len(values) == digits and values == list(range(values[0], values[0] + len(values)))


def _is_counted(bare: Sequence[str], last: int) -> bool:
    return last + 1 < len(bare) and bare[last + 1] in UNITS


def _last_year(said: Sequence[str]) -> str | None:
    return next((word for word in reversed(said) if _YEAR.fullmatch(word)), None)


def _cue(
    bare: Sequence[str],
    first: int,
    *,
    of: Sequence[tuple[str, PersonalKind]] = CUES,
    within: int = _CUE_WORDS,
) -> PersonalKind | None:
    """Return what the nearest words before a number say it is."""
    before = " " + " ".join(bare[max(0, first - within) : first]) + " "
    ends: dict[PersonalKind, int] = {}
    for phrase, told in of:
        at = before.rfind(f" {phrase} ")
        if at >= 0:
            ends[told] = max(ends.get(told, 0), at + len(phrase))
    return max(ends, key=ends.__getitem__, default=None)


def _kind_by_length(digits: int) -> PersonalKind:
    kinds: list[PersonalKind] = [kind for least, kind in _LONG_KINDS if digits >= least]
    return kinds[0] if kinds else "account_number"


def _births(bare: Sequence[str]) -> Iterator[Seen]:
    for at, word in enumerate(bare):
        if written := _DATE.fullmatch(word):
            year = int(written[3])
            if len(written[3]) == 2 or year <= _YEAR_LATEST:  # noqa: PLR2004 (digits)
                yield Seen(at, at, "date_of_birth")
        elif word in MONTHS:
            last = _year_after(bare, at + 1)
            if last is not None:
                first = at - 1 if at and digits_in(bare[at - 1]) else at
                yield Seen(first, last, "date_of_birth")


def _year_after(bare: Sequence[str], at: int) -> int | None:
    """Return where an early year ends that follows a month, a day between them or not."""
    for index in range(at, min(at + 5, len(bare))):
        word = bare[index]
        if _YEAR.fullmatch(word):
            return index if int(word) <= _YEAR_LATEST else None
        if word == "nineteen" and index + 1 < len(bare) and digits_in(bare[index + 1]):
            tail = index + 2 < len(bare) and 0 < NUMBERS.get(bare[index + 2], 0) < 10  # noqa: PLR2004
            return index + 2 if tail else index + 1
        if not digits_in(word) and word not in FILLERS and word not in {"of", "the"}:
            return None
    return None


def _emails(words: Sequence[str], bare: Sequence[str]) -> Iterator[Seen]:
    for at, word in enumerate(words):
        if _EMAIL.search(word):
            yield Seen(at, at, "email_address")
        elif bare[at] == "at":
            domain = bare[at + 1 : at + 1 + _DOMAIN_WORDS]
            if "dot" in domain[1:] or any(
                re.fullmatch(r"\w+\.(com|net|org|edu|co|io|uk|de)", one) for one in domain
            ):
                last = at + 1 + max(n for n, one in enumerate(domain) if one == "dot" or "." in one)
                yield Seen(
                    max(0, at - _ADDRESS_BEFORE), min(last + 1, len(bare) - 1), "email_address"
                )


def _addresses(bare: Sequence[str]) -> Iterator[Seen]:
    for at, word in enumerate(bare):
        if word in STREETS:
            nearby = range(max(0, at - _STREET_WORDS), at)
            first = next((n for n in nearby if digits_in(bare[n])), None)
            if first is not None and at - first > 1:
                yield Seen(first, at, "postal_address")
        pair = word + (bare[at + 1] if at + 1 < len(bare) else "")
        if _POSTCODE.fullmatch(word):
            yield Seen(at, at, "postal_address")
        elif len(word) <= 4 and _POSTCODE.fullmatch(pair) and pair != word:  # noqa: PLR2004 (its first half)
            yield Seen(at, at + 1, "postal_address")


def _names(words: Sequence[str], bare: Sequence[str]) -> Iterator[Seen]:
    for at in range(len(bare)):
        after = _after_introduction(bare, at)
        if after is not None:
            last = after - 1
            while last + 1 < len(words) and last + 1 - after < _NAME_WORDS_MAX:
                if not _is_name(words[last + 1], bare[last + 1]):
                    break
                last += 1
                if words[last].endswith((".", ",", "?", "!")):
                    break
            follows = bare[last + 1] if last + 1 < len(bare) else ""
            if last >= after and (bare[after - 2] != "this" or follows in _ON_THE_LINE):
                yield Seen(after, last, "person_name")
    yield from _spelled(words, bare)


_INTRODUCTIONS = (
    ("my", "name", "is"),
    ("my", "name's"),
    ("last", "name", "is"),
    ("first", "name", "is"),
    ("full", "name", "is"),
    ("maiden", "name", "is"),
    ("surname", "is"),
    ("name", "on", "the", "card", "is"),
    ("this", "is"),
)
_ON_THE_LINE = frozenset({"calling", "speaking", "here", "from"})


def _after_introduction(bare: Sequence[str], at: int) -> int | None:
    for phrase in _INTRODUCTIONS:
        if tuple(bare[at : at + len(phrase)]) == phrase:
            return at + len(phrase)
    return None


def _is_name(word: str, bare: str) -> bool:
    return word[:1] != "[" and bare.replace("'", "").isalpha() and bare not in NO_NAMES


def _spelled(words: Sequence[str], bare: Sequence[str]) -> Iterator[Seen]:
    first = 0
    for at in range(len(bare) + 1):
        if at < len(bare) and len(bare[at]) == 1 and bare[at].isalpha():
            continue
        if at - first >= _SPELLED_MIN:
            yield Seen(first, at - 1, "person_name")
        first = at + 1
    for at, word in enumerate(words):
        if re.fullmatch(r"(?:[A-Za-z][-.]){3,}[A-Za-z][.,?!]?", word):
            yield Seen(at, at, "person_name")
