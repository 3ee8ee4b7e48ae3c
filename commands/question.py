"""Records what an agent asked the articles during a contact, and what they were told."""

import uuid
from collections.abc import Callable
from datetime import datetime

from ..errors import ContactUnknown, KeyDestroyed
from ..events.base import START, ContactRef, Draft, Position, command_event_id
from ..events.contact import ContactErased
from ..events.journal import Journal
from ..events.knowledge import KnowledgeAsked, QuestionId
from .racing import RACES_OF_A_CALL_LOST_MAX, decided

_QUESTION_IDS = uuid.UUID("9a1f2f0e-55d1-4a52-8e0b-6a3f0b9b51c4")


def question_id_of(command_id: str) -> QuestionId:
    """Return the id of the question that a command asks; a repeat of it gives the same."""
    return QuestionId(uuid.uuid5(_QUESTION_IDS, command_id).hex)


async def record_question(
    asked: KnowledgeAsked,
    *,
    contact: ContactRef,
    journal: Journal,
    command_id: str,
    actor: str,
    now: Callable[[], datetime],
) -> Position:
    """Append the fact, and return where it stands; a repeat of a command id stores nothing.

    Raises:
        ContactUnknown: it never started.
        KeyDestroyed: the person was erased.
        StreamMoved: `RACES_OF_A_CALL_LOST_MAX` races were lost in a row.
        LogUnavailable: no answer; repeating the command with its id is safe.
    """
    id_ = command_event_id(f"AskKnowledge/{contact.contact_id}/{command_id}", 0)

    async def append() -> Position:
        end, correlation = START, ""
        async for fact in journal.read(contact, lanes=("life",)):
            end, correlation = fact.position, fact.correlation
            if isinstance(fact.event, ContactErased):
                raise KeyDestroyed(f"of contact/{contact.contact_id}")
            if fact.id == id_:
                return fact.position
        if end == START:
            raise ContactUnknown(contact.contact_id)
        draft = Draft(event=asked, id=id_, occurred_at=now(), actor=actor, correlation=correlation)
        return await journal.append(contact, [draft], expected=end)

    return await decided(append, races_lost_max=RACES_OF_A_CALL_LOST_MAX)
