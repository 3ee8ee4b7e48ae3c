"""Archive, then log: every fact once and in order, whatever moves meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.errors import (
    ArchiveCorrupt,
    ArchiveOfOtherEpoch,
    EpochChanged,
    FactsLost,
    PositionBeyondEnd,
)
from antiphon.events.base import Epoch, Position, TenantName
from antiphon.events.log import Stored
from antiphon.events.subjects import (
    fact_filters,
    facts_stream,
)
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.archiver import archive_stream
from antiphon.services.archive.history import ArchivedLog
from msgspec import json
from nats.aio.client import Client

from ...infra.places import new_tenant
from .world import World, archived_upto, archiving, flip, world_in


async def read(log: ArchivedLog, world: World, **given: int) -> list[Stored]:
    bounds = {name: Position(value) for name, value in given.items()}
    pages = log.read(world.stream, world.filters, **bounds)
    return [stored async for page in pages for stored in page]


def positions(entries: Sequence[Stored]) -> list[int]:
    return [one.position for one in entries]


class TestWithAWholeLog:
    @pytest_asyncio.fixture
    async def world(self, tmp_path: Path) -> World:
        return await world_in(tmp_path / "archive", facts=35, archived=30)

    async def test_what_is_read_is_what_the_log_holds(self, world: World) -> None:
        assert await read(ArchivedLog(world.log, world.archive()), world) == await world.logged()

    @pytest.mark.parametrize("after", [0, 1, 9, 10, 11, 29, 30, 31, 34, 35])
    @pytest.mark.parametrize("upto", [1, 10, 25, 30, 33, 35, 99])
    async def test_a_reader_begins_and_ends_where_it_says(
        self, world: World, after: int, upto: int
    ) -> None:
        found = await read(ArchivedLog(world.log, world.archive()), world, after=after, upto=upto)

        assert positions(found) == list(range(after + 1, min(upto, 35) + 1))

    async def test_without_an_archive_it_is_the_log(self, tmp_path: Path) -> None:
        world = await world_in(tmp_path / "empty", facts=5)

        assert positions(await read(ArchivedLog(world.log, world.archive()), world)) == [
            1, 2, 3, 4, 5,
        ]  # fmt: skip

    async def test_a_corrupt_segment_is_named_and_never_skipped(
        self, world: World, tmp_path: Path
    ) -> None:
        key = (await world.segments())[1]
        flip(tmp_path / "archive" / key, 200)
        pages = ArchivedLog(world.log, world.archive()).read(world.stream, world.filters)
        found = list(await anext(pages))

        with pytest.raises(ArchiveCorrupt, match="byte 200 is") as caught:
            await anext(pages)

        assert caught.value.key == key
        assert positions(found) == list(range(1, 11))

    async def test_a_missing_link_stops_the_reader_too(self, world: World, tmp_path: Path) -> None:
        layout = await world.layout()
        (tmp_path / "archive" / layout.link(1)).unlink()

        with pytest.raises(ArchiveCorrupt, match="is missing"):
            await read(ArchivedLog(world.log, world.archive()), world)

    async def test_a_log_that_was_made_anew_is_refused_by_name(self, world: World) -> None:
        archived = (await world.log.state(world.stream)).epoch
        anew = MemoryLog()
        await anew.create(world.stream)
        log = ArchivedLog(anew, world.archive())

        with pytest.raises(ArchiveOfOtherEpoch, match=archived):
            await read(log, world)
        with pytest.raises(ArchiveOfOtherEpoch, match=archived):
            await log.state(world.stream)

    async def test_an_epoch_that_is_named_is_read_from_the_archive_alone(
        self, world: World
    ) -> None:
        logged = await world.logged()
        epoch = (await world.log.state(world.stream)).epoch
        anew = MemoryLog()
        await anew.create(world.stream)
        log = ArchivedLog(anew, world.archive(), epoch=epoch)

        assert await read(log, world) == logged[:30]
        assert (await log.state(world.stream)).last == 30

    async def test_to_follow_refuses_another_epoch_and_what_is_beyond_the_end(
        self, world: World
    ) -> None:
        log = ArchivedLog(world.log, world.archive())

        with pytest.raises(EpochChanged):
            await anext(log.follow(world.stream, world.filters, epoch=Epoch("other")))
        with pytest.raises(PositionBeyondEnd):
            await anext(log.follow(world.stream, world.filters, after=Position(36)))

    async def test_a_reader_learns_what_was_archived_since_it_began(self, world: World) -> None:
        log = ArchivedLog(world.log, world.archive())
        assert len(await read(log, world)) == 35

        await world.append(15)
        await archived_upto(world, 50)

        assert positions(await read(log, world, after=30)) == list(range(31, 51))


class Counting(DirectoryStore):
    """Counts the bytes of segments that are read."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.segments = 0

    async def get(self, key: str) -> bytes | None:
        self.segments += key.endswith(".parquet")
        return await super().get(key)


class OnJetStream:
    """A log that can let go of its oldest."""

    def __init__(self, nc: Client, world: World) -> None:
        self.nc = nc
        self.world = world

    async def let_go(self, upto: int) -> None:
        asked = json.encode({"seq": upto + 1})
        subject = f"$JS.API.STREAM.PURGE.{self.world.stream}"
        answer = await self.nc.request(subject, asked, timeout=5)
        assert json.decode(answer.data)["success"]


