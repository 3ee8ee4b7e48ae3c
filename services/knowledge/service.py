"""Knowledge for one contact at a time: hears questions, appends what the articles answer."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from ...events.base import (
    START,
    Causation,
    ContactRef,
    Draft,
    Event,
    Lane,
    Position,
    Recorded,
    service_event_id,
)
from ...events.journal import Journal
from ...events.knowledge import (
    AnswerFound,
    AnswerRefused,
    QuestionHeard,
    QuestionId,
)
from ...events.live import Live, UtterancePartial
from ...events.privacy.places import shown_in
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
from ..inbox import Inbox
from ..partials import Mailbox, Partials
from .answering import Answer, Answerer
from .asking import Asking, Groups, NoGroups
from .conversation import Asked, Conversation, Said, asked_in, evolve
from .questions import DETECTOR
from .vain import InVain

SERVICE = "knowledge"

# A contact that nobody says or does anything about is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0

# The customer has gone on since: an answer to what was said before it is of no use. What was
# recorded as a question gets its answer all the same.
FRESH = timedelta(seconds=30)

log = structlog.get_logger()


class Knowledge:
    """The service. What it knows of a contact stands in the log, of articles on the shelf."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "speech", "knowledge")

    def __init__(
        self,
        journal: Journal,
        live: Live,
        answerer: Answerer,
        *,
        now: Callable[[], datetime],
        groups: Groups | None = None,
    ) -> None:
        self._journal = journal
        self._partials = Partials(live)
        self._answerer = answerer
        self._now = now
        self._groups = groups or NoGroups()

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Listen until all was said and every question has its answer or refusal.

        Raises:
            StreamMoved: another process cares for the contact too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        attending = _Attending(contact, self._journal, self._answerer, self._groups, self._now)
        await attending.catch_up(inbox.history)
        if attending.finished:
            return
        async with self._partials.of(contact) as mailbox:
            await attending.go_on(inbox, mailbox)


