"""Finds the articles that answer a question, or finds that none does."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from ...errors import ModelFailed
from ...events.base import TenantName
from ..models import Embedder, Vector
from .elsewhere import Elsewhere
from .shelf import Candidate, Reached, Shelf, Text, Wanted

RETRIEVAL = "cosine-words-1"  # weights, thresholds and examples below: raised with each of them
BY_WORDS = "words-1"

ARTICLES_MAX = 5  # cited; nobody reads more during a call
CANDIDATES_MAX = 20  # looked at by each of the two ways
EMBED_S_MAX = 0.25  # ten times what it takes; then the words have to do

# Measured on 51 questions of 60 articles: reference/speech-and-models.md section 5, decision 0044.
WORD_WEIGHT = 0.1  # added to the mean cosine, divided by the rank among those found by words
# Nearest article less `ELSEWHERE_WEIGHT` of the nearest example of what is not to be answered.
ELSEWHERE_WEIGHT = 0.7
MARGIN_MIN = 0.06
COSINE_MIN = 0.2  # whatever else: nothing this far is about the same

# Without vectors: so many of the question's words (those that mean something) in one article.
COVERAGE_MIN = 0.5
WORDS_MIN = 2

Reason = Literal["no_article", "elsewhere"]


class Hit(Struct, frozen=True, kw_only=True):
    """An article, and what it is ranked by."""

    candidate: Candidate
    score: float
    body: str


class Retrieved(Struct, frozen=True, kw_only=True):
    """What was found: hits, the best first, or why there are none."""

    hits: tuple[Hit, ...]
    reason: Reason | None  # None: there are hits
    retrieval: str
    embedder: str | None  # None: found by words alone
    vector: Vector | None  # of the question


_NOTHING = Retrieved(hits=(), reason="no_article", retrieval=BY_WORDS, embedder=None, vector=None)


class Retriever:
    """Asks the shelf, ranks, and refuses what is not near enough."""

    def __init__(self, shelf: Shelf, embedder: Embedder | None) -> None:
        self._shelf = shelf
        self._embedder = embedder
        self._elsewhere = None if embedder is None else Elsewhere(embedder)
        # By tenant: how far the shelf was when it was looked at, and whether it was empty.
        self._empty: dict[TenantName, tuple[Reached, bool]] = {}

    async def warm_up(self) -> None:
        """Make ready what the first question would wait for.

        Raises:
            ModelFailed: the embedder did not answer.
        """
        if self._elsewhere is not None:
            await self._elsewhere.load()

    async def retrieve(
        self, tenant: TenantName, question: str, *, groups: frozenset[str]
    ) -> Retrieved:
        """Return the articles that answer, `ARTICLES_MAX` at most, or why none does.

        Without an embedder, or where it fails or made other vectors than the shelf's, words
        alone decide, and `retrieval` says so.

        Raises:
            StoreUnavailable: the shelf does not answer, or was never filled.
        """
        reached = await self._shelf.reached(tenant)
        if reached is not None and await self._is_empty(tenant, reached):
            return _NOTHING  # a tenant without articles pays for no vectors
        vector = await self._vector(question, reached)
        wanted = Wanted(words=question, vector=vector, groups=groups, articles_max=CANDIDATES_MAX)
        found = await self._shelf.find(tenant, wanted)
        try:
            if vector is None or reached is None:
                found, reason = by_words(question, found)
            else:
                reason = await self._refusal(tenant, vector, reached, found)
        except ModelFailed:
            vector = None
            found, reason = by_words(question, found)
        return Retrieved(
            hits=() if reason else await self._hits(tenant, found),
            reason=reason,
            retrieval=BY_WORDS if vector is None else RETRIEVAL,
            embedder=None if vector is None or self._embedder is None else self._embedder.name,
            vector=vector,
        )

    async def _is_empty(self, tenant: TenantName, reached: Reached) -> bool:
        known = self._empty.get(tenant)
        if known is None or known[0] != reached:
            known = self._empty[tenant] = (reached, await self._shelf.is_empty(tenant))
        return known[1]

    async def _vector(self, question: str, reached: Reached | None) -> Vector | None:
        embedder = self._embedder
        if embedder is None or reached is None or reached.embedder != embedder.name:
            return None
        try:
            (vector,) = await embedder.embed([question], deadline_s=EMBED_S_MAX)
        except ModelFailed:
            return None
        return vector

    async def _refusal(
        self,
        tenant: TenantName,
        vector: Vector,
        reached: Reached,
        found: Sequence[Candidate],
    ) -> Reason | None:
        assert self._elsewhere is not None, "there is a vector, so there is an embedder"
        nearest = max((one.cosine for one in found), default=0.0)
        if nearest < COSINE_MIN:
            return "no_article"
        elsewhere = await self._elsewhere.nearest(
            vector,
            tenant=tenant,
            filled_upto=reached.position,
            nearness=lambda one: self._shelf.nearness(tenant, one),
        )
        if nearest - ELSEWHERE_WEIGHT * elsewhere >= MARGIN_MIN:
            return None
        return "elsewhere" if elsewhere > nearest else "no_article"

    async def _hits(self, tenant: TenantName, found: Sequence[Candidate]) -> tuple[Hit, ...]:
        best = ranked(found)[:ARTICLES_MAX]
        texts = await self._shelf.texts(tenant, [one.article_id for one, _ in best])
        return tuple(
            Hit(candidate=one, score=score, body=texts[one.article_id].body)
            for one, score in best
            if _is_current(one, texts)
        )


def ranked(found: Sequence[Candidate]) -> list[tuple[Candidate, float]]:
    """Return the candidates with their scores, the best first; equals in the order of their ids."""
    scored = [(one, score_of(one)) for one in found]
    return sorted(scored, key=lambda pair: (-pair[1], pair[0].article_id))


def score_of(candidate: Candidate) -> float:
    """Return what a candidate is ranked by."""
    words = WORD_WEIGHT / candidate.word_rank if candidate.word_rank else 0.0
    return round(candidate.likeness + words, 4)


def by_words(
    question: str, found: Sequence[Candidate]
) -> tuple[Sequence[Candidate], Reason | None]:
    """Return what words alone find, and why none of it answers: more often than need be."""
    words = len(question.split())
    worded = [one for one in found if one.word_rank is not None]
    if any(one.coverage >= COVERAGE_MIN and one.coverage * words >= WORDS_MIN for one in worded):
        return worded, None
    return worded, "no_article"


def _is_current(candidate: Candidate, texts: Mapping[str, Text]) -> bool:
    """Whether the article still says what it was found by: it may have changed meanwhile."""
    text = texts.get(candidate.article_id)
    return text is not None and text.article_version == candidate.article_version
