"""The tables of what became of cues, and the fold of facts into them. They hold no texts.

A row a cue: counts of many could not be told facts twice, and news of one cue comes from two
lanes, in any order. What is told first of a cue stays.
"""

from collections.abc import Sequence
from typing import Any

from ..events.base import ContactId, Event, GuidanceId, Recorded
from ..events.codec import Reading
from ..events.contact import (
    ContactErased,
    ContactStarted,
    GuidanceDismissed,
    GuidanceShown,
    GuidanceUsed,
)
from ..events.guidance import GuidanceExpired, GuidanceIssued, GuidanceWithheld, PolicyPinned
from ..events.retention import DataDeleted
from .past import ends_numbers
from .store import Connection, write_rows

TABLES = ("usage_cue", "usage_contact", "usage_arm", "usage_past")

SCHEMA = """
CREATE TABLE IF NOT EXISTS usage_cue (
    contact_id       text NOT NULL,
    guidance_id      text NOT NULL,
    cue              text, -- null: its use was told, and not yet what it is
    playbook         text,
    playbook_version text,
    earned_at        timestamptz,
    issued_at        timestamptz,
    shown_at         timestamptz,
    used_at          timestamptz,
    dismissed_at     timestamptz,
    expired_at       timestamptz,
    withheld         text, -- for good, and why
    PRIMARY KEY (contact_id, guidance_id)
);
CREATE INDEX IF NOT EXISTS usage_cue_earned ON usage_cue (earned_at);
CREATE TABLE IF NOT EXISTS usage_contact (contact_id text PRIMARY KEY, queue text);
CREATE TABLE IF NOT EXISTS usage_arm (
    contact_id text        NOT NULL,
    experiment text        NOT NULL,
    arm        text        NOT NULL,
    pinned_at  timestamptz NOT NULL,
    position   bigint      NOT NULL,
    PRIMARY KEY (contact_id, experiment)
);
CREATE TABLE IF NOT EXISTS usage_past (contact_id text PRIMARY KEY); -- whose time is over
"""

_COLUMNS = (
    "cue",
    "playbook",
    "playbook_version",
    "earned_at",
    "issued_at",
    "shown_at",
    "used_at",
    "dismissed_at",
    "expired_at",
    "withheld",
)

_TYPES = ("text",) * 3 + ("timestamptz",) * 6 + ("text",)

_UPSERT_CUES = f"""
INSERT INTO usage_cue AS stored (contact_id, guidance_id, {", ".join(_COLUMNS)})
SELECT * FROM unnest($1::text[], $2::text[],
       {", ".join(f"${n}::{kind}[]" for n, kind in enumerate(_TYPES, 3))})
ON CONFLICT (contact_id, guidance_id) DO UPDATE
   SET {", ".join(f"{name} = coalesce(stored.{name}, excluded.{name})" for name in _COLUMNS)}
"""

_INSERT_CONTACTS = """
INSERT INTO usage_contact (contact_id, queue) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (contact_id) DO NOTHING
"""

_UPSERT_ARMS = """
INSERT INTO usage_arm AS stored (contact_id, experiment, arm, pinned_at, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
ON CONFLICT (contact_id, experiment) DO UPDATE
   SET arm = excluded.arm, position = excluded.position
 WHERE excluded.position > stored.position
"""

_INSERT_PAST = """
INSERT INTO usage_past (contact_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
"""

# Also what came after their time was over, from a writer who had not heard of it.
_PAST_AMONG = "SELECT contact_id FROM usage_past WHERE contact_id = ANY($1::text[])"
_DROP = [
    f"DELETE FROM {table} WHERE contact_id = ANY($1::text[])"
    for table in ("usage_cue", "usage_contact", "usage_arm")
]

READS: Reading = frozenset(
    (
        ContactErased,
        ContactStarted,
        DataDeleted,
        GuidanceDismissed,
        GuidanceExpired,
        GuidanceIssued,
        GuidanceShown,
        GuidanceUsed,
        GuidanceWithheld,
        PolicyPinned,
    )
)

_Told = dict[str, Any]  # by column; what is told first stays


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    cues: dict[tuple[ContactId, GuidanceId], _Told] = {}
    contacts: dict[ContactId, str | None] = {}
    arms: dict[tuple[ContactId, str], tuple[Any, ...]] = {}
    for fact in batch:
        id_ = fact.contact.contact_id
        match fact.event:
            case ContactStarted() as event:
                contacts.setdefault(id_, event.queue)
            case PolicyPinned() as event:
                for one in event.experiments:
                    row = (one.arm, fact.occurred_at, fact.position)
                    before = arms.get((id_, one.experiment), row)
                    arms[id_, one.experiment] = (one.arm, before[1], fact.position)
            case _:
                if (told := _told(fact)) is not None:
                    key = (id_, told.pop("guidance_id"))
                    cues[key] = told | cues.get(key, {})
    await write_rows(
        connection,
        _UPSERT_CUES,
        [(*key, *(told.get(name) for name in _COLUMNS)) for key, told in cues.items()],
    )
    await write_rows(connection, _INSERT_CONTACTS, list(contacts.items()))
    await write_rows(connection, _UPSERT_ARMS, [(*key, *row) for key, row in arms.items()])
    past = [fact.contact.contact_id for fact in batch if ends_numbers(fact.event)]
    await write_rows(connection, _INSERT_PAST, [(one,) for one in dict.fromkeys(past)])
    touched = {*past, *contacts, *(id_ for id_, _ in (*cues, *arms))}
    if touched and (rows := await connection.fetch(_PAST_AMONG, list(touched))):
        for statement in _DROP:
            await connection.execute(statement, [row["contact_id"] for row in rows])


def _told(fact: Recorded) -> _Told | None:
    """Return what a fact tells of a cue; None: nothing."""
    at = fact.occurred_at
    match fact.event:
        case GuidanceIssued() as event:
            return _of(event) | {"earned_at": at, "issued_at": at}
        case GuidanceWithheld() as event:
            withheld = {"withheld": event.reason} if event.until is None else {}
            return _of(event) | {"earned_at": at} | withheld
        case GuidanceShown() | GuidanceUsed() | GuidanceDismissed() | GuidanceExpired() as event:
            return {"guidance_id": event.guidance_id, _FATES[type(event)]: at}
        case _:
            return None


_FATES: dict[type[Event], str] = {
    GuidanceShown: "shown_at",
    GuidanceUsed: "used_at",
    GuidanceDismissed: "dismissed_at",
    GuidanceExpired: "expired_at",
}


def _of(event: GuidanceIssued | GuidanceWithheld) -> _Told:
    return {
        "guidance_id": event.guidance_id,
        "cue": event.cue,
        "playbook": event.playbook,
        "playbook_version": event.playbook_version,
    }
