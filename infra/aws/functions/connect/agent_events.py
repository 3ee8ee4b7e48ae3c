"""Connect's agent event stream, and what it tells: who has which contact, holds and their ends.

A snapshot tells the present of every contact of an agent, and a heartbeat repeats it every two
minutes: news that was lost is made good by the next. An agent leaving a contact is no end of it.

Source: "Agent event streams data model" of the Amazon Connect administrator guide.
"""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from .commands import Command, Told, connect_agent, hold, resume
from .reading import Malformed, entries, instant, is_voice, of, required_id, text

_KINDS = frozenset({"STATE_CHANGE", "HEART_BEAT", "LOGIN", "LOGOUT"})
_HELD = "CONNECTED_ONHOLD"
_CONNECTED = "CONNECTED"

# A contact becomes CONNECTED when the agent takes it and when a hold ends. A state that is older
# than the connection by less than this began with it.
CONNECTING_S_MAX = 2.0


def told_by(event: object, *, instance_arns: Collection[str]) -> Told:
    """Return what an agent event tells.

    Raises:
        Malformed: it lacks what it always has, or holds something else there.
    """
    if text(event, "InstanceARN") not in instance_arns:
        return Told(passed_over="instance_not_allowed")
    if (text(event, "EventType") or "").upper() not in _KINDS:
        return Told(passed_over="unknown_event_type")
    told_at = instant(event, "EventTimestamp")
    commands = tuple(_commands(event))
    if not commands:
        return Told(passed_over="no_news", told_at=told_at)
    return Told(commands, told_at=told_at)


def _commands(event: object) -> Iterator[Command]:
    agent_arn, snapshot = text(event, "AgentARN"), of(event, "CurrentAgentSnapshot")
    before = _states(of(event, "PreviousAgentSnapshot"))
    for contact in entries(snapshot, "Contacts"):
        state = (text(contact, "State") or "").upper()
        if not is_voice(contact, "Channel") or state not in (_CONNECTED, _HELD):
            continue
        if agent_arn is None:
            raise Malformed("AgentARN", "is missing")
        contact_id = required_id(contact, "ContactId")
        since = instant(contact, "StateStartTimestamp")
        connected_at = instant(contact, "ConnectedToAgentTimestamp")
        name = _name(of(snapshot, "Configuration"))
        yield from connect_agent(contact_id, agent_arn, at=connected_at, name=name)
        if since is None:
            continue
        if state == _HELD:
            yield hold(contact_id, at=since)
        elif before.get(contact_id) == _HELD or _is_later(since, connected_at):
            yield resume(contact_id, at=since)


def _states(snapshot: object) -> dict[str, str]:
    return {
        contact_id: (text(contact, "State") or "").upper()
        for contact in entries(snapshot, "Contacts")
        if (contact_id := text(contact, "ContactId")) is not None
    }


def _is_later(since: datetime, connected_at: datetime | None) -> bool:
    return connected_at is not None and since - connected_at > timedelta(seconds=CONNECTING_S_MAX)


def _name(configuration: object) -> str | None:
    parts = (text(configuration, "FirstName"), text(configuration, "LastName"))
    return " ".join(part.replace("\x00", "") for part in parts if part) or None
