"""Who spoke: derived from the track and from when an agent was connected and not on hold.

Events store the track alone, because news of agents and holds comes late and out of order;
a late one relabels what was said. Pure, and the same for tables, streams and guidance.
"""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from .base import AgentId, Event, Position, Speaker, Track
from .contact import AgentConnected, ContactHeld, ContactResumed
from .media import AudioStreamOpened
from .speech import TextStreamOpened


class Seat(Struct, frozen=True):
    """An agent's taking of a contact."""

    position: Position
    agent_id: AgentId
    connected_at: datetime


class HoldChange(Struct, frozen=True):
    """The customer was put on hold, or taken back."""

    position: Position
    at: datetime
    held: bool


class Voices(Struct, frozen=True, kw_only=True):
    """What tells the voices of one contact apart."""

    clock_zero_at: datetime | None = None  # of the contact clock; None until audio or text came
    seats: tuple[Seat, ...] = ()
    holds: tuple[HoldChange, ...] = ()


def hear(voices: Voices, event: Event, position: Position) -> Voices:
    """Return the voices as known after `event`. The order of events does not matter."""
    match event:
        case AudioStreamOpened() | TextStreamOpened() if voices.clock_zero_at is None:
            return replace(voices, clock_zero_at=event.clock_zero_at)
        case AgentConnected():
            seat = Seat(position, event.agent_id, event.connected_at)
            return replace(voices, seats=(*voices.seats, seat))
        case ContactHeld():
            change = HoldChange(position, event.held_at, held=True)
            return replace(voices, holds=(*voices.holds, change))
        case ContactResumed():
            change = HoldChange(position, event.resumed_at, held=False)
            return replace(voices, holds=(*voices.holds, change))
        case _:
            return voices  # a fact that tells nothing about voices


def speaker_of(voices: Voices, track: Track, started_ms: int) -> Speaker:
    """Return who began to speak at `started_ms` of the contact clock.

    `to_customer` carries prompts and music (`system`) until the first agent is connected
    and while the customer is on hold. A next agent follows without a break: Connect tells
    no moment at which an agent left.
    """
    if track == "from_customer":
        return "customer"
    if voices.clock_zero_at is None or not voices.seats:
        return "system"
    at = voices.clock_zero_at + timedelta(milliseconds=started_ms)
    if at < min(seat.connected_at for seat in voices.seats) or _on_hold(voices, at):
        return "system"
    return "agent"


def current_agent(voices: Voices) -> AgentId | None:
    """Return the agent who took the contact last, by the time of taking it."""
    if not voices.seats:
        return None
    return max(voices.seats, key=lambda seat: (seat.connected_at, seat.position)).agent_id


def held_since(voices: Voices) -> datetime | None:
    """Return when the hold began that still lasts, or None."""
    changes = _in_time(voices)
    return changes[-1].at if changes and changes[-1].held else None


def _on_hold(voices: Voices, at: datetime) -> bool:
    before = [change for change in _in_time(voices) if change.at <= at]
    return bool(before) and before[-1].held


def _in_time(voices: Voices) -> list[HoldChange]:
    return sorted(voices.holds, key=lambda change: (change.at, change.position))
