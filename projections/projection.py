"""What a projection is to the loop that runs it, and how far one has come.

Everything a projection has (its tables, its checkpoint, what it parked) lies in a PostgreSQL
schema of its own, and no statement names that schema: `search_path` does. So the same code
fills the generation that is read, the next one beside it, or a scratch one.
"""

from collections.abc import Awaitable, Callable, Sequence

from msgspec import Struct

from ..events.base import Epoch, Position, Recorded, Unread
from ..events.codec import Reading
from ..events.contact import ContactErased
from .store import Connection


class ReadModel(Struct, frozen=True, kw_only=True):
    """The tables of a read model, for whoever looks at them; a `Projection` fills them.

    `schema` is SQL that may run again and again; every table has a primary key, and a name
    that no other read model uses. A new shape of the tables is a new version.
    """

    name: str  # a word of small letters; tables of the machinery are called after it
    version: int
    tables: tuple[str, ...]
    schema: str
    # Columns that a replay does not give again: surrogate keys, clocks that are not the log's.
    uncompared: tuple[str, ...] = ()

    @property
    def home(self) -> str:
        """The PostgreSQL schema of the generation that is read."""
        return f"{self.name}_v{self.version}"

    @property
    def checkpoints(self) -> str:
        """The table that holds the checkpoint."""
        return f"{self.name}_checkpoint"

    @property
    def parked(self) -> str:
        """The table of contacts that are put aside."""
        return f"{self.name}_parked"


class Projection(ReadModel, frozen=True, kw_only=True):
    """One read model: its tables and the fold into them.

    `project` folds facts in the order of their positions; it is given some twice and must not
    mind, and how they are cut into batches changes nothing. The caller owns the transaction.
    """

    project: Callable[[Connection, Sequence[Recorded]], Awaitable[None]]
    # The events whose content `project` looks at; others come as `Unread`. None: all.
    reads: Reading = None
    # Facts that come as `Unread` change nothing: where a batch has no others, only the
    # checkpoint moves.
    skips_unread: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError if erasures would not be read: they reach parked contacts as well."""
        if self.reads and ContactErased not in self.reads:
            raise ValueError(f"projection {self.name} has to read `ContactErased`")

    @property
    def looks_inside(self) -> bool:
        """Whether it matters here what events say, and not only where they stand."""
        return self.reads is None or bool(self.reads)

    def passes_over(self, facts: Sequence[Recorded]) -> bool:
        """Whether there is nothing to fold in a batch."""
        return self.skips_unread and {type(fact.event) for fact in facts} == {Unread}


class Checkpoint(Struct, frozen=True):
    """How far a read model is: it shows every fact up to `position`, parked contacts apart."""

    epoch: Epoch
    position: Position


def tables_of(projection: ReadModel) -> str:
    """Return the SQL that makes a generation's tables where `search_path` points."""
    return f"""
    CREATE TABLE IF NOT EXISTS {projection.checkpoints} (
        one      boolean PRIMARY KEY DEFAULT true CHECK (one),
        epoch    text    NOT NULL,
        position bigint  NOT NULL,
        -- How many are parked: while it is none, nobody needs to look there.
        parked   bigint  NOT NULL DEFAULT 0,
        -- Another generation has taken its place; whoever waited for this row looks again.
        retired  boolean NOT NULL DEFAULT false
    );
    CREATE TABLE IF NOT EXISTS {projection.parked} (
        contact_id text        PRIMARY KEY,
        position   bigint      NOT NULL,
        problem    text        NOT NULL,
        detail     text        NOT NULL,
        waiting    bigint      NOT NULL,
        parked_at  timestamptz NOT NULL DEFAULT now()
    );
    {projection.schema}
    """


async def checkpoint_of(connection: Connection, projection: ReadModel) -> Checkpoint | None:
    """Return how far the projection is; None if it has never run here."""
    row = await connection.fetchrow(f"SELECT epoch, position FROM {projection.checkpoints}")
    return None if row is None else Checkpoint(Epoch(row["epoch"]), Position(row["position"]))


async def parked_count(connection: Connection, projection: ReadModel) -> int:
    """Return how many contacts wait for a reader that understands them."""
    count = await connection.fetchval(f"SELECT parked FROM {projection.checkpoints}")
    return count or 0
