"""What a tenant adds to the detectors: patterns of its own, and what is never masked."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from ..cards.spoken import folded
from .kinds import PERSONAL_KINDS, PersonalKind
from .reading import EDGES


class Match(Protocol):
    """A place in a text, as `re` and `re2` tell it."""

    def start(self, group: int = 0, /) -> int:
        """Return where it begins."""
        ...

    def end(self, group: int = 0, /) -> int:
        """Return where it ends."""
        ...


class Matcher(Protocol):
    """A compiled pattern. Compiled elsewhere, by what takes time in proportion to the text."""

    def finditer(self, text: str, /) -> Iterator[Match]:
        """Yield where it matches, in order."""
        ...


class PersonalRecognizer(Protocol):
    """Another detector beside ours; it may only add. Loaded elsewhere, asked in process.

    In `Rules` it is asked while whoever judges waits. What takes its time is asked `Beside`.
    """

    name: str  # name and version

    def find(self, words: Sequence[str], /) -> Iterable[tuple[PersonalKind, int, int]]:
        """Return kind, first and last word of what it finds in an utterance."""
        ...


class Rules(Struct, frozen=True):
    """Made by `rules_of`."""

    patterns: tuple[tuple[PersonalKind, Matcher], ...] = ()
    allowed: frozenset[tuple[str, ...]] = frozenset()  # phrases, as folded words
    allowed_words: int = 0  # of the longest phrase
    recognizers: tuple[PersonalRecognizer, ...] = ()


NO_RULES = Rules()


def rules_of(
    patterns: Sequence[tuple[str, Matcher]] = (),
    allowed: Sequence[str] = (),
    recognizers: Sequence[PersonalRecognizer] = (),
) -> Rules:
    """Return a tenant's patterns, and words or phrases that detectors leave alone.

    A pattern that is called like a kind finds that kind, any other finds `other`. It is held
    against the utterance as it stands. Card data is masked even where it is allowed.
    """
    phrases = frozenset(_bare(phrase.split()) for phrase in allowed if phrase.split())
    return Rules(
        tuple((name if name in PERSONAL_KINDS else "other", pattern) for name, pattern in patterns),
        phrases,
        max(map(len, phrases), default=0),
        tuple(recognizers),
    )


def matched(words: Sequence[str], rules: Rules) -> Iterator[tuple[PersonalKind, int, int]]:
    """Yield kind, first and last word of what a tenant's patterns find."""
    if not rules.patterns:
        return
    text = " ".join(words)
    starts: list[int] = []
    at = 0
    for word in words:
        starts.append(at)
        at += len(word) + 1
    for kind, pattern in rules.patterns:
        for match in pattern.finditer(text):
            start, end = match.start(), match.end()
            inside = [
                n for n, one in enumerate(starts) if one < end and one + len(words[n]) > start
            ]
            if inside:
                yield kind, inside[0], inside[-1]


def allowed_words(bare: Sequence[str], rules: Rules) -> set[int]:
    """Return the words that stand in allowed phrases."""
    found: set[int] = set()
    for first in range(len(bare) if rules.allowed else 0):
        for count in range(1, rules.allowed_words + 1):
            if tuple(bare[first : first + count]) in rules.allowed:
                found.update(range(first, first + count))
    return found


def _bare(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(folded(word).strip(EDGES) for word in words)
