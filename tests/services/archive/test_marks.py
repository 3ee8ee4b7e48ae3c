"""Who has read a chain up to a mark reads on from there, and trusts nothing the less."""

from pathlib import Path

import pytest
from antiphon.errors import ArchiveCorrupt
from antiphon.events.base import START, Position
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.alone import ArchiveAlone
from antiphon.services.archive.chain import BEGINNING, Mark
from msgspec.structs import replace

from .world import SEGMENT_ROWS, STREAM, World, archived_upto, world_in

TWO, THREE = 2 * SEGMENT_ROWS, 3 * SEGMENT_ROWS


async def marked(directory: Path) -> tuple[World, Mark]:
    """Return a world whose archive went on by a segment since the mark."""
    world = await world_in(directory, facts=TWO, archived=TWO)
    layout = await world.layout()
    mark = (await world.archive().chain(STREAM, layout.epoch)).mark
    await world.append(SEGMENT_ROWS)
    await archived_upto(world, THREE)
    return world, mark


async def test_a_reader_goes_on_from_its_mark_without_what_stands_before(tmp_path: Path) -> None:
    world, mark = await marked(tmp_path)
    layout, archive = await world.layout(), world.archive()
    (tmp_path / layout.link(0)).unlink()

    after = await archive.resume(STREAM, layout.epoch, mark)
    chain = await archive.chain(STREAM, layout.epoch)

    assert (after, chain.last, len(chain.links)) == (TWO, THREE, 1)
    alone = ArchiveAlone(world.log, archive, epoch=layout.epoch)
    read = [one async for batch in alone.read(STREAM, world.filters, after=after) for one in batch]
    assert read == (await world.logged())[TWO:]
    assert chain.mark == Mark(ordinal=2, digest=chain.tip, last=Position(THREE))


@pytest.mark.parametrize("other", ["gone", "changed"])
async def test_another_archive_in_its_place_is_read_from_the_beginning(
    tmp_path: Path, other: str
) -> None:
    world, mark = await marked(tmp_path)
    layout, archive = await world.layout(), world.archive()
    wrong = {
        "gone": replace(mark, ordinal=9),
        "changed": replace(mark, digest="0" * len(mark.digest)),
    }

    after = await archive.resume(STREAM, layout.epoch, wrong[other])

    assert after == START
    assert len((await archive.chain(STREAM, layout.epoch)).links) == THREE // SEGMENT_ROWS


async def test_what_does_not_follow_the_mark_is_refused(tmp_path: Path) -> None:
    world, mark = await marked(tmp_path)
    layout, archive = await world.layout(), world.archive()
    await archive.resume(STREAM, layout.epoch, mark)
    (tmp_path / layout.link(2)).rename(tmp_path / layout.link(3))

    with pytest.raises(ArchiveCorrupt, match="is missing"):
        await archive.chain(STREAM, layout.epoch)


async def test_an_empty_archive_and_no_mark_are_a_beginning(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=1)
    layout = await world.layout()
    archive = World(DirectoryStore(tmp_path / "empty")).archive()

    assert await archive.resume(STREAM, layout.epoch, BEGINNING) == START
    assert (await archive.chain(STREAM, layout.epoch)).mark == BEGINNING
