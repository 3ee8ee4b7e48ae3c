"""Two processes for the many conversations that each say little."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import pytest
import pytest_asyncio
from antiphon.events.base import ContactId, ContactRef, Event
from antiphon.events.media import AudioGap

from ...projections.world import TENANT
from ..ingest.world import Cell, two_processes
from ..ingest.world import cell as make_cell
from .client import SESSION, Session, hooked


@dataclass(frozen=True)
class Call:
    """A conversation of its own, and what the log holds of it."""

    cell: Cell
    urls: tuple[str, str]
    id: str

    def hooked(
        self, *, session: str = SESSION, process: int = 0
    ) -> AbstractAsyncContextManager[Session]:
        return hooked(self.urls[process], session=session, conversation=self.id)

    def leg(self, session: str) -> str:
        return f"{self.id}_{session}"

    async def facts(self, contact_id: str | None = None) -> list[Event]:
        return [fact.event for fact in await self.cell.facts(contact_id or self.id)]

    async def kinds(self) -> list[str]:
        return [fact.TYPE for fact in await self.facts()]

    async def heard(self, contact_id: str | None = None) -> Mapping[str, bytes]:
        return await self.cell.heard(contact_id or self.id)

    async def sums_agree(self) -> bool:
        return await self.cell.sums_agree(self.id)

    async def frame_numbers(self) -> list[int]:
        """Return the sequence ids of what is stored, in its order."""
        contact = ContactRef(TENANT, ContactId(self.id))
        return [
            int(block.fragment)
            async for stored in self.cell.audio.read(contact)
            for block in stored.chunk.blocks
        ]

    async def gaps(self, contact_id: str | None = None) -> list[tuple[str, int, int | None]]:
        facts = await self.facts(contact_id)
        return [
            (one.track, one.from_ms, one.until_ms) for one in facts if isinstance(one, AudioGap)
        ]


@dataclass(frozen=True)
class Shared:
    """A cell and its two processes."""

    cell: Cell
    urls: tuple[str, str]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def shared() -> AsyncGenerator[Shared]:
    async with make_cell() as made, two_processes(made) as urls:
        yield Shared(made, urls)


@pytest.fixture
def call(shared: Shared) -> Call:
    return Call(shared.cell, shared.urls, str(uuid.uuid4()))
