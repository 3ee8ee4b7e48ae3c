"""A projection applies every fact once, whoever is killed, restarted or run twice."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import asyncpg
import msgspec
import pytest
from antiphon.errors import EpochChanged, PositionsSkipped
from antiphon.events.base import Position, Recorded, Unreadable
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, Stored
from antiphon.events.subjects import fact_subject
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections import runner, transcript
from antiphon.projections.projection import Projection, checkpoint_of, parked_count
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    contact,
    contact_ended,
    contact_started,
    draft,
    transcript_completed,
    utterance_finalized,
)
from .world import IDLE_S, STREAM, TENANT, WAIT_S, Watched, World, world

OTHER = contact("c-2")


async def count(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Count facts: not idempotent, so that one applied twice or never shows."""
    for fact in batch:
        await connection.execute(
            "INSERT INTO counted VALUES ($1, 1) "
            "ON CONFLICT (contact_id) DO UPDATE SET facts = counted.facts + 1",
            fact.contact.contact_id,
        )


COUNT = Projection(
    name="count",
    version=1,
    tables=("counted",),
    schema="CREATE TABLE IF NOT EXISTS counted (contact_id text PRIMARY KEY, facts bigint)",
    project=count,
)


async def counted(world: World) -> dict[str, int]:
    return dict(await world.rows("SELECT contact_id, facts FROM counted"))


async def tell_many(world: World, number: int) -> Position:
    position = await world.tell(contact_started())
    for ordinal in range(number):
        position = await world.tell(utterance_finalized(utterance_id=f"from_customer-{ordinal}"))
    return position


async def append_raw(world: World, *, named: str, version: int = 1) -> Position:
    """Append what this version of the software cannot read."""
    envelope: dict[str, Any] = {
        "id": f"raw-{named}-{version}",
        "type": named,
        "version": version,
        "occurred_at": "2026-03-02T12:00:00Z",
        "tenant": TENANT,
        "aggregate": f"contact/{CONTACT.contact_id}",
        "correlation": CONTACT.contact_id,
        "actor": "machine",
        "data": {},
    }
    entry = Entry(f"raw-{named}-{version}", msgspec.json.encode(envelope))
    return await world.log.append(STREAM, fact_subject(CONTACT, "guidance"), [entry], expected=None)


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
    world.log = ForgetfulLog(idle_s=IDLE_S)
    world.log.forgotten = frozenset({1, 2})
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
    await runner.rebuild(COUNT, pool=world.pool)
    await world.project(COUNT)

    assert (stopped, await counted(world)) == (
        {CONTACT.contact_id: 4},
        {CONTACT.contact_id: 1},
    )


async def test_a_rebuild_under_a_running_worker_loses_and_doubles_nothing(world: World) -> None:
    await tell_many(world, 5)

    async with world.running(COUNT) as progress:
        await progress.until(Position(6))
        await runner.rebuild(COUNT, pool=world.pool)
        await world.tell(contact_ended())
        await progress.until(Position(7))

    assert await counted(world) == {CONTACT.contact_id: 7}


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
    versions = [
        msgspec.structs.replace(transcript.PROJECTION, name=f"transcript_{number}")
        for number in range(4)
    ]

    await asyncio.gather(*(world.project(one) for one in versions))

    assert await world.rows("SELECT DISTINCT position FROM projection_checkpoint") == [(end,)]


def test_asyncpg_speaks_of_values_and_of_connections_by_different_names() -> None:
    """What `store_faults` builds on."""
    assert issubclass(asyncpg.exceptions.CharacterNotInRepertoireError, asyncpg.DataError)
    assert not issubclass(asyncpg.DataError, asyncpg.InterfaceError)
    assert issubclass(asyncpg.CannotConnectNowError, asyncpg.OperatorInterventionError)
