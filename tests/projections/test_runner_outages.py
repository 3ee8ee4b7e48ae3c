"""A projection outlasts what happens to the log and the store, and names what it cannot."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import asyncpg
import msgspec
import pytest
from antiphon.errors import EpochChanged, PositionsSkipped
from antiphon.events.base import Position, Recorded
from antiphon.events.journal import Journal
from antiphon.events.log import Stored
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections import transcript
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    contact_ended,
    contact_started,
    draft,
    transcript_completed,
    utterance_finalized,
)
from .counting import COUNT, count, counted, tell_many
from .purged import PurgedLog
from .world import IDLE_S, STREAM, WAIT_S, Watched, World, world


class ForgetfulLog(MemoryLog):
    """A log that no longer gives some positions."""

    forgotten: frozenset[int] = frozenset()

    async def follow(self, *arguments: Any, **given: Any) -> AsyncGenerator[Sequence[Stored]]:
        async for batch in super().follow(*arguments, **given):
            yield [stored for stored in batch if stored.position not in self.forgotten]


async def test_a_fact_that_does_not_come_stops_the_projection_by_name(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.log = ForgetfulLog(idle_s=IDLE_S)
    world.journal = Journal(world.log, world.keys)
    await world.log.create(STREAM)
    await world.tell(contact_started())
    await world.project(COUNT)
    world.log.forgotten = frozenset({2, 3})
    await world.tell(utterance_finalized(), contact_ended(), transcript_completed())

    stuck = Watched()
    async with world.running(COUNT, progress=stuck):
        async with asyncio.timeout(WAIT_S):
            while PositionsSkipped.code not in capsys.readouterr().out:
                await stuck_turn(world)

        assert (stuck.position, stuck.oldest_unfinished_s > 0) == (1, True)
    assert await counted(world) == {CONTACT.contact_id: 1}


async def stuck_turn(world: World) -> None:
    """Let a round trip to the database pass."""
    await world.pool.fetchval("SELECT 1")


async def test_a_new_read_model_begins_with_the_oldest_fact_that_is_kept(world: World) -> None:
    world.log = PurgedLog(idle_s=IDLE_S)
    world.log.purged_upto = Position(2)
    world.journal = Journal(world.log, world.keys)
    await world.log.create(STREAM)
    await world.tell(contact_started(), utterance_finalized(), contact_ended())

    await world.project(COUNT)

    assert await counted(world) == {CONTACT.contact_id: 1}


async def test_a_stream_made_anew_stops_the_projection_until_it_is_rebuilt(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await tell_many(world, 3)
    await world.project(COUNT)
    world.log = MemoryLog(idle_s=IDLE_S)
    world.journal = Journal(world.log, world.keys)
    await world.log.create(STREAM)
    await world.tell(contact_started())

    async with world.running(COUNT), asyncio.timeout(WAIT_S):
        while EpochChanged.code not in capsys.readouterr().out:
            await stuck_turn(world)
    stopped = await counted(world)
    refused = await world.rebuild(COUNT)
    done = await world.rebuild(COUNT, accept_differences=True)
    await world.project(COUNT)

    assert (refused.exchanged, done.exchanged, done.comparison) == (False, True, None)
    assert (stopped, await counted(world)) == (
        {CONTACT.contact_id: 4},
        {CONTACT.contact_id: 1},
    )


async def test_an_outage_of_the_store_is_outlasted_and_shows(
    postgres_server: PostgresServer,
) -> None:
    async with world(postgres_server.url) as own:
        await own.tell(contact_started())
        async with own.running(COUNT) as progress:
            await progress.until(Position(1))

            await postgres_server.kill()
            end = await own.tell(utterance_finalized(), contact_ended())
            await progress.until_waiting()
            aged = progress.oldest_unfinished_s
            await postgres_server.restart()
            await progress.until(end)

        assert aged > 0
        assert await counted(own) == {CONTACT.contact_id: 3}


async def test_a_tenant_that_is_registered_later_is_waited_for(world: World) -> None:
    log = MemoryLog(idle_s=IDLE_S)
    journal = Journal(log, world.keys)

    async with world.running(COUNT, journal=journal) as progress:
        await log.create(STREAM)
        await journal.append(CONTACT, [draft(contact_started())], expected=Position(0))
        await progress.until(Position(1))

    assert await counted(world) == {CONTACT.contact_id: 1}


async def test_many_workers_make_the_tables_at_once(world: World) -> None:
    end = await tell_many(world, 1)

    await asyncio.gather(*(world.project(COUNT, transcript.PROJECTION) for _ in range(4)))

    assert await world.rows("SELECT position FROM count_checkpoint") == [(end,)]
    assert await counted(world) == {CONTACT.contact_id: 2}


async def test_a_worker_that_comes_while_a_batch_is_applied_waits_for_its_end(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def count_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        entered.set()
        await may_go_on.wait()
        await count(connection, batch)

    indexed = f"{COUNT.schema}; CREATE INDEX IF NOT EXISTS counted_facts ON counted (facts);"
    slow = msgspec.structs.replace(COUNT, schema=indexed, project=count_slowly)
    end = await tell_many(world, 1)
    async with world.running(slow) as first, asyncio.timeout(WAIT_S):
        await entered.wait()

        async with world.running(slow) as second:
            while not await world.rows("SELECT FROM pg_locks WHERE NOT granted"):
                await stuck_turn(world)
            may_go_on.set()
            await asyncio.gather(first.until(end), second.until(end))

    assert await counted(world) == {CONTACT.contact_id: 2}
    assert "projection_interrupted" not in capsys.readouterr().out


def test_asyncpg_speaks_of_values_and_of_connections_by_different_names() -> None:
    """What `store_faults` builds on."""
    assert issubclass(asyncpg.exceptions.CharacterNotInRepertoireError, asyncpg.DataError)
    assert not issubclass(asyncpg.DataError, asyncpg.InterfaceError)
    assert issubclass(asyncpg.CannotConnectNowError, asyncpg.OperatorInterventionError)
