"""An archive held against the log that it was made from."""

from collections.abc import Callable
from pathlib import Path

import pytest
from antiphon.events.base import Position
from antiphon.events.log import Stored
from antiphon.services.archive.index import index_of
from antiphon.services.archive.writing import Writer, segment_of
from msgspec.structs import replace

from .world import archived_upto, flip, world_in

FACTS = 40


async def test_of_several_wrong_bytes_the_first_is_named_where_the_log_still_has_them(
    tmp_path: Path,
) -> None:
    world = await world_in(tmp_path, facts=FACTS, archived=FACTS)
    segment = tmp_path / (await world.segments())[2]
    flip(segment, 401)
    flip(segment, 123)

    flaw = (await world.verify()).flaw

    assert flaw is not None
    assert flaw.where == (await world.segments())[2]
    assert flaw.problem.endswith("more than one byte is wrong; the first is byte 123")


def other_payload(one: Stored) -> Stored:
    return replace(one, payload=b'{"id":"id-14","text":"forged"}')


def other_subject(one: Stored) -> Stored:
    return replace(one, subject="ev.demo.07.contact.c-1.life")


def other_moment(one: Stored) -> Stored:
    return replace(one, recorded_at=one.recorded_at.replace(year=2001))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (other_payload, "payload is not"),
        (other_subject, "subject is not"),
        (other_moment, "recorded_at is not"),
    ],
)
async def test_what_was_signed_and_is_not_what_the_log_holds_is_found_with_its_position(
    tmp_path: Path, change: Callable[[Stored], Stored], problem: str
) -> None:
    world = await world_in(tmp_path, facts=10, archived=10)
    await world.append(10)
    logged = await world.logged()
    logged[14] = change(logged[14])
    archive, layout = world.archive(), await world.layout()
    writer = Writer(archive, layout, signer=world.signer, now=world.clock)
    segment = await segment_of(layout, logged[10:20])
    await writer.put_segment(segment)
    await writer.put_link(await archive.chain(layout.stream, layout.epoch), segment)

    flaw = (await world.verify()).flaw

    assert flaw is not None
    assert flaw.where == segment.key
    assert flaw.problem.startswith(f"position 15: {problem}")


async def test_a_signed_segment_with_a_hole_is_found(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10, archived=10)
    await world.append(10)
    entries = (await world.logged())[10:20]
    archive, layout = world.archive(), await world.layout()
    writer = Writer(archive, layout, signer=world.signer, now=world.clock)
    segment = await segment_of(layout, [*entries[:4], *entries[5:]])
    await writer.put_segment(segment)
    await writer.put_link(await archive.chain(layout.stream, layout.epoch), segment)

    flaw = (await world.verify()).flaw

    assert flaw is not None
    assert flaw.problem == "does not hold the positions of its name, each once"


async def test_an_archive_that_lags_behind_a_whole_log_is_no_flaw(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=35, archived=30)

    verdict = await world.verify()

    assert verdict.flaw is None
    assert (verdict.last, verdict.compared) == (30, 30)


async def test_a_log_that_ends_before_its_archive_is_found(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=30, archived=30)
    shorter = await world_in(tmp_path / "other", facts=0)
    shorter.store = world.store
    state = await world.log.state(world.stream)
    shorter.log._streams[world.stream].epoch = state.epoch  # type: ignore[attr-defined]

    flaw = (await shorter.verify()).flaw

    assert flaw is not None
    assert flaw.problem == "archived up to position 30, and the log ends at 0"


async def test_a_signed_link_whose_index_is_of_others_is_found(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10, archived=10)
    await world.append(10)
    archive, layout = world.archive(), await world.layout()
    writer = Writer(archive, layout, signer=world.signer, now=world.clock)
    segment = await segment_of(layout, (await world.logged())[10:20])
    await writer.put_segment(segment)
    forged = replace(segment, index=index_of(["ev.demo.07.contact.somebody-else.life"]))
    await writer.put_link(await archive.chain(layout.stream, layout.epoch), forged)

    flaw = (await world.verify()).flaw

    assert flaw is not None
    assert (flaw.where, flaw.problem) == (segment.key, "is not what its index says")


async def test_a_beginning_that_is_not_where_the_chain_begins_is_found(tmp_path: Path) -> None:
    world = await world_in(tmp_path, facts=10)
    layout = await world.layout()
    await Writer(world.archive(), layout, signer=world.signer, now=world.clock).begin(Position(4))
    await archived_upto(world, 10)

    flaw = (await world.verify()).flaw

    assert flaw is not None
    assert flaw.where == layout.beginning
    assert flaw.problem == "says position 4, and the chain begins at 1"
