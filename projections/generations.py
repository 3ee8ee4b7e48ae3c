"""Generations of a read model: the one that is read, the next being built, the previous kept.

Each is a PostgreSQL schema. Exchanging two is renaming them, in one transaction, and nobody
who reads has to wait or to know: their statements find the tables by `search_path`.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from ..errors import StoreUnavailable
from ..events.base import START, Epoch
from .projection import Checkpoint, Projection, ReadModel, checkpoint_of, tables_of
from .store import Connection, Pool, store_faults

READS_MAX = 3  # a read that met an exchange is repeated; there is seldom even one

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('antiphon.projections.schema'))"

T = TypeVar("T")


def next_home(projection: ReadModel) -> str:
    """Return the schema in which the next generation is built."""
    return f"{projection.home}_next"


def previous_home(projection: ReadModel) -> str:
    """Return the schema that keeps the generation before the one that is read."""
    return f"{projection.home}_previous"


def search_path(projections: Sequence[ReadModel]) -> str:
    """Return the `search_path` of connections that read these projections.

    `public` stands first: it holds what is not derived, and what is made without naming a
    schema must not be made where an exchange would carry it away.
    """
    return ", ".join(["public", *(projection.home for projection in projections)])


async def one_at_a_time(connection: Connection) -> None:
    """Wait until nobody else makes or exchanges generations, until the transaction ends."""
    await connection.execute(_ONE_AT_A_TIME)
    # Waiting for an advisory lock tells a connection nothing of what others made meanwhile, and
    # it would make the same again; touching the catalogue does.
    await connection.execute("SELECT FROM pg_namespace LIMIT 1")


async def make(
    connection: Connection, projection: Projection, *, home: str, epoch: Epoch
) -> Checkpoint:
    """Make what is missing of a generation and return how far it is.

    Only for the rest of the caller's transaction does the connection read there.
    """
    await one_at_a_time(connection)
    await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {home}")
    await connection.execute(f"SET LOCAL search_path = {home}, public")
    await _wait_for_the_batch(connection, projection, home)
    await connection.execute(tables_of(projection))
    await connection.execute(
        f"INSERT INTO {projection.checkpoints} (epoch, position) VALUES ($1, $2) "
        "ON CONFLICT (one) DO NOTHING",
        epoch,
        START,
    )
    checkpoint = await checkpoint_of(connection, projection)
    assert checkpoint is not None, "it was made just now"
    return checkpoint


async def _wait_for_the_batch(connection: Connection, projection: ReadModel, home: str) -> None:
    """Let a batch that is being applied end, and the next one wait.

    `CREATE INDEX` locks its table even where the index is there. Who applies a batch holds the
    checkpoint first and then the tables; the other way round, the two would wait for each other.
    """
    table = f"{home}.{projection.checkpoints}"
    if await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table):
        await connection.execute(f"SELECT FROM {table} FOR UPDATE")


async def drop(connection: Connection, home: str) -> None:
    """Drop a generation, if it is there."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {home} CASCADE")


async def forget_spares(projection: ReadModel, *, pool: Pool) -> None:
    """Drop the previous generation, and a next one that is not finished.

    They are not kept up to date: what an erasure takes out of the read model, they still show.

    Raises:
        StoreUnavailable: the store is away.
    """
    with store_faults():
        async with pool.acquire() as connection, connection.transaction():
            await one_at_a_time(connection)
            for home in (previous_home(projection), next_home(projection)):
                await drop(connection, home)


async def exchange(connection: Connection, projection: Projection) -> None:
    """Put the next generation in the place of the one that is read, which becomes the previous.

    The caller owns the transaction, holds `one_at_a_time` and, where there is a generation to
    replace, its checkpoint's row: workers that wait for that row find it retired, and look
    again under the same name.
    """
    home, previous = projection.home, previous_home(projection)
    await drop(connection, previous)
    if await connection.fetchval("SELECT to_regnamespace($1) IS NOT NULL", home):
        await connection.execute(f"UPDATE {home}.{projection.checkpoints} SET retired = true")
        await connection.execute(f"ALTER SCHEMA {home} RENAME TO {previous}")
    await connection.execute(f"ALTER SCHEMA {next_home(projection)} RENAME TO {home}")


async def read_together(
    connection: Connection,
    projections: Sequence[Projection],
    read: Callable[[], Awaitable[T]],
) -> T:
    """Return what `read` returns, all of it of one moment and of one generation.

    A snapshot holds rows still, but not names: when generations are exchanged in the middle,
    later statements read the other one, as it was when the snapshot was taken. Then it is
    read again.

    Raises:
        StoreUnavailable: the read models were never built here.
    """
    for _ in range(READS_MAX):
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            before = await _generations(connection, projections)
            found = await read()
            if await _generations(connection, projections) == before:
                return found
    raise StoreUnavailable("the read models were exchanged again and again")


async def _generations(
    connection: Connection, projections: Sequence[Projection]
) -> tuple[int | None, ...]:
    """Return which tables the names stand for now."""
    tables = [projection.checkpoints for projection in projections]
    columns = ", ".join(f"(SELECT tableoid FROM {table})" for table in tables)
    row = await connection.fetchrow(f"SELECT {columns}")
    return () if row is None else tuple(row.values())
