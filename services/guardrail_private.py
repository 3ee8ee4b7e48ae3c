"""Masks the numbers that no model and no screen may be given, found by name and form. Pure.

Account numbers, national ids, codes of access; card data once more. Spoken or written.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal, cast

from msgspec import Struct

from ..events.cards.expiries import is_calendar_year
from ..events.cards.judging import Situation, judge
from ..events.cards.masking import MASKS
from ..events.cards.runs import runs_of
from ..events.cards.spoken import folded, pieces_of
from ..events.speech import CardKind
from .guardrail_words import CODE, FORMS, NAMES

PrivateKind = Literal[
    "card_number", "security_code", "expiry_date", "account_number", "national_id", "passcode"
]
PRIVATE_MASKS: dict[PrivateKind, str] = {
    **cast("dict[PrivateKind, str]", MASKS),
    "account_number": "[account-number]",
    "national_id": "[national-id]",
    "passcode": "[passcode]",
}

# Words. Beyond, a name says nothing of a number; after a number it follows at once.
_NAMED_BEFORE = 10
_NAMED_AFTER = 5
_PART_MIN = 3  # digits of a named number: a group of four with one misheard
_LOOSELY_MIN = 5  # digits after "my account": fewer count or date something
_NAMELESS_MIN = 8  # digits nobody named: so many are read out of something private
_PHONE_DIGITS = frozenset({10, 11, 12})
_ASKED_LINES = 3  # whoever is asked for a number may first say that they fetch it
_LINE_WORDS_MAX = 250  # longer lines are judged in parts: what is looked for is near by
_COPULAS = frozenset({"is", "are", "was", "as", "that's", "it's", "being"})


class Checked(Struct, frozen=True):
    """A text that may be sent and shown, and what was masked in it, in order."""

    text: str
    found: tuple[PrivateKind, ...] = ()


def sanitised(text: str) -> Checked:
    """Return the text with private numbers masked, spoken or written; the rest as it stands.

    Give a conversation as a whole, one turn a line: what one line asks for, the next ones tell.
    """
    found: list[PrivateKind] = []
    lines: list[str] = []
    asked = _Asked()
    for line in text.split("\n"):
        for part in _parts(line):
            clean, kinds, asked = _clean(part, asked)
            lines.append(clean)
            found += kinds
        lines.append("\n")
    return Checked("".join(lines[:-1]), tuple(found)) if found else Checked(text)


class _Asked(Struct, frozen=True):
    """A private number that was named, and has not been told yet."""

    kind: PrivateKind | None = None
    lines: int = 0  # so many more may tell it


class _Named(Struct, frozen=True):
    kind: PrivateKind | None  # None: it may be shown
    first_word: int
    last_word: int
    loosely: bool = False


class _Private(Struct, frozen=True):
    kind: PrivateKind
    first: int  # of the characters
    after: int


_WORD = re.compile(r"\S+")


def _parts(line: str) -> Iterator[str]:
    """Yield a line, or what it consists of: never cut among numbers."""
    start, count = 0, 0
    for word in _WORD.finditer(line):
        if count >= _LINE_WORDS_MAX and not _is_number(word[0]):
            yield line[start : word.start()]
            start, count = word.start(), 0
        count += 1
    yield line[start:]


def _is_number(word: str) -> bool:
    return any(piece.kind not in {"word", "apart"} for piece in pieces_of([folded(word)]))


def _clean(line: str, asked: _Asked) -> tuple[str, list[PrivateKind], _Asked]:
    places = list(_WORD.finditer(line))
    words = [folded(place[0]) for place in places]
    named = _names_in(words)
    private = [
        _Private(cast("PrivateKind", one.lastgroup), one.start(), one.end())
        for one in FORMS.finditer(line)
    ]
    private += [
        _Private(kind, places[first].start(), _end(places[last]))
        for kind, first, last in _numbers(words, named, asked)
    ]
    kept: list[str] = []
    found: list[PrivateKind] = []
    at = 0
    for one in sorted(private, key=lambda one: (one.first, -one.after)):
        if one.first >= at:
            kept += [line[at : one.first], PRIVATE_MASKS[one.kind]]
            found.append(one.kind)
        at = max(at, one.after)
    return "".join([*kept, line[at:]]), found, _asks(named, found, words, asked)


def _end(place: re.Match[str]) -> int:
    return place.start() + len(place[0].rstrip(".,;:!?…\"')]}"))


def _names_in(words: Sequence[str]) -> list[_Named]:
    text = " ".join(words)
    named: list[_Named] = []
    for match in NAMES.finditer(text):
        first = text.count(" ", 0, match.start())
        last = first + match[0].count(" ")
        group = match.lastgroup
        loosely = group == "account"
        kind = "account_number" if loosely else None if group == "fine" else group
        named.append(_Named(cast("PrivateKind | None", kind), first, last, loosely))
    return named


def _numbers(
    words: Sequence[str], named: Sequence[_Named], asked: _Asked
) -> Iterator[tuple[PrivateKind, int, int]]:
    """Yield the private numbers of a line with their first and last word."""
    runs = runs_of(words)
    for card in judge(words, Situation()).found if runs else ():
        yield _card_kind(card.kind, card.first_word, named), card.first_word, card.last_word
    in_runs: set[int] = set()
    for run in runs:
        in_runs.update(range(run.first_word, run.last_word + 1))
        if run.is_date:
            continue
        name = _name_of(run.first_word, run.last_word, words, named)
        kind = _kind_of(run.digits, name, asked)
        if kind is not None:
            yield kind, run.first_word, run.last_word
    for at, word in enumerate(words):
        if word.isalpha() or at in in_runs or not CODE.fullmatch(word.strip(_EDGES)):
            continue
        name = _name_of(at, at, words, named)
        if name and name.kind and not _is_measure(word):
            yield name.kind, at, at


_EDGES = ".,;:!?\"'()"


def _card_kind(kind: CardKind, first_word: int, named: Sequence[_Named]) -> PrivateKind:
    before = [one for one in named if one.last_word < first_word and one.kind and not one.loosely]
    near = before and first_word - before[-1].last_word <= _NAMED_BEFORE
    return (before[-1].kind or kind) if near else kind


_MEASURED = re.compile(r".*\d(?:st|nd|rd|th|am|pm|gb|mb|mbps|g|k|%)\W*$")


def _is_measure(word: str) -> bool:
    return bool(_MEASURED.match(word)) or word[0] in "$£€+" or ":" in word


def _name_of(first: int, last: int, words: Sequence[str], named: Sequence[_Named]) -> _Named | None:
    after = [one for one in named if 0 < one.first_word - last <= _NAMED_AFTER]
    if after and after[0].kind and words[min(last + 1, len(words) - 1)] in _COPULAS:
        return after[0]
    before = [one for one in named if one.last_word < first]
    if before and first - before[-1].last_word <= _NAMED_BEFORE:
        return before[-1]
    return None


def _kind_of(digits: str, name: _Named | None, asked: _Asked) -> PrivateKind | None:
    count = len(digits)
    if name is None and asked.kind is not None:
        return asked.kind if count >= _PART_MIN else None
    if name is None:
        nameless = count >= _NAMELESS_MIN and count not in _PHONE_DIGITS
        return "account_number" if nameless else None
    if name.kind is None:
        return None
    if name.loosely:
        return name.kind if count >= _LOOSELY_MIN else None
    return name.kind if count >= _PART_MIN and not _is_year(digits, name.kind) else None


def _is_year(digits: str, kind: PrivateKind) -> bool:
    return kind == "account_number" and is_calendar_year(digits)


def _asks(
    named: Sequence[_Named], found: Sequence[PrivateKind], words: Sequence[str], asked: _Asked
) -> _Asked:
    """Return which number the next lines may tell: one was named last, or its end is to come."""
    last = named[-1] if named else None
    if last is not None and last.kind is not None and not last.loosely:
        return _Asked(last.kind, _ASKED_LINES)
    if last is not None:
        return _Asked()  # something else is spoken of now
    if found and found[-1] in {"account_number", "national_id", "passcode"}:
        return _Asked(found[-1], _ASKED_LINES)
    left = asked.lines - bool(words)
    return _Asked(asked.kind, left) if asked.kind is not None and left > 0 else _Asked()
