"""An API whose articles are indexed and asked, with an embedder of the test's own."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from antiphon.api.ports import Databases
from antiphon.events.base import AgentId, TenantName
from antiphon.events.progress import Progress
from antiphon.events.subjects import configuration_stream
from antiphon.infra.article_shelf import PostgresShelf
from antiphon.infra.knowledge_base import KnowledgeBase
from antiphon.services.knowledge import indexing
from antiphon.services.knowledge.answering import Answerer

from ..projections.world import TENANT, World
from ..projections.world import world as make_world
from ..services.knowledge.memory_shelf import WordEmbedder
from ..waiting import until
from .world import Api, OneDatabase

FEE = "Payments past the due date incur a late fee of nine dollars."
ARTICLE = {"id": "kb/late.fee", "title": "Late fee", "body": FEE}


class Members:
    """Satisfies `Groups`."""

    async def of(self, tenant: TenantName, agent_id: AgentId | None) -> frozenset[str]:
        return frozenset({"retention"} if agent_id == "a-1" else ())


class Answering:
    """An API whose articles are filled and asked."""

    def __init__(self, world: World, **given: Any) -> None:
        databases: Databases = OneDatabase(world.pool)
        self.embedder = WordEmbedder()
        self.shelf = PostgresShelf(databases, dimensions=self.embedder.dimensions)
        answerer = Answerer(self.shelf, embedder=self.embedder, models=None)
        base = KnowledgeBase(self.shelf, answerer, journal=world.journal, groups=Members())
        self.api = Api(world, knowledge=base, **given)
        self.http = self.api.http

    @asynccontextmanager
    async def indexing(self) -> AsyncGenerator[None]:
        task = asyncio.create_task(
            indexing.run(
                TENANT,
                register=self.api.register,
                shelf=self.shelf,
                embedder=self.embedder,
                progress=Progress("articles", TENANT, of="register"),
            )
        )
        try:
            await until(self._is_open)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _is_open(self) -> bool:
        return await self.shelf.reached(TENANT) is not None

    async def publish(self, **given: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/articles", json=ARTICLE | given)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def until_found(self, position: int) -> None:
        async def found() -> bool:
            return (await self.http.get("/v1/articles")).json()["position"] >= position

        await until(found)

    async def ask(self, question: str, **given: Any) -> dict[str, Any]:
        answer = await self.http.post("/v1/knowledge/ask", json={"question": question} | given)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def answering_api(postgres_url: str, **given: Any) -> AsyncGenerator[Answering]:
    async with make_world(postgres_url) as world:
        await world.log.create(configuration_stream(TENANT))
        made = Answering(world, **given)
        async with made.http, made.indexing():
            yield made
