"""Lane `life`: what commands decided about a contact. One writer: `commands`."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field

from .base import AgentId, Event, GuidanceId, Lane
from .sealed import Sealed


class MediaStream(Struct, frozen=True, kw_only=True):
    """Where a contact's audio can be read.

    Source: ContactFlowEvent, `MediaStreams.Customer.Audio`. Fragment numbers have about 47
    digits (157 bits): text in every store, compared as integers.
    """

    stream_arn: str
    start_fragment_number: str
    started_at: datetime  # StartTimestamp, UTC


class ContactStarted(Event, frozen=True, kw_only=True):
    """A leg of a conversation began. `media` is None until its streaming started."""

    TYPE: ClassVar[str] = "contact_started"
    LANE: ClassVar[Lane] = "life"

    instance_arn: str
    initial_contact_id: str
    initiated_at: datetime | None = None
    queue: str | None = None
    profile: str | None = None
    language: str = "en-US"
    media: MediaStream | None = None
    customer_endpoint: Sealed | None = None
    attributes: dict[str, Sealed] = field(default_factory=dict[str, Sealed])


class MediaOffered(Event, frozen=True, kw_only=True):
    """The contact's audio can be read from a further stream."""

    TYPE: ClassVar[str] = "media_offered"
    LANE: ClassVar[Lane] = "life"

    media: MediaStream


class AgentConnected(Event, frozen=True, kw_only=True):
    """An agent took the contact. May be told late, and out of order."""

    TYPE: ClassVar[str] = "agent_connected"
    LANE: ClassVar[Lane] = "life"
    HOLDER = "agent"

    agent_id: AgentId
    connected_at: datetime
    agent_name: Sealed | None = None


class ContactHeld(Event, frozen=True, kw_only=True):
    """The customer was put on hold and hears music."""

    TYPE: ClassVar[str] = "contact_held"
    LANE: ClassVar[Lane] = "life"

    held_at: datetime


class ContactResumed(Event, frozen=True, kw_only=True):
    """The hold ended."""

    TYPE: ClassVar[str] = "contact_resumed"
    LANE: ClassVar[Lane] = "life"

    resumed_at: datetime


class AttributesSet(Event, frozen=True, kw_only=True):
    """Contact attributes got values; those not named keep theirs."""

    TYPE: ClassVar[str] = "attributes_set"
    LANE: ClassVar[Lane] = "life"

    attributes: dict[str, Sealed]


class ContactEnded(Event, frozen=True, kw_only=True):
    """The parties hung up. Finals may still follow, until `TranscriptCompleted`."""

    TYPE: ClassVar[str] = "contact_ended"
    LANE: ClassVar[Lane] = "life"

    ended_at: datetime
    reason: str | None = None


class ContactEndCorrected(Event, frozen=True, kw_only=True):
    """The parties hung up at another instant, or for another reason, than was told first.

    It stands in place of what `ContactEnded` and earlier corrections tell. Nothing starts or
    stops with it: what followed the end, followed.
    """

    TYPE: ClassVar[str] = "contact_end_corrected"
    LANE: ClassVar[Lane] = "life"

    ended_at: datetime
    reason: str | None = None
    told_at: datetime | None = None  # when its source wrote it, where the source says so


class ContactErased(Event, frozen=True, kw_only=True):
    """The contact's key was destroyed: what was said and every personal detail is gone for good.

    Why and by whom stands in the register, under `erasure_id`.
    """

    TYPE: ClassVar[str] = "contact_erased"
    LANE: ClassVar[Lane] = "life"

    erasure_id: str


class GuidanceShown(Event, frozen=True, kw_only=True):
    """A cue was on the agent's screen."""

    TYPE: ClassVar[str] = "guidance_shown"
    LANE: ClassVar[Lane] = "life"

    guidance_id: GuidanceId


class GuidanceUsed(Event, frozen=True, kw_only=True):
    """The agent said that a cue helped."""

    TYPE: ClassVar[str] = "guidance_used"
    LANE: ClassVar[Lane] = "life"

    guidance_id: GuidanceId


class GuidanceDismissed(Event, frozen=True, kw_only=True):
    """The agent put a cue away."""

    TYPE: ClassVar[str] = "guidance_dismissed"
    LANE: ClassVar[Lane] = "life"

    guidance_id: GuidanceId
