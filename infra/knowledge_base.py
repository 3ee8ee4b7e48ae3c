"""The articles as the API asks them: the answerer, with the rights of a contact's agent."""

from collections.abc import Sequence

import structlog

from ..errors import ModelFailed
from ..events.base import START, ContactId, ContactRef, Position, TenantName
from ..events.journal import Journal
from ..events.progress import Progress
from ..events.voices import Voices, current_agent, hear
from ..services.knowledge import indexing
from ..services.knowledge.answering import Answer, Answerer
from ..services.knowledge.service import Groups, Knowledge, NoGroups
from ..services.models import Embedder, TextModels
from .article_shelf import ArticleRow, PostgresShelf
from .parts import Parts, now

log = structlog.get_logger()


class KnowledgeBase:
    """Satisfies the port of `api/knowledge.py`."""

    def __init__(
        self,
        shelf: PostgresShelf,
        answerer: Answerer,
        *,
        journal: Journal,
        groups: Groups | None = None,
    ) -> None:
        self._shelf = shelf
        self._answerer = answerer
        self._journal = journal
        self._groups = groups or NoGroups()

    async def ask(
        self, tenant: TenantName, question: str, *, contact_id: ContactId | None
    ) -> Answer:
        """See `api.knowledge.KnowledgeBase.ask`. Without a contact: what everybody may read."""
        groups: frozenset[str] = frozenset()
        if contact_id is not None:
            voices = Voices()
            contact = ContactRef(tenant, contact_id)
            async for fact in self._journal.read(contact, lanes=("life",)):
                voices = hear(voices, fact.event, fact.position)
            groups = await self._groups.of(tenant, current_agent(voices))
        return await self._answerer.answer(tenant, question, groups=groups)

    async def listed(
        self, tenant: TenantName, *, after: str, articles_max: int, id_: str | None
    ) -> Sequence[ArticleRow]:
        """See the port."""
        return await self._shelf.listed(tenant, after=after, articles_max=articles_max, id_=id_)

    async def shown_upto(self, tenant: TenantName) -> Position:
        """See the port."""
        reached = await self._shelf.reached(tenant)
        return START if reached is None else reached.position


class Articles:
    """What a process needs that answers from articles, or fills their shelf: one for all tenants.

    The role `knowledge` runs `service` and, for each tenant, `indexing`; the role `api` asks
    `base`.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        embedder: Embedder | None,
        models: TextModels | None,
        groups: Groups | None = None,
    ) -> None:
        self._parts = parts
        self._embedder = embedder
        dimensions = None if embedder is None else embedder.dimensions
        self._shelf = PostgresShelf(parts.databases, dimensions=dimensions)
        self._answerer = answerer = Answerer(self._shelf, embedder=embedder, models=models)
        self.base = KnowledgeBase(self._shelf, answerer, journal=parts.journal, groups=groups)
        self.service = Knowledge(parts.journal, parts.live, answerer, now=now, groups=groups)

    async def warm_up(self) -> None:
        """Load what the first question would wait for; without it, it does."""
        try:
            await self._answerer.warm_up()
        except ModelFailed as failure:
            log.warning("answers_not_warmed_up", reason=failure.reason)

    async def indexing(self, tenant: TenantName, *, progress: Progress) -> None:
        """Keep a tenant's shelf what the register says, for ever."""
        await indexing.run(
            tenant,
            register=self._parts.register,
            shelf=self._shelf,
            embedder=self._embedder,
            progress=progress,
        )
