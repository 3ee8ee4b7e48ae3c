"""The tables of a contact's translation, and the fold of facts into them."""

from collections.abc import Callable, Sequence
from typing import Any

from ..events.base import Event, Position, Recorded
from ..events.codec import Reading
from ..events.contact import ContactErased, ContactStarted
from ..events.retention import DataDeleted
from ..events.translation import (
    LanguageIdentified,
    ReplyAudioErased,
    ReplyFailed,
    ReplySpoken,
    ReplyTranslated,
    ReplyTyped,
    TranslationDropped,
    TranslationSet,
    UtteranceTranslated,
)
from .past import ends_texts
from .store import Connection, write_rows

TABLES = (
    "translation_contact",
    "translation_language",
    "translation_line",
    "translation_reply",
)

# Derived data has no migrations: to change the shape, raise the version and replay.
SCHEMA = """
CREATE TABLE IF NOT EXISTS translation_contact (
    contact_id text   PRIMARY KEY,
    stated     text, -- the language that the contact was told to be in
    targets    text[],
    wish       text,
    configured boolean,
    set_at     bigint NOT NULL DEFAULT 0, -- the position of what said so last
    erased     boolean NOT NULL DEFAULT false,
    position   bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS translation_language (
    contact_id text   NOT NULL,
    track      text   NOT NULL,
    language   text   NOT NULL,
    confidence float8 NOT NULL,
    position   bigint NOT NULL,
    PRIMARY KEY (contact_id, track)
);
CREATE TABLE IF NOT EXISTS translation_line (
    contact_id   text   NOT NULL,
    utterance_id text   NOT NULL,
    target       text   NOT NULL,
    source       text, -- NULL: it was dropped
    text         text,
    model        text,
    dropped      text, -- why; NULL: it was translated
    position     bigint NOT NULL,
    PRIMARY KEY (contact_id, utterance_id, target)
);
CREATE TABLE IF NOT EXISTS translation_reply (
    contact_id  text   NOT NULL,
    reply_id    text   NOT NULL,
    typed       text,
    typed_at    bigint NOT NULL, -- position; orders them
    source      text,
    target      text,
    text        text,
    model       text,
    language    text, -- that was spoken
    duration_ms bigint,
    failed      text, -- at which step
    reason      text,
    position    bigint NOT NULL,
    PRIMARY KEY (contact_id, reply_id)
);
"""

_ADD_CONTACTS = """
INSERT INTO translation_contact AS stored (contact_id, position)
SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (contact_id) DO UPDATE SET position = greatest(stored.position, excluded.position)
"""

_STATE = "UPDATE translation_contact SET stated = coalesce(stated, $2) WHERE contact_id = $1"

_SET = """
UPDATE translation_contact SET targets = $2, wish = $3, configured = $4, set_at = $5
 WHERE contact_id = $1 AND set_at < $5
"""

_IDENTIFY = """
INSERT INTO translation_language AS stored (contact_id, track, language, confidence, position)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (contact_id, track) DO UPDATE
   SET language = excluded.language, confidence = excluded.confidence, position = excluded.position
 WHERE stored.position < excluded.position
"""

_ADD_LINES = """
INSERT INTO translation_line
       (contact_id, utterance_id, target, source, text, model, dropped, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::text[], $8::bigint[])
ON CONFLICT (contact_id, utterance_id, target) DO NOTHING
"""

_TYPE = """
INSERT INTO translation_reply (contact_id, reply_id, typed, typed_at, position)
VALUES ($1, $2, $3, $4, $4)
ON CONFLICT (contact_id, reply_id) DO NOTHING
"""

_TRANSLATE = """
UPDATE translation_reply SET source = $3, target = $4, text = $5, model = $6, position = $7
 WHERE contact_id = $1 AND reply_id = $2 AND position < $7
"""

_SPEAK = """
UPDATE translation_reply SET language = $3, duration_ms = $4, position = $5
 WHERE contact_id = $1 AND reply_id = $2 AND position < $5
"""

