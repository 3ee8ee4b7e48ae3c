"""Kind `webhook` of the register: where a tenant wants to be told of what happens, and how well.

One thing an endpoint. Deliveries that succeed are counted, not recorded: there is one for every
contact. What was given up for good is a fact.
"""

from datetime import datetime
from typing import ClassVar, Literal

from .base import ContactId, EventId, RegisterEvent
from .sealed import Sealed

KIND = "webhook"

# What a receiver may ask to be told.
WebhookTopic = Literal[
    "contact.ended",
    "summary.written",
    "summary.failed",
    "summary.edited",
    "disposition.chosen",
    "redaction.failed",
]

DisabledBecause = Literal["gone", "failing", "asked"]

GivenUpBecause = Literal[
    "refused",
    "unreachable",
    "address_forbidden",
    "expired",
    "backlog_full",
    "past_retention",  # the time of what was made of the words was over before it was told
]


class WebhookRegistered(RegisterEvent, frozen=True, kw_only=True):
    """A tenant wants to be told at an address."""

    TYPE: ClassVar[str] = "webhook_registered"
    KIND: ClassVar[str] = KIND

    url: Sealed  # some carry a token
    topics: tuple[WebhookTopic, ...]
    secret: Sealed  # `whsec_` and base64; what is told is signed with it


class WebhookSecretRotated(RegisterEvent, frozen=True, kw_only=True):
    """What is told is signed with another secret, and for a while with the one before as well."""

    TYPE: ClassVar[str] = "webhook_secret_rotated"
    KIND: ClassVar[str] = KIND

    secret: Sealed
    previous_until: datetime


class WebhookDisabled(RegisterEvent, frozen=True, kw_only=True):
    """Nothing is told there any more, until somebody enables it."""

    TYPE: ClassVar[str] = "webhook_disabled"
    KIND: ClassVar[str] = KIND

    reason: DisabledBecause
    failing_since: datetime | None = None


class WebhookEnabled(RegisterEvent, frozen=True, kw_only=True):
    """What happens from now on is told again."""

    TYPE: ClassVar[str] = "webhook_enabled"
    KIND: ClassVar[str] = KIND

    enabled_at: datetime


class WebhookRemoved(RegisterEvent, frozen=True, kw_only=True):
    """The tenant does not want to be told there."""

    TYPE: ClassVar[str] = "webhook_removed"
    KIND: ClassVar[str] = KIND

    removed_at: datetime


class WebhookGivenUp(RegisterEvent, frozen=True, kw_only=True):
    """One fact could not be told, and will not be."""

    TYPE: ClassVar[str] = "webhook_given_up"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId
    message_id: str  # `webhook-id`
    event_id: EventId
    topic: WebhookTopic
    attempts: int
    reason: GivenUpBecause
    status: int | None = None  # the last answer's
