"""What the log itself tells of a contact, in the vocabulary of moments."""

from collections.abc import Mapping
from datetime import datetime

from ...events.base import Event
from ...events.contact import (
    AgentConnected,
    AttributesSet,
    ContactEnded,
    ContactHeld,
    ContactResumed,
    ContactStarted,
)


def state_of(event: Event, occurred_at: datetime) -> tuple[str, datetime] | None:
    """Return which state a fact brings, and when; None: none. `STATES` of `moments` has them."""
    match event:
        case ContactStarted():
            return "contact_started", event.initiated_at or occurred_at
        case AgentConnected():
            return "agent_connected", event.connected_at
        case ContactHeld():
            return "customer_held", event.held_at
        case ContactResumed():
            return "customer_resumed", event.resumed_at
        case ContactEnded():
            return "contact_ended", event.ended_at
        case _:
            return None


def attributes_of(event: Event) -> Mapping[str, str]:
    """Return the attributes that a fact sets, the contact's own fields among them."""
    match event:
        case ContactStarted():
            own = {"queue": event.queue, "language": event.language, "profile": event.profile}
            told = {name: value.reveal_or("") for name, value in event.attributes.items()}
            return told | {name: value for name, value in own.items() if value is not None}
        case AttributesSet():
            return {name: value.reveal_or("") for name, value in event.attributes.items()}
        case _:
            return {}
