"""Insights: what was measured of a contact, and of many for whoever takes them elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ..events.base import AgentId, ContactId, Position, Speaker, UtteranceId
from ..events.insights import (
    EntityKind,
    FeelingMeasured,
    Interrupted,
    SilenceMeasured,
    SpeakerMeasured,
    TimeDivided,
    TopicFound,
)
from .generations import read_together
from .insight_rows import READS, SCHEMA, TABLES, project
from .projection import Projection
from .store import Connection

PAGE_MAX = 500  # contacts read at once

_SEATED = """
LEFT JOIN LATERAL (
    SELECT agent_id FROM insight_seat WHERE insight_seat.contact_id = contact.contact_id
     ORDER BY connected_at DESC, position DESC LIMIT 1) AS seat ON true
"""

_SELECT_CONTACT = f"""
SELECT contact.*, seat.agent_id, measured.shows, measured.texts, measured.measured_at,
       measured.position
  FROM insight_contact AS contact
  LEFT JOIN insight_measured AS measured USING (contact_id)
 {_SEATED}
 WHERE contact.contact_id = $1 AND contact.started
"""

_SELECT_TURNED = """
SELECT shows FROM insight_turned WHERE contact_id = $1 ORDER BY position
"""

_SELECT_PAGE = f"""
SELECT contact.*, seat.agent_id, measured.shows, measured.measured_at, measured.position
  FROM insight_measured AS measured
  JOIN insight_contact AS contact USING (contact_id)
 {_SEATED}
 WHERE ($1::timestamptz IS NULL OR measured.measured_at >= $1)
   AND ($2::timestamptz IS NULL OR measured.measured_at < $2)
   AND ($3::timestamptz IS NULL OR (measured.measured_at, measured.contact_id) > ($3, $4))
 ORDER BY measured.measured_at, measured.contact_id LIMIT $5
"""


class Entity(Struct, frozen=True, kw_only=True):
    """Something that was named."""

    kind: EntityKind
    text: str | None = None  # None: not told here
    count: int
    utterance_ids: tuple[UtteranceId, ...]


class Turned(Struct, frozen=True, kw_only=True):
    """When a side came to sound clearly worse."""

    speaker: Speaker
    score: float
    before: float
    from_ms: int
    until_ms: int
    utterance_ids: tuple[UtteranceId, ...]


class Measured(Struct, frozen=True, kw_only=True):
    """The measures; each field as `ContactMeasured` explains it."""

    utterances: int
    covers_upto: Position
    time: TimeDivided | None
    speakers: tuple[SpeakerMeasured, ...]
    silence: SilenceMeasured | None
    interruptions: tuple[Interrupted, ...]
    interruption_count: int
    feelings: tuple[FeelingMeasured, ...]
    topics: tuple[TopicFound, ...]
    entities: tuple[Entity, ...]
    language: str
    feelings_by: str | None
    topics_by: str
    topics_fell_back: str | None
    topics_version: str
    entities_by: str
    gaps: int
    measured_at: datetime
    position: Position


class ContactInsights(Struct, frozen=True, kw_only=True):
    """What is known of a contact. `measured` is None until its transcript is complete."""

    contact_id: ContactId
    agent_id: AgentId | None  # who took it last
    queue: str | None
    started_at: datetime | None
    ended_at: datetime | None
    erased: bool  # what was named in it is gone for good
    measured: Measured | None
    turned: tuple[Turned, ...] = ()


class Place(Struct, frozen=True):
    """Where in the order of measuring a contact stands."""

    measured_at: datetime
    contact_id: ContactId


async def insights_of(connection: Connection, contact_id: ContactId) -> ContactInsights | None:
    """Return what was measured of a contact; None for a contact that is unknown.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> ContactInsights | None:
        row = await connection.fetchrow(_SELECT_CONTACT, contact_id)
        if row is None:
            return None
        turned = await connection.fetch(_SELECT_TURNED, contact_id)
        texts: dict[str, str] = {} if row["shows"] is None else msgspec.json.decode(row["texts"])
        return _shown(
            row, texts, [msgspec.json.decode(one["shows"], type=Turned) for one in turned]
        )

    return await read_together(connection, (PROJECTION,), read)


async def measured_page(
    connection: Connection,
    *,
    measured_from: datetime | None,
    measured_to: datetime | None,
    after: Place | None,
    contacts_max: int = PAGE_MAX,
) -> list[ContactInsights]:
    """Return the next contacts in the order in which they were measured.

    What was named is not told, only how often: see `insights_of`.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> list[ContactInsights]:
        at, contact_id = (None, None) if after is None else (after.measured_at, after.contact_id)
        rows = await connection.fetch(
            _SELECT_PAGE, measured_from, measured_to, at, contact_id, contacts_max
        )
        return [_shown(row, None, ()) for row in rows]

    return await read_together(connection, (PROJECTION,), read)


def _shown(row: Any, texts: dict[str, str] | None, turned: Sequence[Turned]) -> ContactInsights:
    return ContactInsights(
        contact_id=row["contact_id"],
        agent_id=row["agent_id"],
        queue=row["queue"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        erased=row["erased"],
        measured=None if row["shows"] is None else _measured(row, texts),
        turned=tuple(turned),
    )


def _measured(row: Any, texts: dict[str, str] | None) -> Measured:
    fields: dict[str, Any] = msgspec.json.decode(row["shows"])
    for entity in fields["entities"]:
        entity["text"] = None if texts is None else texts[entity.pop("name")]
    own = {"measured_at": row["measured_at"], "position": row["position"]}
    return msgspec.convert(fields | own, Measured)


PROJECTION = Projection(
    name="insights",
    version=2,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
