"""A read model is built anew beside the one that is read, compared, and put in its place."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from antiphon.errors import RebuildUnderWay
from antiphon.events.base import AgentId, Position, Recorded
from antiphon.projections import desk, transcript
from antiphon.projections.desk import desk_of
from antiphon.projections.generations import (
    exchange,
    forget_spares,
    one_at_a_time,
    read_together,
)
from antiphon.projections.projection import checkpoint_of
from antiphon.projections.rebuilding import Built, Rebuilt
from antiphon.projections.store import Connection
from antiphon.projections.transcript import transcript_of

from ..builders import (
    CONTACT,
    agent_connected,
    at,
    contact_ended,
    utterance_finalized,
)
from ..waiting import until
from .counting import COUNT, count, counted, tell_many
from .world import WAIT_S, World

TRANSCRIPT = transcript.PROJECTION


async def position_of(world: World, home: str = "count_v1") -> Position | None:
    rows = await world.rows(f"SELECT position FROM {home}.count_checkpoint")
    return rows[0][0] if rows else None


async def homes(world: World) -> set[str]:
    rows = await world.rows(
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(count|trans|desk)'"
    )
    return {name for (name,) in rows}


async def test_what_is_rebuilt_is_equal_takes_its_place_and_the_previous_is_kept(
    world: World,
) -> None:
    end = await tell_many(world, 20)
    await world.project(COUNT)
    before = await world.rows("SELECT 'count_v1.counted'::regclass::oid")

    done = await world.rebuild(COUNT)

    assert done.comparison is not None
    assert (done.exchanged, done.position, done.facts) == (True, end, 21)
    assert done.comparison.equal
    assert done.comparison.checksums[0] == done.comparison.checksums[1]
    assert await homes(world) == {"count_v1", "count_v1_previous"}
    assert await world.rows("SELECT 'count_v1_previous.counted'::regclass::oid") == before
    assert await counted(world) == {CONTACT.contact_id: 21}


async def test_a_running_worker_goes_on_in_what_was_rebuilt(world: World) -> None:
    await tell_many(world, 5)

    async with world.running(COUNT) as progress:
        await progress.until(Position(6))
        done = await world.rebuild(COUNT)
        await world.tell(contact_ended())
        await progress.until(Position(7))

    assert done.exchanged
    assert await counted(world) == {CONTACT.contact_id: 7}
    assert await position_of(world, "count_v1_previous") == 6


async def test_a_worker_that_waited_through_the_exchange_looks_again(world: World) -> None:
    """The row it waited for is the previous generation's by then."""
    await tell_many(world, 3)
    await world.project(COUNT)
    await world.pool.execute("UPDATE counted SET facts = 0")
    await world.rebuild(COUNT)  # differs: the next generation stays beside

    async with world.running(COUNT) as progress:
        await progress.until(Position(4))
        async with world.pool.acquire() as other, other.transaction():
            await one_at_a_time(other)
            await other.fetch("SELECT * FROM count_v1.count_checkpoint FOR UPDATE")
            await world.tell(contact_ended())
            await until(lambda: somebody_waits(world))
            await exchange(other, COUNT)
        await progress.until(Position(5))
        end = await world.tell(agent_connected())
        await progress.until(end)

    assert await counted(world) == {CONTACT.contact_id: end}
    assert await position_of(world, "count_v1_previous") == 4


