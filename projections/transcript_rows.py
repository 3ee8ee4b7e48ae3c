"""The tables of the transcript, and the fold of facts into them."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from ..events.base import ContactId, Event, Recorded
from ..events.codec import Reading
from ..events.contact import (
    AgentConnected,
    ContactEndCorrected,
    ContactEnded,
    ContactErased,
    ContactHeld,
    ContactResumed,
    ContactStarted,
)
from ..events.media import AudioGap, AudioRefused, AudioStreamClosed, AudioStreamOpened
from ..events.privacy.places import text_in
from ..events.redaction import RedactionApplied
from ..events.speech import (
    SpeechGap,
    TextStreamOpened,
    TranscriptCompleted,
)
from .excerpts import UtteranceLine
from .store import Connection, add_rows, write_rows
from .transcript_masks import mask_lines

ERASED = "[erased]"  # stands for a text whose key was destroyed

TABLES = (
    "transcript_contact",
    "transcript_line",
    "transcript_gap",
    "transcript_seat",
    "transcript_hold",
    "transcript_stream",
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
    correction    bigint, -- the position of what corrected the end; NULL: nothing did
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
CREATE TABLE IF NOT EXISTS transcript_stream (
    contact_id text        NOT NULL,
    position   bigint      NOT NULL,
    stream     integer     NOT NULL,
    refused    text, -- why it has to wait; NULL: it was opened or closed
    at         timestamptz NOT NULL,
    PRIMARY KEY (contact_id, position)
);
"""

# Every field but the end is told once in a contact's life, so what is known stays, in whatever
# order facts come, and replaying them changes nothing. Of the end, the newest correction stands.
# Every batch touches every call under way and tells hardly anything of most: as JSON, what is not
# told costs nothing, where asyncpg looks at each item of an array several times.
_UPSERT_CONTACTS = """
WITH upserted AS (
INSERT INTO transcript_contact AS stored
SELECT * FROM json_populate_recordset(NULL::transcript_contact, $1)
ON CONFLICT (contact_id) DO UPDATE
   SET started_at    = coalesce(stored.started_at, excluded.started_at),
       queue         = coalesce(stored.queue, excluded.queue),
       clock_zero_at = coalesce(stored.clock_zero_at, excluded.clock_zero_at),
       ended_at      = CASE WHEN excluded.correction > coalesce(stored.correction, 0)
                            THEN excluded.ended_at
                            ELSE coalesce(stored.ended_at, excluded.ended_at) END,
       end_reason    = CASE WHEN excluded.correction > coalesce(stored.correction, 0)
                            THEN excluded.end_reason
                            WHEN stored.correction IS NOT NULL THEN stored.end_reason
                            ELSE coalesce(stored.end_reason, excluded.end_reason) END,
       correction    = greatest(stored.correction, excluded.correction),
       completed_at  = coalesce(stored.completed_at, excluded.completed_at),
       completed_by  = coalesce(stored.completed_by, excluded.completed_by),
       erased_at     = coalesce(stored.erased_at, excluded.erased_at),
       touched_at    = greatest(stored.touched_at, excluded.touched_at),
       position      = greatest(stored.position, excluded.position)
RETURNING contact_id, erased_at
)
SELECT contact_id FROM upserted WHERE erased_at IS NOT NULL
"""

_LINE_COLUMNS = (
    "contact_id",
    "utterance_id",
    "track",
    "text",
    "started_ms",
    "ended_ms",
    "confidence",
    "position",
)

_INSERT_LINES = f"""
INSERT INTO transcript_line ({", ".join(_LINE_COLUMNS)})
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

_INSERT_STREAMS = """
INSERT INTO transcript_stream (contact_id, position, stream, refused, at)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::integer[], $4::text[], $5::timestamptz[])
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
_Told = dict[str, Any]  # by column; what is told first stays, but for corrections


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    newest = {fact.contact.contact_id: fact for fact in batch}
    contacts: dict[ContactId, _Told] = {
        contact_id: {
            "contact_id": contact_id,
            "touched_at": fact.recorded_at,
            "position": fact.position,
        }
        for contact_id, fact in newest.items()
    }
    rows: dict[str, list[_Row]] = {statement: [] for statement, _ in _ROWS.values()}
    for fact in batch:
        # By type: most facts of a call add one row to one table, or none.
        kind = fact.event.TYPE
        if kind in _ROWS_BY_TYPE:
            statement, row_of = _ROWS_BY_TYPE[kind]
            rows[statement].append(row_of(fact, fact.event))
        if kind in _TELLS_BY_TYPE:
            known = contacts[fact.contact.contact_id]
            told = _TELLS_BY_TYPE[kind](fact, fact.event)
            known |= told if kind == ContactEndCorrected.TYPE else told | known
    told_of = msgspec.json.encode(list(contacts.values())).decode()
    erased = await connection.fetch(_UPSERT_CONTACTS, told_of)
    lines = rows.pop(_INSERT_LINES)
    await add_rows(connection, "transcript_line", _LINE_COLUMNS, lines, otherwise=_INSERT_LINES)
    for statement, own in rows.items():
        await write_rows(connection, statement, own)
    await mask_lines(
        connection, [fact for fact in batch if isinstance(fact.event, RedactionApplied)]
    )
    if erased:
        await connection.execute(_ERASE_LINES, [row["contact_id"] for row in erased])


