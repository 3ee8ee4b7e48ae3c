"""Stored contacts as facts again: what `GET /v1/contacts/{id}/events` tells, a line a fact.

So a contact is read as any auditor reads it: log and archive alike, texts opened with their keys,
and that it was read is recorded first, by the API.
"""

from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ...errors import HistoryUnreadable
from ...events.base import (
    Causation,
    ContactId,
    ContactRef,
    Event,
    EventId,
    Position,
    Recorded,
    TenantName,
)
from ...events.contact import (
    AgentConnected,
    AttributesSet,
    ContactEndCorrected,
    ContactEnded,
    ContactErased,
    ContactHeld,
    ContactResumed,
    ContactStarted,
    GuidanceDismissed,
    GuidanceShown,
    GuidanceUsed,
)
from ...events.guidance import (
    ChecklistItemTicked,
    GuidanceIssued,
    GuidanceWithheld,
    PolicyPinned,
)
from ...events.media import AudioGap, AudioStreamOpened
from ...events.sealed import Sealed
from ...events.speech import (
    SpeechGap,
    TextStreamOpened,
    TranscriptCompleted,
    UtteranceFinalized,
)

# What guidance listens to; its own answers are not among it.
HEARD: tuple[type[Event], ...] = (
    ContactStarted,
    AgentConnected,
    ContactHeld,
    ContactResumed,
    AttributesSet,
    ContactEnded,
    ContactEndCorrected,
    GuidanceShown,
    GuidanceUsed,
    GuidanceDismissed,
    AudioStreamOpened,
    AudioGap,
    TextStreamOpened,
    UtteranceFinalized,
    SpeechGap,
    TranscriptCompleted,
)

# What it answered, as far as two answers are compared.
ANSWERED: tuple[type[Event], ...] = (
    PolicyPinned,
    GuidanceIssued,
    GuidanceWithheld,
    ChecklistItemTicked,
)

TYPES = tuple(kind.TYPE for kind in (*HEARD, *ANSWERED, ContactErased))

# Four hours of lively talk have some five thousand of them. One contact is held at a time.
FACTS_MAX = 50_000

# Stands for a text that the API does not tell because a check found something in what it is of.
_WITHHELD = Sealed("")

# As the API tells a text whose key is gone.
ERASED = "[erased]"


class _Line(Struct, frozen=True, kw_only=True):
    position: Position
    type: str
    version: int
    recorded_at: datetime
    occurred_at: datetime
    id: EventId
    contact_id: ContactId
    actor: str
    correlation: str
    causation: Causation | None
    withheld: str | None = None
    problem: str | None = None
    data: msgspec.Raw


async def read_contact(
    lines: AsyncIterable[bytes], contact_id: ContactId, *, tenant: TenantName
) -> list[Recorded] | None:
    """Return a contact's facts in their order; None for one that was erased.

    Raises:
        HistoryUnreadable: one of them cannot be read, or there are too many.
    """
    contact, facts = ContactRef(tenant, contact_id), list[Recorded]()
    async for line in lines:
        facts.append(_recorded(line, contact))
        if len(facts) > FACTS_MAX:
            problem = f"more than {FACTS_MAX} facts to be compared"
            raise HistoryUnreadable(contact_id, position=facts[-1].position, problem=problem)
    return None if _is_erased(facts) else sorted(facts, key=lambda one: one.position)


def _recorded(line: bytes, contact: ContactRef) -> Recorded:
    told = msgspec.json.decode(line, type=_Line)
    kind = _KINDS.get(told.type)
    if kind is None:
        raise _unreadable(contact, told, told.problem or "unknown_type")
    if told.problem is not None or told.version != kind.VERSION:
        raise _unreadable(contact, told, told.problem or "newer_version")
    if told.withheld == "in_quarantine":
        raise _unreadable(contact, told, told.withheld)
    try:
        event = _event(told.data, kind, _in_clear if told.withheld is None else _not_told)
    except msgspec.MsgspecError as error:
        raise _unreadable(contact, told, "undecodable") from error
    return Recorded(
        event=event,
        id=told.id,
        position=told.position,
        recorded_at=told.recorded_at,
        occurred_at=told.occurred_at,
        contact=contact,
        lane=kind.LANE,
        actor=told.actor,
        correlation=told.correlation,
        causation=told.causation,
    )


def _event(content: msgspec.Raw, kind: type[Event], text_of: Callable[[type, Any], Any]) -> Event:
    return msgspec.json.decode(content, type=kind, dec_hook=text_of)


def _in_clear(wanted: type, value: Any) -> Any:
    if wanted is Sealed and type(value) is str:
        return Sealed(value)
    raise TypeError(f"no way to decode {wanted}")


def _not_told(wanted: type, value: Any) -> Any:
    _in_clear(wanted, value)  # a text it has to be all the same
    return _WITHHELD


def _unreadable(contact: ContactRef, told: _Line, problem: str) -> HistoryUnreadable:
    return HistoryUnreadable(contact.contact_id, position=told.position, problem=problem)


def _is_erased(facts: Sequence[Recorded]) -> bool:
    """Tell whether a contact's words are gone, or on their way: the key goes before the fact."""
    return any(
        isinstance(one.event, ContactErased)
        or (isinstance(one.event, UtteranceFinalized) and one.event.text.reveal() == ERASED)
        for one in facts
    )


def _by_type(kinds: Iterable[type[Event]]) -> dict[str, type[Event]]:
    return {kind.TYPE: kind for kind in kinds}


_KINDS = _by_type((*HEARD, *ANSWERED, ContactErased))