_FAIL = """
UPDATE translation_reply SET failed = $3, reason = $4, position = $5
 WHERE contact_id = $1 AND reply_id = $2 AND position < $5
"""

_SILENCE = "UPDATE translation_reply SET duration_ms = NULL WHERE contact_id = $1"

_MARK_ERASED = "UPDATE translation_contact SET erased = true WHERE contact_id = $1"

# Also what came after the erasure, from a writer who had not heard of it: its key is gone too.
_ERASED = "SELECT contact_id FROM translation_contact WHERE contact_id = ANY($1::text[]) AND erased"
_ERASE = (
    "UPDATE translation_line SET text = NULL WHERE contact_id = ANY($1::text[])",
    "UPDATE translation_reply SET typed = NULL, text = NULL WHERE contact_id = ANY($1::text[])",
)

_Step = tuple[str, tuple[Any, ...]]


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    mine = [fact for fact in batch if _is_mine(fact.event)]
    newest = {fact.contact.contact_id: fact.position for fact in mine}
    await write_rows(connection, _ADD_CONTACTS, list(newest.items()))
    lines: list[tuple[Any, ...]] = []
    for fact in mine:
        lines += _lines_of(fact)
        if (step := _step_of(fact, fact.event)) is not None:
            await connection.execute(step[0], fact.contact.contact_id, *step[1])
    await write_rows(connection, _ADD_LINES, lines)
    erased = [row["contact_id"] for row in await connection.fetch(_ERASED, list(newest))]
    if erased:
        for statement in _ERASE:
            await connection.execute(statement, erased)


def _is_mine(event: Event) -> bool:
    return type(event) in _READ and (not isinstance(event, DataDeleted) or ends_texts(event))


def _lines_of(fact: Recorded) -> list[tuple[Any, ...]]:
    contact_id, event = fact.contact.contact_id, fact.event
    match event:
        case UtteranceTranslated(utterance_id=one, target=target, source=source, model=model):
            text = event.text.reveal_or(None)
            return [(contact_id, one, target, source, text, model, None, fact.position)]
        case TranslationDropped(utterance_ids=ids, target=target, reason=reason):
            return [
                (contact_id, one, target, None, None, None, reason, fact.position) for one in ids
            ]
        case _:
            return []  # tells of no utterance


def _step_of(fact: Recorded, event: Event) -> _Step | None:
    step_of = _STEPS.get(type(event))
    return None if step_of is None else step_of(event, fact.position)


# Which statement takes an event, and what follows the contact's id in it.
_STEPS: dict[type[Event], Callable[[Any, Position], _Step]] = {
    ContactStarted: lambda event, _: (_STATE, (event.language,)),
    ContactErased: lambda _event, _position: (_MARK_ERASED, ()),
    DataDeleted: lambda _event, _position: (_MARK_ERASED, ()),
    TranslationSet: lambda event, position: (
        _SET,
        (list(event.targets), event.wish, event.configured, position),
    ),
    LanguageIdentified: lambda event, position: (
        _IDENTIFY,
        (event.track, event.language, event.confidence, position),
    ),
    ReplyTyped: lambda event, position: (
        _TYPE,
        (event.reply_id, event.text.reveal_or(None), position),
    ),
    ReplyTranslated: lambda event, position: (
        _TRANSLATE,
        (
            event.reply_id,
            event.source,
            event.target,
            event.text.reveal_or(None),
            event.model,
            position,
        ),
    ),
    ReplySpoken: lambda event, position: (
        _SPEAK,
        (event.reply_id, event.language, event.duration_ms, position),
    ),
    ReplyFailed: lambda event, position: (
        _FAIL,
        (event.reply_id, event.step, event.reason, position),
    ),
    ReplyAudioErased: lambda _event, _position: (_SILENCE, ()),
}

_READ = frozenset[type[Event]]((*_STEPS, UtteranceTranslated, TranslationDropped))
READS: Reading = _READ
