"""The table of guidance: every fact of it as it was told, so that a cue can be explained later."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ..events.base import ContactId, Event, Recorded
from ..events.codec import Reading
from ..events.contact import GuidanceDismissed, GuidanceShown, GuidanceUsed
from ..events.guidance import (
    ChecklistItemMissed,
    ChecklistItemTicked,
    ChecklistOpened,
    GuardrailTripped,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceWithheld,
    InferenceFinished,
    MomentDetected,
    PolicyPinned,
    StageEntered,
)
from ..events.sealed import Sealed
from .past import ENDING, ends_texts
from .store import Connection, write_rows
from .transcript_rows import ERASED

TABLES = ("guidance_fact", "guidance_erased")

SCHEMA = """
CREATE TABLE IF NOT EXISTS guidance_fact (
    contact_id  text        NOT NULL,
    position    bigint      NOT NULL,
    type        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    shows       jsonb       NOT NULL,
    evidence    text,
    PRIMARY KEY (contact_id, position)
);
CREATE TABLE IF NOT EXISTS guidance_erased (contact_id text PRIMARY KEY);
"""

_INSERT = """
INSERT INTO guidance_fact (contact_id, position, type, occurred_at, shows, evidence)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::timestamptz[], $5::jsonb[],
       $6::text[])
ON CONFLICT (contact_id, position) DO NOTHING
"""

_INSERT_ERASED = """
INSERT INTO guidance_erased (contact_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
"""

# Also what came after the erasure, from a writer who had not heard of it.
_ERASE = """
UPDATE guidance_fact SET evidence = $2
 WHERE contact_id = ANY($1::text[]) AND evidence <> $2
   AND contact_id IN (SELECT contact_id FROM guidance_erased)
"""

_KEPT: tuple[type[Event], ...] = (
    ChecklistItemMissed,
    ChecklistItemTicked,
    ChecklistOpened,
    GuardrailTripped,
    GuidanceDismissed,
    GuidanceExpired,
    GuidanceIssued,
    GuidanceShown,
    GuidanceUsed,
    GuidanceWithheld,
    InferenceFinished,
    MomentDetected,
    PolicyPinned,
    StageEntered,
)

# What `project` looks at.
READS: Reading = frozenset((*_KEPT, *ENDING))


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the table. The caller owns the transaction."""
    kept = [fact for fact in batch if isinstance(fact.event, _KEPT)]
    await write_rows(connection, _INSERT, [_row(fact) for fact in kept])
    erased: set[ContactId] = {fact.contact.contact_id for fact in batch if ends_texts(fact.event)}
    await write_rows(connection, _INSERT_ERASED, [(one,) for one in erased])
    touched = erased | {fact.contact.contact_id for fact in kept}
    if touched:
        await connection.execute(_ERASE, list(touched), ERASED)


def _row(fact: Recorded) -> tuple[Any, ...]:
    event = fact.event
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    evidence = fields.pop("evidence", None)
    return (
        fact.contact.contact_id,
        fact.position,
        event.TYPE,
        fact.occurred_at,
        msgspec.json.encode(fields).decode(),
        evidence.reveal_or(ERASED) if isinstance(evidence, Sealed) else None,
    )
