"""How what somebody says sounds, by its words: a lexicon of service talk, negation, emphasis.

A hint, not a measurement: it takes words at their word. Irony, and what only the voice tells,
pass it by. The lexicon is our own (decision 0046), so that it is kept, and says what it holds.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from math import sqrt
from pathlib import Path

from msgspec import Struct

_FILE = Path(__file__).with_name("feelings.txt")

FEELINGS_BY = "service-lexicon/1"

SCORE_MAX = 5.0

# One plain word of it moves an utterance visibly, three strong ones come near the end of the scale.
_EVENNESS = 15.0

_NEGATIONS = frozenset(
    {
        "not", "no", "never", "nobody", "nothing", "none", "without", "hardly", "barely", "neither",
        "nor", "isn't", "wasn't", "aren't", "weren't", "don't", "doesn't", "didn't", "won't",
        "wouldn't", "can't", "cannot", "couldn't", "haven't", "hasn't", "hadn't", "ain't",
        "shouldn't", "wasnt", "isnt", "dont", "doesnt", "didnt", "wont", "cant", "couldnt",
    }
)  # fmt: skip
_NEGATION_REACH = 3  # words before
# "Not happy" is less than unhappy; "not angry" says of somebody hardly that they are content.
_NEGATED_GOOD, _NEGATED_BAD = -0.7, -0.25
_STRONGER = {
    "very": 1.3, "really": 1.3, "so": 1.2, "absolutely": 1.4, "extremely": 1.4, "completely": 1.3,
    "totally": 1.3, "utterly": 1.4, "such": 1.2, "incredibly": 1.4, "bloody": 1.3, "proper": 1.2,
    "ever": 1.2, "most": 1.2, "complete": 1.3, "total": 1.3, "absolute": 1.3, "right": 1.1,
    "slightly": 0.6, "bit": 0.6, "little": 0.7, "somewhat": 0.7, "fairly": 0.8, "quite": 0.9,
}  # fmt: skip
_BEFORE_BUT, _AFTER_BUT = 0.5, 1.3  # what comes after it is what is meant

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)*|[.,;:!?]")
_BREAKS = frozenset(".,;:!?")


class _Hit(Struct, frozen=True, gc=False):
    at: int  # index of its first word
    valence: float


def reads(language: str) -> bool:
    """Tell whether feelings are read in a language."""
    return language.lower().startswith("en")


def feeling_of(text: str) -> float | None:
    """Return how an utterance sounds, -5 to +5; None where no word of it says anything."""
    words = _WORD.findall(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    hits = list(_hits(words))
    if not hits:
        return None
    but = max((at for at, word in enumerate(words) if word == "but"), default=-1)
    total = sum(
        hit.valence * (1.0 if but < 0 else _AFTER_BUT if hit.at > but else _BEFORE_BUT)
        for hit in hits
    )
    return round(SCORE_MAX * total / sqrt(total * total + _EVENNESS), 2)


def _hits(words: Sequence[str]) -> Iterator[_Hit]:
    lexicon, longest = _lexicon()
    at = 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            valence = lexicon.get(tuple(words[at : at + length]))
            if valence is None:
                continue
            if valence:
                yield _Hit(at, valence * _weight(words, at, is_good=valence > 0))
            at += length
            break
        else:
            at += 1


def _weight(words: Sequence[str], at: int, *, is_good: bool) -> float:
    """Return what the words before make of a word: turned round, stronger, weaker."""
    weight = 1.0
    for distance, word in enumerate(reversed(words[max(0, at - _NEGATION_REACH) : at])):
        if word in _BREAKS or word == "but":
            break
        if word in _NEGATIONS:
            return weight * (_NEGATED_GOOD if is_good else _NEGATED_BAD)
        if distance <= 1:
            weight *= _STRONGER.get(word, 1.0)
    return weight


@cache
def _lexicon() -> tuple[dict[tuple[str, ...], float], int]:
    """Return the valence of words and phrases, and how many words the longest has."""
    text = _FILE.read_text(encoding="utf-8")
    found: dict[tuple[str, ...], float] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            valence, _, phrases = line.partition(":")
            for phrase in phrases.split(";"):
                found[tuple(phrase.split())] = float(valence)
    return found, max(map(len, found))
