"""What may be asked about a contact's summary: one so far, an agent's words, a disposition.

Each is a fact of lane `life`, beside what the service wrote: nothing of that is overwritten. What
an agent types is masked as what is said, before it is kept, and for good: there is no original.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ..errors import ContactUnknown, Malformed, SummaryUnwritten
from ..events.base import (
    START,
    AgentId,
    ContactId,
    ContactRef,
    Draft,
    Event,
    Lane,
    Position,
    command_event_id,
)
from ..events.contact import ContactStarted
from ..events.journal import Journal
from ..events.privacy.protection import Protection
from ..events.privacy.written import without_personal
from ..events.sealed import Sealed
from ..events.summary import (
    DispositionChosen,
    SummaryEdited,
    SummaryFailed,
    SummaryRequested,
    SummaryWritten,
)
from .handle import Outcome
from .racing import decided, refuse_unreadable

TEXT_CHARS_MAX = 20_000  # five pages; the log takes a megabyte
NOTE_CHARS_MAX = 2_000
_CODE = re.compile(r"[A-Za-z0-9][\w.:-]{0,127}")

_LANES: tuple[Lane, ...] = ("life", "summary")


class RequestSummary(Struct, frozen=True, kw_only=True):
    """Have a contact summed up as far as it has come. Means nothing once it is for good."""

    contact_id: ContactId


class EditSummary(Struct, frozen=True, kw_only=True):
    """Put a contact's summary into an agent's own words."""

    contact_id: ContactId
    agent_id: AgentId | None
    text: Sealed


class ChooseDisposition(Struct, frozen=True, kw_only=True):
    """Say how a contact ended, by a code of the tenant's own list."""

    contact_id: ContactId
    agent_id: AgentId | None
    code: str
    note: Sealed | None = None


SummaryCommand = RequestSummary | EditSummary | ChooseDisposition


class Wrap(Struct, frozen=True, kw_only=True):
    """As much of a contact as these decisions need."""

    correlation: str | None = None  # None: it never started
    summary_id: str | None = None  # of the newest that was written
    was_tried: bool = False  # a summary was written, or there was nothing to say
    is_final: bool = False
    is_awaited: bool = False  # one was asked for and is not there yet
    edited: SummaryEdited | None = None
    chosen: DispositionChosen | None = None


def decide(
    wrap: Wrap, command: SummaryCommand, *, now: datetime, protection: Protection
) -> list[Event]:
    """Return the facts that a command makes true; none if they already are.

    What is typed is kept without what `protection` does not show in a summary.

    Raises:
        ContactUnknown: it never started.
        SummaryUnwritten: there is nothing to edit yet.
        Malformed: a text or a code cannot be one.
    """
    if wrap.correlation is None:
        raise ContactUnknown(command.contact_id)
    news: Event
    match command:
        case RequestSummary():
            if wrap.is_final or wrap.is_awaited:
                return []
            return [SummaryRequested(requested_at=now)]
        case EditSummary(text=text, agent_id=agent_id):
            if not wrap.was_tried:
                raise SummaryUnwritten(command.contact_id)
            news = SummaryEdited(
                agent_id=agent_id,
                summary_id=wrap.summary_id,
                text=_checked("text", text, protection, chars_max=TEXT_CHARS_MAX),
            )
            return [] if news == wrap.edited else [news]
        case ChooseDisposition(code=code, note=note, agent_id=agent_id):
            if not _CODE.fullmatch(code):
                raise Malformed("code", "has to be 1 to 128 letters, digits, `_`, `.`, `:` or `-`")
            checked = note and _checked("note", note, protection, chars_max=NOTE_CHARS_MAX)
            news = DispositionChosen(agent_id=agent_id, code=code, note=checked)
            return [] if news == wrap.chosen else [news]
        case _:
            assert_never(command)


def evolve(wrap: Wrap, event: Event) -> Wrap:  # noqa: PLR0911 (one return a fact)
    """Return how things stand after `event`."""
    match event:
        case ContactStarted(initial_contact_id=initial_contact_id):
            return replace(wrap, correlation=initial_contact_id)
        case SummaryRequested():
            return replace(wrap, is_awaited=True)
        case SummaryWritten(kind=kind, summary_id=summary_id):
            is_final = wrap.is_final or kind == "final"
            return replace(
                wrap, summary_id=summary_id, was_tried=True, is_final=is_final, is_awaited=False
            )
        case SummaryFailed(kind=kind):
            is_final = wrap.is_final or kind == "final"
            return replace(wrap, was_tried=True, is_final=is_final, is_awaited=False)
        case SummaryEdited():
            return replace(wrap, edited=event)
        case DispositionChosen():
            return replace(wrap, chosen=event)
        case _:
            return wrap  # a fact that none of these decisions depends on


async def handle_summary(
    command: SummaryCommand,
    *,
    contact: ContactRef,
    journal: Journal,
    command_id: str,
    actor: str,
    now: Callable[[], datetime],
    protection: Protection,
) -> Outcome:
    """Decide on the latest facts and append; decide anew whenever a race was lost.

    A repeat of a command id that appended something answers with that position.

    Raises:
        Refused: see `decide`; KeyDestroyed when the person was erased.
        StreamMoved: `RACES_LOST_MAX` races were lost in a row.
        HistoryUnreadable: the contact holds a fact this version cannot read.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    assert command.contact_id == contact.contact_id, "the command is for another contact"
    scope = f"{type(command).__name__}/{command.contact_id}/{command_id}"
    id_ = command_event_id(scope, 0)

    async def attempt() -> Outcome:
        wrap, life_end, end = Wrap(), START, START
        async for recorded in journal.read(contact, lanes=_LANES):
            refuse_unreadable(recorded)
            if recorded.id == id_:
                return Outcome(position=recorded.position, repeated=True)
            wrap, end = evolve(wrap, recorded.event), recorded.position
            life_end = end if recorded.lane == "life" else life_end
        decided_at = now()
        # Five pages take a tenth of a second to look through, and calls go on meanwhile.
        events = await asyncio.to_thread(
            decide, wrap, command, now=decided_at, protection=protection
        )
        if not events:
            return Outcome(position=end, repeated=True)
        drafts = [
            Draft(
                event=event,
                id=id_,
                occurred_at=decided_at,
                actor=actor,
                correlation=wrap.correlation or contact.contact_id,
            )
            for event in events
        ]
        position: Position = await journal.append(contact, drafts, expected=life_end)
        return Outcome(position=position, repeated=False, events=tuple(events))

    return await decided(attempt)


def _checked(name: str, text: Sealed, protection: Protection, *, chars_max: int) -> Sealed:
    """Return a text as it may be kept: what is personal in it may not, not even sealed."""
    clear = text.reveal().strip()
    if not 1 <= len(clear) <= chars_max or "\x00" in clear:
        raise Malformed(name, f"has to be 1 to {chars_max} characters, none of them NUL")
    return Sealed(without_personal(clear, protection, place="summary"))
