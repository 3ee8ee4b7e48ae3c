"""A contact on an in-memory log, and one service that cares for it as the reactor would let it."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any

from antiphon.errors import LogUnavailable
from antiphon.events.audio import AudioLog
from antiphon.events.base import START, ContactRef, Event, Lane, Position, Recorded
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.subjects import audio_stream, fact_subject, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, draft

WAIT_S = 30.0


class CrashingLog(MemoryLog):
    """A log that stops answering at an append to a lane: before it, or after it."""

    crash_at: int | None = None
    stores_first = False
    appends = 0  # to the lane

    def __init__(self, lane: Lane) -> None:
        super().__init__(idle_s=0.05)
        self._subject = fact_subject(CONTACT, lane)

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if subject != self._subject:
            return await super().append(stream, subject, entries, expected=expected)
        self.appends += 1
        crashes = self.appends == self.crash_at
        if crashes and not self.stores_first:
            raise LogUnavailable("asked to")
        position = await super().append(stream, subject, entries, expected=expected)
        if crashes:
            raise LogUnavailable("asked to")
        return position


class Inbox:
    """What the reactor would hand over, straight from the journal."""

    def __init__(self, stage: "ContactStage", history: Sequence[Recorded]) -> None:
        self.history = history
        self._newer = stage.newer(history[-1].position if history else START)

    def __aiter__(self) -> "Inbox":
        return self

    async def __anext__(self) -> Recorded:
        return await anext(self._newer)


class ContactStage:
    """The log, other writers' facts, and what the service reads and appends.

    Args:
        lane: that the service writes to.
        lanes: that it reads.
    """

    def __init__(self, *, lane: Lane, lanes: Sequence[Lane]) -> None:
        self.log = CrashingLog(lane)
        self.keys = MemoryKeys()
        self.journal = Journal(self.log, self.keys)
        self.audio = AudioLog(self.log, self.keys)
        self.audio_end: Position = START
        self._lane: Lane = lane
        self._lanes = lanes
        self._ends: dict[Lane, Position] = {}

    async def created(self) -> None:
        """Make the streams."""
        await self.log.create(facts_stream(CONTACT.tenant))
        await self.log.create(audio_stream(CONTACT.tenant))

    async def tell(self, *events: Event, at: datetime | None = None) -> None:
        """Append facts of other writers, which happened at this instant."""
        for event in events:
            end = self._ends.get(event.LANE, START)
            given = {} if at is None else {"occurred_at": at}
            self._ends[event.LANE] = await self.journal.append(
                CONTACT, [draft(event, **given)], expected=end
            )

    async def tell_of(self, contact: ContactRef, *events: Event) -> None:
        """Append the first facts of another contact."""
        for event in events:
            end = await self.journal.lane_end(contact, event.LANE)
            await self.journal.append(contact, [draft(event)], expected=end)

    async def newer(self, after: Position) -> AsyncGenerator[Recorded]:
        """Yield what the service reads, from after a position on, for ever."""
        facts = self.journal.follow(
            CONTACT.tenant, lanes=self._lanes, contact_id=CONTACT.contact_id, after=after
        )
        async with aclosing(facts):
            async for batch in facts:
                for recorded in batch:
                    yield recorded

    async def inbox(self) -> Inbox:
        """Return what an instance of the service that begins now is handed."""
        history = [one async for one in self.journal.read(CONTACT, lanes=self._lanes)]
        return Inbox(self, history)

    async def facts(self) -> list[Recorded]:
        """Return what the service appended."""
        return [one async for one in self.journal.read(CONTACT, lanes=(self._lane,))]


@asynccontextmanager
async def meanwhile(care: Coroutine[Any, Any, None]) -> AsyncGenerator["asyncio.Task[None]"]:
    """Let the service care for the contact while something else happens."""
    task = asyncio.create_task(care)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
