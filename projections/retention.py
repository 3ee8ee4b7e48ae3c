"""Whose time may be over: what retention has to look at, found without reading every contact.

A row says since when a contact counts and what was done about it, not when something is due:
that follows from the tenant's policy, which may be another tomorrow. It decides nothing either:
whoever acts on a contact reads the contact's own facts.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..events.base import ContactId, Position, Recorded
from ..events.codec import Reading
from ..events.contact import ContactEndCorrected, ContactEnded, ContactErased, ContactStarted
from ..events.retention import (
    DATA_KINDS,
    DataArchived,
    DataDeleted,
    DataKind,
    RetentionFreed,
    RetentionHeld,
    expiry_id,
)
from .projection import Projection
from .store import Connection, write_rows

# Of whom a kind is looked for: an erasure takes everything but numbers.
_SUBJECT: dict[DataKind, str] = {
    kind: "true" if kind == "analytics" else "NOT erased" for kind in DATA_KINDS
}

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS retention_contact (
    contact_id  text        PRIMARY KEY,
    recorded_at timestamptz, -- its start, by the log's clock
    ended_at    timestamptz, -- as it was told last
    ended       bigint      NOT NULL, -- position of who told; 0: nobody
    queue       text,
    archived    text[]      NOT NULL,
    deleted     text[]      NOT NULL,
    held        boolean     NOT NULL, -- a hold stood in the way when something was due
    looked      bigint      NOT NULL, -- position of who said so; 0: nobody
    erased      boolean     NOT NULL, -- the person was
    since       timestamptz GENERATED ALWAYS AS (greatest(ended_at, recorded_at)) STORED
);
{
    "".join(
        f'''
CREATE INDEX IF NOT EXISTS retention_contact_{kind} ON retention_contact (since, contact_id)
 WHERE NOT held AND {_SUBJECT[kind]} AND NOT deleted @> ARRAY['{kind}'];
'''
        for kind in DATA_KINDS
    )
}
CREATE INDEX IF NOT EXISTS retention_contact_held ON retention_contact (contact_id) WHERE held;
CREATE INDEX IF NOT EXISTS retention_contact_recorded ON retention_contact (recorded_at);
"""

_UPSERT = """
INSERT INTO retention_contact AS stored
       (contact_id, recorded_at, ended_at, ended, queue, held, looked, erased, archived, deleted)
SELECT told.contact_id, told.recorded_at, told.ended_at, told.ended, told.queue, told.held,
       told.looked, told.erased, string_to_array(told.archived, ','),
       string_to_array(told.deleted, ',')
  FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::bigint[], $5::text[],
              $6::boolean[], $7::bigint[], $8::boolean[], $9::text[], $10::text[])
       AS told (contact_id, recorded_at, ended_at, ended, queue, held, looked, erased, archived,
                deleted)
ON CONFLICT (contact_id) DO UPDATE
   SET recorded_at = coalesce(stored.recorded_at, excluded.recorded_at),
       ended_at    = CASE WHEN excluded.ended > stored.ended
                          THEN excluded.ended_at ELSE stored.ended_at END,
       ended       = greatest(stored.ended, excluded.ended),
       queue       = coalesce(stored.queue, excluded.queue),
       held        = CASE WHEN excluded.looked > stored.looked
                          THEN excluded.held ELSE stored.held END,
       looked      = greatest(stored.looked, excluded.looked),
       erased      = stored.erased OR excluded.erased,
       archived    = ARRAY(SELECT DISTINCT unnest(stored.archived || excluded.archived) ORDER BY 1),
       deleted     = ARRAY(SELECT DISTINCT unnest(stored.deleted || excluded.deleted) ORDER BY 1)
"""

_HELD = """
SELECT contact_id, since FROM retention_contact
 WHERE held AND contact_id > $1 ORDER BY contact_id LIMIT $2
"""

_RECORDED = """
SELECT contact_id FROM retention_contact
 WHERE ($1::timestamptz IS NULL OR recorded_at >= $1)
   AND ($2::timestamptz IS NULL OR recorded_at < $2)
   AND (cardinality($3::text[]) = 0 OR queue = ANY($3::text[]))
 ORDER BY recorded_at, contact_id LIMIT $4
"""

