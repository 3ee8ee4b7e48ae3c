"""What a contact was about, of the topics that a tenant lists: by phrases, and by meaning.

With an embedder, what the customer says is compared with the examples of each topic; without one,
or where it fails, the phrases alone tell, and the fact says so.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from operator import mul

from msgspec import Struct

from ...errors import ModelFailed
from ...events.base import UtteranceId
from ...events.insights import TopicFound
from ...events.topics import Topic, TopicsPublished
from ..models import Embedder, Vector
from .heard import Said

PHRASES_BY = "phrases/1"

# Measured on the open labelled calls with MiniLM: see decision 0046.
NEAR_MIN = 0.5
EMBED_S = 8.0  # nobody waits: the contact is over
EMBEDDED_MAX = 64  # utterances of a contact, the longest ones
_EMBEDDED_WORDS_MIN = 5  # shorter ones are near to everything
_BATCH = 32

TOPICS_MAX = 12  # of one contact
_LISTS_KEPT = 16  # tenants whose vectors are at hand; a few hundred kilobytes each

# A phrase once may be by the way; three times it is what the call is about.
_ONE_HIT_MISSES = 0.5


class Found(Struct, frozen=True):
    """The topics of a contact, and by what they were found."""

    topics: tuple[TopicFound, ...]
    by: str
    fell_back: str | None = None


class _Hits(Struct):
    """Where a topic was met: how sure each utterance makes it, 0 to 1."""

    by_phrase: dict[UtteranceId, float]
    by_meaning: dict[UtteranceId, float]


class Topics:
    """Finds topics. Remembers the vectors of lists that it has seen."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder
        self._examples: dict[str, list[tuple[str, Vector]]] = {}  # by version; the newest few

    async def find(self, utterances: Sequence[Said], wanted: TopicsPublished) -> Found:
        """Return what was spoken of, the surest first."""
        spoken = [one for one in utterances if one.speaker != "system"]
        hits = {topic.name: _Hits({}, {}) for topic in wanted.topics}
        # While words are looked through the loop serves other contacts.
        await asyncio.to_thread(_by_phrases, spoken, wanted, hits)
        if self._embedder is None or not wanted.topics:
            return Found(_ranked(wanted, hits, spoken), PHRASES_BY)
        by, fell_back = f"{PHRASES_BY} {self._embedder.name}", None
        try:
            await self._by_meaning(self._embedder, spoken, wanted, hits)
        except ModelFailed as failed:
            by, fell_back = PHRASES_BY, failed.reason
            hits = {name: _Hits(one.by_phrase, {}) for name, one in hits.items()}
        return Found(_ranked(wanted, hits, spoken), by, fell_back)

    async def _by_meaning(
        self,
        embedder: Embedder,
        spoken: Sequence[Said],
        wanted: TopicsPublished,
        hits: Mapping[str, _Hits],
    ) -> None:
        # What the agent says is about the same, in the words of the house: it would only echo.
        own = [
            one for one in spoken if one.speaker == "customer" and one.words >= _EMBEDDED_WORDS_MIN
        ]
        own = sorted(own, key=lambda one: -one.words)[:EMBEDDED_MAX]
        if not own:
            return
        examples = await self._vectors_of(embedder, wanted)
        vectors = await _embedded(embedder, [one.text for one in own])
        await asyncio.to_thread(_compared, own, vectors, examples, hits)

    async def _vectors_of(
        self, embedder: Embedder, wanted: TopicsPublished
    ) -> list[tuple[str, Vector]]:
        if wanted.version not in self._examples:
            named = [(topic.name, example) for topic in wanted.topics for example in topic.examples]
            vectors = await _embedded(embedder, [example for _, example in named])
            while len(self._examples) >= _LISTS_KEPT:
                self._examples.pop(next(iter(self._examples)))
            self._examples[wanted.version] = [
                (name, vector) for (name, _), vector in zip(named, vectors, strict=True)
            ]
        return self._examples[wanted.version]


async def _embedded(embedder: Embedder, texts: Sequence[str]) -> list[Vector]:
    vectors: list[Vector] = []
    for first in range(0, len(texts), _BATCH):
        vectors += await embedder.embed(texts[first : first + _BATCH], deadline_s=EMBED_S)
    return vectors


def _compared(
    own: Sequence[Said],
    vectors: Sequence[Vector],
    examples: Sequence[tuple[str, Vector]],
    hits: Mapping[str, _Hits],
) -> None:
    for one, vector in zip(own, vectors, strict=True):
        for name, example in examples:
            near = sum(map(mul, vector, example))
            known = hits[name].by_meaning
            if near >= NEAR_MIN and near > known.get(one.utterance_id, 0.0):
                known[one.utterance_id] = near


def _by_phrases(spoken: Sequence[Said], wanted: TopicsPublished, hits: Mapping[str, _Hits]) -> None:
    patterns = [(topic.name, pattern) for topic in wanted.topics if (pattern := _pattern(topic))]
    for one in spoken:
        for name, pattern in patterns:
            if found := len(pattern.findall(one.text)):
                hits[name].by_phrase[one.utterance_id] = 1 - _ONE_HIT_MISSES**found


def _pattern(topic: Topic) -> re.Pattern[str] | None:
    phrases = (
        r"\W+".join(re.escape(word) for word in phrase.split())
        for phrase in sorted(topic.phrases, key=len, reverse=True)
    )
    joined = "|".join(phrase for phrase in phrases if phrase)
    return re.compile(rf"(?<![\w'])(?:{joined})(?!\w)", re.IGNORECASE) if joined else None


def _ranked(
    wanted: TopicsPublished, hits: Mapping[str, _Hits], spoken: Sequence[Said]
) -> tuple[TopicFound, ...]:
    found = [
        _found(topic, hits[topic.name], spoken)
        for topic in wanted.topics
        if hits[topic.name].by_phrase or hits[topic.name].by_meaning
    ]
    return tuple(sorted(found, key=lambda one: (-one.score, one.topic))[:TOPICS_MAX])


def _found(topic: Topic, hits: _Hits, spoken: Sequence[Said]) -> TopicFound:
    by_phrase, by_meaning = _sureness(hits.by_phrase), _sureness(hits.by_meaning)
    heard = hits.by_phrase.keys() | hits.by_meaning.keys()
    return TopicFound(
        topic=topic.name,
        title=topic.title,
        score=round(1 - (1 - by_phrase) * (1 - by_meaning), 3),
        by="phrase" if by_phrase >= by_meaning else "meaning",
        utterance_ids=tuple(one.utterance_id for one in spoken if one.utterance_id in heard),
    )


def _sureness(scores: Mapping[UtteranceId, float]) -> float:
    """Return how sure several utterances make it that something was spoken of, 0 to 1."""
    missed = 1.0
    for score in scores.values():
        missed *= 1 - score
    return 1 - missed
