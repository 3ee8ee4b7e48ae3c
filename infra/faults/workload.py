"""The work that faults interrupt: some contacts, a few facts each, every id known beforehand."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ...commands.erasure import RequestErasure
from ...events.base import (
    TRACKS,
    AgentId,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    GuidanceId,
    Lane,
    Position,
    TenantName,
    UtteranceId,
    service_event_id,
)
from ...events.contact import AgentConnected, ContactErased, ContactStarted
from ...events.guidance import ChecklistItemTicked, GuidanceIssued, Heard
from ...events.journal import Journal
from ...events.knowledge import KnowledgeAsked, Maker, QuestionId
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
from ...services.inbox import Inbox

CONTACTS = 16
UTTERANCES = 8  # of each contact
HALF = CONTACTS // 2
ERASED = 3  # contacts, the first ones, where the work is to erase some
ERASURE_ID = "erasure-of-the-first"
_THINKING_S = 0.002  # of `Echo` for each fact, so that many are under way at once

_BEGAN_AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def contacts(tenant: TenantName) -> list[ContactRef]:
    """Return the contacts of the workload."""
    return [ContactRef(tenant, ContactId(f"contact-{number:03d}")) for number in range(CONTACTS)]


def facts_due(tenant: TenantName) -> int:
    """Return how many facts there have to be once all are published and answered."""
    lanes = (life_of, speech_of, answers_to)
    return sum(len(facts_of(contact)) for contact in contacts(tenant) for facts_of in lanes)


def life_of(contact: ContactRef) -> list[Draft]:
    """Return what is appended to a contact's lane `life`."""
    started = ContactStarted(
        instance_arn="arn:faults",
        initial_contact_id=contact.contact_id,
        customer_endpoint=Sealed(f"+4930{contact.contact_id[-3:]}"),
    )
    connected = AgentConnected(
        agent_id=AgentId("agent-1"), connected_at=_BEGAN_AT, agent_name=Sealed("Ada")
    )
    asked = KnowledgeAsked(
        question_id=QuestionId("question-1"),
        question=Sealed(f"{contact.contact_id} asks"),
        answer=None,
        refusal="no_article",
        citations=(),
        maker=Maker(generator="quote-1", retrieval="faults", embedder=None),
        took_ms=1,
    )
    return [
        _draft(contact, "started", started, actor="machine"),
        _draft(contact, "connected", connected, actor="machine"),
        _draft(contact, "asked", asked, actor="agent:agent-1"),
    ]


def words_of(contact: ContactRef) -> list[str]:
    """Return what is said in a contact, in order."""
    return [f"{contact.contact_id} says {number}" for number in range(1, UTTERANCES + 1)]


def speech_of(contact: ContactRef) -> list[Draft]:
    """Return what is appended to a contact's lane `speech`, in order."""
    return [
        _draft(contact, f"said/{number}", _utterance(number, words), actor="service:transcription")
        for number, words in enumerate(words_of(contact), start=1)
    ]


def answers_to(contact: ContactRef) -> list[Draft]:
    """Return what `Echo` appends to a contact's lane `guidance`, in order."""
    return [answer_to(contact, _utterance_id(number)) for number in range(1, UTTERANCES + 1)]


def answer_to(contact: ContactRef, utterance_id: UtteranceId) -> Draft:
    """Return what `Echo` appends to lane `guidance` for an utterance: something for the desk."""
    heard = Heard(
        utterance_id=utterance_id, revision=None, track=TRACKS[0], started_ms=0, ended_ms=0
    )
    answer: Event
    if utterance_id.startswith(TRACKS[0]):
        answer = ChecklistItemTicked(
            item=utterance_id,
            title="Said",
            heard=heard,
            evidence=Sealed("said"),
            playbook="faults",
            playbook_version="1",
        )
    else:
        answer = GuidanceIssued(
            guidance_id=GuidanceId(utterance_id),
            cue="said",
            kind="hint",
            title="Said",
            body="It was said.",
            moment="said",
            heard=heard,
            evidence=Sealed("said"),
            expires_at=_BEGAN_AT + timedelta(hours=1),
            playbook="faults",
            playbook_version="1",
        )
    return _draft(contact, f"answer/{utterance_id}", answer, actor="service:guidance")


def erasure(tenant: TenantName) -> RequestErasure:
    """Return the wish to forget the first contacts."""
    return RequestErasure(
        erasure_id=ERASURE_ID,
        by_id=tuple(one.contact_id for one in contacts(tenant)[:ERASED]),
        reason=Sealed("a fault was tried"),
        identity_proof=Sealed("nobody is meant"),
    )


def id_of_erased(contact: ContactRef) -> EventId:
    """Return the id of the fact that tells a contact's history of that erasure."""
    return service_event_id("erasure", contact, ERASURE_ID, ContactErased.TYPE)


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

    lanes: tuple[Lane, ...] = ("speech", "guidance")

    def __init__(self, journal: Journal, tenant: TenantName) -> None:
        # Who runs a service shares the ranges of every tenant: each trial has one of its own.
        self.name = f"echo-{tenant}"
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


def _utterance(number: int, words: str) -> UtteranceFinalized:
    return UtteranceFinalized(
        utterance_id=_utterance_id(number),
        track=TRACKS[number % len(TRACKS)],
        text=Sealed(words),
        words=(),
        started_ms=number * 1_000,
        ended_ms=number * 1_000 + 900,
        confidence=0.9,
        recognizer="faults/1",
        audio_upto=Position(number),
    )


def _utterance_id(number: int) -> UtteranceId:
    return UtteranceId(f"{TRACKS[number % len(TRACKS)]}-{number}")


def _draft(contact: ContactRef, what: str, event: Event, *, actor: str) -> Draft:
    return Draft(
        event=event,
        id=service_event_id("faults", contact, what, "1"),
        occurred_at=_BEGAN_AT + timedelta(seconds=1),
        actor=actor,
        correlation=contact.contact_id,
    )
