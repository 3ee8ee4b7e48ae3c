"""The vocabulary every event is written in: ids, positions, and what surrounds an event.

Source: ARCHITECTURE.md of the design (envelope, lanes, contact clock).
"""

import re
import uuid
from datetime import datetime
from typing import ClassVar, Literal, NewType, get_args

from msgspec import Raw, Struct

Position = NewType("Position", int)  # sequence in one stream; 0 is before the first
Epoch = NewType("Epoch", str)  # which incarnation of a stream a position belongs to
EventId = NewType("EventId", str)
TenantName = NewType("TenantName", str)
ContactId = NewType("ContactId", str)
AgentId = NewType("AgentId", str)
GuidanceId = NewType("GuidanceId", str)
# `<track>-<ordinal of its final>`; where words come as text, the id that their source gave them.
UtteranceId = NewType("UtteranceId", str)
KeyId = NewType("KeyId", str)

START = Position(0)

Lane = Literal[
    "life",
    "media",
    "speech",
    "guidance",
    "recording",
    "knowledge",
    "summary",
    "insights",
    "translation",
    "redaction",
    "retention",
]
LANES: tuple[Lane, ...] = get_args(Lane)

Track = Literal["from_customer", "to_customer"]
TRACKS: tuple[Track, ...] = ("from_customer", "to_customer")

Speaker = Literal["customer", "agent", "system"]

# `original`: a contact's second key, for what was said and heard before anything was removed.
Holder = Literal["contact", "original", "agent", "tenant"]

SAMPLE_RATE_HZ = 8_000  # Connect streams 8 kHz and nothing else
SAMPLE_BYTES = 2  # signed, little-endian
SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1_000

# Ids become subject tokens, and NATS gives a meaning to dots, stars, `>` and spaces.
ID_PATTERN = r"^[A-Za-z0-9_-]{1,128}$"
TENANT_PATTERN = r"^[a-z][a-z0-9-]{0,30}$"

_SERVICE_IDS = uuid.UUID("6f0f64cf-5c8e-4d43-9c2b-1e43a7f7a3c1")


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """A fact about a contact. Named in the past tense, never edited, never deleted."""

    TYPE: ClassVar[str]  # stored; independent of the class and module name
    VERSION: ClassVar[int] = 1
    LANE: ClassVar[Lane]
    # Whose key seals the event's personal fields: the contact's, the one for its originals, that
    # of the agent whom the field `agent_id` names, or the tenant's.
    HOLDER: ClassVar[Holder] = "contact"
    # Whether a reader that does not know this event may pass over it instead of stopping.
    IGNORABLE: ClassVar[bool] = False


class RegisterEvent(Event, frozen=True, kw_only=True):
    """A fact of a tenant that is about no single contact. Stands in no lane: see `Register`.

    `KIND` and an id say what it is about: `cf.<tenant>.<kind>.<id>`. A `HOLDER` other than the
    tenant is named by a field of the event: `contact_id` or `agent_id`.
    """

    KIND: ClassVar[str]
    HOLDER: ClassVar[Holder] = "tenant"


# `gc=False`: what they hold cannot lead back to them, and the collector has less to look at.
class ContactRef(Struct, frozen=True, order=True, gc=False):
    """Which contact, of which tenant."""

    tenant: TenantName
    contact_id: ContactId


class Causation(Struct, frozen=True, gc=False):
    """The event that made a service or a command append another."""

    event_id: EventId
    position: Position


class Envelope(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """An event as the log keeps it: `data` stays encoded until somebody needs it."""

    id: EventId
    type: str
    version: int
    occurred_at: datetime  # UTC, the producer's clock
    tenant: TenantName
    aggregate: str  # `contact/<id>`, or `<kind>/<id>` in the register
    correlation: str  # the conversation: InitialContactId of the chain of contacts
    actor: str  # `service:<name>`, `agent:<id>` or `machine`
    causation: Causation | None = None
    key_id: KeyId | None = None  # of the key that sealed the personal fields of `data`
    ignorable: bool = False  # a reader that does not know type or version may pass over it
    data: Raw


class Draft(Struct, frozen=True, kw_only=True):
    """An event about to be appended, with what only its writer knows."""

    event: Event
    id: EventId
    occurred_at: datetime
    actor: str
    correlation: str
    causation: Causation | None = None


Problem = Literal["undecodable", "unknown_type", "newer_version"]


class Unreadable(Event, frozen=True, kw_only=True):
    """Stands where an event could not be decoded.

    Readers park the contact, unless the event is `ignorable`: then they pass over it.
    """

    TYPE: ClassVar[str] = "unreadable"
    LANE: ClassVar[Lane] = "life"

    type: str
    version: int
    problem: Problem
    ignorable: bool = False  # its writer said so; never where `problem` is `undecodable`


class Unread(Event, frozen=True, kw_only=True):
    """Stands where a reader did not ask what the event says, only that it is there."""

    TYPE: ClassVar[str] = "unread"
    LANE: ClassVar[Lane] = "life"


class Recorded(Struct, frozen=True, kw_only=True, gc=False):
    """An event together with where and when the log stored it."""

    event: Event
    id: EventId
    position: Position
    recorded_at: datetime  # UTC, from the log's clock, never the producer's
    occurred_at: datetime
    contact: ContactRef
    lane: Lane
    actor: str
    correlation: str
    causation: Causation | None

    @property
    def cause(self) -> Causation:
        """Return what an event caused by this one names as its causation."""
        return Causation(self.id, self.position)


def command_event_id(command_id: str, ordinal: int) -> EventId:
    """Return the id of the nth event that a command made true; repeats give the same."""
    return EventId(str(uuid.uuid5(_SERVICE_IDS, f"command/{command_id}/{ordinal}")))


def service_event_id(service: str, contact: ContactRef, cause: str, rule: str) -> EventId:
    """Return an id that the same cause and rule always give, so that a repeat is recognised."""
    name = f"{service}/{contact.tenant}/{contact.contact_id}/{cause}/{rule}"
    return EventId(str(uuid.uuid5(_SERVICE_IDS, name)))


def is_id(text: str) -> bool:
    """Tell whether `text` may stand in a subject as an id."""
    return re.fullmatch(ID_PATTERN, text) is not None


def is_tenant(text: str) -> bool:
    """Tell whether `text` may name a tenant."""
    return re.fullmatch(TENANT_PATTERN, text) is not None
