"""The tables of the desk, and the fold of facts into them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from ..events.base import ContactId, GuidanceId, Recorded
from ..events.codec import Reading
from ..events.contact import GuidanceDismissed, GuidanceShown, GuidanceUsed
from ..events.guidance import ChecklistItemTicked, GuidanceExpired, GuidanceIssued
from . import desk_facts
from .past import ENDING, ends_texts
from .store import Connection, write_rows
from .transcript_rows import ERASED

TABLES = ("desk_cue", "desk_tick", desk_facts.TABLE, "desk_erased")

SCHEMA = f"""
{desk_facts.SCHEMA}
CREATE TABLE IF NOT EXISTS desk_cue (
    contact_id  text   NOT NULL,
    guidance_id text   NOT NULL,
    shows       jsonb,
    evidence    text,
    expires_at  timestamptz,
    outcome     text,
    shown       boolean NOT NULL,
    position    bigint,
    PRIMARY KEY (contact_id, guidance_id)
);
CREATE TABLE IF NOT EXISTS desk_tick (
    contact_id text   NOT NULL,
    item       text   NOT NULL,
    shows      jsonb  NOT NULL,
    evidence   text,
    position   bigint NOT NULL,
    PRIMARY KEY (contact_id, item)
);
CREATE TABLE IF NOT EXISTS desk_erased (contact_id text PRIMARY KEY);
"""

# News of a cue comes from two lanes, so its use may come before its issue. Each field is told
# once, but for the outcome: what the agent decided stands against a later expiry.
_UPSERT_CUES = """
INSERT INTO desk_cue AS stored
       (contact_id, guidance_id, shows, evidence, expires_at, outcome, shown, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::timestamptz[],
       $6::text[], $7::boolean[], $8::bigint[])
ON CONFLICT (contact_id, guidance_id) DO UPDATE
   SET shows      = coalesce(stored.shows, excluded.shows),
       evidence   = coalesce(stored.evidence, excluded.evidence),
       expires_at = coalesce(stored.expires_at, excluded.expires_at),
       position   = coalesce(stored.position, excluded.position),
       shown      = stored.shown OR excluded.shown,
       outcome    = CASE WHEN coalesce(stored.outcome, 'expired') = 'expired'
                         THEN coalesce(excluded.outcome, stored.outcome)
                         ELSE stored.outcome END
"""

_INSERT_TICKS = """
INSERT INTO desk_tick (contact_id, item, shows, evidence, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::bigint[])
ON CONFLICT (contact_id, item) DO NOTHING
"""

_INSERT_ERASED = """
INSERT INTO desk_erased (contact_id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING
"""

_ERASED_AMONG = "SELECT contact_id FROM desk_erased WHERE contact_id = ANY($1::text[])"

# What `project` looks at.
READS: Reading = frozenset(
    (
        ChecklistItemTicked,
        GuidanceDismissed,
        GuidanceExpired,
        GuidanceIssued,
        GuidanceShown,
        GuidanceUsed,
        *desk_facts.KEPT,
        *ENDING,
    )
)

_ERASE = [
    f"UPDATE {table} SET evidence = $2 WHERE contact_id = ANY($1::text[]) AND evidence <> $2"
    for table in ("desk_cue", "desk_tick")
]


async def project(connection: Connection, batch: Sequence[Recorded]) -> None:
    """Fold facts into the tables. The caller owns the transaction."""
    cues: dict[tuple[ContactId, GuidanceId], dict[str, Any]] = {}
    ticks: dict[tuple[ContactId, str], tuple[Any, ...]] = {}
    for fact in batch:
        contact_id = fact.contact.contact_id
        match fact.event:
            case GuidanceIssued() as event:
                told = {
                    "shows": _shows(event, without=("evidence", "expires_at")),
                    "evidence": event.evidence.reveal_or(ERASED),
                    "expires_at": event.expires_at,
                    "position": fact.position,
                }
                _tell(cues, contact_id, event.guidance_id, told)
            case GuidanceShown() as event:
                _tell(cues, contact_id, event.guidance_id, {"shown": True})
            case GuidanceUsed() as event:
                _tell(cues, contact_id, event.guidance_id, {"outcome": "used"})
            case GuidanceDismissed() as event:
                _tell(cues, contact_id, event.guidance_id, {"outcome": "dismissed"})
            case GuidanceExpired() as event:
                _tell(cues, contact_id, event.guidance_id, {"outcome": "expired"})
            case ChecklistItemTicked() as event:
                shows = _shows(event, without=("evidence",))
                evidence = event.evidence.reveal_or(ERASED)
                row = (contact_id, event.item, shows, evidence, fact.position)
                ticks.setdefault((contact_id, event.item), row)
            case _:
                pass  # nothing that these tables show
    await write_rows(
        connection,
        _UPSERT_CUES,
        [
            (
                *key,
                *(told.get(name) for name in _CUE_FIELDS),
                told.get("shown", False),
                told.get("position"),
            )
            for key, told in cues.items()
        ],
    )
    await write_rows(connection, _INSERT_TICKS, list(ticks.values()))
    touched = await desk_facts.keep(connection, batch)
    await _erase(connection, batch, touched | {contact_id for contact_id, _ in (*cues, *ticks)})


_CUE_FIELDS = ("shows", "evidence", "expires_at", "outcome")

_Told = dict[tuple[ContactId, GuidanceId], dict[str, Any]]


def _tell(
    cues: _Told, contact_id: ContactId, guidance_id: GuidanceId, told: dict[str, Any]
) -> None:
    known = cues.setdefault((contact_id, guidance_id), {})
    decided = known.get("outcome") in ("used", "dismissed")
    # As the table does it: what is known stays, however facts are cut into batches.
    kept = known.keys() - (set() if decided else {"outcome"})
    known |= {name: value for name, value in told.items() if name not in kept}


async def _erase(
    connection: Connection, batch: Sequence[Recorded], touched: set[ContactId]
) -> None:
    erased = {one.contact.contact_id for one in batch if ends_texts(one.event)}
    await write_rows(connection, _INSERT_ERASED, [(one,) for one in erased])
    if touched:
        # Also what came after the erasure, from a writer who had not heard of it.
        rows = await connection.fetch(_ERASED_AMONG, list(touched))
        erased |= {row["contact_id"] for row in rows}
    if erased:
        for statement in _ERASE:
            await connection.execute(statement, list(erased), ERASED)
        await connection.execute(desk_facts.ERASE, list(erased))


def _shows(event: Struct, *, without: Sequence[str]) -> str:
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in without}
    return msgspec.json.encode(fields).decode()
