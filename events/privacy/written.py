"""Masks personal data in what somebody typed: a note, a summary in an agent's words, a question.

Found as it is found in what is said, with no words of the call beside it. What is written has
lines, which part what an utterance would run together, and labels that are glued to what they name.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from ..cards.masking import MASKS
from .judging import judge_personal
from .kinds import PERSONAL_MASKS, PersonalKind, Place
from .protection import Protection
from .rules import Rules
from .situation import NOTHING_SAID

# Judged at once: ten utterances. Detectors take the square of what is made up to keep them busy.
STRETCH_WORDS_MAX = 160
STRETCH_CHARS_MAX = 1_500
SHARED_WORDS_MAX = 40  # of two stretches: a number of any length, and what it is called
WORD_CHARS_MAX = 254  # as long as an e-mail address may be; a longer word is judged in pieces


def without_personal(text: str, protection: Protection, *, place: Place) -> str:
    """Return a text that was typed, with everything masked that is not shown in `place`.

    All else stands as it was typed, to the byte. Card data never stays, wherever it is shown.
    Takes time in proportion to the text, 3 to 5 ms of 1,000 characters: it belongs in a thread.
    """
    words = list(_words(text))
    lines, rules = list(_lines(words)), protection.rules
    # Others' recognisers take their time a question, and there may be thousands of lines.
    found = [*_patterned(text, words, rules)]
    for line in lines if len(lines) > 1 else ():
        found += _judged(words, line, replace(rules, recognizers=()))
    # A number may be broken into lines, and what it is called stand above it.
    found += _judged(words, range(len(words)), rules)
    hidden = [
        one
        for one in found
        if one.kind in MASKS or place not in protection.shown_in.get(one.kind, ())
    ]
    return _masked(text, words, _apart(hidden)) if hidden else text


class _Word(Struct, frozen=True, gc=False):
    """What detectors are given as a word, and where it stands."""

    start: int
    end: int
    text: str
    line: int


class _Hidden(Struct, frozen=True, gc=False):
    """What is masked, by its words, the last one included."""

    kind: PersonalKind
    first: int
    last: int


# Code marks and brackets of addresses are no part of any word.
_RUN = re.compile(r"[^\s<>|`~]+")
_LINE_ENDS = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u2060\ufeff")
_LETTER = r"[^\W\d_]"
# Where a word that was typed goes on as another: "PIN:4821", "tel=555…", "Brown,Anna", "pin(4821)".
_SEAM = re.compile(
    rf"(?<={_LETTER}[:=])(?=[\w+(\"'@])"
    r"|(?<=[\"')\]*][:=])(?=[\w+(\"'])"
    r"|(?<=[:=])(?=[+(]?\d{3})"
    r"|(?<=;)(?=.)|(?<=,)(?=\D)|(?<=\D,)(?=.)"
    rf"|(?<={_LETTER})(?=[(#])|(?<=\))(?={_LETTER})"
    r"|(?<=[^\s/]{6}/)(?=[^\s/]{6})"
    rf"|(?<={_LETTER}[–—])(?=\d)"
    r"|(?<=\bpin-)(?=\d)|(?<=\bssn-)(?=\d)|(?<=\bdob-)(?=\d)",
    re.IGNORECASE,
)


def _words(text: str) -> Iterator[_Word]:
    line = at = 0
    for run in _RUN.finditer(text):
        line += len(_LINE_ENDS.findall(text, at, run.start()))
        at = run.end()
        seams = [run.start(), *(one.start() + run.start() for one in _SEAM.finditer(run[0])), at]
        for start, end in pairwise(seams):
            for piece in range(start, end, WORD_CHARS_MAX):
                until = min(end, piece + WORD_CHARS_MAX)
                yield _Word(piece, until, text[piece:until].translate(_UNSEEN), line)


def _lines(words: Sequence[_Word]) -> Iterator[range]:
    first = 0
    for _, same in groupby(words, key=attrgetter("line")):
        end = first + sum(1 for _ in same)
        yield range(first, end)
        first = end


def _judged(words: Sequence[_Word], which: range, rules: Rules) -> Iterator[_Hidden]:
    for first, end in _stretches(words[which.start : which.stop]):
        at = which.start + first
        told = [one.text for one in words[at : which.start + end]]
        for one in judge_personal(told, NOTHING_SAID, rules=rules).found:
            yield _Hidden(one.kind, at + one.first_word, at + one.last_word)


def _stretches(words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
    """Yield first word and end of what is judged at once, each with the last words before it."""
    first = 0
    while True:
        end, chars = first, 0
        while end < len(words) and end - first < STRETCH_WORDS_MAX:
            chars += len(words[end].text)
            if chars > STRETCH_CHARS_MAX:
                break
            end += 1
        yield first, end
        if end == len(words):
            return
        shared = min(SHARED_WORDS_MAX, (end - first) // 2)
        # From where a sentence begins: a number is not to be parted from what it is called.
        begins = (at for at in range(end - shared, end) if words[at - 1].text.endswith(_STOPS))
        first = next(begins, end - shared)


_STOPS = (".", "!", "?", "…")


def _patterned(text: str, words: Sequence[_Word], rules: Rules) -> Iterator[_Hidden]:
    """Yield what a tenant's patterns find in the text as it was typed, its lines included."""
    starts = [one.start for one in words] if rules.patterns else []
    ends = [one.end for one in words] if rules.patterns else []
    for kind, pattern in rules.patterns:
        for match in pattern.finditer(text):
            first, last = bisect_right(ends, match.start()), bisect_left(starts, match.end()) - 1
            if first <= last:
                yield _Hidden(kind, first, last)


def _apart(found: Iterable[_Hidden]) -> Iterator[_Hidden]:
    """Yield what is masked in order, none over another. Card data goes first, then the first."""
    taken: dict[int, _Hidden] = {}
    for one in sorted(found, key=lambda one: one.kind not in MASKS):
        for at in range(one.first, one.last + 1):
            taken.setdefault(at, one)
    for _, same in groupby(sorted(taken), key=lambda at: (taken[at].first, taken[at].kind)):
        places = list(same)
        yield _Hidden(taken[places[0]].kind, places[0], places[-1])


_AFTER = ".,;:!?…\"'”’)]}*"  # what ends a word and stays behind a mask
_OPENERS = "\"'“‘([{*"
_CLOSERS = "\"'”’)]}*"


def _masked(text: str, words: Sequence[_Word], hidden: Iterable[_Hidden]) -> str:
    kept: list[str] = []
    at = 0
    for one in hidden:
        start, end = words[one.first].start, words[one.last].end
        inside = text[start:end]
        told = inside.rstrip(_AFTER)
        if any(sign in _CLOSERS for sign in inside[len(told) :]):
            start += len(told) - len(told.lstrip(_OPENERS))
        kept += [text[at:start], PERSONAL_MASKS[one.kind]]
        at = end - len(inside) + len(told)
    return "".join([*kept, text[at:]])
