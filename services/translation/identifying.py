"""Which language a voice speaks: judged over several utterances, among those it may be. Pure.

An identifier gives each utterance's likelihood by language; what several say adds up. One word is
never enough: `hola` and `okay` are said in every language.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from ...events.base import UtteranceId

UTTERANCES_MAX = 6  # that are judged together: who changes the language is followed
UTTERANCES_MIN = 2
WORDS_MIN = 6  # of all of them
CONFIDENCE_MIN = 0.95

# A naive Bayes counts what depends on each other as if it did not: its odds are the true ones to
# a power. Held against 6 languages' short turns, see `docs/translation.md`.
_TEMPER = 6.0
# In favour of what is assumed: odds of twenty to one.
_PRIOR = 3.0


class Identifier(Protocol):
    """Tells how likely a text is in each language it knows."""

    @property
    def name(self) -> str:
        """Name and version."""
        ...

    async def likelihoods(self, text: str) -> Mapping[str, float]:
        """Return natural logarithms, up to a constant; nothing where the text says nothing."""
        ...


class Judged(Struct, frozen=True):
    """An utterance, and how likely it is in each language."""

    utterance_id: UtteranceId
    words: int
    likelihoods: Mapping[str, float]


class Identified(Struct, frozen=True):
    """The language that a voice speaks."""

    language: str
    confidence: float
    utterance_ids: tuple[UtteranceId, ...]


def identified(
    heard: Sequence[Judged], *, among: Collection[str], assumed: str
) -> Identified | None:
    """Return what is spoken, or None while it cannot be told. `heard`: the newest last."""
    newest = [one for one in heard if one.likelihoods][-UTTERANCES_MAX:]
    enough = len(newest) >= UTTERANCES_MIN and sum(one.words for one in newest) >= WORDS_MIN
    candidates = sorted(among)
    if not enough or not candidates:
        return None
    odds = {
        language: _PRIOR * (language == assumed)
        + sum(one.likelihoods.get(language, -math.inf) for one in newest) / _TEMPER
        for language in candidates
    }
    language = max(odds, key=lambda one: odds[one])
    total = sum(math.exp(one - odds[language]) for one in odds.values())
    confidence = 1 / total
    if not math.isfinite(odds[language]) or confidence < CONFIDENCE_MIN:
        return None
    return Identified(language, round(confidence, 4), tuple(one.utterance_id for one in newest))


def bare(text: str) -> str:
    """Return a text without what is of no language: masks and digits."""
    return " ".join(_OF_NONE.sub(" ", text).split())


_OF_NONE = re.compile(r"\[[a-z-]+\]|\d[\d.,:/-]*")
