"""A read model built anew from history, beside the one that is read, compared and exchanged.

The next generation follows the one that is read to where it is, so that both can be compared
at the same position; that one goes on meanwhile and is held up only for moments: while the
last facts are brought in and, at the end, while names are exchanged.
"""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Protocol

import structlog
from msgspec import Struct

from ..errors import RebuildUnderWay, StoreUnavailable
from ..events.base import START, ContactId, Epoch, Position, Recorded, TenantName
from ..events.codec import Reading
from ..events.log import StreamState
from ..events.subjects import facts_stream
from .ahead import ahead
from .applying import LOCK_S_MAX, apply
from .comparing import Comparison, compare
from .generations import drop, exchange, make, next_home, one_at_a_time
from .projection import Checkpoint, Projection
from .store import Connection, Pool, store_faults

log = structlog.get_logger()

NEAR_POSITIONS = 2_000  # so near, the rest is brought in while the other generation is held
ROUNDS_MAX = 20  # of drawing near; then the log grows faster than we read, and we hold it sooner
TOUCHED_MAX = 10_000  # contacts that went on while we compared; beyond, all is compared again


class TenantHistory(Protocol):
    """Tells the facts of a tenant: the log's journal, or one that reads the archive too."""

    async def state(self, tenant: TenantName) -> StreamState:
        """Return epoch and ends."""
        ...

    def read_tenant(
        self, tenant: TenantName, *, after: Position, upto: Position, only: Reading = ...
    ) -> AsyncGenerator[Sequence[Recorded]]:
        """Yield batches of all facts after one position, up to another, then end."""
        ...


