"""The shell around decisions: fold, decide, append; start over when a race was lost.

Where this process wrote to the contact last, or nobody has yet, the fold need not be read: what
is assumed then is proven by the append (`known.py`).
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct

from ..errors import Refused, StreamMoved
from ..events.base import (
    START,
    ContactRef,
    Draft,
    Event,
    EventId,
    Lane,
    Position,
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
from .known import Assumption, KnownContacts
from .racing import decided, refuse_unreadable

_EVENTS_MAX = 2  # a decision yields no more: a start may offer media and set attributes


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a command."""

    position: Position  # a read model that has reached it shows the outcome
    repeated: bool  # nothing was appended: it was so already
    events: tuple[Event, ...] = ()  # what was appended now


class _Asked(Struct, frozen=True, kw_only=True):
    command: ContactCommand
    contact: ContactRef
    ids: tuple[EventId, ...]  # of the events it may yield
    actor: str
    now: Callable[[], datetime]


class _Folded(Struct, frozen=True, kw_only=True):
    seen: Assumption
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
    known: KnownContacts | None = None,
) -> Outcome:
    """Decide on the latest facts and append; decide anew whenever a race was lost.

    A repeat of a command id that appended something answers with that position. The id
    counts per contact and kind of command; StartContact has its own and ignores it: what
    is the same start does not depend on who sends it how often. With `known`, which keeps what
    this process appended, most commands are spared the reading; the outcome is the same.

    Raises:
        Refused: see `decide`; KeyDestroyed when the person was erased.
        StreamMoved: `RACES_LOST_MAX` races were lost in a row.
        HistoryUnreadable: the contact holds a fact this version cannot read.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    assert command.contact_id == contact.contact_id, "the command is for another contact"
    ids = _event_ids(command, command_id)
    asked = _Asked(command=command, contact=contact, ids=ids, actor=actor, now=now)
    if known is not None:
        outcome = await _append_unread(asked, journal, known)
        if outcome is not None:
            return outcome
    return await decided(partial(_decide_and_append, asked, journal, known))


async def _append_unread(asked: _Asked, journal: Journal, known: KnownContacts) -> Outcome | None:
    """Decide on what is assumed of the contact; None unless the log took the events for it."""
    assumed = known.assume(asked.contact, asked.command)
    if assumed is None or not assumed.facts.isdisjoint(asked.ids):
        return None
    try:
        drafts = _decided(asked, assumed.contact)
    except Refused:
        return None  # perhaps for want of facts: the log knows
    if not drafts:
        return None
    try:
        # Another process may have appended these very events: that is no append of ours.
        position = await journal.append(
            asked.contact, drafts, expected=assumed.life_end, attempt=known.attempt()
        )
    except StreamMoved:
        known.forget(asked.contact)
        return None
    known.keep(asked.contact, assumed, drafts, life_end=position)
    return _appended(drafts, position)


async def _decide_and_append(
    asked: _Asked, journal: Journal, known: KnownContacts | None
) -> Outcome:
    folded = await _fold(journal, asked)
    if folded.earlier is not None:
        return Outcome(position=folded.earlier, repeated=True)
    drafts = _decided(asked, folded.seen.contact)
    if not drafts:
        return Outcome(position=folded.end, repeated=True)
    attempt = "" if known is None else known.attempt()
    position = await journal.append(
        asked.contact, drafts, expected=folded.seen.life_end, attempt=attempt
    )
    if known is not None:
        known.keep(asked.contact, folded.seen, drafts, life_end=position)
    return _appended(drafts, position)


def _decided(asked: _Asked, contact: Contact) -> list[Draft]:
    """Return what the command makes true of the contact as it is; nothing if it is so already."""
    decided_at = asked.now()
    events = decide(contact, asked.command, now=decided_at)
    if not events:
        return []
    correlation = evolve(contact, events[0]).initial_contact_id
    drafts = [
        Draft(
            event=event,
            id=id_,
            occurred_at=decided_at,
            actor=asked.actor,
            correlation=correlation,
        )
        for event, id_ in zip(events, asked.ids, strict=False)
    ]
    assert len(drafts) == len(events), "more events than ids"
    return drafts


def _appended(drafts: list[Draft], position: Position) -> Outcome:
    return Outcome(position=position, repeated=False, events=tuple(draft.event for draft in drafts))


async def _fold(journal: Journal, asked: _Asked) -> _Folded:
    state, life_end, end, earlier = Contact(), START, START, None
    facts: set[EventId] = set()
    async for recorded in journal.read(asked.contact, lanes=_lanes_for(asked.command)):
        refuse_unreadable(recorded)
        state, end = evolve(state, recorded.event), recorded.position
        if recorded.lane == "life":
            life_end = recorded.position
            facts.add(recorded.id)
        if recorded.id in asked.ids:
            earlier = recorded.position
    seen = Assumption(contact=state, life_end=life_end, facts=frozenset(facts))
    return _Folded(seen=seen, end=end, earlier=earlier)


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
