"""Where PostgreSQL's exceptions become ours."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from ..errors import Fault, StoreUnavailable

if TYPE_CHECKING:
    # asyncpg's stubs are generic, its classes at run time are not.
    from asyncpg.pool import Pool as _Pool
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = _Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

# Fewer rows are in sooner by one statement than by COPY, which takes four round trips.
COPY_ROWS_MIN = 100

# What is said of a value that cannot be taken: a NUL in a text, a number too large, a row that
# contradicts another. Trying again does not help. ValueError is the client's own refusal.
UNSTORABLE = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError)

# What a server that is away, stopping, starting, overloaded or locked shows. Trying again
# helps. A connection that breaks under us is an InterfaceError of the client; a table that is
# not there will be made by its projection.
_FAULTS = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.UndefinedTableError,
)


class StoreConnection(asyncpg.Connection):  # pyright: ignore[reportMissingTypeArgument]
    """A connection whose user may say that there is nothing to clean up after it.

    Pools made with it as `connection_class` then save a round trip each time it is given back.
    """

    __slots__ = ("_is_clean",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._is_clean = False

    def left_clean(self) -> None:
        """No setting, lock, cursor or channel outlives this use of the connection."""
        self._is_clean = True

    def get_reset_query(self) -> str:
        """Return what a pool runs when the connection is given back; empty if nothing."""
        is_clean, self._is_clean = self._is_clean, False
        return "" if is_clean else super().get_reset_query()


def leave_clean(connection: Connection) -> None:
    """Say that this use of a connection left nothing to clean up, where anybody wants to know."""
    # A pool's proxy hands on what it does not know itself.
    if (left_clean := getattr(connection, "left_clean", None)) is not None:
        left_clean()


def blames_the_fact(error: Exception) -> bool:
    """Tell whether what went wrong in a fold lies in the fact or the fold, not in the store.

    A statement that PostgreSQL cannot run at all is neither: it would fail for every contact.
    """
    if isinstance(error, UNSTORABLE):
        return True
    return not isinstance(error, (Fault, *_FAULTS, asyncpg.PostgresError, asyncpg.InterfaceError))


@contextmanager
def store_faults() -> Generator[None]:
    """Turn the store's failures into ours; let pass what it says of values.

    Raises:
        StoreUnavailable: the store is away, or did not answer in time.
    """
    try:
        yield
    except UNSTORABLE:
        raise
    except _FAULTS as error:
        raise StoreUnavailable(type(error).__name__) from error


async def add_rows(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    otherwise: str,
) -> None:
    """Add rows to a table, many of them by COPY: for the client that is half the work.

    Where one is there already nothing is copied, and `otherwise`, a statement that unnests the
    same columns and leaves out what is there, adds the rest. The caller owns the transaction.
    """
    if len(rows) < COPY_ROWS_MIN:
        await write_rows(connection, otherwise, rows)
        return
    await connection.execute("SAVEPOINT adding")
    try:
        await connection.copy_records_to_table(table, records=rows, columns=columns)
    except asyncpg.UniqueViolationError:
        await connection.execute("ROLLBACK TO SAVEPOINT adding")
        await write_rows(connection, otherwise, rows)
    await connection.execute("RELEASE SAVEPOINT adding")


async def write_rows(
    connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run a statement that unnests columns, once for all rows; not at all without rows."""
    if rows:
        columns = zip(*rows, strict=True)
        await connection.execute(statement, *(list(column) for column in columns))
