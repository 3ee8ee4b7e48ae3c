"""Processes with the role `api` over one log, and what the log holds at the end."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from antiphon.api.app import create_app
from antiphon.api.signatures import MachineKeys
from antiphon.errors import LogUnavailable
from antiphon.events.audio import AudioLog
from antiphon.events.base import ContactId, ContactRef, Position, Recorded
from antiphon.events.journal import Journal
from antiphon.events.keys import KeyStore
from antiphon.events.log import Entry, EventLog
from antiphon.events.log_in_front import LogInFront
from antiphon.events.media import AudioReceived
from antiphon.events.register import Register
from antiphon.events.subjects import audio_stream, facts_stream
from antiphon.infra import http
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.media.pushed import PushedAudio

from ...projections.world import TENANT
from ..world import OneDatabase, Registered

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_s(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class LogThatLeaves(LogInFront):
    """Takes nothing while it is away."""

    def __init__(self, log: MemoryLog) -> None:
        super().__init__(log)
        self.is_away = False
        self.asked = 0  # meanwhile

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if self.is_away:
            self.asked += 1
            raise LogUnavailable("the test said so")
        return await super().append(stream, subject, entries, expected=expected)


class Cell:
    """A log, and as many processes before it as a test wants."""

    def __init__(self, log: EventLog, keys: KeyStore, **given: Any) -> None:
        self.log = log
        self.keys = keys
        self.journal = Journal(log, keys)
        self.audio = AudioLog(log, keys)
        self._given = given

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        """Serve meanwhile, as the product does; yield the base URL."""
        given: dict[str, Any] = {"now": lambda: NOW} | self._given
        app = create_app(
            journal=self.journal,
            register=Register(self.log, self.keys),
            databases=OneDatabase(None),
            tenants=Registered(TENANT),
            live=MemoryLive(),
            loops=(),
            intake=PushedAudio(journal=self.journal, audio=self.audio, now=given["now"]),
            **given,
        )
        with http.listen(0) as listener:
            task = asyncio.create_task(http.serve(app, listener))
            try:
                yield http.address_of(listener)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def facts(self, contact_id: str = "c-1") -> list[Recorded]:
        contact = ContactRef(TENANT, ContactId(contact_id))
        return [fact async for fact in self.journal.read(contact)]

    async def kinds(self, contact_id: str = "c-1") -> list[str]:
        return [fact.event.TYPE for fact in await self.facts(contact_id)]

    async def heard(self, contact_id: str = "c-1") -> Mapping[str, bytes]:
        """Return what is stored of each track, gaps left out."""
        contact = ContactRef(TENANT, ContactId(contact_id))
        heard: dict[str, bytes] = {}
        async for stored in self.audio.read(contact):
            for block in stored.chunk.blocks:
                heard[block.track] = heard.get(block.track, b"") + block.samples
        return heard

    async def sums_agree(self, contact_id: str = "c-1") -> bool:
        """Tell whether the facts' sums are those of the stored samples, span by span."""
        heard = await self.heard(contact_id)
        at: dict[str, int] = dict.fromkeys(heard, 0)
        for fact in await self.facts(contact_id):
            if not isinstance(fact.event, AudioReceived):
                continue
            for span in fact.event.spans:
                start, at[span.track] = at[span.track], at[span.track] + 2 * span.sample_count
                piece = heard[span.track][start : at[span.track]]
                if hashlib.sha256(piece).hexdigest() != span.sha256:
                    return False
        return at == {track: len(samples) for track, samples in heard.items()}


@asynccontextmanager
async def cell(*, machine_keys: MachineKeys | None = None, **given: Any) -> AsyncGenerator[Cell]:
    yield Cell(await memory_log(), MemoryKeys(), machine_keys=machine_keys, **given)


async def memory_log() -> MemoryLog:
    log = MemoryLog()
    await log.create(facts_stream(TENANT))
    await log.create(audio_stream(TENANT))
    return log


async def cell_with_outages(**given: Any) -> tuple[Cell, LogThatLeaves]:
    log = LogThatLeaves(await memory_log())
    return Cell(log, MemoryKeys(), **given), log


@dataclass(frozen=True)
class Shared:
    """A cell and its one process, for the many cases that each say little."""

    cell: Cell
    url: str


@asynccontextmanager
async def two_processes(made: Cell) -> AsyncGenerator[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(made.serving()),
            await stack.enter_async_context(made.serving()),
        )
