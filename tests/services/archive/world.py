"""An archive of a tenant's facts in a directory, made by the real archiver from a log."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from antiphon.errors import AntiphonError
from antiphon.events.base import TenantName
from antiphon.events.log import Entry, EventLog, Stored
from antiphon.events.progress import Progress
from antiphon.events.subjects import facts_stream
from antiphon.infra.archive_key import Ed25519Signer
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.archiver import Archiver, Source, archive_stream
from antiphon.services.archive.chain import Archive
from antiphon.services.archive.layout import Layout
from antiphon.services.archive.pending import Bounds
from antiphon.services.archive.store import ObjectStore
from antiphon.services.archive.verify import Check, Verdict, verify

from ...waiting import until

TENANT = TenantName("demo")
STREAM = facts_stream(TENANT)
FILTERS = (f"ev.{TENANT}.>",)
SEGMENT_ROWS = 10
SEED = hashlib.sha256(b"a test's signing key").digest()
EPOCH_DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """The archiver's wall clock: moves when told."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def after(self, **delta: float) -> None:
        self.now += timedelta(**delta)


class World:
    """A log, a store, and whoever archives and reads them."""

    def __init__(self, store: ObjectStore, *, log: EventLog | None = None) -> None:
        self.log = log or MemoryLog(idle_s=0.01)
        self.store = store
        self.signer = Ed25519Signer(SEED)
        self.clock = Clock()
        self.stream = STREAM
        self.filters = FILTERS

    def archive(self) -> Archive:
        """Return a reader that has seen nothing yet."""
        return Archive(self.store, trusted=[self.signer.public_key])

    def archiver(self, *, store: ObjectStore | None = None, rows: int = SEGMENT_ROWS) -> Archiver:
        archive = Archive(store or self.store, trusted=[self.signer.public_key])
        return Archiver(
            source=Source(stream=self.stream, filters=self.filters),
            log=self.log,
            archive=archive,
            signer=self.signer,
            now=self.clock,
            progress=Progress("archive", TENANT),
            bounds=Bounds(rows_max=rows),
        )

    async def append(self, count: int, *, contacts: int = 3) -> None:
        """Append facts of some contacts, one after the other."""
        state = await self.log.state(self.stream)
        for n in range(state.last, state.last + count):
            contact, lane = n % contacts, ("life", "speech")[n // contacts % 2]
            payload = f'{{"id":"id-{n}","text":"fact {n} {hashlib.md5(b"%d" % n).hexdigest()}"}}'
            subject = f"{self.filters[0].removesuffix('.>')}.07.contact.c-{contact}.{lane}"
            entry = Entry(f"entry-{n}", payload.encode())
            await self.log.append(self.stream, subject, [entry], expected=None)

    async def logged(self) -> list[Stored]:
        return [one async for page in self.log.read(self.stream, self.filters) for one in page]

    async def layout(self) -> Layout:
        return Layout(self.stream, (await self.log.state(self.stream)).epoch)

    async def verify(self, *, with_log: bool = True, anchor: bytes | None = None) -> Verdict:
        source = Source(stream=self.stream, filters=self.filters)
        log = self.log if with_log else None
        check = Check(
            archive=self.archive(), source=source, log=log, anchors=[anchor] if anchor else []
        )
        [verdict] = await verify(check)
        return verdict

    async def segments(self) -> list[str]:
        layout = await self.layout()
        return [one.key async for page in self.store.list(layout.segments) for one in page]


@asynccontextmanager
async def archiving(archiver: Archiver) -> AsyncGenerator[None]:
    """Run the archiver once, as its loop does, beside the test; its failure fails the test."""
    task = asyncio.create_task(archive_stream(archiver))
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, AntiphonError):
            await task


async def archived_upto(world: World, position: int, *, archiver: Archiver | None = None) -> None:
    """Run an archiver until all up to a position is archived and the day's head signed."""
    one = archiver or world.archiver()
    layout = await world.layout()
    async with archiving(one):

        async def done() -> bool:
            head = await world.store.head(layout.head(world.clock().date()))
            return one.progress.position >= position and head is not None

        await until(done, what=f"archived up to {position}")


async def world_in(directory: Path, *, facts: int = 0, archived: int = 0) -> World:
    world = World(DirectoryStore(directory))
    assert isinstance(world.log, MemoryLog)
    await world.log.create(STREAM)
    await world.append(facts)
    if archived:
        await archived_upto(world, archived)
    return world


def files_of(directory: Path) -> Sequence[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def flip(path: Path, offset: int, *, to: int | None = None) -> None:
    """Change one byte of a file."""
    body = bytearray(path.read_bytes())
    body[offset] = body[offset] ^ 0x01 if to is None else to
    path.chmod(0o600)
    path.write_bytes(body)
