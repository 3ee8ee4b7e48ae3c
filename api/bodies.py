"""What clients send, as JSON, and the commands it asks for.

Unknown fields are ignored. Everything that is kept has a bound, and no text holds a NUL,
which PostgreSQL could not store.
"""

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct, field

from ..commands.contact import ConnectAgent, CorrectEnd, EndContact, StartContact
from ..errors import Malformed
from ..events.base import ID_PATTERN, AgentId, ContactId, is_id
from ..events.contact import MediaStream
from ..events.sealed import Sealed

_NO_NUL = r"^[^\x00]*$"

Id = Annotated[str, Meta(pattern=ID_PATTERN, description="Letters, digits, `-` and `_`.")]
Arn = Annotated[str, Meta(min_length=1, max_length=2_048, pattern=_NO_NUL)]
Name = Annotated[str, Meta(min_length=1, max_length=256, pattern=_NO_NUL)]
# About 47 digits; the bound is far above, and far below what would hurt.
FragmentNumber = Annotated[str, Meta(pattern=r"^[0-9]{1,128}$")]
Language = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339, with an offset.")]
# Connect allows 32 KiB of attributes to a contact.
Attributes = Annotated[
    dict[Name, Annotated[str, Meta(max_length=32_768, pattern=_NO_NUL)]], Meta(max_length=512)
]


class MediaBody(Struct, frozen=True, kw_only=True):
    """Where the contact's audio can be read: `MediaStreams.Customer.Audio` of the flow event."""

    stream_arn: Arn
    start_fragment_number: FragmentNumber
    started_at: Instant


class StartContactBody(Struct, frozen=True, kw_only=True):
    """A contact began to stream."""

    contact_id: Id
    instance_arn: Arn
    media: MediaBody | None = None
    initial_contact_id: Id | None = None
    initiated_at: Instant | None = None
    queue: Name | None = None
    profile: Name | None = None
    language: Language | None = None
    customer_endpoint: Name | None = None
    attributes: Attributes = field(default_factory=dict[str, str])


class ConnectAgentBody(Struct, frozen=True, kw_only=True):
    """An agent took the contact."""

    agent_id: Id
    agent_name: Name | None = None
    connected_at: Instant | None = None


class InstantBody(Struct, frozen=True, kw_only=True):
    """When it happened; now, when left out."""

    at: Instant | None = None


class EndContactBody(Struct, frozen=True, kw_only=True):
    """The parties hung up."""

    ended_at: Instant | None = None
    reason: Name | None = None


class CorrectEndBody(Struct, frozen=True, kw_only=True):
    """When the parties really hung up."""

    ended_at: Instant
    reason: Name | None = None
    told_at: Instant | None = None


def start_contact(body: StartContactBody) -> StartContact:
    """Return the command that a body asks for."""
    given = {} if body.language is None else {"language": body.language}
    return StartContact(
        contact_id=ContactId(checked_id("contact_id", body.contact_id)),
        instance_arn=body.instance_arn,
        initial_contact_id=body.initial_contact_id
        and checked_id("initial_contact_id", body.initial_contact_id),
        initiated_at=utc("initiated_at", body.initiated_at),
        queue=body.queue,
        profile=body.profile,
        media=body.media and _media(body.media),
        customer_endpoint=_sealed(body.customer_endpoint),
        attributes=sealed_attributes(body.attributes),
        **given,
    )


def connect_agent(contact_id: ContactId, body: ConnectAgentBody) -> ConnectAgent:
    """Return the command that a body asks for."""
    return ConnectAgent(
        contact_id=contact_id,
        agent_id=AgentId(checked_id("agent_id", body.agent_id)),
        agent_name=_sealed(body.agent_name),
        connected_at=utc("connected_at", body.connected_at),
    )


def end_contact(contact_id: ContactId, body: EndContactBody) -> EndContact:
    """Return the command that a body asks for."""
    return EndContact(
        contact_id=contact_id, ended_at=utc("ended_at", body.ended_at), reason=body.reason
    )


def correct_end(contact_id: ContactId, body: CorrectEndBody) -> CorrectEnd:
    """Return the command that a body asks for."""
    return CorrectEnd(
        contact_id=contact_id,
        ended_at=in_utc("ended_at", body.ended_at),
        reason=body.reason,
        told_at=utc("told_at", body.told_at),
    )


def sealed_attributes(attributes: dict[str, str]) -> dict[str, Sealed]:
    """Return attributes as events hold them: any of them may be personal."""
    return {name: Sealed(value) for name, value in attributes.items()}


def checked_id(name: str, text: str) -> str:
    """Return an id.

    Raises:
        Malformed: it cannot be one; names `name`.
    """
    # A pattern's `$` lets a line break pass, which has no place in a subject.
    if not is_id(text):
        raise Malformed(name, "has to be 1 to 128 letters, digits, `-` or `_`")
    return text


def utc(name: str, instant: datetime | None) -> datetime | None:
    """Return the same instant in UTC, if there is one; see `in_utc`."""
    return None if instant is None else in_utc(name, instant)


def in_utc(name: str, instant: datetime) -> datetime:
    """Return the same instant in UTC, as events hold it.

    Raises:
        Malformed: its year in UTC is none; names `name`.
    """
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise Malformed(name, "has to lie in the years 1 to 9999 of UTC") from None


def _media(body: MediaBody) -> MediaStream:
    return MediaStream(
        stream_arn=body.stream_arn,
        start_fragment_number=body.start_fragment_number.strip(),
        started_at=in_utc("started_at", body.started_at),
    )


def _sealed(text: str | None) -> Sealed | None:
    return None if text is None else Sealed(text)
