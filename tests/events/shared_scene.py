"""Who follows a shared journal: a log that can be counted and broken, and what they took."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Any

from antiphon.errors import LogUnavailable
from antiphon.events.base import (
    START,
    ContactRef,
    Event,
    KeyId,
    Position,
    Recorded,
    TenantName,
)
from antiphon.events.keys import Key
from antiphon.events.log import Stored
from antiphon.events.sharing import SharedJournal
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, draft, utterance_finalized

TENANT = TenantName("demo")
STREAM = "EV_DEMO"
IDLE_S = 0.02
WAIT_S = 10.0

Batches = AsyncGenerator[Sequence[Recorded]]


class CountingLog(MemoryLog):
    """Knows who follows it, and fails when it is told to."""

    def __init__(self, *, idle_s: float) -> None:
        super().__init__(idle_s=idle_s)
        self.followers = 0
        self.begun = 0
        self.broken = asyncio.Event()
        self.is_busy = False  # there is always something new

    async def follow(
        self, stream: str, filters: Sequence[str], **given: Any
    ) -> AsyncGenerator[Sequence[Stored]]:
        self.begun += 1
        self.followers += 1
        try:
            async with aclosing(super().follow(stream, filters, **given)) as batches:
                async for batch in batches:
                    if self.broken.is_set():
                        raise LogUnavailable("asked to")
                    if batch or not self.is_busy:
                        yield batch
        finally:
            self.followers -= 1


class HeldKeys(MemoryKeys):
    """Finds keys when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may_find = asyncio.Event()

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        await self.may_find.wait()
        return await super().find(tenant, ids)


class Scene:
    """A log, a journal that is shared, and who follows."""

    def __init__(
        self, *, facts_max: int = 1_000, keys: MemoryKeys | None = None, idle_s: float = IDLE_S
    ) -> None:
        self.log = CountingLog(idle_s=idle_s)
        self.keys = keys or MemoryKeys()
        self.journal = SharedJournal(self.log, self.keys, facts_max=facts_max, idle_s=idle_s)

    async def tell(self, *events: Event, about: ContactRef = CONTACT) -> Position:
        end = START
        for event in events:
            end = await self.journal.lane_end(about, event.LANE)
            end = await self.journal.append(about, [draft(event)], expected=end)
        return end

    async def say(self, first: int, count: int, about: ContactRef = CONTACT) -> Position:
        return await self.tell(
            *(utterance_finalized(utterance_id=f"from_customer-{first + n}") for n in range(count)),
            about=about,
        )


async def take(batches: Batches, count: int) -> list[Recorded]:
    """Return the next facts, as many as asked for."""
    taken: list[Recorded] = []
    async with asyncio.timeout(WAIT_S):
        while len(taken) < count:
            taken += await anext(batches)
    assert len(taken) == count
    return taken


async def until_alive(batches: Batches) -> None:
    async with asyncio.timeout(WAIT_S):
        assert list(await anext(batches)) == []


def positions(facts: Sequence[Recorded]) -> list[int]:
    return [fact.position for fact in facts]
