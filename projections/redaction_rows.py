"""The table of where contacts stand in redaction, and the fold of facts into it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..events.base import START, ContactId, Event, Position, Recorded
from ..events.codec import Reading
from ..events.contact import ContactEndCorrected, ContactEnded, ContactErased, ContactStarted
from ..events.quarantine import Standing, stand
from ..events.recording import RecordingConsented, RecordingFailed, RecordingStored
from ..events.redaction import (
    RedactionApplied,
    RedactionDoubted,
    RedactionFailed,
    RedactionReviewed,
    RedactionVerified,
    TextMask,
)
from ..events.retention import DataDeleted
from ..events.speech import TranscriptCompleted, UtteranceFinalized, UtteranceOriginal
from .store import Connection, write_rows

TABLES = ("redaction_contact",)

SCHEMA = """
CREATE TABLE IF NOT EXISTS redaction_contact (
    contact_id text        PRIMARY KEY,
    started    boolean     NOT NULL,
    standing   jsonb       NOT NULL,
    state      text        NOT NULL, -- under_way, in_quarantine, verified, failed, erased
    reason     text        NOT NULL, -- why the newest round failed
    problem    text        NOT NULL, -- what could not be checked
    findings   integer     NOT NULL, -- of the newest verdict
    masks      jsonb       NOT NULL, -- words that checks found, of all attempts
    past       boolean     NOT NULL, -- the time of what was made of the words is over
    changed_at timestamptz NOT NULL, -- since when it is in this state
    position   bigint      NOT NULL  -- of the newest fact that says anything of it
);
CREATE INDEX IF NOT EXISTS redaction_contact_state ON redaction_contact (state, position DESC);
"""

_SELECT = """
SELECT contact_id, started, standing, reason, problem, findings, masks, past, changed_at, position
  FROM redaction_contact
 WHERE contact_id = ANY($1::text[])
"""

_UPSERT = """
INSERT INTO redaction_contact AS stored
       (contact_id, started, standing, state, reason, problem, findings, masks, past, changed_at,
        position)
SELECT * FROM unnest($1::text[], $2::boolean[], $3::jsonb[], $4::text[], $5::text[], $6::text[],
       $7::integer[], $8::jsonb[], $9::boolean[], $10::timestamptz[], $11::bigint[])
ON CONFLICT (contact_id) DO UPDATE
   SET started = excluded.started, standing = excluded.standing, state = excluded.state,
       reason = excluded.reason, problem = excluded.problem, findings = excluded.findings,
       masks = excluded.masks, past = excluded.past, changed_at = excluded.changed_at,
       position = excluded.position
 WHERE excluded.position > stored.position
"""

_TELLING: frozenset[type[Event]] = frozenset(
    (
        ContactEndCorrected,
        ContactEnded,
        ContactErased,
        ContactStarted,
        DataDeleted,
        RecordingConsented,
        RecordingFailed,
        RecordingStored,
        RedactionApplied,
        RedactionDoubted,
        RedactionFailed,
        RedactionReviewed,
        RedactionVerified,
        TranscriptCompleted,
        UtteranceFinalized,
        UtteranceOriginal,
    )
)

READS: Reading = _TELLING

_standings = msgspec.json.Decoder(Standing)
_masks = msgspec.json.Decoder(tuple[TextMask, ...])


class _Row(Struct, frozen=True, kw_only=True):
    started: bool = False
    standing: Standing = Standing()
    reason: str = ""
    problem: str = ""
    findings: int = 0
    masks: tuple[TextMask, ...] = ()  # an attempt knows those before; a later round need not
    past: bool = False
    changed_at: datetime
    position: Position = START


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the table. The caller owns the transaction."""
    telling = [fact for fact in batch if type(fact.event) in _TELLING]
    if not telling:
        return
    rows = await _rows(connection, {fact.contact.contact_id for fact in telling})
    for fact in telling:
        id_ = fact.contact.contact_id
        known = rows.get(id_) or _Row(changed_at=fact.occurred_at)
        if fact.position > known.position:
            rows[id_] = _after(known, fact)
    await write_rows(connection, _UPSERT, [_values(id_, row) for id_, row in rows.items()])


async def _rows(connection: Connection, ids: set[ContactId]) -> dict[ContactId, _Row]:
    found = await connection.fetch(_SELECT, sorted(ids))
    return {
        ContactId(one["contact_id"]): _Row(
            started=one["started"],
            standing=_standings.decode(one["standing"]),
            reason=one["reason"],
            problem=one["problem"],
            findings=one["findings"],
            masks=_masks.decode(one["masks"]),
            past=one["past"],
            changed_at=one["changed_at"],
            position=one["position"],
        )
        for one in found
    }


def _after(row: _Row, fact: Recorded) -> _Row:
    standing = stand(row.standing, fact)
    moved = standing.state != row.standing.state
    row = _told(row, fact.event)
    return replace(
        row,
        started=row.started or isinstance(fact.event, ContactStarted),
        standing=standing,
        changed_at=fact.occurred_at if moved else row.changed_at,
        position=fact.position,
    )


def _told(row: _Row, event: Event) -> _Row:
    match event:
        case RedactionDoubted():
            return replace(row, problem=event.problem, findings=len(event.findings))
        case RedactionFailed():
            return replace(row, reason=event.reason)
        case RedactionApplied():
            new = tuple(mask for mask in event.masks if mask not in row.masks)
            return replace(row, reason="", problem="", findings=0, masks=(*row.masks, *new))
        case RedactionVerified():
            return replace(row, reason="", problem="", findings=0)
        case DataDeleted(kind="annotations"):
            return replace(row, past=True)
        case _:
            return row  # tells nothing of what a check found


def _values(id_: ContactId, row: _Row) -> tuple[object, ...]:
    return (
        id_,
        row.started,
        msgspec.json.encode(row.standing).decode(),
        row.standing.state,
        row.reason,
        row.problem,
        row.findings,
        msgspec.json.encode(row.masks).decode(),
        row.past,
        row.changed_at,
        row.position,
    )
