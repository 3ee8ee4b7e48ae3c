"""What a stream's custom parameters say of its contact.

Those that have a meaning here are spelled as Twilio spells; every other is an attribute of the
contact. One that cannot be used is left out and told by its name, as Connect's are: no call goes
unheard for a language that is none. Only a contact's id that is none is refused.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from ...commands.contact import ConnectAgent, StartContact
from ...errors import Malformed
from ...events.base import Track, is_id
from ..bodies import (
    Attributes,
    ConnectAgentBody,
    Id,
    Language,
    Name,
    StartContactBody,
    connect_agent,
    start_contact,
)
from .messages import Metadata, Side

_CONTACT: Mapping[str, tuple[str, Any]] = {
    "contactId": ("contact_id", Id),
    "initialContactId": ("initial_contact_id", Id),
    "queue": ("queue", Name),
    "profile": ("profile", Name),
    "language": ("language", Language),
    "customerEndpoint": ("customer_endpoint", Name),
}
_AGENT: Mapping[str, tuple[str, Any]] = {
    "agentId": ("agent_id", Id),
    "agentName": ("agent_name", Name),
}
_NO = frozenset({"false", "no", "off", "0"})
_YES = frozenset({"true", "yes", "on", "1"})


class Told(Struct, frozen=True, kw_only=True):
    """What is known of a stream's contact."""

    start: StartContact
    agent: ConnectAgent | None  # who has the contact already
    tracks: Mapping[Side, Track]
    ends_on_stop: bool  # whether the contact ends with the stream
    left_out: tuple[str, ...]  # names of ours whose values cannot be used, sorted


def told_by(metadata: Metadata) -> Told:
    """Return what a stream's start says.

    Raises:
        Malformed: its contact's id is none.
    """
    given = dict(metadata.custom_parameters)
    left_out: set[str] = set()
    fields = _taken(_CONTACT, given, left_out)
    if "contactId" in left_out:
        raise Malformed("contactId", "has to be 1 to 128 letters, digits, `-` or `_`")
    agent = _taken(_AGENT, given, left_out)
    customer = _one_of(given, "customerTrack", ("inbound", "outbound"), left_out)
    ends = _one_of(given, "endOnStop", (*_YES, *_NO), left_out)
    told = {
        "contact_id": metadata.call_sid,
        "instance_arn": f"twilio:{metadata.account_sid}",
        "attributes": _attributes(given, left_out),
    }
    start = start_contact(msgspec.convert(told | fields, StartContactBody))
    connect = (
        connect_agent(start.contact_id, msgspec.convert(agent, ConnectAgentBody))
        if "agent_id" in agent
        else None
    )
    return Told(
        start=start,
        agent=connect,
        tracks=_tracks("outbound" if customer == "outbound" else "inbound"),
        ends_on_stop=ends not in _NO,
        left_out=tuple(sorted(left_out)),
    )


def _taken(
    known: Mapping[str, tuple[str, Any]], given: dict[str, str], left_out: set[str]
) -> dict[str, str]:
    """Take parameters out of `given`: those that can be used, by the names of our fields."""
    fields: dict[str, str] = {}
    for name, (field, kind) in known.items():
        value = given.pop(name, "")
        if not value:
            continue  # a template's variable that was empty
        try:
            fields[field] = msgspec.convert(value, kind)
        except msgspec.ValidationError:
            left_out.add(name)
            continue
        if kind is Id and not is_id(value):  # a line break, which the pattern lets pass
            del fields[field]
            left_out.add(name)
    return fields


def _one_of(
    given: dict[str, str], name: str, values: tuple[str, ...], left_out: set[str]
) -> str | None:
    value = given.pop(name, "").lower()
    if value and value not in values:
        left_out.add(name)
        return None
    return value or None


def _attributes(given: Mapping[str, str], left_out: set[str]) -> dict[str, str]:
    attributes: dict[str, str] = {}
    for name, value in given.items():
        try:
            attributes |= msgspec.convert({name: value}, Attributes)
        except msgspec.ValidationError:
            # Their names are the customer's: not told.
            left_out.add("attributes")
    return attributes


def _tracks(customer: Side) -> Mapping[Side, Track]:
    if customer == "inbound":
        return {"inbound": "from_customer", "outbound": "to_customer"}
    return {"inbound": "to_customer", "outbound": "from_customer"}
