"""The loop that keeps one read model of one tenant up to date.

PostgreSQL owns the position: rows and checkpoint move in one transaction, so a crash at any
point leaves neither a fact lost nor one applied twice. Catching up with a long log and
following a live one are the same: as many facts at a time as there are, the next ones decoded
while those are written.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Never

import structlog
from msgspec import Struct

from ..errors import (
    ArchiveCorrupt,
    ArchiveOfOtherEpoch,
    ArchiveUnavailable,
    EpochChanged,
    FactsLost,
    Fault,
    PositionBeyondEnd,
    PositionsSkipped,
    TenantUnknown,
)
from ..events.base import START, Position, Recorded, TenantName
from ..events.journal import Journal
from ..events.log import IDLE_S, StreamState
from ..events.progress import Progress
from ..events.subjects import facts_stream
from .ahead import ahead
from .applying import apply
from .generations import make
from .projection import Checkpoint, Projection, parked_count
from .resuming import resume
from .store import Pool, leave_clean, store_faults

log = structlog.get_logger()

BATCH_S_MAX = 30.0  # one transaction; a worker that takes longer lets another try
LIVE_S = 2 * IDLE_S  # who shows facts as young as this has caught up
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 5.0  # after a fault; doubles while nothing moves


class _Worker(Struct, frozen=True, kw_only=True):
    projection: Projection
    tenant: TenantName
    journal: Journal
    history: Journal
    pool: Pool
    progress: Progress


async def run(
    projection: Projection,
    *,
    tenant: TenantName,
    journal: Journal,
    pool: Pool,
    progress: Progress,
    history: Journal | None = None,
) -> Never:
    """Fold every fact of a tenant into a read model, in order, until cancelled.

    The pool's connections find the projection's tables by their `search_path`. `history` reads
    what the log has let go of from the archive, and then the log (None: nothing is archived);
    it is asked only for that, so an archive that is away holds up nobody who does not need it.

    Outages of the log and of the store are outlasted, and `progress` tells of them: the oldest
    unfinished batch ages. So does a checkpoint that the stream no longer fits (another epoch,
    beyond its end, facts that neither archive nor log has): nothing is skipped, the log names
    the way out. Several workers may run at once; each fact is applied once.
    """
    worker = _Worker(
        projection=projection,
        tenant=tenant,
        journal=journal,
        history=history or journal,
        pool=pool,
        progress=progress,
    )
    pause_s = PAUSE_S_MIN
    while True:
        reached = progress.position
        try:
            await _follow(worker)
        except (
            Fault,
            ArchiveOfOtherEpoch,
            EpochChanged,
            PositionBeyondEnd,
            TenantUnknown,
        ) as error:
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


async def make_tables(
    projection: Projection, *, tenant: TenantName, journal: Journal, pool: Pool
) -> None:
    """Make a read model's tables where there are none: from then on it answers, if emptily.

    `run` makes them too, but not before somebody may read. An outage is left to it.
    """
    try:
        if await _are_made(projection, pool):
            return
        state = await journal.state(tenant)
        with store_faults():
            async with (
                asyncio.timeout(BATCH_S_MAX),
                pool.acquire() as connection,
                connection.transaction(),
            ):
                await make(connection, projection, home=projection.home, epoch=state.epoch)
    except Fault as error:
        log.warning(
            "read_model_not_made", projection=projection.name, tenant=tenant, code=error.code
        )


async def _are_made(projection: Projection, pool: Pool) -> bool:
    table = f"{projection.home}.{projection.checkpoints}"
    with store_faults():
        async with asyncio.timeout(BATCH_S_MAX), pool.acquire() as connection:
            found = await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
            leave_clean(connection)
    return bool(found)


async def _follow(worker: _Worker) -> None:
    progress = worker.progress
    checkpoint = await _prepare(worker)
    progress.reached(checkpoint.position)
    source, state = await _source(worker, checkpoint)
    batches = source.follow(
        worker.tenant,
        after=checkpoint.position,
        epoch=checkpoint.epoch,
        only=worker.projection.reads,
    )
    async with aclosing(batches), aclosing(ahead(batches)) as gathered:
        async for batch in gathered:
            if batch:
                if checkpoint.position == START:
                    _assert_oldest(worker, batch, state)
                # A batch that is tried again has waited since it was first tried.
                if not progress.oldest_unfinished_s:
                    progress.waiting(time.monotonic())
                progress.lagging(_monotonic(batch[0].recorded_at))
                checkpoint = await _apply(worker, batch, after=checkpoint)
                progress.reached(checkpoint.position)
                shown_upto = _monotonic(batch[-1].recorded_at)
                progress.lagging(None if _is_live(shown_upto) else shown_upto)
            else:
                progress.lagging(None)
            progress.waiting(None)
            progress.beat()


async def _prepare(worker: _Worker) -> Checkpoint:
    projection = worker.projection
    state = await worker.journal.state(worker.tenant)
    with store_faults():
        async with (
            asyncio.timeout(BATCH_S_MAX),
            worker.pool.acquire() as connection,
            connection.transaction(),
        ):
            checkpoint = await make(connection, projection, home=projection.home, epoch=state.epoch)
            any_parked = await parked_count(connection, projection) > 0
    if any_parked and checkpoint.epoch == state.epoch:
        # Any number of contacts, each in a transaction of its own: not under the timeout.
        await _take_up_parked(worker)
    return checkpoint


async def _take_up_parked(worker: _Worker) -> None:
    projection = worker.projection
    try:
        await resume(projection, tenant=worker.tenant, history=worker.history, pool=worker.pool)
    except (ArchiveCorrupt, ArchiveOfOtherEpoch, ArchiveUnavailable, FactsLost) as error:
        # Whoever is not parked must not wait for the archive.
        log.warning(
            "parked_contacts_left",
            projection=projection.name,
            tenant=worker.tenant,
            code=error.code,
            why=str(error),
        )


async def _source(worker: _Worker, checkpoint: Checkpoint) -> tuple[Journal, StreamState]:
    """Return who tells what comes after the checkpoint, and the ends of what that one has."""
    state = await worker.journal.state(worker.tenant)
    if state.first <= checkpoint.position + 1:
        return worker.journal, state
    # Positions of another epoch are no reason to look there: following says what is wrong.
    if checkpoint.epoch != state.epoch or worker.history is worker.journal:
        return worker.journal, state
    log.info(
        "projection_reads_the_archive",
        projection=worker.projection.name,
        tenant=worker.tenant,
        position=checkpoint.position,
        log_begins=state.first,
    )
    return worker.history, await worker.history.state(worker.tenant)


def _assert_oldest(worker: _Worker, batch: Sequence[Recorded], state: StreamState) -> None:
    """A read model that has seen nothing begins with the oldest fact there was when it began.

    Raises:
        PositionsSkipped: the log has let go of that meanwhile.
    """
    found = batch[0].position
    if found > state.first:
        stream = facts_stream(worker.tenant)
        raise PositionsSkipped(stream, after=Position(state.first - 1), found=found)


async def _apply(worker: _Worker, batch: Sequence[Recorded], *, after: Checkpoint) -> Checkpoint:
    with store_faults():
        async with asyncio.timeout(BATCH_S_MAX), worker.pool.acquire() as connection:
            checkpoint = await apply(
                connection,
                worker.projection,
                batch,
                after=after,
                stream=facts_stream(worker.tenant),
            )
            leave_clean(connection)  # what is set is set for a transaction only
    return checkpoint


def _is_live(since: float) -> bool:
    return time.monotonic() - since < LIVE_S


def _monotonic(instant: datetime) -> float:
    """Return when an instant was, on the clock that `Progress` reads."""
    return time.monotonic() - (datetime.now(UTC) - instant).total_seconds()
