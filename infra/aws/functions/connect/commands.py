"""What the feeds tell Antiphon: requests for commands, and why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .reading import is_id, last_part, written

REASON_CHARS_MAX = 256  # what Antiphon takes


@dataclass(frozen=True)
class Command:
    """A request for a command. The same body again is the same command: it names its instant."""

    contact_id: str
    name: str
    body: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"/v1/contacts/{self.contact_id}/{self.name}"


@dataclass(frozen=True)
class Told:
    """What one record tells: commands in the order in which they make sense, or none."""

    commands: tuple[Command, ...] = ()
    passed_over: str | None = None  # the reason, a code, when there are no commands
    told_at: datetime | None = field(default=None, compare=False)  # when its source wrote it


def connect_agent(
    contact_id: str, agent_arn: str | None, *, at: datetime | None, name: str | None = None
) -> tuple[Command, ...]:
    """Return the command that tells who took the contact and when; none if either is unknown."""
    agent_id = last_part(agent_arn)
    if agent_id is None or at is None or not is_id(agent_id):
        return ()
    body = {"agent_id": agent_id, "connected_at": written(at)}
    if name is not None:
        body["agent_name"] = name[:REASON_CHARS_MAX]
    return (Command(contact_id, "agent", body),)


def hold(contact_id: str, *, at: datetime) -> Command:
    """Return the command that tells of a hold."""
    return Command(contact_id, "hold", {"at": written(at)})


def resume(contact_id: str, *, at: datetime) -> Command:
    """Return the command that tells that a hold ended."""
    return Command(contact_id, "resume", {"at": written(at)})


def end(contact_id: str, *, at: datetime, reason: str | None) -> Command:
    """Return the command that tells of the end."""
    return Command(contact_id, "end", _end_body(at, reason))


def correct_end(
    contact_id: str, *, at: datetime, reason: str | None, told_at: datetime | None
) -> Command:
    """Return the command that puts the end right, or tells it if nobody did."""
    body = _end_body(at, reason)
    if told_at is not None:
        body["told_at"] = written(told_at)
    return Command(contact_id, "end/correction", body)


def _end_body(at: datetime, reason: str | None) -> dict[str, str]:
    body = {"ended_at": written(at)}
    if reason is not None:
        body["reason"] = reason.replace("\x00", "")[:REASON_CHARS_MAX]
    return body