def _started(fact: Recorded, event: ContactStarted) -> _Told:
    return {"started_at": event.initiated_at or fact.occurred_at, "queue": event.queue}


def _opened(_: Recorded, event: AudioStreamOpened | TextStreamOpened) -> _Told:
    return {"clock_zero_at": event.clock_zero_at}


def _ended(_: Recorded, event: ContactEnded) -> _Told:
    return {"ended_at": event.ended_at, "end_reason": event.reason}


def _corrected(fact: Recorded, event: ContactEndCorrected) -> _Told:
    return {
        "ended_at": event.ended_at,
        "end_reason": event.reason,
        "correction": fact.position,
    }


def _completed(fact: Recorded, event: TranscriptCompleted) -> _Told:
    return {"completed_at": fact.recorded_at, "completed_by": event.reason}


def _erased(fact: Recorded, _: ContactErased) -> _Told:
    return {"erased_at": fact.recorded_at}


def _line(fact: Recorded, event: UtteranceLine) -> _Row:
    text = event.text.reveal_or(None)
    return (
        fact.contact.contact_id,
        event.utterance_id,
        event.track,
        None if text is None else text_in("transcript", text, event.personal),
        event.started_ms,
        event.ended_ms,
        event.confidence,
        fact.position,
    )


def _gap(fact: Recorded, event: AudioGap | SpeechGap) -> _Row:
    return (
        fact.contact.contact_id,
        fact.position,
        event.TYPE,
        event.track,
        event.from_ms,
        event.until_ms,
        event.reason,
    )


def _seat(fact: Recorded, event: AgentConnected) -> _Row:
    name = None if event.agent_name is None else event.agent_name.reveal_or(ERASED)
    return (fact.contact.contact_id, fact.position, event.agent_id, name, event.connected_at)


def _held(fact: Recorded, event: ContactHeld) -> _Row:
    return (fact.contact.contact_id, fact.position, event.held_at, True)


def _resumed(fact: Recorded, event: ContactResumed) -> _Row:
    return (fact.contact.contact_id, fact.position, event.resumed_at, False)


def _refused(fact: Recorded, event: AudioRefused) -> _Row:
    return _stream_row(fact, event.stream, event.reason)


def _settled(fact: Recorded, event: AudioStreamOpened | AudioStreamClosed) -> _Row:
    return _stream_row(fact, event.stream, None)


def _stream_row(fact: Recorded, stream: int, refused: str | None) -> _Row:
    return (fact.contact.contact_id, fact.position, stream, refused, fact.recorded_at)


# What an event tells of the contact's row.
_TELLS: dict[type[Event], Callable[[Recorded, Any], _Told]] = {
    ContactStarted: _started,
    AudioStreamOpened: _opened,
    TextStreamOpened: _opened,
    ContactEnded: _ended,
    ContactEndCorrected: _corrected,
    TranscriptCompleted: _completed,
    ContactErased: _erased,
}

# And what adds a row of its own.
_ROWS: dict[type[Event], tuple[str, Callable[[Recorded, Any], _Row]]] = {
    UtteranceLine: (_INSERT_LINES, _line),
    AudioGap: (_INSERT_GAPS, _gap),
    SpeechGap: (_INSERT_GAPS, _gap),
    AgentConnected: (_INSERT_SEATS, _seat),
    ContactHeld: (_INSERT_HOLDS, _held),
    ContactResumed: (_INSERT_HOLDS, _resumed),
    AudioRefused: (_INSERT_STREAMS, _refused),
    AudioStreamOpened: (_INSERT_STREAMS, _settled),
    AudioStreamClosed: (_INSERT_STREAMS, _settled),
}

READS: Reading = frozenset((*_TELLS, *_ROWS, RedactionApplied))

# The fold takes an event whole as well as an excerpt of it.
_TELLS_BY_TYPE = {kind.TYPE: tells for kind, tells in _TELLS.items()}
_ROWS_BY_TYPE = {kind.TYPE: rows for kind, rows in _ROWS.items()}
