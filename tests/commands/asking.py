"""Commands as tests ask them, and what is decided on a history."""

from datetime import datetime
from functools import reduce

from antiphon.commands.contact import (
    ConnectAgent,
    Contact,
    ContactCommand,
    HoldContact,
    ResumeContact,
    SetAttributes,
    StartContact,
    decide,
    evolve,
)
from antiphon.events.base import AgentId, ContactId, Event
from antiphon.events.sealed import Sealed

from ..builders import (
    INSTANCE_ARN,
    at,
    contact_ended,
    media_stream,
)

CONTACT_ID = ContactId("c-1")
NOW = at(100)
OTHER_MEDIA = media_stream(start_fragment_number="77")
ENDED = contact_ended(ended_at=at(60))


def after(*history: Event) -> Contact:
    return reduce(evolve, history, Contact())


def decided(command: ContactCommand, *history: Event, now: datetime = NOW) -> list[Event]:
    return decide(after(*history), command, now=now)


def start(**given: object) -> StartContact:
    fields: dict[str, object] = {
        "contact_id": CONTACT_ID,
        "instance_arn": INSTANCE_ARN,
        "media": media_stream(),
    }
    return StartContact(**fields | given)  # pyright: ignore[reportArgumentType]


def connect(agent_id: str = "a-1", connected_at: datetime | None = None) -> ConnectAgent:
    return ConnectAgent(
        contact_id=CONTACT_ID, agent_id=AgentId(agent_id), connected_at=connected_at
    )


def hold(told_at: datetime | None = None) -> HoldContact:
    return HoldContact(contact_id=CONTACT_ID, at=told_at)


def resume(told_at: datetime | None = None) -> ResumeContact:
    return ResumeContact(contact_id=CONTACT_ID, at=told_at)


def set_attributes(**values: str) -> SetAttributes:
    return SetAttributes(
        contact_id=CONTACT_ID, attributes={name: Sealed(text) for name, text in values.items()}
    )
