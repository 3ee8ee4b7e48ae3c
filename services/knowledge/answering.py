"""From a question to its answer: quoted, or written of what is quoted, or refused."""

import time
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from ...errors import ModelFailed
from ...events.base import TenantName
from ...events.knowledge import Citation, Maker, Refusal
from ..models import Embedder, TextModels, TextRequest, Vector
from .pieces import quote_around
from .retrieving import Hit, Retriever
from .shelf import Shelf
from .writing import PROMPT, SCHEMA, Written, checked, messages

QUOTED = "quote-1"
GENERATED = "model"

# From question to desk half a second; what is left after searching and on the way to the screen.
WRITE_S_MAX = 0.4
ANSWER_TOKENS_MAX = 160
SOURCES_MAX = 3  # passages that a model is given

_CHARS_ALIKE = 120  # two articles whose quotes begin so are one to the reader


class Answer(Struct, frozen=True, kw_only=True):
    """What the articles say to a question."""

    answer: str | None  # None: refused
    refusal: Refusal | None
    citations: tuple[Citation, ...]
    maker: Maker
    took_ms: int
    vector: Vector | None = None  # of the question, for whoever compares questions


class Answerer:
    """Answers, with a model where the tenant has one, and without all the same."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        embedder: Embedder | None,
        models: TextModels | None,
        write_s_max: float = WRITE_S_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._retriever = Retriever(shelf, embedder)
        self._models = models
        self._write_s_max = write_s_max
        self._clock = clock

    async def warm_up(self) -> None:
        """See `Retriever.warm_up`."""
        await self._retriever.warm_up()

    async def answer(
        self, tenant: TenantName, question: str, *, groups: frozenset[str], live: bool = True
    ) -> Answer:
        """Return what answers a question for a member of these groups, or that nothing does.

        `live`: somebody is on the line; a model that is late is not waited for.

        Raises:
            StoreUnavailable: the articles cannot be looked at.
        """
        began = self._clock()
        found = await self._retriever.retrieve(tenant, question, groups=groups)
        maker = Maker(generator=QUOTED, retrieval=found.retrieval, embedder=found.embedder)
        answer = Answer(
            answer=None,
            refusal=found.reason,
            citations=(),
            maker=maker,
            took_ms=0,
            vector=found.vector,
        )
        if found.hits:
            citations = cited(found.hits)
            answer = replace(answer, answer=citations[0].quote, citations=citations)
            answer = await self._written(tenant, question, answer, live=live)
        elif found.reason is None:
            answer = replace(answer, refusal="no_article")  # all changed meanwhile
        return replace(answer, took_ms=max(0, round((self._clock() - began) * 1_000)))

    async def _written(
        self, tenant: TenantName, question: str, quoted: Answer, *, live: bool
    ) -> Answer:
        """Return the answer as a model writes it, where that is supported; else as quoted."""
        models = self._models
        if models is None or not models.serves(tenant, "answer"):
            return quoted
        sources = [one.quote for one in quoted.citations[:SOURCES_MAX]]
        request = TextRequest(
            tenant=tenant,
            task="answer",
            prompt=PROMPT,
            messages=messages(question, sources),
            tokens_max=ANSWER_TOKENS_MAX,
            deadline_s=self._write_s_max,
            json_schema=SCHEMA,
            live=live,
        )
        try:
            text = await models.write(request)
        except ModelFailed as failure:
            return _declined(quoted, failure.reason)
        written = checked(text.text, sources)
        if not isinstance(written, Written):
            return _declined(quoted, written, model=text.model)
        maker = replace(quoted.maker, generator=GENERATED, model=text.model, prompt=PROMPT)
        citations = tuple(
            replace(one, used=number in written.used)
            for number, one in enumerate(quoted.citations, 1)
        )
        return replace(quoted, answer=written.text, citations=citations, maker=maker)


def cited(hits: Sequence[Hit]) -> tuple[Citation, ...]:
    """Return the passages that are quoted of hits, the best first; the first is the answer.

    Of articles that say the same, the better one is enough.
    """
    citations: list[Citation] = []
    seen: set[str] = set()
    for hit in hits:
        candidate = hit.candidate
        span = quote_around(hit.body, candidate.best)
        quote = hit.body[span.starts : span.ends]
        begins = " ".join(quote.casefold().split())[:_CHARS_ALIKE]
        if begins in seen:
            continue
        seen.add(begins)
        citations.append(
            Citation(
                article_id=candidate.article_id,
                article_version=candidate.article_version,
                title=candidate.title,
                quote=quote,
                starts=span.starts,
                ends=span.ends,
                score=hit.score,
                used=not citations,
            )
        )
    return tuple(citations)


def _declined(quoted: Answer, why: str, *, model: str | None = None) -> Answer:
    maker = replace(quoted.maker, declined=why, model=model, prompt=PROMPT)
    return replace(quoted, maker=maker)
