"""The desk: an agent's current contacts with their words, open cues and checklist."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..errors import StoreUnavailable
from ..events.base import AgentId, ContactId, Epoch, GuidanceId, Position
from ..events.guidance import BY_PHRASE, CueKind, Detector, Heard
from . import transcript
from .desk_facts import facts_of
from .desk_rows import READS, SCHEMA, TABLES, project
from .generations import read_together
from .projection import Checkpoint, Projection, checkpoint_of
from .store import Connection
from .transcript import Transcript, transcripts_of

# An agent writes notes after a call; then the desk is for the next one.
LINGER = timedelta(minutes=2)  # after the transcript was completed

# A contact whose end nobody told. Audio is not kept for longer than this either.
FORGOTTEN = timedelta(hours=24)  # after its last fact

CONTACTS_MAX = 50  # on one desk; one agent has a call and a few chats

_SELECT_CUES = """
SELECT * FROM desk_cue
 WHERE contact_id = ANY($1::text[]) AND outcome IS NULL AND shows IS NOT NULL
 ORDER BY position
"""

_SELECT_TICKS = """
SELECT * FROM desk_tick WHERE contact_id = ANY($1::text[]) ORDER BY position
"""

# The current agent is the one who took the contact last, by the time of taking it: news of it
# may come late. `$2` looks back: only what was told up to then.
_SEATED = """
SELECT seat.contact_id
  FROM (SELECT DISTINCT ON (contact_id) contact_id, agent_id
          FROM transcript_seat
         WHERE position <= $2
           AND contact_id IN (SELECT contact_id FROM transcript_seat WHERE agent_id = $1)
         ORDER BY contact_id, connected_at DESC, position DESC) AS seat
  JOIN transcript_contact AS contact USING (contact_id)
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
    heard: Heard | None  # None: nothing was said
    evidence: str
    detector: Detector = BY_PHRASE
    because: tuple[Heard, ...] = ()  # of a condition: what it follows from was heard in
    playbook: str
    playbook_version: str
    expires_at: datetime
    shown: bool
    position: Position


class Tick(Struct, frozen=True, kw_only=True):
    """An item of the checklist that was said."""

    item: str
    title: str
    heard: Heard | None  # None: nothing was said
    evidence: str
    position: Position
    ticked: Literal[True] = True


class DeskContact(Transcript, frozen=True, kw_only=True):
    """One contact on a desk: its transcript, and what helps with it."""

    cues: tuple[Cue, ...]
    checklist: tuple[Tick, ...]
    facts: tuple[dict[str, Any], ...]  # what else is shown of it: see `desk_facts`


class Desk(Struct, frozen=True, kw_only=True):
    """Contacts as they stand at a position of the log, or a little later.

    It shows everything up to `position`. Two read models stand behind it, each in step with
    its own checkpoint; where one is ahead, a reader hears of that again from the log.
    """

    epoch: Epoch
    position: Position
    contacts: tuple[DeskContact, ...]


async def desk_of(connection: Connection, agent_id: AgentId, *, now: datetime) -> Desk:
    """Return what an agent's desk shows; no contacts for an agent nobody knows.

    A contact is on the desk of the agent who took it last, from then until `LINGER` after
    its transcript was completed.

    Raises:
        StoreUnavailable: the read models were never built here.
    """

    async def read() -> Desk:
        checkpoint = await shown_upto(connection)
        rows = await connection.fetch(_CURRENT, agent_id, _EVER, now - LINGER, now - FORGOTTEN)
        contacts = await _contacts(connection, [row["contact_id"] for row in rows])
        return Desk(epoch=checkpoint.epoch, position=checkpoint.position, contacts=contacts)

    return await read_together(connection, (transcript.PROJECTION, PROJECTION), read)


async def desk_contact_of(connection: Connection, contact_id: ContactId) -> Desk:
    """Return a desk that shows one contact alone; none if it is not known.

    Raises:
        StoreUnavailable: the read models were never built here.
    """

    async def read() -> Desk:
        checkpoint = await shown_upto(connection)
        contacts = await _contacts(connection, [contact_id])
        return Desk(epoch=checkpoint.epoch, position=checkpoint.position, contacts=contacts)

    return await read_together(connection, (transcript.PROJECTION, PROJECTION), read)


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


async def _contacts(
    connection: Connection, contact_ids: Sequence[ContactId]
) -> tuple[DeskContact, ...]:
    wanted = list[str](contact_ids)
    transcripts = await transcripts_of(connection, contact_ids)
    cues = await connection.fetch(_SELECT_CUES, wanted)
    ticks = await connection.fetch(_SELECT_TICKS, wanted)
    facts = {contact_id: await facts_of(connection, contact_id) for contact_id in transcripts}
    return tuple(
        DeskContact(
            **msgspec.structs.asdict(transcripts[contact_id]),
            cues=tuple(_cue(row) for row in cues if row["contact_id"] == contact_id),
            checklist=tuple(_tick(row) for row in ticks if row["contact_id"] == contact_id),
            facts=facts[contact_id],
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
    version=2,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
