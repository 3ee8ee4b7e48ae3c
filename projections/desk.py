"""The desk: an agent's current contacts with their words, open cues and checklist."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..errors import StoreUnavailable
from ..events.base import AgentId, ContactId, Epoch, GuidanceId, Position, Recorded
from ..events.contact import GuidanceDismissed, GuidanceShown, GuidanceUsed
from ..events.guidance import (
    ChecklistItemTicked,
    CueKind,
    GuidanceExpired,
    GuidanceIssued,
    Heard,
)
from . import transcript
from .projection import Checkpoint, Projection, checkpoint_of
from .store import Connection, write_rows
from .transcript import Transcript, transcripts_of
from .transcript_rows import ERASED

# An agent writes notes after a call; then the desk is for the next one.
LINGER = timedelta(minutes=2)  # after the transcript was completed

# A contact whose end nobody told. Audio is not kept for longer than this either.
FORGOTTEN = timedelta(hours=24)  # after its last fact

CONTACTS_MAX = 50  # on one desk; one agent has a call and a few chats

SCHEMA = """
CREATE TABLE IF NOT EXISTS desk_v1_cue (
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
CREATE TABLE IF NOT EXISTS desk_v1_tick (
    contact_id text   NOT NULL,
    item       text   NOT NULL,
    shows      jsonb  NOT NULL,
    evidence   text,
    position   bigint NOT NULL,
    PRIMARY KEY (contact_id, item)
);
"""

# News of a cue comes from two lanes, so its use may come before its issue. Each field is told
# once, but for the outcome: what the agent decided stands against a later expiry.
_UPSERT_CUES = """
INSERT INTO desk_v1_cue AS stored
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
INSERT INTO desk_v1_tick (contact_id, item, shows, evidence, position)
SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[], $4::text[], $5::bigint[])
ON CONFLICT (contact_id, item) DO NOTHING
"""

_SELECT_CUES = """
SELECT * FROM desk_v1_cue
 WHERE contact_id = ANY($1::text[]) AND outcome IS NULL AND shows IS NOT NULL
 ORDER BY position
"""

_SELECT_TICKS = """
SELECT * FROM desk_v1_tick WHERE contact_id = ANY($1::text[]) ORDER BY position
"""

# The current agent is the one who took the contact last, by the time of taking it: news of it
# may come late. `$2` looks back: only what was told up to then.
_SEATED = """
SELECT seat.contact_id
  FROM (SELECT DISTINCT ON (contact_id) contact_id, agent_id
          FROM transcript_v1_seat
         WHERE position <= $2
           AND contact_id IN (SELECT contact_id FROM transcript_v1_seat WHERE agent_id = $1)
         ORDER BY contact_id, connected_at DESC, position DESC) AS seat
  JOIN transcript_v1_contact AS contact USING (contact_id)
 WHERE seat.agent_id = $1
"""

_CURRENT = f"""
{_SEATED}
   AND coalesce(contact.completed_at > $3, contact.touched_at > $4)
 ORDER BY contact.started_at DESC NULLS LAST, contact.contact_id
 LIMIT {CONTACTS_MAX}
"""

_MEMBERS = f"""
{_SEATED}
   AND (contact.position > $2 OR contact.completed_at IS NULL AND contact.touched_at > $3)
 LIMIT {CONTACTS_MAX}
"""

_EVER = Position(2**63 - 1)


class Cue(Struct, frozen=True, kw_only=True):
    """A cue on the screen: neither used, nor put away, nor expired."""

    guidance_id: GuidanceId
    cue: str
    kind: CueKind
    title: str
    body: str
    moment: str
    heard: Heard
    evidence: str
    playbook: str
    playbook_version: str
    expires_at: datetime
    shown: bool
    position: Position


class Tick(Struct, frozen=True, kw_only=True):
    """An item of the checklist that was said."""

    item: str
    title: str
    heard: Heard
    evidence: str
    position: Position
    ticked: Literal[True] = True


class DeskContact(Transcript, frozen=True, kw_only=True):
    """One contact on a desk: its transcript, and what helps with it."""

    cues: tuple[Cue, ...]
    checklist: tuple[Tick, ...]


class Desk(Struct, frozen=True, kw_only=True):
    """Contacts as they stand at a position of the log, or a little later.

    It shows everything up to `position`. Two read models stand behind it, each in step with
    its own checkpoint; where one is ahead, a reader hears of that again from the log.
    """

    epoch: Epoch
    position: Position
    contacts: tuple[DeskContact, ...]


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


async def desk_of(connection: Connection, agent_id: AgentId, *, now: datetime) -> Desk:
    """Return what an agent's desk shows; no contacts for an agent nobody knows.

    A contact is on the desk of the agent who took it last, from then until `LINGER` after
    its transcript was completed.

    Raises:
        StoreUnavailable: the read models were never built here.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        checkpoint = await shown_upto(connection)
        rows = await connection.fetch(_CURRENT, agent_id, _EVER, now - LINGER, now - FORGOTTEN)
        contacts = await _contacts(connection, [row["contact_id"] for row in rows])
    return Desk(epoch=checkpoint.epoch, position=checkpoint.position, contacts=contacts)


