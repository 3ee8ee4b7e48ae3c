"""Read models that follow the log together: one reader, and nobody waits for anybody."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest
from antiphon.events.base import ContactRef, Position, Recorded, Unread
from antiphon.events.contact import ContactErased
from antiphon.events.log import Stored
from antiphon.events.sharing import SharedJournal
from antiphon.events.speech import UtteranceFinalized
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections.applying import apply
from antiphon.projections.catalogue import PROJECTIONS, keyed
from antiphon.projections.projection import Checkpoint, Projection, checkpoint_of
from antiphon.projections.store import Connection

from ..builders import CONTACT, audio_received, contact_ended, utterance_finalized
from .counting import COUNT, OTHER, append_raw, count, counted, tell_many
from .world import IDLE_S, STREAM, TENANT, WAIT_S, Watched, World


async def tally(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Count facts in a table of its own: one applied twice or never shows."""
    await connection.execute(
        "INSERT INTO tallied VALUES (1, $1) "
        "ON CONFLICT (one) DO UPDATE SET facts = tallied.facts + excluded.facts",
        len(batch),
    )


TALLY = Projection(
    name="tally",
    version=1,
    tables=("tallied",),
    schema="CREATE TABLE IF NOT EXISTS tallied (one bigint PRIMARY KEY, facts bigint)",
    project=tally,
)


async def tallied(world: World) -> list[tuple[Any, ...]]:
    return await world.rows("SELECT facts FROM tallied")


class FollowedLog(MemoryLog):
    """Counts who follows it."""

    begun = 0

    async def follow(
        self, stream: str, filters: Sequence[str], **given: Any
    ) -> AsyncGenerator[Sequence[Stored]]:
        self.begun += 1
        async for batch in super().follow(stream, filters, **given):
            yield batch


async def until_alive(*running: Watched) -> None:
    for one in running:
        await one.until_alive()


async def test_read_models_are_given_the_same_facts_by_one_reader(world: World) -> None:
    world.log = log = FollowedLog(idle_s=IDLE_S)
    world.journal = SharedJournal(log, world.keys)
    await log.create(STREAM)
    given: dict[str, list[Recorded]] = {"count": [], "tally": []}

    def noting(projection: Projection) -> Projection:
        async def note(connection: Connection, batch: Sequence[Recorded]) -> None:
            given[projection.name] += batch
            await projection.project(connection, batch)

        return msgspec.structs.replace(projection, project=note)

    async with world.running(noting(COUNT)) as one, world.running(noting(TALLY)) as other:
        await until_alive(one, other)
        end = await tell_many(world, 10)
        await asyncio.gather(one.until(end), other.until(end))
        begun = log.begun

    assert begun == 1
    assert len(given["count"]) == end
    assert all(a is b for a, b in zip(given["count"], given["tally"], strict=True))


async def test_a_read_model_that_parks_a_contact_holds_up_no_other(world: World) -> None:
    blind = msgspec.structs.replace(TALLY, reads=frozenset({UtteranceFinalized, ContactErased}))
    async with world.running(COUNT) as parking, world.running(blind) as passing:
        await until_alive(parking, passing)
        await tell_many(world, 2)
        await append_raw(world, named="utterance_finalized")
        await world.tell(utterance_finalized(), contact=OTHER)
        end = await world.tell(contact_ended())
        await asyncio.gather(parking.until(end), passing.until(end))

    assert await counted(world) == {CONTACT.contact_id: 3, OTHER.contact_id: 1}
    assert await world.rows("SELECT contact_id, position FROM count_parked") == [
        (CONTACT.contact_id, 4)
    ]


async def test_a_read_model_whose_store_is_slow_holds_up_no_other(world: World) -> None:
    world.journal = SharedJournal(world.log, world.keys, facts_max=5)
    entered, may_go_on = asyncio.Event(), asyncio.Event()

    async def count_slowly(connection: Connection, batch: Sequence[Recorded]) -> None:
        await count(connection, batch)
        entered.set()
        await may_go_on.wait()

    slow = msgspec.structs.replace(COUNT, project=count_slowly)
    async with world.running(slow) as stuck, world.running(TALLY) as other:
        await until_alive(stuck, other)
        await tell_many(world, 1)
        async with asyncio.timeout(WAIT_S):
            await entered.wait()
        end = await tell_many_more(world, 60)
        await other.until(end)
        waited = stuck.position
        may_go_on.set()
        await stuck.until(end)

    assert waited < end
    assert await counted(world) == {CONTACT.contact_id: end}
    assert await tallied(world) == [(end,)]


