"""Facts come in, segments and links go out; a crash anywhere loses and doubles nothing."""

import asyncio
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from antiphon.errors import ArchiveUnavailable
from antiphon.events.base import Position
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive import archiver as archiver_module
from antiphon.services.archive.archiver import archive_stream, run
from antiphon.services.archive.layout import segment_name
from antiphon.services.archive.pending import SOON_S_MAX
from antiphon.services.archive.writing import segment_of
from msgspec.structs import replace
from prometheus_client import REGISTRY

from ...waiting import until
from .world import archived_upto, archiving, files_of, world_in


async def test_full_segments_are_written_and_the_rest_waits(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=25, archived=20)

    names = [segment_name(key) for key in await world.segments()]

    assert [(name.first, name.last) for name in names if name] == [(1, 10), (11, 20)]


async def test_what_waits_too_long_is_written_though_the_segment_is_not_full(
    tmp_path: Path,
) -> None:
    world = await world_in(tmp_path, facts=3)
    archiver = world.archiver()

    world.clock.after(seconds=archiver.bounds.age_s_max + 60)
    await archived_upto(world, 3, archiver=archiver)

    assert len(await world.segments()) == 1


async def test_what_is_wanted_soon_is_written_with_what_stands_before_it(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=5)  # of contacts 0, 1, 2, 0, 1
    archiver = world.archiver()
    wanted = replace(archiver, source=replace(archiver.source, soon=("ev.*.*.contact.c-2.*",)))

    async with archiving(wanted):
        world.clock.after(seconds=SOON_S_MAX + 60)
        await until(lambda: wanted.progress.position == 5)
        await world.append(2, contacts=2)  # of contacts 1 and 0: they wait
        world.clock.after(seconds=SOON_S_MAX + 60)
        await world.append(1, contacts=5)  # of contact 2
        world.clock.after(seconds=SOON_S_MAX + 60)
        await until(lambda: wanted.progress.position == 8)

    names = [segment_name(key) for key in await world.segments()]
    assert [(name.first, name.last) for name in names if name] == [(1, 5), (6, 8)]


async def test_what_comes_later_is_archived_too(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10)
    archiver = world.archiver()

    async with archiving(archiver):
        await until(lambda: archiver.progress.position == 10)
        await world.append(15)
        await until(lambda: archiver.progress.position == 20)

    assert (await world.verify()).flaw is None


async def test_a_restarted_archiver_goes_on_where_the_archive_ends(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=25, archived=20)
    before = files_of(tmp_path)

    await world.append(5)
    await archived_upto(world, 30)

    assert len(await world.segments()) == 3
    assert set(before) < set(files_of(tmp_path))


async def test_each_day_has_a_signed_head(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10, archived=10)
    world.clock.after(days=1)
    await archived_upto(world, 10)
    await world.append(10)
    world.clock.after(days=1)
    await archived_upto(world, 20)

    layout = await world.layout()
    heads = [h async for _, _, h in world.archive().heads(layout.stream, layout.epoch)]

    assert [head.ordinal for head in heads] == [0, 0, 1]
    assert [(later.day - head.day).days for head, later in pairwise(heads)] == [1, 1]


class Crashing(DirectoryStore):
    """A store beneath which the process dies: before or after the nth put took effect."""

    def __init__(self, root: Path, *, at: int, after: bool) -> None:
        super().__init__(root)
        self._left = at
        self._after = after

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        if self._left == 0 and not self._after:
            raise ConnectionAbortedError
        stored = await super().put(key, body, retain_until=retain_until)
        if self._left == 0:
            raise ConnectionAbortedError
        self._left -= 1
        return stored


PUTS = 9  # key, beginning, three segments with their links, the head


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", range(PUTS))
async def test_a_crash_at_any_put_loses_and_doubles_nothing(
    tmp_path: Path, at: int, *, after: bool
) -> None:
    world = await world_in(tmp_path, facts=35)
    crashing = world.archiver(store=Crashing(tmp_path, at=at, after=after))
    with pytest.raises(ConnectionAbortedError):
        await archive_stream(crashing)

    # Not at the same bounds: a segment that is there is taken up and not written again.
    await archived_upto(world, 35, archiver=world.archiver(rows=5))

    verdict = await world.verify()
    assert verdict.flaw is None
    assert verdict.notes == []
    assert (verdict.first, verdict.compared) == (1, verdict.last)


async def test_a_store_that_is_away_stops_the_archiver_and_loses_nothing(tmp_path: Path) -> None:
    world = await world_in(tmp_path / "a" / "b", facts=10)
    (tmp_path / "a").write_text("in the way")

    with pytest.raises(ArchiveUnavailable):
        await archive_stream(world.archiver())

    (tmp_path / "a").unlink()
    await archived_upto(world, 10)
    assert (await world.verify()).flaw is None


async def test_archivers_side_by_side_do_not_hurt_each_other(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=100)
    archivers = [world.archiver(rows=rows) for rows in (7, 10, 13)]

    tasks = [asyncio.create_task(run(one)) for one in archivers]
    try:
        # The one that is content with seven goes on to the end; nobody is in its way.
        await until(lambda: max(one.progress.position for one in archivers) >= 94)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    verdict = await world.verify()
    assert verdict.flaw is None
    assert (verdict.first, verdict.compared) == (1, verdict.last)


async def test_an_archiver_that_was_overtaken_learns_it_though_it_has_nothing_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiver_module, "LOOK_S", 0.0)
    world = await world_in(tmp_path, facts=20)
    idle = world.archiver(rows=1_000)
    running = asyncio.create_task(run(idle))
    try:
        await archived_upto(world, 20)
        await until(lambda: idle.progress.position == 20)
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_what_the_log_is_about_to_let_go_of_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiver_module, "LOOK_S", 0.0)
    world = await world_in(tmp_path, facts=3)
    one = world.archiver()
    kept = replace(one, source=replace(one.source, kept_s=100.0))

    async with archiving(kept):
        await until(lambda: kept.progress.silent_s < 1)
        assert kept.progress.position == 0
        world.clock.after(seconds=51)
        await until(lambda: kept.progress.position == 3)

    late = REGISTRY.get_sample_value("antiphon_archive_late", {"stream": world.stream})
    assert late == 1.0


async def test_the_loop_outlasts_a_fault_and_says_so(tmp_path: Path) -> None:
    world = await world_in(tmp_path / "a" / "b", facts=10)
    (tmp_path / "a").write_text("in the way")
    archiver = world.archiver()
    running = asyncio.create_task(run(archiver))
    try:
        await until(lambda: archiver.progress.oldest_unfinished_s > 0)
        (tmp_path / "a").unlink()
        await until(lambda: archiver.progress.position == 10)
        assert archiver.progress.oldest_unfinished_s == 0
    finally:
        running.cancel()
        await asyncio.wait([running])


async def test_a_segment_that_is_not_what_the_log_holds_is_not_taken_up(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10)
    layout, logged = await world.layout(), await world.logged()
    forged = await segment_of(layout, [replace(logged[0], payload=b"forged"), *logged[1:7]])
    await world.store.put(forged.key, forged.body)
    await world.store.put(f"{layout.segments_from(Position(1))}x.parquet", b"no segment")

    await archived_upto(world, 10)

    verdict = await world.verify()
    assert (verdict.flaw, verdict.last) == (None, 10)
    assert f"{forged.key} is in no link: a crash or a race left it" in verdict.notes