async def somebody_waits(world: World) -> bool:
    waiting = await world.rows(
        "SELECT 1 FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(waiting)


async def test_two_workers_and_many_rebuilds_at_once_lose_and_double_nothing(
    world: World,
) -> None:
    await tell_many(world, 3)

    async with world.running(COUNT) as first, world.running(COUNT) as second:
        exchanged, end = 0, Position(0)
        for _ in range(5):
            telling = asyncio.create_task(tell_more(world, 8))
            exchanged += (await world.rebuild(COUNT)).exchanged
            end = await telling
        await asyncio.gather(first.until(end), second.until(end))

    assert exchanged == 5
    assert await counted(world) == {CONTACT.contact_id: end}


async def tell_more(world: World, number: int) -> Position:
    position = Position(0)
    for _ in range(number):
        position = await world.tell(agent_connected())
    return position


async def test_everybody_is_answered_throughout_and_sees_nothing_go_back(world: World) -> None:
    await tell_many(world, 30)
    await world.tell(agent_connected(agent_id=AgentId("ada"), connected_at=at(1)))
    await world.project(TRANSCRIPT, desk.PROJECTION)
    stop, seen = asyncio.Event(), list[int]()

    async def look() -> None:
        # One connection for good: its statements were prepared before anything was exchanged.
        async with world.pool.acquire() as connection:
            while not stop.is_set():
                (now,) = (await world.rows("SELECT now()"))[0]
                (shown,) = (await desk_of(connection, AgentId("ada"), now=now)).contacts
                found = await transcript_of(connection, CONTACT.contact_id)
                assert found is not None
                seen.append(min(len(shown.lines), len(found.lines)))

    looking = asyncio.create_task(look())
    async with world.running(TRANSCRIPT) as one, world.running(desk.PROJECTION) as other:
        for number in range(4):
            for projection in (TRANSCRIPT, desk.PROJECTION):
                assert (await world.rebuild(projection)).exchanged
            end = await world.tell(utterance_finalized(utterance_id=f"to_customer-{number}"))
            await asyncio.gather(one.until(end), other.until(end))
    enough = len(seen) + 3
    await until(lambda: len(seen) >= enough)
    stop.set()
    await looking

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (30, 34)


async def test_what_is_read_together_is_of_one_generation(world: World) -> None:
    """A snapshot from before the exchange would see nothing in tables that were made since."""
    await tell_many(world, 3)
    await world.project(COUNT)
    attempts = list[Position]()

    async with world.pool.acquire() as connection:

        async def read() -> tuple[Position, int]:
            checkpoint = await checkpoint_of(connection, COUNT)
            assert checkpoint is not None
            attempts.append(checkpoint.position)
            if len(attempts) == 1:
                assert (await world.rebuild(COUNT)).exchanged
            return checkpoint.position, await connection.fetchval("SELECT sum(facts) FROM counted")

        found = await read_together(connection, (COUNT,), read)

    assert (found, len(attempts)) == ((4, 4), 2)


async def test_a_statement_prepared_before_the_exchange_reads_what_came_after(
    world: World,
) -> None:
    await tell_many(world, 3)
    await world.project(COUNT)
    async with world.pool.acquire() as connection:
        statement = await connection.prepare("SELECT facts FROM counted")
        before = await statement.fetchval()

        await world.rebuild(COUNT)
        await world.pool.execute("UPDATE count_v1.counted SET facts = 1000")
        after = await statement.fetchval()

    assert (before, after) == (4, 1000)


async def test_a_rebuild_that_was_stopped_goes_on_where_it_was(world: World) -> None:
    await tell_many(world, 600)  # the log in memory gives 256 at a time
    await world.project(COUNT)
    told = list[Built]()

    class SlowHistory:
        """Stops giving after its first batch."""

        state = world.journal.state

        async def read_tenant(
            self, *arguments: Any, **given: Any
        ) -> AsyncGenerator[Sequence[Recorded]]:
            async for batch in world.journal.read_tenant(*arguments, **given):
                yield batch
                await asyncio.Event().wait()

    begun = asyncio.create_task(
        world.rebuild(COUNT, history=SlowHistory(), on_progress=told.append)
    )
    await until(lambda: bool(told))
    begun.cancel()
    with suppress(asyncio.CancelledError):
        await begun
    reached = await position_of(world, "count_v1_next")
    done = await world.rebuild(COUNT)

    assert reached == 256
    assert (done.exchanged, done.facts) == (True, 601 - 256)
    assert await counted(world) == {CONTACT.contact_id: 601}


async def test_a_rebuild_can_be_begun_afresh(world: World) -> None:
    await tell_many(world, 5)
    await world.project(COUNT)
    await world.pool.execute("UPDATE counted SET facts = 0")
    await world.rebuild(COUNT)

    done = await world.rebuild(COUNT, fresh=True, accept_differences=True)

    assert done.facts == 6


async def test_two_rebuilds_at_once_are_refused_by_name(world: World) -> None:
    await tell_many(world, 3)
    await world.project(COUNT)
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def count_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        entered.set()
        await may_go_on.wait()
        await count(connection, batch)

    slow = msgspec.structs.replace(COUNT, project=count_slowly)
    first: asyncio.Task[Rebuilt] = asyncio.create_task(world.rebuild(slow))
    async with asyncio.timeout(WAIT_S):
        await entered.wait()

    with pytest.raises(RebuildUnderWay):
        await world.rebuild(COUNT)
    may_go_on.set()

    assert (await first).exchanged


async def test_a_read_model_that_is_behind_is_rebuilt_to_where_it_is(world: World) -> None:
    await tell_many(world, 5)
    await world.project(COUNT)
    await tell_more(world, 3)

    done = await world.rebuild(COUNT)
    behind = await position_of(world)
    await world.project(COUNT)

    assert (done.exchanged, done.position, behind) == (True, 6, 6)
    assert await counted(world) == {CONTACT.contact_id: 9}


async def test_what_is_kept_beside_can_be_forgotten(world: World) -> None:
    """What an erasure takes out of the read model, the previous generation would still show."""
    await tell_many(world, 3)
    await world.project(COUNT)
    await world.rebuild(COUNT)

    await forget_spares(COUNT, pool=world.pool)

    assert await homes(world) == {"count_v1"}
    async with world.pool.acquire() as connection:
        assert await checkpoint_of(connection, COUNT) is not None
