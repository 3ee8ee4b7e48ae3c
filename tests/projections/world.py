"""A log in memory, a database of its own in the real PostgreSQL, and projections that run."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from antiphon.events.base import START, ContactRef, Event, Position, TenantName
from antiphon.events.journal import Journal
from antiphon.events.progress import Progress
from antiphon.events.sharing import SharedJournal
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections import runner
from antiphon.projections.catalogue import PROJECTIONS
from antiphon.projections.projection import Projection
from antiphon.projections.rebuilding import Rebuilt, rebuild
from antiphon.projections.resuming import Resumed, resume
from antiphon.projections.store import StoreConnection

from ..builders import CONTACT, draft

TENANT = TenantName("demo")
STREAM = "EV_DEMO"
IDLE_S = 0.05  # between signs of life of the log
WAIT_S = 30.0  # on a machine that does much else


class Watched(Progress):
    """Progress that can be waited for."""

    def __init__(self, loop: str = "projection") -> None:
        super().__init__(loop, TENANT)
        self._moved = asyncio.Event()
        self._beats = 0

    def reached(self, position: Position) -> None:
        super().reached(position)
        self._moved.set()

    def beat(self) -> None:
        super().beat()
        self._beats += 1
        self._moved.set()

    async def until_alive(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while not self._beats:
                self._moved.clear()
                await self._moved.wait()

    def waiting(self, since: float | None) -> None:
        super().waiting(since)
        self._moved.set()

    async def until_waiting(self) -> None:
        async with asyncio.timeout(WAIT_S):
            while not self.oldest_unfinished_s:
                self._moved.clear()
                await self._moved.wait()

    async def until(self, position: Position) -> None:
        async with asyncio.timeout(WAIT_S):
            while self.position < position:
                self._moved.clear()
                await self._moved.wait()


class World:
    """What a test of a projection needs."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.log = MemoryLog(idle_s=IDLE_S)
        self.keys = MemoryKeys()
        self.journal: Journal = SharedJournal(self.log, self.keys)

    async def tell(self, *events: Event, contact: ContactRef = CONTACT) -> Position:
        """Append events, each to its lane; return the position of the last."""
        position = START
        for event in events:
            end = await self.journal.lane_end(contact, event.LANE)
            position = await self.journal.append(contact, [draft(event)], expected=end)
        return position

    @asynccontextmanager
    async def running(self, projection: Projection, **given: Any) -> AsyncGenerator[Watched]:
        """Run a projection meanwhile."""
        progress = given.pop("progress", None) or Watched()
        ports: dict[str, Any] = {
            "journal": self.journal,
            "pool": self.pool,
            "tenant": TENANT,
        } | given
        task = asyncio.create_task(runner.run(projection, progress=progress, **ports))
        try:
            yield progress
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    async def project(self, *projections: Projection, **given: Any) -> None:
        """Run projections until they show everything there is."""
        end = (await self.journal.state(TENANT)).last
        for projection in projections:
            async with self.running(projection, **given) as progress:
                await progress.until(end)

    async def rebuild(self, projection: Projection, **given: Any) -> Rebuilt:
        """Rebuild a projection from the log."""
        ports: dict[str, Any] = {"history": self.journal, "pool": self.pool, "tenant": TENANT}
        return await rebuild(projection, **ports | given)

    async def resume(self, projection: Projection, **given: Any) -> Resumed:
        """Take up what was parked."""
        ports: dict[str, Any] = {"history": self.journal, "pool": self.pool, "tenant": TENANT}
        return await resume(projection, **ports | given)

    async def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        found = await self.pool.fetch(query, *arguments)
        return [tuple(row) for row in found]

    async def content(self, tables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of some tables."""
        return {
            table: sorted(await self.rows(f"SELECT * FROM {table}"), key=repr) for table in tables
        }


HOMES = (*(one.home for one in PROJECTIONS), "count_v1", "tally_v1")


@asynccontextmanager
async def world(postgres_url: str, *, homes: Sequence[str] = HOMES) -> AsyncGenerator[World]:
    """Yield a world with a database of its own, whose connections read the schemas `homes`."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    control = await asyncpg.connect(postgres_url)
    try:
        await control.execute(f"CREATE DATABASE {name}")
        async with asyncpg.create_pool(
            postgres_url,
            database=name,
            min_size=0,
            max_size=8,
            server_settings={"search_path": ", ".join(["public", *homes])},
            connection_class=StoreConnection,
            reset=clean,
        ) as pool:
            made = World(pool)
            await made.log.create(STREAM)
            yield made
    finally:
        if not control.is_closed():
            await control.execute(f"DROP DATABASE {name} WITH (FORCE)")
            await control.close()


async def clean(connection: Any) -> None:
    """What the pools of the product do when a connection is given back."""
    if query := connection.get_reset_query():
        await connection.execute(query)
