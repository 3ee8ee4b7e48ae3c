"""The transcript: what was said in a contact, by whom, what is missing, and who took the call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from ..events.base import AgentId, ContactId, Position, Speaker, Track, UtteranceId
from ..events.media import RefusalReason
from ..events.voices import HoldChange, Seat, Voices, current_agent, held_since, speaker_of
from .generations import read_together
from .projection import Projection
from .store import Connection
from .transcript_rows import ERASED, READS, SCHEMA, TABLES, project

State = Literal["live", "ended", "completed"]

_SELECT_CONTACTS = "SELECT * FROM transcript_contact WHERE contact_id = ANY($1::text[])"

_SELECT_LINES = """
SELECT * FROM transcript_line WHERE contact_id = ANY($1::text[])
 ORDER BY started_ms, position
"""

_SELECT_GAPS = """
SELECT * FROM transcript_gap WHERE contact_id = ANY($1::text[]) ORDER BY from_ms, position
"""

_SELECT_SEATS = """
SELECT * FROM transcript_seat WHERE contact_id = ANY($1::text[]) ORDER BY position
"""

_SELECT_HOLDS = """
SELECT * FROM transcript_hold WHERE contact_id = ANY($1::text[]) ORDER BY position
"""


_SELECT_STREAMS = """
SELECT * FROM transcript_stream WHERE contact_id = ANY($1::text[]) ORDER BY position
"""

_PARTS = {
    "lines": _SELECT_LINES,
    "gaps": _SELECT_GAPS,
    "seats": _SELECT_SEATS,
    "holds": _SELECT_HOLDS,
    "streams": _SELECT_STREAMS,
}


class Line(Struct, frozen=True, kw_only=True):
    """One utterance as a reader sees it."""

    utterance_id: UtteranceId
    speaker: Speaker
    track: Track
    text: str
    started_ms: int  # on the contact clock
    ended_ms: int
    confidence: float  # 0 to 1
    position: Position


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch of one track of which there are no words."""

    kind: Literal["audio_gap", "speech_gap"]
    track: Track
    from_ms: int
    until_ms: int | None  # None: to the end
    reason: str


class NotHeard(Struct, frozen=True, kw_only=True):
    """A stream that has to wait for room, so that nobody hears what is said now.

    Nothing is lost by it yet: a stream that is let in is read from where it was left.
    """

    stream: int
    reason: RefusalReason
    since: datetime
    was_heard: bool  # before it had to wait: then it is not opened anew, and words tell


class Transcript(Struct, frozen=True, kw_only=True):
    """A contact in words. `position` is of the last fact it shows."""

    contact_id: ContactId
    state: State
    on_hold: bool
    held_at: datetime | None
    agent_id: AgentId | None
    agent_name: str | None
    queue: str | None
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    completed_reason: str | None
    not_heard: NotHeard | None  # None: it is heard, or is over
    erased_at: datetime | None  # since when its words are `ERASED`
    position: Position
    lines: tuple[Line, ...]
    gaps: tuple[Gap, ...]


async def transcript_of(connection: Connection, contact_id: ContactId) -> Transcript | None:
    """Return what was said in a contact, in speaking order, as of one moment; None if unknown.

    Raises:
        StoreUnavailable: the read model was never built here.
    """
    found = await read_together(
        connection, (PROJECTION,), lambda: transcripts_of(connection, [contact_id])
    )
    return found.get(contact_id)


async def transcripts_of(
    connection: Connection, contact_ids: Sequence[ContactId]
) -> dict[ContactId, Transcript]:
    """Return the transcripts of those contacts that are known. The caller owns the moment."""
    wanted = list[str](contact_ids)
    contacts = await connection.fetch(_SELECT_CONTACTS, wanted)
    parts = {
        name: _by_contact(await connection.fetch(statement, wanted))
        for name, statement in _PARTS.items()
    }
    return {
        row["contact_id"]: _transcript(
            row, **{name: part.get(row["contact_id"], []) for name, part in parts.items()}
        )
        for row in contacts
    }


def _by_contact(rows: Sequence[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["contact_id"], []).append(row)
    return found


def _transcript(
    contact: Any,
    *,
    lines: list[Any],
    gaps: list[Any],
    seats: list[Any],
    holds: list[Any],
    streams: list[Any],
) -> Transcript:
    voices = Voices(
        clock_zero_at=contact["clock_zero_at"],
        seats=tuple(
            Seat(row["position"], AgentId(row["agent_id"]), row["connected_at"]) for row in seats
        ),
        holds=tuple(HoldChange(row["position"], row["at"], row["held"]) for row in holds),
    )
    agent_id = current_agent(voices)
    names = {row["agent_id"]: row["agent_name"] for row in seats if row["agent_name"]}
    held_at = None if contact["ended_at"] else held_since(voices)
    return Transcript(
        contact_id=contact["contact_id"],
        state=_state(contact),
        on_hold=held_at is not None,
        held_at=held_at,
        agent_id=agent_id,
        agent_name=names.get(agent_id),
        queue=contact["queue"],
        started_at=contact["started_at"],
        ended_at=contact["ended_at"],
        end_reason=contact["end_reason"],
        completed_reason=contact["completed_by"],
        not_heard=_not_heard(streams, lines),
        erased_at=contact["erased_at"],
        position=contact["position"],
        lines=tuple(_shown_line(row, voices) for row in lines),
        gaps=tuple(
            Gap(
                kind=row["kind"],
                track=row["track"],
                from_ms=row["from_ms"],
                until_ms=row["until_ms"],
                reason=row["reason"],
            )
            for row in gaps
        ),
    )


def _not_heard(streams: list[Any], lines: list[Any]) -> NotHeard | None:
    """Return which stream waits: the newest that was refused and has not been heard of since."""
    waiting: Any = None
    known: set[int] = set()
    for row in streams:  # in the order of the facts
        if row["refused"] is not None:
            waiting = row
            continue
        known.add(row["stream"])
        if waiting is not None and waiting["stream"] == row["stream"]:
            waiting = None
    if waiting is None:
        return None
    was_heard = waiting["stream"] in known
    if was_heard and any(line["position"] > waiting["position"] for line in lines):
        return None
    return NotHeard(
        stream=waiting["stream"],
        reason=waiting["refused"],
        since=waiting["at"],
        was_heard=was_heard,
    )


def _state(contact: Any) -> State:
    if contact["completed_at"] is not None:
        return "completed"
    return "live" if contact["ended_at"] is None else "ended"


def _shown_line(row: Any, voices: Voices) -> Line:
    return Line(
        utterance_id=row["utterance_id"],
        speaker=speaker_of(voices, row["track"], row["started_ms"]),
        track=row["track"],
        text=ERASED if row["text"] is None else row["text"],
        started_ms=row["started_ms"],
        ended_ms=row["ended_ms"],
        confidence=row["confidence"],
        position=row["position"],
    )


PROJECTION = Projection(
    name="transcript",
    version=3,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
)
