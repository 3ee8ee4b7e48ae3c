"""The tables of the transcript, and the fold of facts into them."""

from collections.abc import Callable, Sequence
from typing import Any

from ..events.base import ContactId, Event, Recorded
from ..events.contact import (
    AgentConnected,
    ContactEnded,
    ContactErased,
    ContactHeld,
    ContactResumed,
    ContactStarted,
)
from ..events.media import AudioGap, AudioStreamOpened
from ..events.speech import SpeechGap, TranscriptCompleted, UtteranceFinalized
from .store import Connection, write_rows

ERASED = "[erased]"  # stands for a text whose key was destroyed

TABLES = (
    "transcript_contact",
    "transcript_line",
    "transcript_gap",
    "transcript_seat",
    "transcript_hold",
)

# Derived data has no migrations: to change the shape, raise the version and replay.
SCHEMA = """
CREATE TABLE IF NOT EXISTS transcript_contact (
    contact_id    text        PRIMARY KEY,
    started_at    timestamptz,
    queue         text,
    clock_zero_at timestamptz,
    ended_at      timestamptz,
    end_reason    text,
    completed_at  timestamptz,
    completed_by  text,
    erased_at     timestamptz,
    touched_at    timestamptz NOT NULL,
    position      bigint      NOT NULL
);
CREATE TABLE IF NOT EXISTS transcript_line (
    contact_id   text   NOT NULL,
    utterance_id text   NOT NULL,
    track        text   NOT NULL,
    text         text,
    started_ms   bigint NOT NULL,
    ended_ms     bigint NOT NULL,
    confidence   float8 NOT NULL,
    position     bigint NOT NULL,
    PRIMARY KEY (contact_id, utterance_id)
);
CREATE TABLE IF NOT EXISTS transcript_gap (
    contact_id text   NOT NULL,
    position   bigint NOT NULL,
    kind       text   NOT NULL,
    track      text   NOT NULL,
    from_ms    bigint NOT NULL,
    until_ms   bigint,
    reason     text   NOT NULL,
    PRIMARY KEY (contact_id, position)
);
CREATE TABLE IF NOT EXISTS transcript_seat (
    contact_id   text        NOT NULL,
    position     bigint      NOT NULL,
    agent_id     text        NOT NULL,
    agent_name   text,
    connected_at timestamptz NOT NULL,
    PRIMARY KEY (contact_id, position)
);
CREATE INDEX IF NOT EXISTS transcript_seat_agent ON transcript_seat (agent_id, position);
CREATE TABLE IF NOT EXISTS transcript_hold (
    contact_id text        NOT NULL,
    position   bigint      NOT NULL,
    at         timestamptz NOT NULL,
    held       boolean     NOT NULL,
    PRIMARY KEY (contact_id, position)
);
"""

# Every field is told once in a contact's life, so what is known stays, in whatever order facts
# come, and replaying them changes nothing.
_UPSERT_CONTACTS = """
INSERT INTO transcript_contact AS stored
       (contact_id, started_at, queue, clock_zero_at, ended_at, end_reason, completed_at,
        completed_by, erased_at, touched_at, position)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::timestamptz[],
       $5::timestamptz[], $6::text[], $7::timestamptz[], $8::text[], $9::timestamptz[],
       $10::timestamptz[], $11::bigint[])
ON CONFLICT (contact_id) DO UPDATE
   SET started_at    = coalesce(stored.started_at, excluded.started_at),
       queue         = coalesce(stored.queue, excluded.queue),
       clock_zero_at = coalesce(stored.clock_zero_at, excluded.clock_zero_at),
       ended_at      = coalesce(stored.ended_at, excluded.ended_at),
       end_reason    = coalesce(stored.end_reason, excluded.end_reason),
       completed_at  = coalesce(stored.completed_at, excluded.completed_at),
       completed_by  = coalesce(stored.completed_by, excluded.completed_by),
       erased_at     = coalesce(stored.erased_at, excluded.erased_at),
       touched_at    = greatest(stored.touched_at, excluded.touched_at),
       position      = greatest(stored.position, excluded.position)
RETURNING contact_id, erased_at IS NOT NULL AS erased
"""

_INSERT_LINES = """
INSERT INTO transcript_line
       (contact_id, utterance_id, track, text, started_ms, ended_ms, confidence, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[],
       $6::bigint[], $7::float8[], $8::bigint[])
ON CONFLICT (contact_id, utterance_id) DO NOTHING
"""