@pytest_asyncio.fixture
async def real(nats_url: str, tmp_path: Path) -> AsyncGenerator[OnJetStream]:
    tenant: TenantName = new_tenant()
    async with connected(nats_url, name="test") as nc:
        stream = facts_stream(tenant)
        await Streams(nc).create(stream, f"ev.{tenant}.>", deny_delete=True)
        world = World(Counting(tmp_path / "archive"), log=JetStreamLog(nc))
        world.stream, world.filters = stream, (f"ev.{tenant}.>",)
        yield OnJetStream(nc, world)
        await nc.request(f"$JS.API.STREAM.DELETE.{stream}", timeout=5)


async def test_what_the_log_let_go_of_is_read_from_the_archive(real: OnJetStream) -> None:
    world = real.world
    await world.append(35)
    whole = await world.logged()
    await archived_upto(world, 30)

    await real.let_go(30)

    assert await read(ArchivedLog(world.log, world.archive()), world) == whole
    assert (await world.verify()).flaw is None


async def test_a_log_that_let_go_of_everything_is_read_too(real: OnJetStream) -> None:
    world = real.world
    await world.append(30)
    whole = await world.logged()
    await archived_upto(world, 30)

    await real.let_go(30)

    log = ArchivedLog(world.log, world.archive())
    assert await read(log, world) == whole
    assert await read(log, world, after=30) == []
    assert ((await log.state(world.stream)).first, (await log.state(world.stream)).last) == (1, 30)


@pytest.mark.parametrize("known", [False, True], ids=["new reader", "reader that knew the archive"])
async def test_while_a_reader_reads_the_archiver_moves_and_the_log_lets_go(
    real: OnJetStream, *, known: bool
) -> None:
    world = real.world
    await world.append(30)
    log = ArchivedLog(world.log, world.archive())
    if known:
        await archived_upto(world, 20)
        assert len(await read(log, world)) == 30
    await world.append(30)
    whole = await world.logged()
    found: list[Stored] = []

    async with aclosing(log.read(world.stream, world.filters)) as pages:
        async for page in pages:
            if not found:
                await archived_upto(world, 60)
                await real.let_go(60)
            found += page

    assert found == whole


async def test_to_follow_begins_in_the_archive_and_goes_on_in_the_log(real: OnJetStream) -> None:
    world = real.world
    await world.append(30)
    await archived_upto(world, 30)
    await real.let_go(30)
    log = ArchivedLog(world.log, world.archive())
    found: list[Stored] = []

    async with asyncio.timeout(20), aclosing(log.follow(world.stream, world.filters)) as pages:
        async for page in pages:
            found += page
            if len(found) == 30:
                await world.append(5)
            if len(found) == 35:
                break

    assert positions(found) == list(range(1, 36))


async def test_facts_that_neither_holds_are_refused_by_name(real: OnJetStream) -> None:
    world = real.world
    await world.append(20)
    await archived_upto(world, 20)
    await world.append(20)
    await real.let_go(30)

    with pytest.raises(FactsLost) as caught:
        await read(ArchivedLog(world.log, world.archive()), world)

    assert (caught.value.archived, caught.value.first) == (20, 31)
    with pytest.raises(FactsLost):
        await archive_stream(world.archiver())
    flaw = (await world.verify()).flaw
    assert flaw is not None
    assert "and the log begins at" in flaw.problem


async def test_who_begins_late_begins_with_the_oldest_there_is(real: OnJetStream) -> None:
    world = real.world
    await world.append(20)
    await real.let_go(5)

    assert positions(await read(ArchivedLog(world.log, world.archive()), world)) == list(
        range(6, 21)
    )

    await archived_upto(world, 15)
    await real.let_go(15)
    assert positions(await read(ArchivedLog(world.log, world.archive()), world)) == list(
        range(6, 21)
    )
    verdict = await world.verify()
    assert verdict.flaw is None
    assert verdict.notes == ["the log began at position 6 when archiving started"]


async def test_one_contacts_history_reads_only_the_segments_it_is_in(real: OnJetStream) -> None:
    world = real.world
    tenant = world.stream.removeprefix("EV_").lower()
    await world.append(200, contacts=100)
    await archived_upto(world, 200)
    await real.let_go(200)
    assert isinstance(world.store, Counting)
    world.store.segments = 0
    filters = [f"ev.{tenant}.07.contact.c-42.*"]

    found = [
        stored
        async for page in ArchivedLog(world.log, world.archive()).read(world.stream, filters)
        for stored in page
    ]

    assert positions(found) == [43, 143]
    # Of twenty: the two it is in, and by chance one or two; eight more once in a thousand million.
    assert world.store.segments < 10


async def test_one_contact_is_read_from_the_log_while_the_log_has_it_all(
    real: OnJetStream,
) -> None:
    world = real.world
    await world.append(40)
    await archived_upto(world, 40)
    assert isinstance(world.store, Counting)
    world.store.segments = 0
    tenant = world.stream.removeprefix("EV_").lower()
    filters = fact_filters(TenantName(tenant))
    one = [f"ev.{tenant}.07.contact.c-1.*"]
    log = ArchivedLog(world.log, world.archive())

    from_log = [s async for page in log.read(world.stream, one) for s in page]
    assert world.store.segments == 0

    whole = [s async for page in log.read(world.stream, filters) for s in page]
    assert world.store.segments == 4
    assert from_log == [s for s in whole if ".c-1." in s.subject]


async def test_reading_stops_and_starts_anywhere_without_leaving_anything_open(
    real: OnJetStream,
) -> None:
    world = real.world
    await world.append(35)
    async with archiving(world.archiver()):
        log = ArchivedLog(world.log, world.archive())
        for after in range(0, 35, 7):
            async with aclosing(
                log.read(world.stream, world.filters, after=Position(after))
            ) as pages:
                first = await anext(pages)

            assert first[0].position == after + 1
