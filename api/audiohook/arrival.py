"""Which contact a session is of, and where its audio goes on.

A contact is a session with those that continue it. The first of a conversation has the
conversation's id. A client that lost its session and does not say so goes on by the clock.
Another party's session, and one after the end, is a contact of its own in the same chain.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ...commands.contact import StartContact
from ...errors import LogUnavailable
from ...events.base import SAMPLE_RATE_HZ, ContactId, ContactRef, TenantName
from ...events.contact import ContactEnded, ContactStarted
from ...events.sealed import Sealed
from ..ingest.port import Inlet
from ..ingest.reception import Reception
from .messages import Open

SESSION, PARTICIPANT = "audiohook_session", "audiohook_participant"
ATTRIBUTES_MAX = 500  # of a custom configuration; a contact may have 512
NAME_CHARS_MAX = ENDPOINT_CHARS_MAX = 256  # as over HTTP

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LANGUAGE_CHARS_MAX = 35
_SAMPLE = timedelta(seconds=1) / SAMPLE_RATE_HZ


class Arrived(Struct, frozen=True):
    """A session's contact."""

    contact: ContactRef
    inlet: Inlet
    origin: int  # the stream's sample at the session's position 0


class _Known(Struct, frozen=True):
    """What is known of a contact's session."""

    session: str
    participant: str
    is_ended: bool


async def arrive(
    reception: Reception, opening: Open, *, session_id: str, position: int, tenant: TenantName
) -> Arrived:
    """Start a session's contact, or find it, and open its stream.

    Raises:
        Refused: it cannot be had.
        Fault: ask again.
    """
    line = (session_id, *(one.id.lower() for one in reversed(opening.continued_sessions)))
    start = _start(opening, session_id)
    began_at = reception.now() - position * _SAMPLE
    first = ContactRef(tenant, start.contact_id)
    known, received = await _known(reception, first), None
    if known is None:
        received = await reception.receive(start, tenant, started_at=began_at)
        # Another session of the conversation may have been quicker.
        known = await _known(reception, first)
        if known is None:
            raise LogUnavailable("it does not show that the contact started")
    is_ours = known.session in line
    is_come_back = not known.is_ended and known.participant == opening.participant.id.lower()
    if is_ours or is_come_back:
        received = received or await reception.receive(start, tenant, started_at=began_at)
        contact, inlet = received
        return Arrived(contact, inlet, 0 if is_ours else _origin(inlet, began_at, position))
    further = replace(
        start,
        contact_id=await _further(reception, first, line),
        initial_contact_id=start.contact_id,
    )
    contact, inlet = await reception.receive(further, tenant, started_at=began_at)
    return Arrived(contact, inlet, 0)


def _start(opening: Open, session_id: str) -> StartContact:
    attributes = _attributes(opening.custom_config) | {
        SESSION: session_id,
        PARTICIPANT: opening.participant.id.lower(),
    }
    endpoint = opening.participant.ani
    is_endpoint = 0 < len(endpoint) <= ENDPOINT_CHARS_MAX and "\x00" not in endpoint
    start = StartContact(
        contact_id=ContactId(opening.conversation_id.lower()),
        instance_arn=f"genesys:{opening.organization_id.lower()}",
        customer_endpoint=Sealed(endpoint) if is_endpoint else None,
        attributes={name: Sealed(value) for name, value in attributes.items()},
    )
    language = opening.language or ""
    if len(language) > _LANGUAGE_CHARS_MAX or _LANGUAGE.fullmatch(language) is None:
        return start
    return replace(start, language=language)


def _attributes(config: object) -> dict[str, str]:
    """Return what of a custom configuration can be attributes: its plain values, as text."""
    try:
        told = msgspec.convert(config, dict[str, Any])
    except msgspec.ValidationError:
        return {}  # it is the customer's, and may be anything
    attributes: dict[str, str] = {}
    for name, value in told.items():
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        is_plain = isinstance(value, str | int | float)  # a bool is an int
        if is_plain and 0 < len(name) <= NAME_CHARS_MAX and "\x00" not in name + text:
            attributes[name] = text
        if len(attributes) == ATTRIBUTES_MAX:
            break
    return attributes


async def _known(reception: Reception, contact: ContactRef) -> _Known | None:
    """Return what is known of a contact; None where there is none."""
    facts = await reception.facts(contact)
    started = next((fact for fact in facts if isinstance(fact, ContactStarted)), None)
    if started is None:
        return None
    return _Known(
        session=_told(started, SESSION),
        participant=_told(started, PARTICIPANT),
        is_ended=any(isinstance(fact, ContactEnded) for fact in facts),
    )


def _told(started: ContactStarted, name: str) -> str:
    """Return an attribute; nothing where there is none, as of a contact that HTTP started."""
    attribute = started.attributes.get(name)
    return "" if attribute is None else attribute.reveal()


async def _further(reception: Reception, first: ContactRef, line: Sequence[str]) -> ContactId:
    """Return the id of the contact, behind a conversation's first, that a session is of."""
    ids = [ContactId(f"{first.contact_id}_{session}") for session in line]
    for contact_id in ids:
        if await _known(reception, ContactRef(first.tenant, contact_id)) is not None:
            return contact_id
    return ids[0]


def _origin(inlet: Inlet, began_at: datetime, position: int) -> int:
    """Return where a session's count begins in a stream, by the clock, behind what is stored."""
    by_clock = round((began_at - inlet.started_at) / _SAMPLE)
    return max(by_clock, max(inlet.ends.values(), default=0) - position)
