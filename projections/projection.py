"""What a projection is to the loop that runs it."""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from ..events.base import Epoch, Position, Recorded
from .store import Connection


class Projection(Struct, frozen=True, kw_only=True):
    """One read model: its tables and the fold into them.

    `schema` is SQL that may run again and again. `project` folds facts in the order of
    their positions; it is given some twice and must not mind. The caller owns the
    transaction. A new shape of the tables is a new version, with tables of its own.
    """

    name: str
    version: int
    tables: tuple[str, ...]
    schema: str
    project: Callable[[Connection, Sequence[Recorded]], Awaitable[None]]


class Checkpoint(Struct, frozen=True):
    """How far a read model is: it shows every fact up to `position`, parked contacts apart."""

    epoch: Epoch
    position: Position


CHECKPOINTS = """
CREATE TABLE IF NOT EXISTS projection_checkpoint (
    name     text   NOT NULL,
    version  int    NOT NULL,
    epoch    text   NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (name, version)
);
CREATE TABLE IF NOT EXISTS projection_parked (
    name       text        NOT NULL,
    version    int         NOT NULL,
    contact_id text        NOT NULL,
    position   bigint      NOT NULL,
    problem    text        NOT NULL,
    skipped    bigint      NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version, contact_id)
);
"""

_SELECT = "SELECT epoch, position FROM projection_checkpoint WHERE name = $1 AND version = $2"

_COUNT_PARKED = "SELECT count(*) FROM projection_parked WHERE name = $1 AND version = $2"


async def checkpoint_of(connection: Connection, projection: Projection) -> Checkpoint | None:
    """Return how far the projection is; None if it has never run here."""
    row = await connection.fetchrow(_SELECT, projection.name, projection.version)
    return None if row is None else Checkpoint(Epoch(row["epoch"]), Position(row["position"]))


async def parked_count(connection: Connection, projection: Projection) -> int:
    """Return how many contacts wait for a reader that understands them."""
    count: int = await connection.fetchval(_COUNT_PARKED, projection.name, projection.version)
    return count
