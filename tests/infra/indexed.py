"""A log with its index beside it on real servers, and a look at what is asked of the log."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from antiphon.events.base import LANES, START, Lane, Position, TenantName
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, EventLog, Stored
from antiphon.events.progress import Progress
from antiphon.events.subjects import fact_subject
from antiphon.infra.archiving import FACTS, Archives, Log, sources_of
from antiphon.infra.contact_index import ReadModelIndex
from antiphon.infra.indexed_log import IndexedLog
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.postgres import Databases
from antiphon.projections import contact_positions, runner
from antiphon.services.archive.store import ObjectStore

from ..builders import contact
from ..waiting import until
from .places import Place

POSITIONS = contact_positions.PROJECTION
CONTACTS = ("c-1", "c-2", "c-3", "c-4")


class Indexed:
    """A tenant's log, and the read model that says where its contacts' facts stand."""

    def __init__(self, place: Place, databases: Databases) -> None:
        self.place = place
        self.databases = databases
        self.index = ReadModelIndex(databases)
        self.log = IndexedLog(place.log, by_position=place.by_position, index=self.index)
        self._appended = 0

    async def append(self, name: str, lane: Lane, *, count: int = 1) -> Position:
        subject = fact_subject(contact(name, tenant=self.place.tenant), lane)
        entries = [Entry(f"n-{self._appended + n}", b"{}") for n in range(count)]
        self._appended += count
        return await self.place.log.append(self.place.stream, subject, entries, expected=None)

    async def append_at_random(self, drawn: random.Random, count: int) -> None:
        for _ in range(count):
            await self.append(drawn.choice(CONTACTS), drawn.choice(LANES[:4]))

    async def project(self) -> None:
        """Bring the index up to the log's end."""
        end = (await self.place.log.state(self.place.stream)).last
        async with self.projecting() as progress:
            await until(lambda: progress.position >= end)

    @asynccontextmanager
    async def projecting(self) -> AsyncGenerator[Progress]:
        """Keep the index up to date meanwhile."""
        progress = Progress("index", self.place.tenant)
        task = asyncio.create_task(
            runner.run(
                POSITIONS,
                tenant=self.place.tenant,
                journal=Journal(self.place.log, self.place.keys),
                pool=await self.databases.pool(self.place.tenant),
                progress=progress,
            )
        )
        try:
            yield progress
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def execute(self, statement: str, *arguments: Any) -> None:
        async with self.databases.connection(self.place.tenant) as connection:
            await connection.execute(statement, *arguments)

    async def found(self, filters: Sequence[str], **bounds: Any) -> list[Stored]:
        """Return what is read through the index."""
        return await everything(self.log, self.place.stream, filters, **bounds)

    async def searched(self, filters: Sequence[str], **bounds: Any) -> list[Stored]:
        """Return what the log finds by itself."""
        return await everything(self.place.log, self.place.stream, filters, **bounds)


async def everything(
    log: EventLog,
    stream: str,
    filters: Sequence[str],
    *,
    after: Position = START,
    upto: Position | None = None,
) -> list[Stored]:
    batches = log.read(stream, filters, after=after, upto=upto)
    return [stored async for batch in batches for stored in batch]


class Asked:
    """What was asked of one stream's messages on a server, whoever asked."""

    def __init__(self) -> None:
        self.positions: list[int] = []  # one message, by its position
        self.searches: list[dict[str, Any]] = []  # by a pattern of subjects


def searches_for_one(wanted: dict[str, Any]) -> bool:
    """Tell whether a request looks for one contact; what follows all of a tenant does not."""
    patterns = [*wanted.get("config", {}).get("filter_subjects", ())]
    patterns += [wanted["next_by_subj"]] if "next_by_subj" in wanted else []
    return any(".contact." in pattern for pattern in patterns)


async def archive_all(place: Place, store: ObjectStore) -> None:
    """Archive what the log holds of the tenant's facts."""
    source = sources_of(place.tenant)[FACTS]
    last = (await place.log.state(source.stream)).last
    progress = Progress(FACTS, place.tenant)
    archives = Archives(store=store, log=place.log, keys=place.keys)

    def progress_of(name: str, of: Log) -> Progress:
        return progress if of == "facts" else Progress(name, place.tenant, of=of)

    loops = await archives.loops(place.tenant, progress=progress_of, age_s_max=0.0)
    tasks = [asyncio.create_task(loop) for loop in loops]
    try:
        await until(lambda: progress.position >= last)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


@asynccontextmanager
async def listening(nats_url: str, stream: str) -> AsyncGenerator[Asked]:
    """Yield what is asked for messages of a stream meanwhile, heard on the wire."""
    asked = Asked()

    def hear(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:
        what = subject.decode()
        if stream not in what.split("."):
            return
        wanted: dict[str, Any] = msgspec.json.decode(payload) if payload else {}
        if searches_for_one(wanted):
            asked.searches.append(wanted)
        elif "DIRECT.GET" in what and "seq" in wanted and "next_by_subj" not in wanted:
            asked.positions.append(wanted["seq"])

    async with connected(nats_url, name="listening") as nc:
        await nc.tap("$JS.API.>", hear)
        await nc.flush()
        yield asked
        # What was asked before this has been heard when this is answered.
        await nc.flush()


def of_contact(tenant: TenantName, name: str) -> list[str]:
    subject = fact_subject(contact(name, tenant=tenant), "life")
    return [subject.replace(".life", ".*")]
