"""Register, kind `hold`: what must not be deleted until somebody says it may be again.

A hold is of contacts that are named, of a person, or of whatever contacts a query finds; the
last two hold contacts that are yet to come as well. Why is sealed, for it tells of people; of a
person stands here only what the index of customers knows them by.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct, field

from .base import AgentId, ContactId, RegisterEvent
from .sealed import Sealed

KIND = "hold"

Attempted = Literal["erasure", "expiry"]


class HoldQuery(Struct, frozen=True, kw_only=True):
    """Which contacts, by what their facts say. What is empty or None narrows nothing.

    Values of one field are alternatives; of different fields all have to be met. Attributes, which
    may be personal, stand beside it, sealed.
    """

    recorded_from: datetime | None = None  # when the contact's start was recorded, inclusive
    recorded_to: datetime | None = None  # exclusive
    queues: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    agent_ids: tuple[AgentId, ...] = ()  # any of them was connected, at any time


class HoldPlaced(RegisterEvent, frozen=True, kw_only=True):
    """From here on nothing that is held is deleted, by whomever. One of the three is there."""

    TYPE: ClassVar[str] = "hold_placed"
    KIND: ClassVar[str] = KIND

    reason: Sealed
    matter: Sealed | None = None  # the case, as lawyers number it
    contact_ids: tuple[ContactId, ...] = ()
    customer: str | None = None  # hex of the token that the index of customers has of a person
    query: HoldQuery | None = None
    # Of a query: each has to have had this value at some time.
    attributes: dict[str, Sealed] = field(default_factory=dict[str, Sealed])


class HoldReleased(RegisterEvent, frozen=True, kw_only=True):
    """A hold holds nothing any more; others may."""

    TYPE: ClassVar[str] = "hold_released"
    KIND: ClassVar[str] = KIND

    reason: Sealed | None
    released_at: datetime


class HoldEnforced(RegisterEvent, frozen=True, kw_only=True):
    """Somebody wanted to delete what is held, and was told that it is. Who: the envelope's actor.

    What retention would have deleted is told in the contacts' own lane, `retention`.
    """

    TYPE: ClassVar[str] = "hold_enforced"
    KIND: ClassVar[str] = KIND
    IGNORABLE: ClassVar[bool] = True

    what: Attempted
    attempt: str  # which one: the erasure's id
    contact_ids: tuple[ContactId, ...]  # that this hold holds; the first of them, if many
    contacts: int  # how many it holds of those that were to be deleted
