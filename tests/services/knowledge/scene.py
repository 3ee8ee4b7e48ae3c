"""A contact with the service beside it, and who may read what."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from antiphon.events.base import AgentId, Recorded, TenantName, UtteranceId
from antiphon.events.live import UtterancePartial
from antiphon.infra.memory_live import MemoryLive
from antiphon.services.knowledge.answering import Answerer
from antiphon.services.knowledge.service import Knowledge

from ...builders import (
    CONTACT,
    transcript_completed,
    utterance_finalized,
)
from ...waiting import until
from ..contact_stage import ContactStage, meanwhile
from .memory_shelf import MemoryShelf, WordEmbedder

LANES = Knowledge.lanes


class Members:
    """Satisfies `Groups`."""

    async def of(self, tenant: TenantName, agent_id: AgentId | None) -> frozenset[str]:
        return frozenset({"retention"} if agent_id == "a-1" else ())


class Scene:
    """A contact, the service, and the partials it hears."""

    def __init__(self) -> None:
        self.stage = ContactStage(lane="knowledge", lanes=LANES)
        self.live = MemoryLive()
        self.shelf = MemoryShelf()
        self.embedder = WordEmbedder()

    @property
    def service(self) -> Knowledge:
        answerer = Answerer(self.shelf, embedder=self.embedder, models=None)
        return Knowledge(
            self.stage.journal,
            self.live,
            answerer,
            now=lambda: datetime.now(UTC),
            groups=Members(),
        )

    async def say(self, text: str, number: int, track: str = "from_customer") -> None:
        final = utterance_finalized(
            text, utterance_id=UtteranceId(f"{track}-{number}"), track=track
        )
        await self.stage.tell(final)

    async def until(self, count: int, *, hearing: UtterancePartial | None = None) -> list[Recorded]:
        """Return what was appended once it is so much; until then a partial is told again."""

        async def told() -> bool:
            if hearing is not None:
                await self.live.publish(CONTACT, hearing)
            return len(await self.stage.facts()) >= count

        await until(told)
        return await self.stage.facts()

    async def heard_out(self) -> list[Recorded]:
        """Let the service hear all there is, to the end; return what it appended."""
        await self.stage.tell(transcript_completed())
        async with asyncio.timeout(10):
            await self.service.care(CONTACT, await self.stage.inbox())
        return await self.stage.facts()

    @asynccontextmanager
    async def caring(self) -> AsyncGenerator[None]:
        async with meanwhile(self.service.care(CONTACT, await self.stage.inbox())):
            yield
