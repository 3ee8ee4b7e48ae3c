"""The work that faults interrupt: some contacts, a few facts each, every id known beforehand."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ...events.base import (
    TRACKS,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    Lane,
    Position,
    TenantName,
    UtteranceId,
    service_event_id,
)
from ...events.contact import ContactStarted
from ...events.guidance import Heard, MomentDetected
from ...events.journal import Journal
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
from ...services.inbox import Inbox

CONTACTS = 24
UTTERANCES = 10  # of each contact
FACTS = CONTACTS * (1 + UTTERANCES)  # that `publish` appends
HALF = CONTACTS // 2
ANSWERS = CONTACTS * UTTERANCES  # that `Echo` appends to them
_THINKING_S = 0.002  # of `Echo` for each fact, so that many are under way at once

_BEGAN_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def contacts(tenant: TenantName) -> list[ContactRef]:
    """Return the contacts of the workload."""
    return [ContactRef(tenant, ContactId(f"contact-{number:03d}")) for number in range(CONTACTS)]


def life_of(contact: ContactRef) -> list[Draft]:
    """Return what is appended to a contact's lane `life`."""
    started = ContactStarted(instance_arn="arn:faults", initial_contact_id=contact.contact_id)
    return [_draft(contact, "started", started, actor="machine")]


def speech_of(contact: ContactRef) -> list[Draft]:
    """Return what is appended to a contact's lane `speech`, in order."""
    return [
        _draft(contact, f"said/{number}", _utterance(number), actor="service:transcription")
        for number in range(1, UTTERANCES + 1)
    ]


def answer_to(contact: ContactRef, utterance_id: UtteranceId) -> Draft:
    """Return what `Echo` appends to lane `guidance` for an utterance."""
    moment = MomentDetected(
        moment="said",
        heard=Heard(
            utterance_id=utterance_id, revision=None, track=TRACKS[0], started_ms=0, ended_ms=0
        ),
        evidence=Sealed("said"),
        playbook="faults",
        playbook_version="1",
    )
    return _draft(contact, f"answer/{utterance_id}", moment, actor="service:guidance")


async def publish(journal: Journal, tenant: TenantName, *, share: slice = slice(None)) -> None:
    """Append what is not there yet, of a share of the contacts, all at once; safe to repeat."""
    async with asyncio.TaskGroup() as tasks:
        for contact in contacts(tenant)[share]:
            tasks.create_task(_publish(journal, contact))


async def _publish(journal: Journal, contact: ContactRef) -> None:
    lanes: tuple[tuple[Lane, list[Draft]], ...] = (
        ("life", life_of(contact)),
        ("speech", speech_of(contact)),
    )
    for lane, drafts in lanes:
        there = [fact async for fact in journal.read(contact, lanes=(lane,))]
        end = there[-1].position if there else Position(0)
        for draft in drafts[len(there) :]:
            end = await journal.append(contact, [draft], expected=end)


class Echo:
    """A service that answers every utterance once, in order. See `services/lanes.Service`."""

    name = "guidance"
    lanes: tuple[Lane, ...] = ("speech", "guidance")

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Fold the history without answering, answer what is left, then go on."""
        end, answered, said = Position(0), set[EventId](), list[UtteranceId]()
        for fact in inbox.history:
            if fact.lane == "guidance":
                end = fact.position
                answered.add(fact.id)
            elif isinstance(fact.event, UtteranceFinalized):
                said.append(fact.event.utterance_id)
        for utterance_id in said:
            if answer_to(contact, utterance_id).id not in answered:
                end = await self._answer(contact, utterance_id, end)
        count = len(said)
        while count < UTTERANCES:
            fact = await anext(inbox)
            if isinstance(fact.event, UtteranceFinalized):
                end = await self._answer(contact, fact.event.utterance_id, end)
                count += 1

    async def _answer(
        self, contact: ContactRef, utterance_id: UtteranceId, end: Position
    ) -> Position:
        await asyncio.sleep(_THINKING_S)
        return await self._journal.append(contact, [answer_to(contact, utterance_id)], expected=end)


def ids_of(drafts: Sequence[Draft]) -> list[EventId]:
    """Return the ids of drafts, in order."""
    return [draft.id for draft in drafts]


def _utterance(number: int) -> UtteranceFinalized:
    track = TRACKS[number % len(TRACKS)]
    return UtteranceFinalized(
        utterance_id=UtteranceId(f"{track}-{number}"),
        track=track,
        text=Sealed(f"this is utterance {number}"),
        words=(),
        started_ms=number * 1_000,
        ended_ms=number * 1_000 + 900,
        confidence=0.9,
        recognizer="faults/1",
        audio_upto=Position(number),
    )


def _draft(contact: ContactRef, what: str, event: Event, *, actor: str) -> Draft:
    return Draft(
        event=event,
        id=service_event_id("faults", contact, what, "1"),
        occurred_at=_BEGAN_AT + timedelta(seconds=1),
        actor=actor,
        correlation=contact.contact_id,
    )
