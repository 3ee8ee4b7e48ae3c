"""The loop that keeps one read model of one tenant up to date.

PostgreSQL owns the position: rows and checkpoint move in one transaction, so a crash at any
point leaves neither a fact lost nor one applied twice.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Never

import structlog
from msgspec import Struct

from ..errors import (
    EpochChanged,
    Fault,
    PositionBeyondEnd,
    PositionsSkipped,
    StoreUnavailable,
    TenantUnknown,
)
from ..events.base import START, Epoch, Position, Recorded, TenantName
from ..events.journal import Journal
from ..events.progress import Progress
from ..events.subjects import facts_stream
from .parking import project_or_park, resume_parked
from .projection import CHECKPOINTS, Checkpoint, Projection, checkpoint_of
from .store import Connection, Pool, store_faults

log = structlog.get_logger()

BATCH_S_MAX = 30.0  # one transaction; a worker that takes longer lets another try
LOCK_S_MAX = 10  # another worker's transaction, waited for
GATHER_S = 0.05  # between transactions: under load they get larger instead of more
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 5.0  # after a fault; doubles while nothing moves

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('antiphon.projections.schema'))"

_BEGIN = """
INSERT INTO projection_checkpoint (name, version, epoch, position) VALUES ($1, $2, $3, 0)
ON CONFLICT (name, version) DO NOTHING
"""

# Rows and checkpoint are lost together or not at all, and what is lost the log tells again:
# waiting for the disk would buy nothing.
_PATIENT_AND_QUICK = f"SET LOCAL lock_timeout = '{LOCK_S_MAX}s'; SET LOCAL synchronous_commit = off"

_LOCK = """
SELECT epoch, position FROM projection_checkpoint WHERE name = $1 AND version = $2 FOR UPDATE
"""

_MOVE = "UPDATE projection_checkpoint SET position = $3 WHERE name = $1 AND version = $2"

_FORGET = "DELETE FROM projection_checkpoint WHERE name = $1 AND version = $2"

_FORGET_PARKED = "DELETE FROM projection_parked WHERE name = $1 AND version = $2"


class _Worker(Struct, frozen=True, kw_only=True):
    projection: Projection
    tenant: TenantName
    journal: Journal
    pool: Pool
    progress: Progress


async def run(
    projection: Projection,
    *,
    tenant: TenantName,
    journal: Journal,
    pool: Pool,
    progress: Progress,
) -> Never:
    """Fold every fact of a tenant into a read model, in order, until cancelled.

    Outages of the log and of the store are outlasted, and `progress` tells of them: the
    oldest unfinished batch ages. So does a checkpoint that the stream no longer fits
    (another epoch, beyond its end, facts gone before they were read): nothing is skipped,
    the log names the way out, which is `rebuild`. Several workers may run at once; each
    fact is applied once.
    """
    worker = _Worker(
        projection=projection, tenant=tenant, journal=journal, pool=pool, progress=progress
    )
    pause_s = PAUSE_S_MIN
    while True:
        reached = progress.position
        try:
            await _follow(worker)
        except (Fault, EpochChanged, PositionBeyondEnd, TenantUnknown) as error:
            log.warning(
                "projection_interrupted",
                projection=projection.name,
                tenant=tenant,
                code=error.code,
                why=str(error),
                position=progress.position,
            )
        pause_s = PAUSE_S_MIN if progress.position != reached else min(2 * pause_s, PAUSE_S_MAX)
        await asyncio.sleep(pause_s)


async def rebuild(projection: Projection, *, pool: Pool) -> None:
    """Forget the read model and how far it was: the next `run` replays the log into it.

    Raises:
        StoreUnavailable: the store is away.
    """
    key = (projection.name, projection.version)
    with store_faults():
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_ONE_AT_A_TIME)
            for table in projection.tables:
                await connection.execute(f"DROP TABLE IF EXISTS {table}")
            await connection.execute(CHECKPOINTS)
            await connection.execute(_FORGET_PARKED, *key)
            await connection.execute(_FORGET, *key)


async def _follow(worker: _Worker) -> None:
    progress = worker.progress
    checkpoint = await _prepare(worker)
    progress.reached(checkpoint.position)
    batches = worker.journal.follow(
        worker.tenant, after=checkpoint.position, epoch=checkpoint.epoch
    )
    async with aclosing(batches):
        async for batch in batches:
            if batch:
                # A batch that is tried again has waited since it was first tried.
                if not progress.oldest_unfinished_s:
                    progress.waiting(time.monotonic())
                progress.reached(await _apply(worker, batch, after=progress.position))
                await asyncio.sleep(GATHER_S)
            progress.waiting(None)
            progress.beat()


async def _prepare(worker: _Worker) -> Checkpoint:
    projection = worker.projection
    state = await worker.journal.state(worker.tenant)
    with store_faults():
        async with asyncio.timeout(BATCH_S_MAX), worker.pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute(_ONE_AT_A_TIME)
                await connection.execute(CHECKPOINTS)
                await connection.execute(projection.schema)
                await connection.execute(_BEGIN, projection.name, projection.version, state.epoch)
            checkpoint = await checkpoint_of(connection, projection)
        assert checkpoint is not None, "it was made just now"
        if checkpoint.epoch == state.epoch:
            # Any number of contacts, each in a transaction of its own: not under the timeout.
            await resume_parked(
                projection, tenant=worker.tenant, journal=worker.journal, pool=worker.pool
            )
    return checkpoint


async def _apply(worker: _Worker, batch: Sequence[Recorded], *, after: Position) -> Position:
    """Fold a batch and move the checkpoint with it; return where it is now.

    What another worker applied meanwhile is left out: the row lock lets one in at a time.
    `after` is where this worker saw the checkpoint last.
    """
    projection = worker.projection
    with store_faults():
        async with (
            asyncio.timeout(BATCH_S_MAX),
            worker.pool.acquire() as connection,
            connection.transaction(),
        ):
            await connection.execute(_PATIENT_AND_QUICK)
            checkpoint = await _lock(connection, projection, after=after)
            fresh = [fact for fact in batch if fact.position > checkpoint.position]
            if not fresh:
                return checkpoint.position
            _assert_contiguous(worker.tenant, checkpoint.position, fresh)
            await project_or_park(connection, projection, fresh)
            last = fresh[-1].position
            await connection.execute(_MOVE, projection.name, projection.version, last)
    return last


async def _lock(connection: Connection, projection: Projection, *, after: Position) -> Checkpoint:
    row = await connection.fetchrow(_LOCK, projection.name, projection.version)
    if row is None or row["position"] < after:
        raise StoreUnavailable("the checkpoint moved back; beginning where it is now")
    return Checkpoint(Epoch(row["epoch"]), Position(row["position"]))


def _assert_contiguous(tenant: TenantName, position: Position, facts: Sequence[Recorded]) -> None:
    """Every fact of a stream comes to a projection, so positions have no holes.

    A read model that has seen nothing yet begins with the oldest fact that is kept.

    Raises:
        PositionsSkipped: facts between the checkpoint and these were not delivered.
    """
    expected = facts[0].position if position == START else position + 1
    for fact in facts:
        if fact.position != expected:
            raise PositionsSkipped(facts_stream(tenant), after=expected - 1, found=fact.position)
        expected += 1