class Built(Struct, frozen=True):
    """How far a rebuild is."""

    position: Position
    upto: Position  # where it will compare; moves on while the log does
    facts: int  # folded by this run


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What became of a rebuild."""

    projection: str
    position: Position
    facts: int  # folded by this run: one that was resumed folds fewer
    seconds: float
    # None: there was nothing to compare with, or it is of another epoch of the log.
    comparison: Comparison | None
    exchanged: bool


class _Rebuild(Struct, kw_only=True):
    projection: Projection
    tenant: TenantName
    history: TenantHistory
    connection: Connection  # its search_path is the next generation
    checkpoint: Checkpoint
    on_progress: Callable[[Built], None]
    facts: int = 0

    async def fill(self, upto: Position) -> set[ContactId]:
        """Fold everything up to a position; return whose facts those were."""
        touched: set[ContactId] = set()
        if upto <= self.checkpoint.position:
            return touched
        batches = self.history.read_tenant(
            self.tenant, after=self.checkpoint.position, upto=upto, only=self.projection.reads
        )
        async with aclosing(batches), aclosing(ahead(batches, gather_s=0.0)) as gathered:
            async for batch in gathered:
                self.checkpoint = await apply(
                    self.connection,
                    self.projection,
                    batch,
                    after=self.checkpoint,
                    stream=facts_stream(self.tenant),
                )
                self.facts += len(batch)
                touched.update(fact.contact.contact_id for fact in batch)
                self.on_progress(Built(self.checkpoint.position, upto, self.facts))
        if self.checkpoint.position < upto:
            raise StoreUnavailable(f"the history ends at {self.checkpoint.position}, before {upto}")
        return touched


async def rebuild(
    projection: Projection,
    *,
    tenant: TenantName,
    history: TenantHistory,
    pool: Pool,
    compare_only: bool = False,
    accept_differences: bool = False,
    fresh: bool = False,
    on_progress: Callable[[Built], None] = lambda _: None,
) -> Rebuilt:
    """Build the next generation, compare it with the one that is read, and exchange the two.

    Can be cancelled at any time and called again: it goes on where it was, unless `fresh`.
    Without differences, or if they are accepted, the next generation takes the place of the
    one that is read, which is kept as the previous one. With differences it stays beside, and
    nothing is exchanged. With `compare_only` it is dropped in the end.

    The generation that is read cannot be compared with if it is of another epoch of the log,
    or beyond its end; exchanging then takes `accept_differences`.

    Raises:
        RebuildUnderWay: somebody else rebuilds this projection.
        PositionsSkipped: the history has a hole.
        StoreUnavailable: the store is away, or the history ends too early.
    """
    began = time.monotonic()
    with store_faults():
        async with _building(projection, tenant, history, pool, fresh=fresh) as work:
            work.on_progress = on_progress
            comparison, exchanged = await _compare_and_exchange(
                work, pool, may_exchange=not compare_only, accept_differences=accept_differences
            )
            if compare_only:
                async with work.connection.transaction():
                    await one_at_a_time(work.connection)
                    await drop(work.connection, next_home(projection))
    done = Rebuilt(
        projection=projection.name,
        position=work.checkpoint.position,
        facts=work.facts,
        seconds=time.monotonic() - began,
        comparison=comparison,
        exchanged=exchanged,
    )
    log.info(
        "projection_rebuilt",
        projection=projection.name,
        tenant=tenant,
        position=done.position,
        facts=done.facts,
        equal=None if comparison is None else comparison.equal,
        exchanged=exchanged,
    )
    return done


@asynccontextmanager
async def _building(
    projection: Projection,
    tenant: TenantName,
    history: TenantHistory,
    pool: Pool,
    *,
    fresh: bool,
) -> AsyncGenerator[_Rebuild]:
    state = await history.state(tenant)
    async with pool.acquire() as connection:
        # The lock and the settings end when the connection is given back.
        lock = f"antiphon.rebuild.{projection.home}"
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", lock):
            raise RebuildUnderWay(projection.name)
        home = next_home(projection)
        read = await _checkpoint_in(connection, projection, projection.home)
        async with connection.transaction():
            if fresh:
                await one_at_a_time(connection)
                await drop(connection, home)
            checkpoint = await make(connection, projection, home=home, epoch=state.epoch)
            if _is_useless(checkpoint, state, read):
                await drop(connection, home)
                checkpoint = await make(connection, projection, home=home, epoch=state.epoch)
        await connection.execute(f"SET search_path = {home}, public")
        yield _Rebuild(
            projection=projection,
            tenant=tenant,
            history=history,
            connection=connection,
            checkpoint=checkpoint,
            on_progress=lambda _: None,
        )


def _is_useless(begun: Checkpoint, state: StreamState, read: Checkpoint | None) -> bool:
    """Tell whether what an earlier run began cannot be gone on with."""
    if begun.epoch != state.epoch or begun.position > state.last:
        return True
    return read is not None and read.epoch == begun.epoch and read.position < begun.position


async def _compare_and_exchange(
    work: _Rebuild, pool: Pool, *, may_exchange: bool, accept_differences: bool
) -> tuple[Comparison | None, bool]:
    async with pool.acquire() as holding:
        read = await _checkpoint_in(holding, work.projection, work.projection.home)
        # Asked after the checkpoint: both move on, and none may seem to be beyond the log's end.
        state = await work.history.state(work.tenant)
        if read is None or read.epoch != state.epoch or read.position > state.last:
            await work.fill(state.last)
            if not may_exchange or not (accept_differences or read is None):
                return None, False
            async with holding.transaction():
                await _hold(holding, work.projection, to_exchange=True)
                await exchange(holding, work.projection)
            return None, True
        comparison = await _compare(work, holding)
        if not may_exchange or not (comparison.equal or accept_differences):
            return comparison, False
        rest = await _exchange(work, holding, accept_differences=accept_differences)
        return (rest, False) if rest is not None else (comparison, True)


async def _compare(work: _Rebuild, holding: Connection) -> Comparison:
    """Bring both generations to one position, keep a snapshot of that, and compare it.

    Only while the last facts are brought in does the other generation wait.
    """
    await _draw_near(work, holding)
    async with AsyncExitStack() as stack:
        async with holding.transaction():
            position = await _hold(holding, work.projection)
            await work.fill(position)
            snapshot = work.connection.transaction(isolation="repeatable_read", readonly=True)
            await stack.enter_async_context(snapshot)
            await work.connection.fetchval("SELECT pg_current_snapshot()::text")
        homes = (work.projection.home, next_home(work.projection))
        return await compare(work.connection, work.projection, homes=homes, position=position)


async def _exchange(
    work: _Rebuild, holding: Connection, *, accept_differences: bool
) -> Comparison | None:
    """Exchange the generations at one position, with what went on meanwhile compared as well.

    Returns a comparison that differs, and exchanges nothing; else None.
    """
    touched = await _draw_near(work, holding)
    async with holding.transaction():
        position = await _hold(holding, work.projection, to_exchange=True)
        touched |= await work.fill(position)
        if touched and not accept_differences:
            rest = await compare(
                holding,
                work.projection,
                homes=(work.projection.home, next_home(work.projection)),
                position=position,
                contacts=touched if len(touched) <= TOUCHED_MAX else None,
            )
            if not rest.equal:
                return rest
        await exchange(holding, work.projection)
    return None


async def _draw_near(work: _Rebuild, holding: Connection) -> set[ContactId]:
    """Fill until little is missing; return whose facts those were."""
    touched: set[ContactId] = set()
    for _ in range(ROUNDS_MAX):
        read = await _checkpoint_in(holding, work.projection, work.projection.home)
        if read is None or read.position - work.checkpoint.position <= NEAR_POSITIONS:
            break
        touched |= await work.fill(read.position)
    return touched


async def _hold(
    connection: Connection, projection: Projection, *, to_exchange: bool = False
) -> Position:
    """Keep the generation that is read where it is, until the transaction ends."""
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_S_MAX}s'")
    if to_exchange:
        await one_at_a_time(connection)
    if await _is_there(connection, projection, projection.home):
        position = await connection.fetchval(
            f"SELECT position FROM {projection.home}.{projection.checkpoints} "
            "WHERE NOT retired FOR UPDATE"
        )
        if position is None:
            raise StoreUnavailable("the read model was exchanged just now; try again")
        return Position(position)
    return START


async def _checkpoint_in(
    connection: Connection, projection: Projection, home: str
) -> Checkpoint | None:
    if not await _is_there(connection, projection, home):
        return None
    row = await connection.fetchrow(f"SELECT epoch, position FROM {home}.{projection.checkpoints}")
    return None if row is None else Checkpoint(Epoch(row["epoch"]), Position(row["position"]))


async def _is_there(connection: Connection, projection: Projection, home: str) -> bool:
    table = f"{home}.{projection.checkpoints}"
    return await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
