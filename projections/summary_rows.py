"""The tables of summaries, and the fold of facts into them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..events.base import ContactId, Event, Recorded
from ..events.codec import Reading
from ..events.contact import ContactStarted
from ..events.summary import (
    DispositionChosen,
    SummaryEdited,
    SummaryFailed,
    SummaryRequested,
    SummaryWritten,
)
from .past import ENDING, ends_texts
from .store import Connection, write_rows
from .transcript_rows import ERASED

TABLES = ("summary_contact", "summary_text", "summary_disposition")

SCHEMA = """
CREATE TABLE IF NOT EXISTS summary_contact (
    contact_id text    PRIMARY KEY,
    started    boolean NOT NULL,
    asked      bigint, -- the position of the newest wish for a summary so far
    erased     boolean NOT NULL
);
CREATE TABLE IF NOT EXISTS summary_text (
    contact_id text        NOT NULL,
    kind       text        NOT NULL, -- final, so_far, edited
    shows      jsonb       NOT NULL,
    texts      jsonb       NOT NULL,
    told_at    timestamptz NOT NULL,
    position   bigint      NOT NULL,
    PRIMARY KEY (contact_id, kind)
);
CREATE TABLE IF NOT EXISTS summary_disposition (
    contact_id text        PRIMARY KEY,
    code       text        NOT NULL,
    agent_id   text,
    note       text,
    told_at    timestamptz NOT NULL,
    position   bigint      NOT NULL
);
"""

_UPSERT_CONTACTS = """
INSERT INTO summary_contact AS stored (contact_id, started, asked, erased)
SELECT * FROM unnest($1::text[], $2::boolean[], $3::bigint[], $4::boolean[])
ON CONFLICT (contact_id) DO UPDATE
   SET started = stored.started OR excluded.started,
       asked   = greatest(stored.asked, excluded.asked),
       erased  = stored.erased OR excluded.erased
"""

# Of each kind the newest is shown; the final one is written once.
_UPSERT_TEXTS = """
INSERT INTO summary_text AS stored (contact_id, kind, shows, texts, told_at, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[], $5::timestamptz[],
       $6::bigint[])
ON CONFLICT (contact_id, kind) DO UPDATE
   SET shows = excluded.shows, texts = excluded.texts, told_at = excluded.told_at,
       position = excluded.position
 WHERE excluded.position > stored.position
"""

_UPSERT_DISPOSITIONS = """
INSERT INTO summary_disposition AS stored (contact_id, code, agent_id, note, told_at, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[],
       $6::bigint[])
ON CONFLICT (contact_id) DO UPDATE
   SET code = excluded.code, agent_id = excluded.agent_id, note = excluded.note,
       told_at = excluded.told_at, position = excluded.position
 WHERE excluded.position > stored.position
"""

# Also what came after the erasure, from a writer who had not heard of it.
_ERASE_TEXTS = """
UPDATE summary_text AS told
   SET texts = coalesce(
       (SELECT jsonb_object_agg(key, $2::text) FROM jsonb_object_keys(told.texts) AS key), '{}')
  FROM summary_contact AS contact
 WHERE contact.contact_id = ANY($1::text[]) AND contact.erased
   AND told.contact_id = contact.contact_id
"""
_ERASE_NOTES = """
UPDATE summary_disposition AS told SET note = $2
  FROM summary_contact AS contact
 WHERE contact.contact_id = ANY($1::text[]) AND contact.erased
   AND told.contact_id = contact.contact_id AND told.note IS NOT NULL
"""

READS: Reading = frozenset(
    (
        *ENDING,
        ContactStarted,
        DispositionChosen,
        SummaryEdited,
        SummaryFailed,
        SummaryRequested,
        SummaryWritten,
    )
)

_Row = tuple[Any, ...]


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    contacts: dict[ContactId, tuple[bool, int | None, bool]] = {}
    texts: dict[tuple[ContactId, str], _Row] = {}
    dispositions: dict[ContactId, _Row] = {}
    for fact in batch:
        id_ = fact.contact.contact_id
        match fact.event:
            case ContactStarted() | SummaryRequested() as event:
                contacts[id_] = _standing(contacts.get(id_), event, fact.position)
            case SummaryWritten(kind=kind) | SummaryFailed(kind=kind) as event:
                told = event.texts if isinstance(event, SummaryWritten) else {}
                clear = {name: text.reveal_or(ERASED) for name, text in told.items()}
                texts[id_, kind] = _text_row(fact, kind, event, clear)
            case SummaryEdited(text=text) as event:
                clear = {"text": text.reveal_or(ERASED)}
                texts[id_, "edited"] = _text_row(fact, "edited", event, clear)
            case DispositionChosen() as event:
                note = None if event.note is None else event.note.reveal_or(ERASED)
                dispositions[id_] = (
                    id_, event.code, event.agent_id, note, fact.occurred_at, fact.position,
                )  # fmt: skip
            case event if ends_texts(event):
                contacts[id_] = _standing(contacts.get(id_), event, fact.position)
            case _:
                pass  # nothing that these tables show
    await write_rows(
        connection, _UPSERT_CONTACTS, [(id_, *standing) for id_, standing in contacts.items()]
    )
    await write_rows(connection, _UPSERT_TEXTS, list(texts.values()))
    await write_rows(connection, _UPSERT_DISPOSITIONS, list(dispositions.values()))
    touched = {*contacts, *dispositions, *(id_ for id_, _ in texts)}
    if touched:
        for statement in (_ERASE_TEXTS, _ERASE_NOTES):
            await connection.execute(statement, list(touched), ERASED)


def _standing(
    known: tuple[bool, int | None, bool] | None, event: Event, position: int
) -> tuple[bool, int | None, bool]:
    started, asked, erased = known or (False, None, False)
    return (
        started or isinstance(event, ContactStarted),
        position if isinstance(event, SummaryRequested) else asked,
        erased or ends_texts(event),
    )


def _text_row(fact: Recorded, kind: str, event: Event, texts: dict[str, str]) -> _Row:
    fields = {
        name: getattr(event, name)
        for name in event.__struct_fields__
        if name not in ("texts", "text")
    }
    told_at: datetime = fact.occurred_at
    return (
        fact.contact.contact_id,
        kind,
        msgspec.json.encode(fields).decode(),
        msgspec.json.encode(texts).decode(),
        told_at,
        fact.position,
    )
