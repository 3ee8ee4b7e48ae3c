"""A projection applies every fact once, whoever is killed, restarted or run twice."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from antiphon.events.base import Event, Position, Recorded
from antiphon.events.contact import ContactHeld
from antiphon.events.speech import UtteranceFinalized
from antiphon.projections.applying import apply
from antiphon.projections.projection import checkpoint_of
from antiphon.projections.runner import make_tables
from antiphon.projections.store import Connection, leave_clean
from structlog.testing import capture_logs

from ..builders import (
    CONTACT,
    contact_ended,
    contact_started,
    transcript_completed,
    utterance_finalized,
)
from .counting import COUNT, count, counted, stumbling, tell_many
from .world import STREAM, TENANT, WAIT_S, World


async def test_rows_and_position_are_kept_together(world: World) -> None:
    end = await tell_many(world, 20)

    await world.project(COUNT)

    async with world.pool.acquire() as connection:
        checkpoint = await checkpoint_of(connection, COUNT)
    assert checkpoint is not None
    assert (checkpoint.position, await counted(world)) == (end, {CONTACT.contact_id: 21})


async def test_a_read_model_answers_before_anything_was_folded(world: World) -> None:
    end = await tell_many(world, 5)

    for _ in range(2):  # a second process makes nothing anew
        await make_tables(COUNT, tenant=TENANT, journal=world.journal, pool=world.pool)

    assert await counted(world) == {}
    async with world.running(COUNT) as running:
        await running.until(end)
    await make_tables(COUNT, tenant=TENANT, journal=world.journal, pool=world.pool)
    assert await counted(world) == {CONTACT.contact_id: 6}


async def test_a_read_model_that_cannot_be_made_now_is_left_to_its_worker(world: World) -> None:
    await tell_many(world, 1)
    broken = msgspec.structs.replace(COUNT, schema="SELECT 1 FROM not_there")

    with capture_logs() as told:
        await make_tables(broken, tenant=TENANT, journal=world.journal, pool=world.pool)

    assert [line["event"] for line in told] == ["read_model_not_made"]


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


@pytest.mark.parametrize("kind", [UtteranceFinalized, ContactHeld], ids=["with care", "at once"])
async def test_no_transaction_waits_for_the_disk(world: World, kind: type[Event]) -> None:
    """Read inside the very transactions, for a setting may be written down and not used."""
    await world.tell(contact_started(), utterance_finalized(), contact_ended())
    settings = list[str]()

    async def look(connection: Connection, batch: Sequence[Recorded]) -> None:
        settings.append(await connection.fetchval("SHOW synchronous_commit"))
        await stumbling(kind).project(connection, batch)

    await world.project(msgspec.structs.replace(COUNT, project=look))

    assert set(settings) == {"off"}
    assert await world.rows("SHOW synchronous_commit") == [("on",)]


async def test_a_batch_that_goes_well_takes_two_round_trips_besides_its_rows(world: World) -> None:
    await world.tell(contact_started())
    await world.project(COUNT)
    async with world.pool.acquire() as connection:
        sent = list[str]()

        def note(query: Any) -> None:
            sent.append(query.query)

        connection.add_query_logger(note)
        batch = [
            fact
            async for batch in world.journal.read_tenant(
                TENANT, after=Position(1), upto=await world.tell(utterance_finalized())
            )
            for fact in batch
        ]
        after = await checkpoint_of(connection, COUNT)
        assert after is not None
        await asyncio.sleep(0)  # the logger hears of a query a turn later
        sent.clear()

        await apply(connection, COUNT, batch, after=after, stream=STREAM)
        await asyncio.sleep(0)

        begin, insert, commit = sent
    assert begin.startswith("BEGIN; SET LOCAL")
    assert insert.startswith("INSERT INTO counted")
    assert commit == "COMMIT"


async def test_a_connection_is_cleaned_only_after_who_may_have_left_something(
    world: World,
) -> None:
    async with world.pool.acquire() as connection:
        await connection.execute("SET work_mem = '5MB'")
        leave_clean(connection)
    kept = await world.pool.fetchval("SHOW work_mem")  # and this one does not say so
    cleaned = await world.pool.fetchval("SHOW work_mem")

    assert kept == "5MB"
    assert cleaned != "5MB"


async def test_lag_is_the_age_of_what_is_not_shown_yet(world: World) -> None:
    await world.tell(contact_started())
    (recorded_at,) = [fact.recorded_at async for fact in world.journal.read(CONTACT)]
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def count_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        entered.set()
        await may_go_on.wait()
        await count(connection, batch)

    async with world.running(msgspec.structs.replace(COUNT, project=count_slowly)) as progress:
        async with asyncio.timeout(WAIT_S):
            await entered.wait()
        at_least = (datetime.now(UTC) - recorded_at).total_seconds()
        behind = progress.lag_s
        may_go_on.set()
        await progress.until(Position(1))
        await progress.until_alive()

    assert behind >= at_least - 0.01
    assert progress.lag_s == 0
