"""The summary: what a contact came to, what it rests on, and what the agent made of it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from ..events.base import AgentId, ContactId, Position, UtteranceId
from ..events.summary import (
    Owner,
    ProposedDisposition,
    ResolutionState,
    SummaryField,
    SummaryPart,
)
from .generations import read_together
from .projection import Projection
from .store import Connection
from .summary_rows import READS, SCHEMA, TABLES, project

NO_GENERATOR = "none"  # nothing was written, for there was nothing to say

_SELECT_CONTACT = "SELECT * FROM summary_contact WHERE contact_id = $1"
_SELECT_TEXTS = "SELECT * FROM summary_text WHERE contact_id = $1"
_SELECT_DISPOSITION = "SELECT * FROM summary_disposition WHERE contact_id = $1"


class Cited(Struct, frozen=True, kw_only=True):
    """A text, and the utterances that say so."""

    text: str
    utterance_ids: tuple[UtteranceId, ...]


class FollowUp(Cited, frozen=True, kw_only=True):
    """Something that is still to be done."""

    owner: Owner | None
    due: str | None  # in the words that were said


class Resolution(Struct, frozen=True, kw_only=True):
    """How it ended."""

    state: ResolutionState
    text: str | None
    utterance_ids: tuple[UtteranceId, ...]


class SummaryFields(Struct, frozen=True, kw_only=True):
    """The same, taken apart; some stand here alone, where there was no room for a sentence."""

    reason: Cited | None
    actions: tuple[Cited, ...]
    promises: tuple[Cited, ...]
    follow_ups: tuple[FollowUp, ...]
    amounts: tuple[Cited, ...]
    dates: tuple[Cited, ...]
    resolution: Resolution
    escalations: tuple[Cited, ...]
    disposition: ProposedDisposition  # proposed: the agent chooses
    language: str


class Edited(Struct, frozen=True, kw_only=True):
    """The agent's own words, beside what was written."""

    text: str
    agent_id: AgentId | None
    edited_at: datetime


class Disposition(Struct, frozen=True, kw_only=True):
    """How the contact ended, as the agent says."""

    code: str
    agent_id: AgentId | None
    note: str | None
    chosen_at: datetime


class ContactSummary(Struct, frozen=True, kw_only=True):
    """One contact summed up: for good, or so far."""

    contact_id: ContactId
    state: Literal["final", "so_far", "nothing_to_say"]
    sentences: tuple[Cited, ...]
    fields: SummaryFields
    generator: str  # `extractive-2`: quoted by rules; else the model that wrote it
    prompt: str | None
    fell_back: str | None  # why no model wrote it although there is one
    why_nothing: str | None  # nothing_heard, nothing_said
    covers_upto: Position
    utterances: int
    gaps: int
    written_at: datetime
    awaited: bool  # a newer one was asked for and is not here yet
    edited: Edited | None
    disposition: Disposition | None
    erased: bool  # its texts are gone for good
    position: Position


class Found(Struct, frozen=True):
    """What is known of a contact: None where it is not summed up yet."""

    summary: ContactSummary | None


async def summary_of(connection: Connection, contact_id: ContactId) -> Found | None:
    """Return a contact's summary, final before so far; None for a contact that is unknown.

    Raises:
        StoreUnavailable: the read model was never built here.
    """

    async def read() -> Found | None:
        contact = await connection.fetchrow(_SELECT_CONTACT, contact_id)
        if contact is None or not contact["started"]:
            return None
        texts = {row["kind"]: row for row in await connection.fetch(_SELECT_TEXTS, contact_id)}
        written = texts.get("final") or texts.get("so_far")
        if written is None:
            return Found(None)
        disposition = await connection.fetchrow(_SELECT_DISPOSITION, contact_id)
        return Found(_shown(contact, written, texts.get("edited"), disposition))

    return await read_together(connection, (PROJECTION,), read)


class _Written(Struct, frozen=True, kw_only=True):
    """What the table shows of a `SummaryWritten` or a `SummaryFailed`."""

    kind: Literal["final", "so_far"]
    covers_upto: Position
    utterances: int
    gaps: int = 0
    parts: tuple[SummaryPart, ...] = ()
    resolution: ResolutionState = "unknown"
    disposition: ProposedDisposition = "undetermined"
    language: str = ""
    generator: str = NO_GENERATOR
    prompt: str | None = None
    fell_back: str | None = None
    reason: str | None = None


def _shown(contact: Any, row: Any, edited: Any, disposition: Any) -> ContactSummary:
    written = msgspec.json.decode(row["shows"], type=_Written)
    texts: dict[str, str] = msgspec.json.decode(row["texts"])
    return ContactSummary(
        contact_id=contact["contact_id"],
        state=written.kind if written.parts else "nothing_to_say",
        sentences=tuple(_cited(part, texts) for part in written.parts if part.in_text),
        fields=_fields(written, texts),
        generator=written.generator,
        prompt=written.prompt,
        fell_back=written.fell_back,
        why_nothing=written.reason,
        covers_upto=written.covers_upto,
        utterances=written.utterances,
        gaps=written.gaps,
        written_at=row["told_at"],
        awaited=written.kind == "so_far" and (contact["asked"] or 0) > row["position"],
        edited=None if edited is None else _edited(edited),
        disposition=None if disposition is None else _disposition(disposition),
        erased=contact["erased"],
        position=row["position"],
    )


def _fields(written: _Written, texts: dict[str, str]) -> SummaryFields:
    def told(field: SummaryField) -> Iterator[SummaryPart]:
        return (part for part in written.parts if part.field == field)

    def cited(field: SummaryField) -> tuple[Cited, ...]:
        return tuple(_cited(part, texts) for part in told(field))

    ended = next(told("resolution"), None)
    return SummaryFields(
        # The whole of it, where the sentence was cut.
        reason=max(cited("reason"), key=lambda one: len(one.text), default=None),
        actions=cited("action"),
        promises=cited("promise"),
        follow_ups=tuple(_follow_up(part, texts) for part in told("follow_up")),
        amounts=cited("amount"),
        dates=cited("date"),
        resolution=Resolution(
            state=written.resolution,
            text=None if ended is None else texts[ended.name],
            utterance_ids=() if ended is None else ended.utterance_ids,
        ),
        escalations=cited("escalation"),
        disposition=written.disposition,
        language=written.language,
    )


def _cited(part: SummaryPart, texts: dict[str, str]) -> Cited:
    return Cited(text=texts[part.name], utterance_ids=part.utterance_ids)


def _follow_up(part: SummaryPart, texts: dict[str, str]) -> FollowUp:
    return FollowUp(
        text=texts[part.name],
        utterance_ids=part.utterance_ids,
        owner=part.owner,
        due=None if part.due is None else texts[part.due],
    )


def _edited(row: Any) -> Edited:
    shows: dict[str, Any] = msgspec.json.decode(row["shows"])
    text = msgspec.json.decode(row["texts"])["text"]
    return Edited(text=text, agent_id=shows["agent_id"], edited_at=row["told_at"])


def _disposition(row: Any) -> Disposition:
    return Disposition(
        code=row["code"], agent_id=row["agent_id"], note=row["note"], chosen_at=row["told_at"]
    )


PROJECTION = Projection(
    name="summary",
    version=1,
    tables=TABLES,
    schema=SCHEMA,
    project=project,
    reads=READS,
    skips_unread=True,
)
