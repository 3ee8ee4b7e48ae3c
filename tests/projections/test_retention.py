"""Whose time may be over: found by kind, in pages, without those that are held, done or erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from antiphon.events.base import ContactId, Event, Recorded
from antiphon.events.retention import DataKind, expiry_id
from antiphon.projections import retention
from antiphon.projections.retention import counting_since, held_after, recorded_between

from ..builders import (
    NOON,
    at,
    contact,
    contact_end_corrected,
    contact_ended,
    contact_erased,
    contact_started,
    recorded,
)
from ..retention_builders import data_archived, data_deleted, retention_freed, retention_held
from .world import World

ENDED_AT = at(60)


@pytest.fixture(autouse=True)
async def made(world: World) -> None:
    """Make the tables: no fact has come yet."""
    async with world.running(retention.PROJECTION) as progress:
        await progress.until_alive()


def facts_of(
    number: int, *more: Event, ended_at: datetime | None = ENDED_AT, queue: str = "claims"
) -> list[Recorded]:
    ended = [] if ended_at is None else [contact_ended(ended_at=ended_at)]
    events = (contact_started(queue=queue), *ended, *more)
    return [recorded(event, contact=contact(f"c-{number}")) for event in events]


async def fold(world: World, *batches: Sequence[Recorded]) -> None:
    async with world.pool.acquire() as connection:
        for batch in batches:
            async with connection.transaction():
                await retention.PROJECTION.project(connection, batch)


async def counting(
    world: World,
    kind: DataKind = "audio",
    *,
    until: datetime = ENDED_AT,
    limit: int = 10,
    unarchived: bool = False,
) -> list[ContactId]:
    """Return everyone found, page by page."""
    found: list[ContactId] = []
    after = None
    async with world.pool.acquire() as connection:
        while True:
            page = await counting_since(
                connection, kind, until=until, after=after, limit=limit, unarchived=unarchived
            )
            found += [contact_id for _, contact_id in page]
            if len(page) < limit:
                return found
            after = page[-1]


async def held(world: World) -> list[ContactId]:
    async with world.pool.acquire() as connection:
        return await held_after(connection, "", limit=10)


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_the_longest_come_first_and_nobody_twice_however_large_a_page_is(
    world: World, limit: int
) -> None:
    facts = [
        *facts_of(1, ended_at=at(30)),
        *facts_of(2, ended_at=at(10)),
        *facts_of(3, ended_at=at(10)),
        *facts_of(4, ended_at=at(61)),
        *facts_of(5, ended_at=None),
    ]

    await fold(world, facts, facts[3:])

    assert await counting(world, limit=limit) == ["c-5", "c-2", "c-3", "c-1"]


async def test_a_contact_counts_from_its_end_as_told_last_and_not_from_before_its_start(
    world: World,
) -> None:
    later = contact_end_corrected(ended_at=at(90))
    first = facts_of(1, later)
    of_1970 = facts_of(2, ended_at=NOON - timedelta(days=20_000))

    await fold(world, first, first[:2], of_1970)

    assert await counting(world) == ["c-2"]
    assert await counting(world, until=NOON - timedelta(seconds=1)) == []
    assert await counting(world, until=at(90)) == ["c-2", "c-1"]


async def test_what_is_deleted_archived_or_erased_is_left_out_kind_by_kind(world: World) -> None:
    expired = contact_erased(erasure_id=expiry_id(ContactId("c-5")))
    await fold(
        world,
        facts_of(1, data_deleted(kind="audio"), data_deleted(kind="original")),
        facts_of(2, data_archived(kind="audio")),
        facts_of(3, contact_erased()),
        facts_of(4),
        facts_of(5, expired),
    )

    assert await counting(world, "audio") == ["c-2", "c-4", "c-5"]
    assert await counting(world, "audio", unarchived=True) == ["c-4", "c-5"]
    assert await counting(world, "transcript") == ["c-1", "c-2", "c-4", "c-5"]


async def test_who_is_held_is_listed_apart_until_something_else_is_said(world: World) -> None:
    facts = [
        *facts_of(1, retention_held()),
        *facts_of(2, retention_held(), retention_freed()),
        *facts_of(3, retention_held(), data_deleted(kind="original")),
    ]

    await fold(world, facts, facts[:3], facts[3:])

    assert await held(world) == ["c-1"]
    assert await counting(world) == ["c-2", "c-3"]


async def test_contacts_are_found_by_when_they_began_and_by_queue(world: World) -> None:
    await fold(world, facts_of(1), facts_of(2, queue="sales"))

    async def found(**given: datetime | tuple[str, ...] | None) -> list[ContactId]:
        wanted = {"recorded_from": None, "recorded_to": None, "queues": (), "limit": 9} | given
        async with world.pool.acquire() as connection:
            return await recorded_between(connection, **wanted)  # pyright: ignore[reportArgumentType] (of several types)

    assert await found() == ["c-1", "c-2"]
    assert await found(queues=("sales", "other")) == ["c-2"]
    assert await found(recorded_from=NOON, recorded_to=at(1)) == ["c-1", "c-2"]
    assert await found(recorded_to=NOON) == []
    assert await found(recorded_from=at(1)) == []
