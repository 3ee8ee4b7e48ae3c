"""Two generations are compared to the last row, and what differs is named."""

from collections.abc import Sequence

import msgspec
import pytest
from antiphon.events.base import Recorded
from antiphon.projections import transcript
from antiphon.projections.comparing import DIFFERENCES_MAX, Difference
from antiphon.projections.store import Connection

from ..builders import (
    CONTACT,
    contact,
    contact_ended,
    contact_started,
    utterance_finalized,
)
from .counting import COUNT, OTHER, append_raw, count, counted, tell_many
from .world import World

TRANSCRIPT = transcript.PROJECTION


async def homes(world: World) -> set[str]:
    rows = await world.rows(
        "SELECT nspname FROM pg_namespace WHERE nspname ~ '^(count|trans|desk)'"
    )
    return {name for (name,) in rows}


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        pytest.param(
            "UPDATE transcript_line SET text = text || '.' WHERE position = 3",
            Difference(
                table="transcript_line",
                key={"contact_id": "c-1", "utterance_id": "from_customer-1"},
                kind="changed",
                columns=("text",),
            ),
            id="a word changed",
        ),
        pytest.param(
            "DELETE FROM transcript_line WHERE position = 3",
            Difference(
                table="transcript_line",
                key={"contact_id": "c-1", "utterance_id": "from_customer-1"},
                kind="added",
            ),
            id="a row is gone",
        ),
        pytest.param(
            "INSERT INTO transcript_hold VALUES ('c-1', 99, now(), true)",
            Difference(
                table="transcript_hold", key={"contact_id": "c-1", "position": 99}, kind="missing"
            ),
            id="a row nobody told of",
        ),
        pytest.param(
            "UPDATE transcript_contact SET started_at = started_at + interval '1 microsecond'",
            Difference(
                table="transcript_contact",
                key={"contact_id": "c-1"},
                kind="changed",
                columns=("started_at",),
            ),
            id="a microsecond",
        ),
    ],
)
async def test_one_changed_row_is_found_and_named_and_nothing_is_exchanged(
    world: World, change: str, difference: Difference
) -> None:
    await tell_many(world, 5)
    await world.project(TRANSCRIPT)
    await world.pool.execute(change)
    changed = await world.content(TRANSCRIPT.tables)

    done = await world.rebuild(TRANSCRIPT)

    assert done.comparison is not None
    assert (done.exchanged, done.comparison.equal, done.comparison.more) == (False, False, False)
    assert done.comparison.differences == (difference,)
    assert done.comparison.checksums[0] != done.comparison.checksums[1]
    assert await world.content(TRANSCRIPT.tables) == changed


async def test_differences_are_accepted_when_told(world: World) -> None:
    await tell_many(world, 5)
    await world.project(COUNT)
    await world.pool.execute("UPDATE counted SET facts = 0")

    refused = await world.rebuild(COUNT)
    done = await world.rebuild(COUNT, accept_differences=True)

    assert (refused.exchanged, done.exchanged, done.facts) == (False, True, 0)
    assert await counted(world) == {CONTACT.contact_id: 6}
    assert await world.rows("SELECT facts FROM count_v1_previous.counted") == [(0,)]


async def test_many_differences_are_counted_off_at_a_bound(world: World) -> None:
    await tell_many(world, DIFFERENCES_MAX + 5)
    await world.project(TRANSCRIPT)
    await world.pool.execute("UPDATE transcript_line SET text = 'other'")

    done = await world.rebuild(TRANSCRIPT)

    assert done.comparison is not None
    assert (len(done.comparison.differences), done.comparison.more) == (DIFFERENCES_MAX, True)


async def test_comparing_alone_changes_nothing(world: World) -> None:
    await tell_many(world, 5)
    await world.project(COUNT)

    done = await world.rebuild(COUNT, compare_only=True)

    assert done.comparison is not None
    assert (done.comparison.equal, done.exchanged) == (True, False)
    assert await homes(world) == {"count_v1"}


async def test_a_rebuild_with_parked_contacts_is_equal_however_the_batches_fell(
    world: World,
) -> None:
    """A contact that fails in the middle of a batch shows what came before, as fact by fact."""
    await world.tell(contact_started(), utterance_finalized())
    await world.project(TRANSCRIPT)
    failing = await world.tell(utterance_finalized("a \x00", utterance_id="from_customer-2"))
    await world.tell(contact_ended())
    await world.project(TRANSCRIPT)
    await append_raw(world, named="never_heard_of")
    await world.tell(contact_started(), contact_ended(), contact=OTHER)
    await world.project(TRANSCRIPT)

    done = await world.rebuild(TRANSCRIPT)

    assert done.comparison is not None
    assert done.comparison.differences == ()
    assert done.exchanged
    parked = await world.rows("SELECT contact_id, position, waiting FROM transcript_parked")
    assert parked == [(CONTACT.contact_id, failing, 3)]
    assert await world.rows("SELECT parked FROM transcript_checkpoint") == [(1,)]


async def test_a_fold_that_has_changed_is_found_out(world: World) -> None:
    await world.tell(contact_started())
    await world.tell(contact_started(), contact=contact("c-2"))
    await world.project(COUNT)

    async def count_otherwise(connection: Connection, batch: Sequence[Recorded]) -> None:
        await count(connection, [fact for fact in batch if fact.contact != OTHER])

    done = await world.rebuild(msgspec.structs.replace(COUNT, project=count_otherwise))

    assert done.comparison is not None
    assert [(one.kind, one.key) for one in done.comparison.differences] == [
        ("missing", {"contact_id": "c-2"})
    ]
