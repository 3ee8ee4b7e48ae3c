"""What a desk shows besides words and cues: facts as a stream tells them, for the page to fold.

Answers, the checklist as it was opened, summaries, translations, replies: each is a fact or two,
shown as it was told. So a page that comes late folds what one that was there folded, by the same
code, and what it shows next week needs no table of its own.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from ..errors import KeyDestroyed
from ..events.base import ContactId, Event, Recorded
from ..events.guidance import (
    ChecklistItemMissed,
    ChecklistOpened,
    StageEntered,
)
from ..events.knowledge import AnswerFound, AnswerRefused, KnowledgeAsked, QuestionHeard
from ..events.sealed import Sealed, sealed_fields
from ..events.summary import DispositionChosen, SummaryEdited, SummaryFailed, SummaryWritten
from ..events.translation import (
    ReplyFailed,
    ReplySpoken,
    ReplyTranslated,
    ReplyTyped,
    TranslationDropped,
    TranslationSet,
    UtteranceTranslated,
)
from .store import Connection, write_rows
from .transcript_rows import ERASED

# A long call that is translated has a thousand; of more, the newest are shown.
FACTS_MAX = 2_000

KEPT: tuple[type[Event], ...] = (
    AnswerFound,
    AnswerRefused,
    ChecklistItemMissed,
    ChecklistOpened,
    DispositionChosen,
    KnowledgeAsked,
    QuestionHeard,
    ReplyFailed,
    ReplySpoken,
    ReplyTranslated,
    ReplyTyped,
    StageEntered,
    SummaryEdited,
    SummaryFailed,
    SummaryWritten,
    TranslationDropped,
    TranslationSet,
    UtteranceTranslated,
)

TABLE = "desk_fact"

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    contact_id  text        NOT NULL,
    position    bigint      NOT NULL,
    type        text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    shows       jsonb       NOT NULL,
    -- Which personal fields it has, and what they say: NULL where nobody can read that any
    -- more, and where it has none.
    sealed      text[]      NOT NULL,
    texts       jsonb,
    PRIMARY KEY (contact_id, position)
);
"""

_INSERT = f"""
INSERT INTO {TABLE} (contact_id, position, type, recorded_at, shows, sealed, texts)
SELECT contact_id, position, type, recorded_at, shows, string_to_array(sealed, ' '), texts
  FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::jsonb[], $6::text[],
       $7::jsonb[]) AS fact (contact_id, position, type, recorded_at, shows, sealed, texts)
ON CONFLICT (contact_id, position) DO NOTHING
"""

_SELECT = f"""
SELECT * FROM (SELECT * FROM {TABLE} WHERE contact_id = $1 ORDER BY position DESC LIMIT $2) AS last
 ORDER BY position
"""

ERASE = f"UPDATE {TABLE} SET texts = NULL WHERE contact_id = ANY($1::text[])"

_TEXTS = {event.TYPE: sealed_fields(event) for event in KEPT}


async def keep(connection: Connection, batch: Sequence[Recorded]) -> set[ContactId]:
    """Store those facts that a desk shows; return whose they are."""
    kept = [fact for fact in batch if isinstance(fact.event, KEPT)]
    await write_rows(connection, _INSERT, [_row(fact) for fact in kept])
    return {fact.contact.contact_id for fact in kept}


async def facts_of(connection: Connection, contact_id: ContactId) -> tuple[dict[str, Any], ...]:
    """Return a contact's facts, each as a stream tells it, with its `type`; the oldest first."""
    rows = await connection.fetch(_SELECT, contact_id, FACTS_MAX)
    return tuple(_told(row) for row in rows)


def _row(fact: Recorded) -> tuple[Any, ...]:
    event = fact.event
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    sealed = [name for name in _TEXTS[event.TYPE] if fields[name]]
    texts = _in_clear({name: fields.pop(name) for name in sealed})
    return (
        fact.contact.contact_id,
        fact.position,
        event.TYPE,
        fact.recorded_at,
        msgspec.json.encode(fields).decode(),
        " ".join(sealed),  # an array of arrays cannot be unnested
        msgspec.json.encode(texts).decode() if texts else None,
    )


def _in_clear(texts: dict[str, Sealed | dict[str, Sealed]]) -> dict[str, Any] | None:
    """Return what personal fields say; None where nobody can read them any more."""
    try:
        return {
            name: {one: text.reveal() for one, text in value.items()}
            if isinstance(value, dict)
            else value.reveal()
            for name, value in texts.items()
        }
    except KeyDestroyed:
        return None


def _told(row: Any) -> dict[str, Any]:
    shows: dict[str, Any] = msgspec.json.decode(row["shows"])
    texts: dict[str, Any] = dict.fromkeys(row["sealed"], ERASED)
    if row["texts"] is not None:
        texts = msgspec.json.decode(row["texts"])
    where = {name: row[name] for name in ("type", "contact_id", "position", "recorded_at")}
    return shows | texts | where
