"""Where PostgreSQL's exceptions become ours."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import asyncpg

from ..errors import StoreUnavailable

if TYPE_CHECKING:
    # asyncpg's stubs are generic, its classes at run time are not.
    from asyncpg.pool import Pool as _Pool
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = _Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

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


async def write_rows(
    connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run a statement that unnests columns, once for all rows; not at all without rows."""
    if rows:
        columns = zip(*rows, strict=True)
        await connection.execute(statement, *(list(column) for column in columns))
