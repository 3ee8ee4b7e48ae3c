"""Lane `guidance`: what was detected and shown. One writer: `services/guidance`.

A moment is something detected; a cue is something shown. Both name the playbook's
version and hold what was heard, so that a cue can be explained years later.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, GuidanceId, Lane, Track, UtteranceId
from .sealed import Sealed

CueKind = Literal["hint", "warning", "next_action"]


class Heard(Struct, frozen=True, kw_only=True):
    """The words that earned something: where they stand, not what they are."""

    utterance_id: UtteranceId
    revision: int | None  # of the partial; None: the final
    track: Track
    started_ms: int  # of the matching words, on the contact clock
    ended_ms: int


class MomentDetected(Event, frozen=True, kw_only=True):
    """A rule of the playbook matched."""

    TYPE: ClassVar[str] = "moment_detected"
    LANE: ClassVar[Lane] = "guidance"

    moment: str
    heard: Heard
    evidence: Sealed  # the matching words
    playbook: str
    playbook_version: str


class GuidanceIssued(Event, frozen=True, kw_only=True):
    """A cue goes to the agent's screen."""

    TYPE: ClassVar[str] = "guidance_issued"
    LANE: ClassVar[Lane] = "guidance"

    guidance_id: GuidanceId
    cue: str  # the playbook's name of it
    kind: CueKind
    title: str
    body: str
    moment: str
    heard: Heard
    evidence: Sealed
    playbook: str
    playbook_version: str
    expires_at: datetime


class GuidanceExpired(Event, frozen=True, kw_only=True):
    """A cue lost its use before the agent took it up."""

    TYPE: ClassVar[str] = "guidance_expired"
    LANE: ClassVar[Lane] = "guidance"

    guidance_id: GuidanceId
    reason: Literal["timed_out", "contact_ended"]


class ChecklistItemTicked(Event, frozen=True, kw_only=True):
    """Something the agent must say was said."""

    TYPE: ClassVar[str] = "checklist_item_ticked"
    LANE: ClassVar[Lane] = "guidance"

    item: str
    title: str
    heard: Heard
    evidence: Sealed
    playbook: str
    playbook_version: str