READS: Reading = frozenset(
    (
        ContactEndCorrected,
        ContactEnded,
        ContactErased,
        ContactStarted,
        DataArchived,
        DataDeleted,
        RetentionFreed,
        RetentionHeld,
    )
)

Told = dict[str, Any]  # of one contact, by column
Turn = tuple[datetime, ContactId]  # since when a contact counts; how lists of them go on

_COLUMNS = (
    "recorded_at",
    "ended_at",
    "ended",
    "queue",
    "held",
    "looked",
    "erased",
    "archived",
    "deleted",
)
_NOTHING: Told = {
    **dict.fromkeys(_COLUMNS),
    "ended": 0,
    "held": False,
    "looked": 0,
    "erased": False,
    "archived": (),
    "deleted": (),
}


async def counting_since(
    connection: Connection,
    kind: DataKind,
    *,
    until: datetime,
    after: Turn | None,
    limit: int,
    unarchived: bool = False,
) -> list[Turn]:
    """Return contacts that count since `until` or longer, and whose kind was not deleted.

    The longest first, those behind `after`. Leaves out those that were held when looked at last;
    with `unarchived`, those whose kind stands in the archive.
    """
    assert kind in DATA_KINDS, "it is written into the statement"
    rows = await connection.fetch(
        "SELECT since, contact_id FROM retention_contact "
        f"WHERE NOT held AND {_SUBJECT[kind]} AND NOT deleted @> ARRAY['{kind}'] AND since <= $1 "
        "AND ($2::timestamptz IS NULL OR (since, contact_id) > ($2, $3)) "
        f"AND (NOT $4 OR NOT archived @> ARRAY['{kind}']) "
        "ORDER BY since, contact_id LIMIT $5",
        until,
        after and after[0],
        after and after[1],
        unarchived,
        limit,
    )
    return [(row["since"], ContactId(row["contact_id"])) for row in rows]


async def held_after(connection: Connection, contact_id: str, *, limit: int) -> list[ContactId]:
    """Return contacts that were held when looked at last, in the order of their ids."""
    rows = await connection.fetch(_HELD, contact_id, limit)
    return [ContactId(row["contact_id"]) for row in rows]


async def recorded_between(
    connection: Connection,
    *,
    recorded_from: datetime | None,
    recorded_to: datetime | None,
    queues: Sequence[str],
    limit: int,
) -> list[ContactId]:
    """Return contacts whose start was recorded in a span, of these queues if any are named."""
    rows = await connection.fetch(_RECORDED, recorded_from, recorded_to, list(queues), limit)
    return [ContactId(row["contact_id"]) for row in rows]


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the table. The caller owns the transaction."""
    contacts: dict[ContactId, Told] = {}
    for fact in batch:
        if (news := _news(fact)) is None:
            continue
        known = contacts.setdefault(fact.contact.contact_id, dict(_NOTHING))
        for column, value in news.items():
            known[column] = (*known[column], value) if column in _LISTS else value
    await write_rows(connection, _UPSERT, [(id_, *_row(told)) for id_, told in contacts.items()])


_LISTS = frozenset({"archived", "deleted"})


def _news(fact: Recorded) -> Told | None:  # noqa: PLR0911 (one return a fact)
    position: Position = fact.position
    match fact.event:
        case ContactStarted(queue=queue):
            return {"recorded_at": fact.recorded_at, "queue": queue}
        case ContactEnded(ended_at=ended_at) | ContactEndCorrected(ended_at=ended_at):
            return {"ended_at": ended_at, "ended": position}
        case ContactErased(erasure_id=erasure_id):
            # Where a time was over, retention says itself when it has done everything.
            return {"erased": erasure_id != expiry_id(fact.contact.contact_id)}
        case DataArchived(kind=kind):
            return {"archived": kind, "held": False, "looked": position}
        case DataDeleted(kind=kind):
            return {"deleted": kind, "held": False, "looked": position}
        case RetentionHeld():
            return {"held": True, "looked": position}
        case RetentionFreed():
            return {"held": False, "looked": position}
        case _:
            return None  # tells nothing of how long anything stays


def _row(told: Told) -> tuple[Any, ...]:
    return tuple(
        ",".join(told[column]) if column in _LISTS else told[column] for column in _COLUMNS
    )


PROJECTION = Projection(
    name="retention",
    version=2,
    tables=("retention_contact",),
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
