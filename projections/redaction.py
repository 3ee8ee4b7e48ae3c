"""Where contacts stand in redaction: the queue of those that wait for people, and all others."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from msgspec import Struct

from ..events.base import ContactId, Position
from ..events.quarantine import Standing, State
from .generations import read_together
from .projection import Projection
from .redaction_rows import READS, SCHEMA, TABLES, project
from .store import Connection

CONTACTS_MAX = 500  # told at once
_EVER = 2**63 - 1

_LIST = """
SELECT contact_id, standing, state, reason, problem, findings, changed_at, position
  FROM redaction_contact
 WHERE started AND ($1::text IS NULL OR state = $1) AND position < $2
 ORDER BY position DESC
 LIMIT $3
"""
_COUNT = "SELECT state, count(*) AS contacts FROM redaction_contact WHERE started GROUP BY state"


class InRedaction(Struct, frozen=True, kw_only=True):
    """Where one contact stands."""

    contact_id: ContactId
    state: State
    round: int  # from 1; 0: nothing was begun
    attempt: int  # of that round
    reason: str  # why the newest round failed
    problem: str  # what of the newest attempt could not be checked
    findings: int  # of the newest verdict
    since: datetime
    position: Position


class Redactions(Struct, frozen=True, kw_only=True):
    """Contacts by where they stand, the newest first."""

    counts: Mapping[State, int]  # of all there are
    contacts: tuple[InRedaction, ...]
    before: Position | None  # asks for those that follow; None: there are none


async def redactions(
    connection: Connection,
    *,
    state: State | None = None,
    before: Position | None = None,
    contacts_max: int = CONTACTS_MAX,
) -> Redactions:
    """Return where contacts stand, those in a state alone if one is named.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> Redactions:
        rows = await connection.fetch(_LIST, state, before or _EVER, contacts_max + 1)
        counted = await connection.fetch(_COUNT)
        shown = tuple(_shown(dict(row)) for row in rows[:contacts_max])
        return Redactions(
            counts={row["state"]: row["contacts"] for row in counted},
            contacts=shown,
            before=shown[-1].position if len(rows) > contacts_max else None,
        )

    return await read_together(connection, (PROJECTION,), read)


def _shown(row: dict[str, object]) -> InRedaction:
    standing = msgspec.json.decode(str(row["standing"]), type=Standing)
    told = {"round": standing.round, "attempt": standing.attempt, "since": row["changed_at"]}
    return msgspec.convert({**row, **told}, InRedaction)


PROJECTION = Projection(
    name="redaction",
    version=2,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
