"""An API whose log has a clock that a test sets: what was recorded when decides what is told."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import httpx
from antiphon.errors import LogUnavailable
from antiphon.events.base import ContactRef, Event, Position, Recorded, TenantName
from antiphon.events.journal import Journal
from antiphon.events.log import Stored
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, NOON, at
from ..projections.world import IDLE_S, STREAM, TENANT, world
from .world import Api


class Then(Api):
    """An API over a past that was recorded at chosen instants."""

    recorded_at: datetime
    kept: "Kept"

    async def record(self, *events: Event, at_s: float, contact: Any = CONTACT) -> Position:
        """Append events as if the log's clock stood so many seconds after noon."""
        self.recorded_at = at(at_s)
        return await self.tell(*events, contact=contact)

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        return await self.http.get(path, params=parameters)

    async def let_in(self, reader: str) -> None:
        """Have the tenant's policy name somebody: they are told what no check has passed."""
        answer = await self.http.put("/v1/privacy", json={"original_readers": [reader]})
        assert answer.is_success, answer.text

    async def epoch(self) -> str:
        return (await self.journal.state(TENANT)).epoch

    async def accesses(self) -> list[dict[str, Any]]:
        """Return what is recorded about reading, without reading it through the API."""
        return [
            {
                "type": access.event.TYPE,
                "actor": access.actor,
                **{name: getattr(access.event, name) for name in access.event.__struct_fields__},
            }
            async for access in self.register.read(TENANT, kind="access")
        ]


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == httpx.codes.OK, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("\n") or not answer.text
    return [json.loads(line) for line in answer.text.split("\n")[:-1]]


class Log(MemoryLog):
    """A log that can go away for those who write."""

    refuses = ""  # the stream that takes nothing

    async def append(self, stream: str, *given: Any, **named: Any) -> Position:
        if stream == self.refuses:
            raise LogUnavailable("it was taken away")
        return await super().append(stream, *given, **named)


class Kept:
    """A history that is read through, and from which things can go missing."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.gone: set[int] = set()  # positions that are no longer kept
        self.breaks_after: int | None = None  # the log goes away after so many batches
        self.entries_read = 0
        self.open = 0  # reads that have not ended

    async def read(self, contact: ContactRef, **given: Any) -> AsyncGenerator[Recorded]:
        self.open += 1
        facts = self._journal.read(contact, **given)
        try:
            async for fact in facts:
                self.entries_read += 1
                yield fact
        finally:
            await facts.aclose()
            self.open -= 1

    async def read_stored(
        self, tenant: TenantName, **given: Any
    ) -> AsyncGenerator[Sequence[Stored]]:
        self.open += 1
        batches = self._journal.read_stored(tenant, **given)
        count = 0
        try:
            async for batch in batches:
                if count == self.breaks_after:
                    raise LogUnavailable("it was taken away")
                self.entries_read += len(batch)
                if kept := [stored for stored in batch if stored.position not in self.gone]:
                    yield kept
                count += 1
        finally:
            await batches.aclose()
            self.open -= 1


T = TypeVar("T", bound=Then)


@asynccontextmanager
async def then(postgres_url: str, kind: type[T] = Then, **given: Any) -> AsyncGenerator[T]:
    async with world(postgres_url) as made:
        made.log = Log(now=lambda: api.recorded_at, idle_s=IDLE_S)
        made.journal = Journal(made.log, made.keys)
        await made.log.create(STREAM)
        await made.log.create(configuration_stream(TENANT))
        kept = Kept(made.journal)
        api = kind(made, history=kept, **given)
        api.kept = kept
        api.recorded_at = NOON
        async with api.http:
            yield api
