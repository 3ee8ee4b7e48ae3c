"""A batch of facts and the checkpoint, moved together in one transaction or not at all."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from ..errors import PositionsSkipped, StoreUnavailable
from ..events.base import START, Epoch, Position, Recorded, Unreadable
from ..events.faultpoints import FaultPoint, reach
from .parking import fold_or_park
from .projection import Checkpoint, Projection
from .store import Connection, blames_the_fact

LOCK_S_MAX = 10  # another worker's transaction, waited for

# Rows and checkpoint are lost together or not at all, and what is lost the log tells again:
# waiting for the disk would buy nothing.
_PATIENT_AND_QUICK = f"SET LOCAL lock_timeout = '{LOCK_S_MAX}s'; SET LOCAL synchronous_commit = off"


async def apply(
    connection: Connection,
    projection: Projection,
    batch: Sequence[Recorded],
    *,
    after: Checkpoint,
    stream: str,
) -> Checkpoint:
    """Fold a batch, move the checkpoint with it, and return where it is now.

    `after` is where the caller saw the checkpoint last. What another worker applied meanwhile
    is left out: the checkpoint's row lets one in at a time.

    Raises:
        PositionsSkipped: facts between the checkpoint and these were not delivered.
        StoreUnavailable: the checkpoint went back, or its generation was replaced.
    """
    fresh = [fact for fact in batch if fact.position > after.position]
    if not fresh:
        return after
    assert_contiguous(fresh, after=after.position, stream=stream)
    if await _apply_at_once(connection, projection, fresh, after=after):
        await reach(FaultPoint.BATCH_COMMITTED)
        return Checkpoint(after.epoch, fresh[-1].position)
    return await _apply_with_care(connection, projection, fresh, after=after, stream=stream)


def assert_contiguous(facts: Sequence[Recorded], *, after: Position, stream: str) -> None:
    """Every fact of a stream comes to a projection, so positions have no holes.

    A read model that has seen nothing yet begins with the oldest fact that is kept.

    Raises:
        PositionsSkipped: facts between `after` and these were not delivered.
    """
    first = facts[0].position if after == START else after + 1
    positions = [fact.position for fact in facts]
    wanted = range(first, first + len(facts))
    if positions != list(wanted):
        expected, found = next(
            pair for pair in zip(wanted, positions, strict=True) if pair[0] != pair[1]
        )
        raise PositionsSkipped(stream, after=expected - 1, found=found)


async def _apply_at_once(
    connection: Connection, projection: Projection, facts: Sequence[Recorded], *, after: Checkpoint
) -> bool:
    """Apply facts if all is as expected: nobody parked, nobody else at work, all of it good.

    The checkpoint moves first: one round trip begins, locks, looks and moves. It is the only one
    where the fold looks at none of the facts. Returns False, with nothing changed, where that
    does not fit or the facts do not go in.
    """
    if projection.looks_inside and Unreadable in {type(fact.event) for fact in facts}:
        return False
    epoch = after.epoch.replace("'", "''")
    move = (
        f"UPDATE {projection.checkpoints} SET position = {facts[-1].position:d} "
        f"WHERE position = {after.position:d} AND epoch = '{epoch}' AND parked = 0 AND NOT retired"
    )
    if projection.passes_over(facts):
        # Statements that are sent together are a transaction.
        return await connection.execute(f"{_PATIENT_AND_QUICK}; {move}") == "UPDATE 1"
    try:
        async with _transaction(connection, f"{_PATIENT_AND_QUICK}; {move}") as status:
            if status != "UPDATE 1":
                return False
            await projection.project(connection, facts)
            await reach(FaultPoint.ROWS_WRITTEN)
    except Exception as error:  # a fold may fail in any way; what is not its fault is raised
        if not blames_the_fact(error):
            raise
        return False
    return True


async def _apply_with_care(
    connection: Connection,
    projection: Projection,
    facts: Sequence[Recorded],
    *,
    after: Checkpoint,
    stream: str,
) -> Checkpoint:
    """Apply facts where somebody is parked or has to be, or another worker was faster."""
    async with connection.transaction():
        await connection.execute(_PATIENT_AND_QUICK)
        row = await connection.fetchrow(
            f"SELECT epoch, position, parked FROM {projection.checkpoints} "
            "WHERE NOT retired FOR UPDATE"
        )
        if row is None or row["epoch"] != after.epoch or row["position"] < after.position:
            raise StoreUnavailable("the checkpoint moved back; beginning where it is now")
        found = Checkpoint(Epoch(row["epoch"]), Position(row["position"]))
        fresh = [fact for fact in facts if fact.position > found.position]
        if not fresh:
            return found
        assert_contiguous(fresh, after=found.position, stream=stream)
        await fold_or_park(connection, projection, fresh, any_parked=row["parked"] > 0)
        last = fresh[-1].position
        await connection.execute(f"UPDATE {projection.checkpoints} SET position = $1", last)
    return Checkpoint(found.epoch, last)


@asynccontextmanager
async def _transaction(connection: Connection, statements: str) -> AsyncGenerator[str]:
    """Begin with some statements, in one round trip; yield what the last one did.

    Rolled back where an error leaves the block, or nothing was done.
    """
    try:
        status = await connection.execute(f"BEGIN; {statements}")
        yield status
    except BaseException:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")
        raise
    await connection.execute("COMMIT" if status != "UPDATE 0" else "ROLLBACK")