_INSERT_GAPS = """
INSERT INTO transcript_gap
       (contact_id, position, kind, track, from_ms, until_ms, reason)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[],
       $6::bigint[], $7::text[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

_INSERT_SEATS = """
INSERT INTO transcript_seat (contact_id, position, agent_id, agent_name, connected_at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

_INSERT_HOLDS = """
INSERT INTO transcript_hold (contact_id, position, at, held)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::timestamptz[], $4::boolean[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

# Also what came after the erasure, from a writer who had not heard of it: its key is gone too.
_ERASE_LINES = """
UPDATE transcript_line AS line SET text = NULL
  FROM transcript_contact AS contact
 WHERE contact.contact_id = ANY($1::text[]) AND contact.erased_at IS NOT NULL
   AND line.contact_id = contact.contact_id AND line.text IS NOT NULL
"""

_Row = tuple[Any, ...]


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    contacts: dict[ContactId, dict[str, Any]] = {}
    rows: dict[str, list[_Row]] = {statement: [] for statement, _ in _APPENDS.values()}
    for fact in batch:
        known = contacts.setdefault(fact.contact.contact_id, {})
        for name, value in _told(fact).items():
            known.setdefault(name, value)
        known["touched_at"], known["position"] = fact.recorded_at, fact.position
        # By type: most facts of a call add one row to one table, or none.
        statement, row_of = _APPENDS.get(type(fact.event), _NO_ROW)
        if (row := row_of(fact)) is not None:
            rows[statement].append(row)
    erased = await connection.fetch(
        _UPSERT_CONTACTS,
        list(contacts),
        *([known.get(name) for known in contacts.values()] for name in _CONTACT_FIELDS),
    )
    for statement, own in rows.items():
        await write_rows(connection, statement, own)
    if gone := [row["contact_id"] for row in erased if row["erased"]]:
        await connection.execute(_ERASE_LINES, gone)


_CONTACT_FIELDS = (
    "started_at",
    "queue",
    "clock_zero_at",
    "ended_at",
    "end_reason",
    "completed_at",
    "completed_by",
    "erased_at",
    "touched_at",
    "position",
)


def _told(fact: Recorded) -> dict[str, Any]:
    match fact.event:
        case ContactStarted() as event:
            return {"started_at": event.initiated_at or fact.occurred_at, "queue": event.queue}
        case AudioStreamOpened() as event:
            return {"clock_zero_at": event.clock_zero_at}
        case ContactEnded() as event:
            return {"ended_at": event.ended_at, "end_reason": event.reason}
        case TranscriptCompleted() as event:
            return {"completed_at": fact.recorded_at, "completed_by": event.reason}
        case ContactErased():
            return {"erased_at": fact.recorded_at}
        case _:
            return {}  # nothing that the contact's row shows


def _line(fact: Recorded) -> _Row | None:
    match fact.event:
        case UtteranceFinalized() as event:
            return (
                fact.contact.contact_id,
                event.utterance_id,
                event.track,
                None if event.text.cipher is not None else event.text.reveal(),
                event.started_ms,
                event.ended_ms,
                event.confidence,
                fact.position,
            )
        case _:
            return None


def _gap(fact: Recorded) -> _Row | None:
    match fact.event:
        case AudioGap() | SpeechGap() as event:
            return (
                fact.contact.contact_id,
                fact.position,
                event.TYPE,
                event.track,
                event.from_ms,
                event.until_ms,
                event.reason,
            )
        case _:
            return None


def _seat(fact: Recorded) -> _Row | None:
    match fact.event:
        case AgentConnected() as event:
            name = None if event.agent_name is None else event.agent_name.reveal_or(ERASED)
            return (
                fact.contact.contact_id,
                fact.position,
                event.agent_id,
                name,
                event.connected_at,
            )
        case _:
            return None


def _hold(fact: Recorded) -> _Row | None:
    match fact.event:
        case ContactHeld(held_at=held_at):
            return (fact.contact.contact_id, fact.position, held_at, True)
        case ContactResumed(resumed_at=resumed_at):
            return (fact.contact.contact_id, fact.position, resumed_at, False)
        case _:
            return None


_APPENDS: dict[type[Event], tuple[str, Callable[[Recorded], _Row | None]]] = {
    UtteranceFinalized: (_INSERT_LINES, _line),
    AudioGap: (_INSERT_GAPS, _gap),
    SpeechGap: (_INSERT_GAPS, _gap),
    AgentConnected: (_INSERT_SEATS, _seat),
    ContactHeld: (_INSERT_HOLDS, _hold),
    ContactResumed: (_INSERT_HOLDS, _hold),
}
_NO_ROW: tuple[str, Callable[[Recorded], _Row | None]] = ("", lambda _: None)
