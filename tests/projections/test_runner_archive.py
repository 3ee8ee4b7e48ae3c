"""What the log has let go of, a running projection reads from the archive by itself."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.errors import ArchiveCorrupt, ArchiveUnavailable, FactsLost, PositionsSkipped
from antiphon.events.base import Position
from antiphon.events.journal import Journal
from antiphon.events.progress import Progress
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import facts_stream
from antiphon.infra.archiving import FACTS, Archives
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.store import ObjectFound

from ..builders import CONTACT, contact_ended, contact_started, utterance_finalized
from ..waiting import until
from .counting import COUNT, OTHER, counted, stumbling, tell_many
from .purged import PurgedLog
from .test_runner_outages import stuck_turn
from .world import IDLE_S, STREAM, TENANT, WAIT_S, Watched, World


class Archived:
    """A world whose facts are archived, and whose log lets go of them."""

    def __init__(self, world: World, log: PurgedLog, directory: Path) -> None:
        self.world = world
        self.log = log
        self.directory = directory
        self.archives = Archives(store=DirectoryStore(directory), log=log, keys=world.keys)

    async def archive(self) -> Position:
        """Archive all there is; return the last position."""
        end = (await self.log.state(STREAM)).last
        made: dict[str, Progress] = {}

        def progress(name: str, _: str) -> Progress:
            return made.setdefault(name, Progress(name, TENANT))

        loops = await self.archives.loops(TENANT, progress=progress, age_s_max=0.0)
        tasks = [asyncio.create_task(loop) for loop in loops]
        try:
            await until(lambda: made[FACTS].position >= end, what="archived")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        return end

    async def history(self) -> Journal:
        return await self.archives.history(TENANT)


@pytest_asyncio.fixture
async def archived(world: World, tmp_path: Path) -> AsyncGenerator[Archived]:
    log = PurgedLog(idle_s=IDLE_S)
    await log.create(STREAM)
    await log.create("CF_DEMO")
    world.log, world.journal = log, Journal(log, world.keys)
    yield Archived(world, log, tmp_path / "archive")


async def test_a_read_model_that_is_behind_the_log_reads_the_archive_and_goes_on(
    archived: Archived,
) -> None:
    world, log = archived.world, archived.log
    await tell_many(world, 3)
    await world.project(COUNT)
    await tell_many(world, 700)
    log.purged_upto = await archived.archive()
    await world.tell(contact_started(), contact=OTHER)

    async with world.running(COUNT, history=await archived.history()) as progress:
        await progress.until(Position(log.purged_upto + 1))
        end = await world.tell(contact_ended(), contact=OTHER)
        await progress.until(end)

    assert await counted(world) == {CONTACT.contact_id: 705, OTHER.contact_id: 2}


async def test_a_new_read_model_begins_in_the_archive(archived: Archived) -> None:
    world, log = archived.world, archived.log
    await tell_many(world, 3)
    log.purged_upto = await archived.archive()
    await world.tell(contact_started(), contact=OTHER)

    await world.project(COUNT, history=await archived.history())

    assert await counted(world) == {CONTACT.contact_id: 4, OTHER.contact_id: 1}


@pytest.mark.parametrize("seen", [True, False], ids=["that has begun", "that is new"])
async def test_a_log_that_is_purged_while_it_is_followed_loses_nothing(
    archived: Archived, *, seen: bool
) -> None:
    world, log = archived.world, archived.log
    if seen:
        await world.tell(contact_started())
        await world.project(COUNT)
    await tell_many(world, 5)
    last = await archived.archive()
    end = await world.tell(contact_started(), contact=OTHER)

    class Purging(Journal):
        """A log that lets go after its ends were asked for, once."""

        def follow(self, *arguments: object, **given: object) -> AsyncGenerator[object]:  # type: ignore[override]
            log.purged_upto = last
            return super().follow(*arguments, **given)  # type: ignore[arg-type]

    journal = Purging(log, world.keys)
    async with world.running(COUNT, journal=journal, history=await archived.history()) as progress:
        await progress.until(end)

    assert await counted(world) == {CONTACT.contact_id: last, OTHER.contact_id: 1}


async def test_facts_that_neither_log_nor_archive_has_stop_it_by_name(
    archived: Archived, capsys: pytest.CaptureFixture[str]
) -> None:
    world, log = archived.world, archived.log
    await world.tell(contact_started())
    await world.project(COUNT)
    last = await archived.archive()
    log.purged_upto = await world.tell(utterance_finalized())
    await world.tell(contact_started(), contact=OTHER)

    async with (
        world.running(COUNT, history=await archived.history()) as stuck,
        asyncio.timeout(WAIT_S),
    ):
        while FactsLost.code not in (told := capsys.readouterr().out):
            await stuck_turn(world)

    assert f"archived up to position {last} and begins at {log.purged_upto + 1}" in told
    assert stuck.position == last
    assert await counted(world) == {CONTACT.contact_id: 1}


async def test_an_archive_that_is_corrupt_is_named_and_not_passed_over(
    archived: Archived, capsys: pytest.CaptureFixture[str]
) -> None:
    world, log = archived.world, archived.log
    await world.tell(contact_started())
    await world.project(COUNT)
    await tell_many(world, 2)
    log.purged_upto = await archived.archive()
    await world.tell(contact_started(), contact=OTHER)
    for segment in (archived.directory / facts_stream(TENANT)).rglob("*.parquet"):
        segment.unlink()

    async with world.running(COUNT, history=await archived.history()), asyncio.timeout(WAIT_S):
        while ArchiveCorrupt.code not in capsys.readouterr().out:
            await stuck_turn(world)

    assert await counted(world) == {CONTACT.contact_id: 1}


async def test_without_an_archive_the_way_out_is_named(
    archived: Archived, capsys: pytest.CaptureFixture[str]
) -> None:
    world, log = archived.world, archived.log
    await world.tell(contact_started())
    await world.project(COUNT)
    log.purged_upto = await world.tell(utterance_finalized())
    await world.tell(contact_ended())

    async with world.running(COUNT), asyncio.timeout(WAIT_S):
        while PositionsSkipped.code not in (told := capsys.readouterr().out):
            await stuck_turn(world)

    assert "has to be rebuilt" in told
    assert await counted(world) == {CONTACT.contact_id: 1}


async def test_a_parked_contact_is_resumed_though_its_facts_are_in_the_archive_alone(
    archived: Archived,
) -> None:
    world, log = archived.world, archived.log
    await world.tell(contact_started(), utterance_finalized(), contact_ended())
    await world.project(stumbling(UtteranceFinalized))
    log.purged_upto = await archived.archive()
    end = await world.tell(contact_started(), contact=OTHER)

    async with world.running(COUNT, history=await archived.history()) as progress:
        await progress.until(end)

    assert await counted(world) == {CONTACT.contact_id: 3, OTHER.contact_id: 1}
    assert await world.rows("SELECT * FROM count_parked") == []


async def test_an_archive_that_is_away_holds_up_only_what_needs_it(
    archived: Archived, capsys: pytest.CaptureFixture[str]
) -> None:
    world, log = archived.world, archived.log
    await world.tell(contact_started(), utterance_finalized(), contact_ended())
    await world.project(stumbling(UtteranceFinalized))
    log.purged_upto = await archived.archive()
    for segment in (archived.directory / facts_stream(TENANT)).rglob("*.parquet"):
        segment.unlink()
    end = await world.tell(contact_started(), contact=OTHER)

    progress = Watched()
    async with world.running(COUNT, history=await archived.history(), progress=progress):
        await progress.until(end)

    assert "parked_contacts_left" in capsys.readouterr().out
    assert await counted(world) == {CONTACT.contact_id: 1, OTHER.contact_id: 1}
    assert await world.rows("SELECT position FROM count_parked") == [(2,)]


class Away(DirectoryStore):
    """An object store that does not answer."""

    def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[Sequence[ObjectFound]]:
        raise ArchiveUnavailable(f"no answer about {prefix}{after}")


async def test_a_log_that_holds_all_is_followed_without_a_look_at_the_archive(
    archived: Archived,
) -> None:
    world = archived.world
    await world.tell(contact_started())
    away = Archives(store=Away(archived.directory), log=archived.log, keys=world.keys)

    await world.project(COUNT, history=await away.history(TENANT))

    assert await counted(world) == {CONTACT.contact_id: 1}
