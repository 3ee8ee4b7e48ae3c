"""The tables of what is measured of contacts, and the fold of facts into them."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ..events.base import ContactId, Recorded
from ..events.codec import Reading
from ..events.contact import AgentConnected, ContactEnded, ContactStarted
from ..events.insights import ContactMeasured, FeelingTurned
from .past import ENDING, ends_numbers, ends_texts
from .store import Connection, write_rows
from .transcript_rows import ERASED

TABLES = ("insight_contact", "insight_seat", "insight_measured", "insight_turned")

SCHEMA = """
CREATE TABLE IF NOT EXISTS insight_contact (
    contact_id text    PRIMARY KEY,
    started    boolean NOT NULL,
    started_at timestamptz,
    ended_at   timestamptz,
    queue      text,
    erased     boolean NOT NULL,
    past       boolean NOT NULL -- the time of its numbers is over: none are kept
);
CREATE TABLE IF NOT EXISTS insight_seat (
    contact_id   text        NOT NULL,
    position     bigint      NOT NULL,
    agent_id     text        NOT NULL,
    connected_at timestamptz NOT NULL,
    PRIMARY KEY (contact_id, position)
);
CREATE TABLE IF NOT EXISTS insight_measured (
    contact_id  text        PRIMARY KEY,
    shows       jsonb       NOT NULL,
    texts       jsonb       NOT NULL, -- what was named, by name
    measured_at timestamptz NOT NULL,
    position    bigint      NOT NULL
);
CREATE INDEX IF NOT EXISTS insight_measured_order ON insight_measured (measured_at, contact_id);
CREATE TABLE IF NOT EXISTS insight_turned (
    contact_id text   NOT NULL,
    position   bigint NOT NULL,
    shows      jsonb  NOT NULL,
    PRIMARY KEY (contact_id, position)
);
"""

_UPSERT_CONTACTS = """
INSERT INTO insight_contact AS stored (contact_id, started, started_at, ended_at, queue, erased,
       past)
SELECT * FROM unnest($1::text[], $2::boolean[], $3::timestamptz[], $4::timestamptz[], $5::text[],
       $6::boolean[], $7::boolean[])
ON CONFLICT (contact_id) DO UPDATE
   SET started    = stored.started OR excluded.started,
       started_at = coalesce(stored.started_at, excluded.started_at),
       ended_at   = coalesce(stored.ended_at, excluded.ended_at),
       queue      = coalesce(stored.queue, excluded.queue),
       erased     = stored.erased OR excluded.erased,
       past       = stored.past OR excluded.past
"""

_INSERT_SEATS = """
INSERT INTO insight_seat (contact_id, position, agent_id, connected_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

# The newest stands: who spoke became known since.
_UPSERT_MEASURED = """
INSERT INTO insight_measured AS stored (contact_id, shows, texts, measured_at, position)
SELECT * FROM unnest($1::text[], $2::jsonb[], $3::jsonb[], $4::timestamptz[], $5::bigint[])
ON CONFLICT (contact_id) DO UPDATE
   SET shows = excluded.shows, texts = excluded.texts, measured_at = excluded.measured_at,
       position = excluded.position
 WHERE excluded.position > stored.position
"""

_INSERT_TURNED = """
INSERT INTO insight_turned (contact_id, position, shows)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::jsonb[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

# Also what came after the erasure, from a writer who had not heard of it.
_ERASE = """
UPDATE insight_measured AS told
   SET texts = coalesce(
       (SELECT jsonb_object_agg(key, $2::text) FROM jsonb_object_keys(told.texts) AS key), '{}')
  FROM insight_contact AS contact
 WHERE contact.contact_id = ANY($1::text[]) AND contact.erased
   AND told.contact_id = contact.contact_id
"""

# Also what came after their time was over, from a writer who had not heard of it.
_PAST_AMONG = "SELECT contact_id FROM insight_contact WHERE contact_id = ANY($1::text[]) AND past"
_DROP = (
    "DELETE FROM insight_seat WHERE contact_id = ANY($1::text[])",
    "DELETE FROM insight_measured WHERE contact_id = ANY($1::text[])",
    "DELETE FROM insight_turned WHERE contact_id = ANY($1::text[])",
    """
UPDATE insight_contact SET started_at = NULL, ended_at = NULL, queue = NULL
 WHERE contact_id = ANY($1::text[])
""",
)

READS: Reading = frozenset(
    (AgentConnected, ContactEnded, ContactMeasured, ContactStarted, FeelingTurned, *ENDING)
)

_Row = tuple[Any, ...]
_Told = dict[str, Any]  # by column; what is told first stays


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    contacts: dict[ContactId, _Told] = {}
    seats: list[_Row] = []
    measured: dict[ContactId, _Row] = {}
    turned: list[_Row] = []
    for fact in batch:
        id_ = fact.contact.contact_id
        match fact.event:
            case ContactStarted() | ContactEnded() as event:
                contacts[id_] = _told(fact, event) | contacts.get(id_, {})
            case AgentConnected() as event:
                seats.append((id_, fact.position, event.agent_id, event.connected_at))
            case ContactMeasured() as event:
                measured[id_] = _measured(fact, event)
            case FeelingTurned() as event:
                turned.append((id_, fact.position, msgspec.json.encode(event).decode()))
            case event if ends_texts(event):
                contacts[id_] = contacts.get(id_, {}) | {"erased": True}
            case event if ends_numbers(event):
                contacts[id_] = contacts.get(id_, {}) | {"past": True}
            case _:
                pass  # nothing that these tables show
    await write_rows(connection, _UPSERT_CONTACTS, [_contact(*one) for one in contacts.items()])
    await write_rows(connection, _INSERT_SEATS, seats)
    await write_rows(connection, _UPSERT_MEASURED, list(measured.values()))
    await write_rows(connection, _INSERT_TURNED, turned)
    of_rows = {id_ for id_, *_ in (*seats, *turned)}
    if touched := [*contacts.keys() | measured.keys() | of_rows]:
        await connection.execute(_ERASE, touched, ERASED)
        past = [row["contact_id"] for row in await connection.fetch(_PAST_AMONG, touched)]
        for statement in _DROP if past else ():
            await connection.execute(statement, past)


def _told(fact: Recorded, event: ContactStarted | ContactEnded) -> _Told:
    match event:
        case ContactStarted():
            started_at = event.initiated_at or fact.occurred_at
            return {"started": True, "started_at": started_at, "queue": event.queue}
        case ContactEnded():
            return {"ended_at": event.ended_at}


def _contact(contact_id: ContactId, told: _Told) -> _Row:
    return (
        contact_id,
        told.get("started", False),
        told.get("started_at"),
        told.get("ended_at"),
        told.get("queue"),
        told.get("erased", False),
        told.get("past", False),
    )


def _measured(fact: Recorded, event: ContactMeasured) -> _Row:
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name != "values"}
    texts = {name: text.reveal_or(ERASED) for name, text in event.values.items()}
    return (
        fact.contact.contact_id,
        msgspec.json.encode(fields).decode(),
        msgspec.json.encode(texts).decode(),
        fact.recorded_at,
        fact.position,
    )