async def desk_contact_of(connection: Connection, contact_id: ContactId) -> Desk:
    """Return a desk that shows one contact alone; none if it is not known.

    Raises:
        StoreUnavailable: the read models were never built here.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        checkpoint = await shown_upto(connection)
        contacts = await _contacts(connection, [contact_id])
    return Desk(epoch=checkpoint.epoch, position=checkpoint.position, contacts=contacts)


async def members_at(
    connection: Connection, agent_id: AgentId, *, position: Position, now: datetime
) -> list[ContactId]:
    """Return the contacts that an agent had at a position and that may have gone on since.

    Right only where the read models have reached the position.
    """
    rows = await connection.fetch(_MEMBERS, agent_id, position, now - FORGOTTEN)
    return [row["contact_id"] for row in rows]


async def shown_upto(connection: Connection) -> Checkpoint:
    """Return up to where both read models behind a desk show the log.

    Raises:
        StoreUnavailable: they were never built here.
    """
    found = [
        await checkpoint_of(connection, projection)
        for projection in (transcript.PROJECTION, PROJECTION)
    ]
    checkpoints = [checkpoint for checkpoint in found if checkpoint is not None]
    if len(checkpoints) < len(found):
        raise StoreUnavailable("the read models are not built yet")
    return min(checkpoints, key=lambda checkpoint: checkpoint.position)


_CUE_FIELDS = ("shows", "evidence", "expires_at", "outcome")

_Told = dict[tuple[ContactId, GuidanceId], dict[str, Any]]


def _tell(
    cues: _Told, contact_id: ContactId, guidance_id: GuidanceId, told: dict[str, Any]
) -> None:
    known = cues.setdefault((contact_id, guidance_id), {})
    decided = known.get("outcome") in ("used", "dismissed")
    known |= {name: value for name, value in told.items() if name != "outcome" or not decided}


def _shows(event: Struct, *, without: Sequence[str]) -> str:
    fields = {name: getattr(event, name) for name in event.__struct_fields__ if name not in without}
    return msgspec.json.encode(fields).decode()


async def _contacts(
    connection: Connection, contact_ids: Sequence[ContactId]
) -> tuple[DeskContact, ...]:
    wanted = list[str](contact_ids)
    transcripts = await transcripts_of(connection, contact_ids)
    cues = await connection.fetch(_SELECT_CUES, wanted)
    ticks = await connection.fetch(_SELECT_TICKS, wanted)
    return tuple(
        DeskContact(
            **msgspec.structs.asdict(transcripts[contact_id]),
            cues=tuple(_cue(row) for row in cues if row["contact_id"] == contact_id),
            checklist=tuple(_tick(row) for row in ticks if row["contact_id"] == contact_id),
        )
        for contact_id in contact_ids
        if contact_id in transcripts
    )


def _cue(row: Any) -> Cue:
    own = {name: row[name] for name in ("evidence", "expires_at", "shown", "position")}
    return msgspec.convert(msgspec.json.decode(row["shows"]) | own, Cue)


def _tick(row: Any) -> Tick:
    own = {name: row[name] for name in ("evidence", "position")}
    return msgspec.convert(msgspec.json.decode(row["shows"]) | own, Tick)


PROJECTION = Projection(
    name="desk",
    version=1,
    tables=("desk_v1_cue", "desk_v1_tick"),
    schema=SCHEMA,
    project=project,
)
