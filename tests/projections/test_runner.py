"""A projection applies every fact once, whoever is killed, restarted or run twice."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec
import pytest
from antiphon.events.base import Position, Recorded, Unreadable
from antiphon.events.journal import Journal
from antiphon.projections import transcript
from antiphon.projections.projection import checkpoint_of, parked_count
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from .counting import COUNT, OTHER, append_raw, count, counted, tell_many
from .world import WAIT_S, Watched, World


async def test_rows_and_position_are_kept_together(world: World) -> None:
    end = await tell_many(world, 20)

    await world.project(COUNT)

    async with world.pool.acquire() as connection:
        checkpoint = await checkpoint_of(connection, COUNT)
    assert checkpoint is not None
    assert (checkpoint.position, await counted(world)) == (end, {CONTACT.contact_id: 21})


async def test_a_projection_goes_on_where_it_was(world: World) -> None:
    await tell_many(world, 5)
    await world.project(COUNT)

    await world.tell(contact_ended())
    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 7}


async def test_a_worker_that_dies_in_mid_batch_leaves_nothing_half_done(world: World) -> None:
    await tell_many(world, 5)
    wrote = asyncio.Event()

    async def write_and_hang(connection: Connection, batch: Sequence[Recorded]) -> None:
        await count(connection, batch)
        wrote.set()
        await asyncio.Event().wait()

    dying = msgspec.structs.replace(COUNT, project=write_and_hang)
    async with world.running(dying), asyncio.timeout(WAIT_S):
        await wrote.wait()
    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 6}


async def test_two_workers_at_once_apply_each_fact_once(world: World) -> None:
    await tell_many(world, 30)

    async with world.running(COUNT) as first, world.running(COUNT) as second:
        end = await world.tell(contact_ended(), transcript_completed())
        await asyncio.gather(first.until(end), second.until(end))

    assert await counted(world) == {CONTACT.contact_id: 33}


async def test_a_second_worker_waits_for_the_first_then_skips_its_facts(world: World) -> None:
    await tell_many(world, 3)
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def write_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        await count(connection, batch)
        entered.set()
        await may_go_on.wait()

    slow = msgspec.structs.replace(COUNT, project=write_slowly)
    async with world.running(slow) as first:
        async with asyncio.timeout(WAIT_S):
            await entered.wait()
        async with world.running(COUNT) as second:
            assert second.position == 0
            may_go_on.set()
            await asyncio.gather(first.until(Position(4)), second.until(Position(4)))

    assert await counted(world) == {CONTACT.contact_id: 4}


@pytest.mark.parametrize(
    ("named", "version", "problem"),
    [
        pytest.param("never_heard_of", 1, "unknown_type", id="an unknown type"),
        pytest.param("utterance_finalized", 99, "newer_version", id="a newer version"),
        pytest.param("utterance_finalized", 1, "undecodable", id="a body that does not fit"),
    ],
)
async def test_a_contact_with_an_unreadable_fact_is_parked_and_others_flow(
    world: World, named: str, version: int, problem: str
) -> None:
    await world.tell(contact_started())
    unreadable = await append_raw(world, named=named, version=version)
    await world.tell(utterance_finalized(), contact_ended())
    await world.tell(contact_started(), contact_ended(), contact=OTHER)

    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 1, OTHER.contact_id: 2}
    parked = await world.rows(
        "SELECT contact_id, position, problem, skipped FROM projection_parked"
    )
    assert parked == [(CONTACT.contact_id, unreadable, problem, 3)]


async def test_facts_of_a_parked_contact_are_counted_and_skipped(world: World) -> None:
    await append_raw(world, named="never_heard_of")
    await world.project(COUNT)

    await world.tell(contact_started(), contact_ended())
    await world.project(COUNT)

    assert await counted(world) == {}
    assert await world.rows("SELECT skipped FROM projection_parked") == [(3,)]
    async with world.pool.acquire() as connection:
        assert await parked_count(connection, COUNT) == 1


async def test_rows_that_cannot_be_stored_park_their_contact_alone(world: World) -> None:
    await world.tell(contact_started(), utterance_finalized("a \x00 no text can hold"))
    end = await world.tell(contact_started(), utterance_finalized(), contact=OTHER)

    await world.project(transcript.PROJECTION)

    assert await world.rows("SELECT contact_id FROM transcript_v1_line") == [(OTHER.contact_id,)]
    assert await world.rows("SELECT contact_id, problem FROM projection_parked") == [
        (CONTACT.contact_id, "unstorable")
    ]
    assert await world.rows("SELECT position FROM projection_checkpoint") == [(end,)]


class LaterJournal(Journal):
    """The journal of a later version, which can read what this one cannot."""

    async def read(self, *arguments: Any, **given: Any) -> AsyncGenerator[Recorded]:
        async for fact in super().read(*arguments, **given):
            if isinstance(fact.event, Unreadable):
                yield msgspec.structs.replace(fact, event=contact_ended())
            else:
                yield fact


async def test_a_parked_contact_is_taken_up_in_order_by_a_reader_that_understands(
    world: World,
) -> None:
    await world.tell(contact_started())
    await append_raw(world, named="never_heard_of")
    end = await world.tell(utterance_finalized())
    await world.project(COUNT)
    before = await counted(world)

    upgraded = Watched()
    async with world.running(COUNT, journal=LaterJournal(world.log, world.keys), progress=upgraded):
        await upgraded.until(end)

    assert (before, await counted(world)) == (
        {CONTACT.contact_id: 1},
        {CONTACT.contact_id: 3},
    )
    assert await world.rows("SELECT * FROM projection_parked") == []
