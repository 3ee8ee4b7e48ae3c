"""Events that no catalogue of ours lists: for codecs and registers of the tests' own."""

from typing import ClassVar

from antiphon.events.base import AgentId, Holder, RegisterEvent
from antiphon.events.codec import Codec
from antiphon.events.sealed import Sealed


class DoorOpened(RegisterEvent, frozen=True, kw_only=True):
    """Somebody opened a door."""

    TYPE: ClassVar[str] = "door_opened"
    KIND: ClassVar[str] = "door"

    why: Sealed | None = None
    times: int = 1


class BadgeIssued(RegisterEvent, frozen=True, kw_only=True):
    """An agent got a badge."""

    TYPE: ClassVar[str] = "badge_issued"
    KIND: ClassVar[str] = "badge"
    HOLDER: ClassVar[Holder] = "agent"

    agent_id: AgentId
    printed_name: Sealed


class VisitNoted(RegisterEvent, frozen=True, kw_only=True):
    """A contact's customer came by. Readers that do not know it lose nothing."""

    TYPE: ClassVar[str] = "visit_noted"
    KIND: ClassVar[str] = "door"
    HOLDER: ClassVar[Holder] = "contact"
    IGNORABLE: ClassVar[bool] = True

    contact_id: str
    remark: Sealed


CODEC = Codec((DoorOpened, BadgeIssued, VisitNoted))
