"""The shell around decisions: fold, decide, append; start over when a race was lost."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from ..errors import HistoryUnreadable, StreamMoved
from ..events.base import (
    START,
    ContactRef,
    Draft,
    Event,
    EventId,
    Lane,
    Position,
    Unreadable,
    command_event_id,
)
from ..events.journal import Journal
from .contact import (
    Contact,
    ContactCommand,
    StartContact,
    decide,
    evolve,
)
from .cue import DismissGuidance, MarkGuidanceShown, UseGuidance

# Of n commands that race for one contact each round lets one through; a contact has a
# handful of writers, and a client that is told "try again" may do so.
RACES_LOST_MAX = 10
RACE_PAUSE_S_MAX = 0.05  # spreads the racers; about one append

_EVENTS_MAX = 2  # a decision yields no more: a start may offer media and set attributes


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    position: Position  # a read model that has reached it shows the outcome
    repeated: bool  # nothing was appended: it was so already
    events: tuple[Event, ...] = ()  # what was appended now


class _Folded(Struct, frozen=True, kw_only=True):
    contact: Contact
    life_end: Position
    end: Position  # of all lanes that were folded
    earlier: Position | None  # of what this very command appended before


async def handle(
    command: ContactCommand,
    *,
    contact: ContactRef,
    journal: Journal,
    command_id: str,
    actor: str,
    now: Callable[[], datetime],
) -> Outcome:
    """Decide on the latest facts and append; decide anew whenever a race was lost.

    A repeat of a command id that appended something answers with that position. The id
    counts per contact and kind of command; StartContact has its own and ignores it: what
    is the same start does not depend on who sends it how often.

    Raises:
        Refused: see `decide`; KeyDestroyed when the person was erased.
        StreamMoved: `RACES_LOST_MAX` races were lost in a row.
        HistoryUnreadable: the contact holds a fact this version cannot read.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    assert command.contact_id == contact.contact_id, "the command is for another contact"
    ids = _event_ids(command, command_id)
    races = AsyncRetrying(
        retry=retry_if_exception_type(StreamMoved),
        stop=stop_after_attempt(RACES_LOST_MAX),
        wait=wait_random(0, RACE_PAUSE_S_MAX),
        reraise=True,
    )
    return await races(
        _decide_and_append,
        command,
        contact=contact,
        journal=journal,
        ids=ids,
        actor=actor,
        now=now,
    )


async def _decide_and_append(
    command: ContactCommand,
    *,
    contact: ContactRef,
    journal: Journal,
    ids: tuple[EventId, ...],
    actor: str,
    now: Callable[[], datetime],
) -> Outcome:
    folded = await _fold(journal, contact, _lanes_for(command), ids)
    if folded.earlier is not None:
        return Outcome(position=folded.earlier, repeated=True)

    decided_at = now()
    events = decide(folded.contact, command, now=decided_at)
    if not events:
        return Outcome(position=folded.end, repeated=True)

    correlation = evolve(folded.contact, events[0]).initial_contact_id
    drafts = [
        Draft(event=event, id=id_, occurred_at=decided_at, actor=actor, correlation=correlation)
        for event, id_ in zip(events, ids, strict=False)
    ]
    assert len(drafts) == len(events), "more events than ids"
    position = await journal.append(contact, drafts, expected=folded.life_end)
    return Outcome(position=position, repeated=False, events=tuple(events))


async def _fold(
    journal: Journal, contact: ContactRef, lanes: tuple[Lane, ...], ids: tuple[EventId, ...]
) -> _Folded:
    state, life_end, end, earlier = Contact(), START, START, None
    async for recorded in journal.read(contact, lanes=lanes):
        if isinstance(recorded.event, Unreadable):
            # A decision on half the facts would be a guess.
            raise HistoryUnreadable(
                contact.contact_id, position=recorded.position, problem=recorded.event.problem
            )
        state, end = evolve(state, recorded.event), recorded.position
        if recorded.lane == "life":
            life_end = recorded.position
        if recorded.id in ids:
            earlier = recorded.position
    return _Folded(contact=state, life_end=life_end, end=end, earlier=earlier)


def _lanes_for(command: ContactCommand) -> tuple[Lane, ...]:
    if isinstance(command, MarkGuidanceShown | UseGuidance | DismissGuidance):
        return ("life", "guidance")
    return ("life",)


def _event_ids(command: ContactCommand, command_id: str) -> tuple[EventId, ...]:
    # Ids are deduplicated per stream, so a key used for two contacts must give two ids.
    scope = f"{type(command).__name__}/{command.contact_id}"
    key = f"{scope}/{command_id}"
    if isinstance(command, StartContact):
        fragment = command.media and command.media.start_fragment_number.lstrip("0")
        key = msgspec.json.encode([scope, command.instance_arn, fragment]).decode()
    return tuple(command_event_id(key, ordinal) for ordinal in range(_EVENTS_MAX))
