"""Lane `summary`: what a contact came to, in sentences that say where they were heard.

One writer: `services/summary`. What an agent makes of it (asks for one, edits it, chooses a
disposition) stands in lane `life`, beside it: nothing overwrites what was written.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct, field

from .base import AgentId, Event, Lane, Position, UtteranceId
from .sealed import Sealed

SummaryKind = Literal["final", "so_far"]

# What a part of a summary tells. Amounts and dates are values and never sentences.
SummaryField = Literal[
    "reason",
    "action",
    "promise",
    "resolution",
    "follow_up",
    "escalation",
    "amount",
    "date",
]

Owner = Literal["agent", "customer"]  # who has to do it; the agent's side is whoever works there

ResolutionState = Literal["resolved", "unresolved", "unknown"]

ProposedDisposition = Literal["resolved", "follow_up", "escalated", "unresolved", "undetermined"]


class SummaryPart(Struct, frozen=True, kw_only=True):
    """A sentence or a value, and the utterances that it rests on: always one at least."""

    name: str  # of its text among `texts`
    field: SummaryField
    utterance_ids: tuple[UtteranceId, ...]
    owner: Owner | None = None  # of a follow-up or a promise
    due: str | None = None  # names the text that says until when, in the words that were said
    # Whether it is read as a sentence of the summary; else it stands among the fields alone.
    in_text: bool = True


class SummaryWritten(Event, frozen=True, kw_only=True):
    """A contact was summed up: once for good when its transcript was complete, or so far."""

    TYPE: ClassVar[str] = "summary_written"
    LANE: ClassVar[Lane] = "summary"

    summary_id: str
    kind: SummaryKind
    parts: tuple[SummaryPart, ...]  # in the order in which they are read
    texts: dict[str, Sealed] = field(default_factory=dict[str, Sealed])
    resolution: ResolutionState
    disposition: ProposedDisposition  # the agent chooses
    language: str
    generator: str  # `extractive-2`: quoted and cut, by rules; else the model that wrote it
    prompt: str | None = None  # with its version; None: no model was asked
    endpoint: str | None = None  # which answered
    fell_back: str | None = None  # why rules wrote it although there is a model; snake_case
    dropped: int = 0  # sentences that a model wrote and no utterance supports
    covers_upto: Position  # the newest final that was looked at
    utterances: int  # how many were looked at, both sides together
    gaps: int = 0  # stretches of which there are no words


class SummaryFailed(Event, frozen=True, kw_only=True):
    """There is nothing to sum up: nobody was heard, or nothing of substance was said."""

    TYPE: ClassVar[str] = "summary_failed"
    LANE: ClassVar[Lane] = "summary"

    kind: SummaryKind
    reason: Literal["nothing_heard", "nothing_said"]
    covers_upto: Position
    utterances: int
    gaps: int = 0


class SummaryRequested(Event, frozen=True, kw_only=True):
    """Somebody wants to read what the contact came to so far."""

    TYPE: ClassVar[str] = "summary_requested"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE = True

    requested_at: datetime


class SummaryEdited(Event, frozen=True, kw_only=True):
    """An agent put a summary into words of their own. What was written stays beside it."""

    TYPE: ClassVar[str] = "summary_edited"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE = True

    agent_id: AgentId | None  # None: nobody said who
    summary_id: str | None  # which it was made from; None: there was none
    text: Sealed


class DispositionChosen(Event, frozen=True, kw_only=True):
    """An agent said how the contact ended. The last word counts."""

    TYPE: ClassVar[str] = "disposition_chosen"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE = True

    agent_id: AgentId | None
    code: str  # of the tenant's own list
    note: Sealed | None = None