class _Attending:
    """One contact while a coroutine cares for it."""

    def __init__(
        self,
        contact: ContactRef,
        journal: Journal,
        answerer: Answerer,
        groups: Groups,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._journal = journal
        self._asking = Asking(contact.tenant, answerer, groups)
        self._now = now
        self._conversation = Conversation()
        self._searched = ""  # of partials: the same words are not searched for again
        self._vain = InVain()
        self._correlation: str = contact.contact_id
        self._end: Position = START  # of our lane, as far as we wrote it

    @property
    def finished(self) -> bool:
        return self._conversation.finished

    async def catch_up(self, history: Sequence[Recorded]) -> None:
        """Fold what happened without repeating it, then do what was left undone."""
        finals: list[tuple[Recorded, UtteranceFinalized]] = []
        for recorded in history:
            self._fold(recorded)
            if recorded.lane == SERVICE:
                self._end = recorded.position
            if isinstance(recorded.event, UtteranceFinalized):
                finals.append((recorded, recorded.event))
        for open_ in list(self._conversation.open.values()):
            await self._answer_again(open_.fact, open_.cause)
        for recorded, final in finals:
            await self._hear_final(recorded, final)

    async def go_on(self, inbox: Inbox, mailbox: Mailbox) -> None:
        """Hear and answer until all was said, or nothing happens for `IDLE_S_MAX`."""
        fact: asyncio.Future[Recorded] | None = None
        partial: asyncio.Future[UtterancePartial] | None = None
        try:
            while not self.finished:
                # A fact is taken only when it will be looked at: what stays waiting wakes us anew.
                fact = fact or asyncio.ensure_future(anext(inbox))
                partial = partial or asyncio.ensure_future(mailbox.next())
                done, _ = await asyncio.wait(
                    {fact, partial}, timeout=IDLE_S_MAX, return_when=asyncio.FIRST_COMPLETED
                )
                if partial in done:
                    heard, partial = partial.result(), None
                    await self._hear_partial(heard)
                if fact in done:
                    learned, fact = fact.result(), None
                    self._fold(learned)
                    if isinstance(learned.event, UtteranceFinalized):
                        await self._hear_final(learned, learned.event)
                if not done:
                    return
        finally:
            pending: list[asyncio.Future[Any]] = [one for one in (fact, partial) if one]
            for one in pending:
                one.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    def _fold(self, recorded: Recorded) -> None:
        self._correlation = recorded.correlation
        self._conversation = evolve(
            self._conversation,
            recorded.event,
            position=recorded.position,
            cause=recorded.cause,
            occurred_at=recorded.occurred_at,
        )

    async def _hear_final(self, recorded: Recorded, final: UtteranceFinalized) -> None:
        is_late = self._now() - recorded.recorded_at > FRESH
        if final.track != "from_customer" or is_late or self._conversation.ended:
            return
        final = shown_in("models", final)
        said = Said(
            utterance_id=final.utterance_id,
            revision=None,
            words=tuple(final.text.reveal_or("").split()),
            times=tuple((word.started_ms, word.ended_ms) for word in final.words),
            started_ms=final.started_ms,
            ended_ms=final.ended_ms,
        )
        asked = asked_in(self._conversation, said)
        if asked is not None:
            await self._answer(asked, cause=recorded.cause)

    async def _hear_partial(self, partial: UtterancePartial) -> None:
        conversation = self._conversation
        if partial.track != "from_customer" or partial.utterance_id in conversation.finals:
            return
        said = Said(
            utterance_id=partial.utterance_id,
            revision=partial.revision,
            words=tuple(partial.text.split()[: partial.stable_words]),
            times=partial.words,
            started_ms=partial.started_ms,
            ended_ms=partial.ended_ms,
        )
        asked = asked_in(conversation, said)
        if asked is not None and asked.query != self._searched:
            self._searched = asked.query
            # A partial is no event: what it earns names utterance and revision as its cause.
            await self._answer(asked, cause=None)

    async def _answer(self, asked: Asked, *, cause: Causation | None) -> None:
        """Ask the articles; record question and answer, or that a question has none.

        Of a need that nothing answers, and of a partial, nothing is recorded: it may have been
        talk, and the final says it better.
        """
        if asked.form == "need" and self._vain.knows(asked.content, self._now()):
            return
        answer = await self._ask(asked.query)
        now, conversation = self._now(), self._conversation
        earlier = conversation.told_of(asked.heard.utterance_id)
        if answer.answer is not None:
            best = answer.citations[0].article_id
            if earlier is not None and earlier.article_id == best:
                return  # the partial's answer stands
            if conversation.is_fresh(best, now):
                return  # it is on the desk
        elif asked.form == "need" or cause is None:
            if asked.form == "need" and answer.refusal != "unavailable":
                self._vain.note(asked.content, now)
            return
        rule = "question" if cause is None else "question/final"
        id_ = QuestionId(service_event_id(SERVICE, self._contact, asked.heard.utterance_id, rule))
        heard = QuestionHeard(
            question_id=id_,
            form=asked.form,
            heard=asked.heard,
            question=Sealed(asked.question),
            query=Sealed(asked.query),
            detector=DETECTOR,
        )
        asked_by = await self._append(heard, rule=f"{rule}/heard", cause=cause)
        await self._append_outcome(heard, answer, earlier and earlier.question_id, cause=asked_by)

    async def _answer_again(self, heard: QuestionHeard, cause: Causation) -> None:
        """Answer a question that was recorded before somebody died."""
        earlier = self._conversation.told_of(heard.heard.utterance_id)
        answer = await self._ask(heard.query.reveal_or(""))
        await self._append_outcome(heard, answer, earlier and earlier.question_id, cause=cause)

    async def _ask(self, query: str) -> Answer:
        return await self._asking.ask(query, agent_id=self._conversation.agent_id)

    async def _append_outcome(
        self,
        question: QuestionHeard,
        answer: Answer,
        supersedes: QuestionId | None,
        *,
        cause: Causation,
    ) -> None:
        id_, heard = question.question_id, question.heard
        if answer.answer is None:
            outcome: Event = AnswerRefused(
                question_id=id_,
                form=question.form,
                heard=heard,
                question=question.question,
                reason=answer.refusal or "no_article",
                maker=answer.maker,
                took_ms=answer.took_ms,
            )
        else:
            outcome = AnswerFound(
                question_id=id_,
                heard=heard,
                answer=Sealed(answer.answer),
                citations=answer.citations,
                maker=answer.maker,
                took_ms=answer.took_ms,
                supersedes=supersedes,
            )
        await self._append(outcome, rule=f"{id_}/outcome", cause=cause)

    async def _append(self, event: Event, *, rule: str, cause: Causation | None) -> Causation:
        assert isinstance(event, QuestionHeard | AnswerFound | AnswerRefused), "of our lane"
        now = self._now()
        draft = Draft(
            event=event,
            id=service_event_id(SERVICE, self._contact, event.heard.utterance_id, rule),
            occurred_at=now,
            actor=f"service:{SERVICE}",
            correlation=self._correlation,
            causation=cause,
        )
        self._end = await self._journal.append(self._contact, [draft], expected=self._end)
        stored = Causation(draft.id, self._end)
        # The log tells its position a moment later.
        self._conversation = evolve(
            self._conversation,
            event,
            position=self._end,
            cause=stored,
            occurred_at=now,
        )
        log.info(
            "knowledge_appended",
            tenant=self._contact.tenant,
            contact_id=self._contact.contact_id,
            fact=event.TYPE,
            position=self._end,
        )
        return stored