@pytest.mark.parametrize("when", ["rows are written", "all is committed"])
async def test_a_read_model_that_dies_goes_on_where_it_was_beside_the_others(
    world: World, when: str
) -> None:
    reached = asyncio.Event()

    async def count_and_hang(connection: Connection, batch: Sequence[Recorded]) -> None:
        await count(connection, batch)
        if when == "rows are written":
            reached.set()
            await asyncio.Event().wait()

    class Dying(Watched):
        """Is told of a batch when it is committed, and before anything else happens."""

        def reached(self, position: Position) -> None:
            super().reached(position)
            if position:
                reached.set()

    dying = msgspec.structs.replace(COUNT, project=count_and_hang)
    async with world.running(TALLY) as other, AsyncExitStack() as life:
        first = await life.enter_async_context(world.running(dying, progress=Dying()))
        await until_alive(first, other)
        await tell_many(world, 5)
        async with asyncio.timeout(WAIT_S):
            await reached.wait()
        await life.aclose()
        end = await tell_many_more(world, 5)
        async with world.running(COUNT) as again:
            await asyncio.gather(again.until(end), other.until(end))

    assert await counted(world) == {CONTACT.contact_id: end}
    assert await tallied(world) == [(end,)]


async def tell_many_more(world: World, count_: int) -> Position:
    return await world.tell(
        *(utterance_finalized(utterance_id=f"to_customer-{n}") for n in range(count_))
    )


class Refusing:
    """A connection that nothing may be asked of."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"it asked the store: {name}")


async def no_key(tenant: str) -> bytes:
    raise AssertionError(f"it asked for the key of {tenant}")


@pytest.mark.parametrize(
    "projection",
    [one for one in (keyed(one, no_key) for one in PROJECTIONS) if one.skips_unread],
    ids=lambda one: one.name,
)
async def test_what_skips_facts_that_it_does_not_read_does_nothing_with_them(
    world: World, projection: Projection
) -> None:
    await world.tell(audio_received(), utterance_finalized())
    batch = [
        msgspec.structs.replace(fact, event=Unread())
        async for fact in world.journal.read(ContactRef(TENANT, CONTACT.contact_id))
    ]

    await projection.project(Refusing(), batch)  # type: ignore[arg-type]

    assert batch


SKIPPING = msgspec.structs.replace(
    COUNT, reads=frozenset({UtteranceFinalized, ContactErased}), skips_unread=True
)


async def batch_of_nothing(world: World, *, after: Position) -> list[Recorded]:
    end = await world.tell(audio_received(), contact_ended())
    return [
        fact
        async for batch in world.journal.read_tenant(
            TENANT, after=after, upto=end, only=SKIPPING.reads
        )
        for fact in batch
    ]


async def test_a_batch_with_nothing_to_fold_takes_one_round_trip(world: World) -> None:
    after = await tell_many(world, 1)
    await world.project(SKIPPING)
    batch = await batch_of_nothing(world, after=after)
    async with world.pool.acquire() as connection:
        before = await checkpoint_of(connection, SKIPPING)
        assert before is not None
        sent = list[str]()

        def note(query: Any) -> None:
            sent.append(query.query)

        connection.add_query_logger(note)

        now = await apply(connection, SKIPPING, batch, after=before, stream=STREAM)
        await asyncio.sleep(0)  # the logger hears of a query a turn later
        kept = await checkpoint_of(connection, SKIPPING)

    assert [one.partition(";")[0] for one in sent[:1]] == ["SET LOCAL lock_timeout = '10s'"]
    assert now == kept == Checkpoint(before.epoch, batch[-1].position)
    assert await counted(world) == {CONTACT.contact_id: after}


async def test_facts_that_are_not_read_still_count_as_waiting_for_who_is_parked(
    world: World,
) -> None:
    await tell_many(world, 1)
    after = await append_raw(world, named="utterance_finalized")
    await world.project(SKIPPING)

    await batch_of_nothing(world, after=after)
    await world.project(SKIPPING)

    assert await world.rows("SELECT waiting FROM count_parked") == [(3,)]
