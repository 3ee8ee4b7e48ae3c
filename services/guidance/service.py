"""Guidance for one contact at a time: hears partials and finals, appends what they earn."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from ...events.base import (
    START,
    Causation,
    ContactRef,
    Draft,
    Lane,
    Position,
    Recorded,
)
from ...events.journal import Journal
from ...events.live import Live, UtterancePartial
from ...events.speech import UtteranceFinalized
from ...events.voices import Voices, hear, speaker_of
from ..inbox import Inbox
from .case import SERVICE, Case, Output, evolve, expired, next_expiry, outputs_of
from .partials import Mailbox, Partials
from .playbook import Playbook
from .rules import Utterance, matches_of

# A contact that nobody says or does anything about is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0

# More than an hour of prompts without a pause. Beyond it the oldest are let go; a restart hears
# them all again.
WITHHELD_MAX = 1_000

log = structlog.get_logger()


class Guidance:
    """The service. Knows its playbook; everything else it knows stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "media", "speech", "guidance")  # media: the clock's zero

    def __init__(
        self, journal: Journal, live: Live, playbook: Playbook, *, now: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._partials = Partials(live)
        self._playbook = playbook
        self._now = now

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Listen until all was said and every cue is answered or expired.

        Raises:
            StreamMoved: another process cares for the contact too.
            LogUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person was erased.
        """
        attending = _Attending(contact, self._journal, self._playbook, self._now)
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
        playbook: Playbook,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._journal = journal
        self._playbook = playbook
        self._now = now
        self._case = Case()
        self._voices = Voices()
        # Finals that are the system's, prompts or music, as far as is known.
        self._withheld: deque[Recorded] = deque(maxlen=WITHHELD_MAX)
        self._correlation: str = contact.contact_id
        self._end: Position = START  # of our lane, as far as we wrote it

    @property
    def finished(self) -> bool:
        return self._case.finished

    async def catch_up(self, history: Sequence[Recorded]) -> None:
        """Fold what happened without repeating it, then do what was left undone."""
        for recorded in history:
            self._fold(recorded)
            if recorded.lane == "guidance":
                self._end = recorded.position
        for recorded in history:
            if isinstance(recorded.event, UtteranceFinalized):
                await self._hear_final(recorded, recorded.event)
        await self._expire()

    async def go_on(self, inbox: Inbox, mailbox: Mailbox) -> None:
        """Hear and react until the case is finished, or nothing happens for `IDLE_S_MAX`."""
        fact: asyncio.Future[Recorded] | None = None
        partial: asyncio.Future[UtterancePartial] | None = None
        try:
            while not self.finished:
                # A fact is taken only when it will be looked at: what stays waiting wakes us anew.
                fact = fact or asyncio.ensure_future(anext(inbox))
                partial = partial or asyncio.ensure_future(mailbox.next())
                due_at = next_expiry(self._case)
                done, _ = await asyncio.wait(
                    {fact, partial},
                    timeout=self._patience_s(due_at),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if partial in done:
                    heard, partial = partial.result(), None
                    await self._hear_partial(heard)
                if fact in done:
                    learned, fact = fact.result(), None
                    await self._learn(learned)
                await self._expire()
                if not done and due_at is None:
                    return
        finally:
            pending: list[asyncio.Future[Any]] = [one for one in (fact, partial) if one]
            for one in pending:
                one.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def _learn(self, recorded: Recorded) -> None:
        before = self._voices
        self._fold(recorded)
        if self._voices is not before:
            await self._hear_withheld()
        if isinstance(recorded.event, UtteranceFinalized):
            await self._hear_final(recorded, recorded.event)

    async def _hear_withheld(self) -> None:
        """Hear again what was put down to the system: late news may make it the agent's."""
        withheld, self._withheld = self._withheld, deque(maxlen=WITHHELD_MAX)
        for recorded in withheld:
            if isinstance(recorded.event, UtteranceFinalized):
                await self._hear_final(recorded, recorded.event)

    def _fold(self, recorded: Recorded) -> None:
        self._correlation = recorded.correlation
        self._voices = hear(self._voices, recorded.event, recorded.position)
        self._case = evolve(
            self._case, recorded.event, cause=recorded.cause, occurred_at=recorded.occurred_at
        )

    async def _hear_final(self, recorded: Recorded, final: UtteranceFinalized) -> None:
        if speaker_of(self._voices, final.track, final.started_ms) == "system":
            self._withheld.append(recorded)
            return
        utterance = Utterance(
            utterance_id=final.utterance_id,
            revision=None,
            track=final.track,
            words=tuple(final.text.reveal_or("").split()),
            times=tuple((word.started_ms, word.ended_ms) for word in final.words),
            started_ms=final.started_ms,
            ended_ms=final.ended_ms,
        )
        await self._respond(utterance, cause=recorded.cause, said_at=recorded.recorded_at)

    async def _hear_partial(self, partial: UtterancePartial) -> None:
        if partial.utterance_id in self._case.finals:
            return  # overtaken by its final
        if speaker_of(self._voices, partial.track, partial.started_ms) == "system":
            return  # should it prove the agent's, its final is heard then
        utterance = Utterance(
            utterance_id=partial.utterance_id,
            revision=partial.revision,
            track=partial.track,
            words=tuple(partial.text.split()[: partial.stable_words]),
            times=partial.words,
            started_ms=partial.started_ms,
            ended_ms=partial.ended_ms,
        )
        # A partial is no event: what it earns names utterance and revision as its cause.
        await self._respond(utterance, cause=None, said_at=self._now())

    async def _respond(
        self, utterance: Utterance, *, cause: Causation | None, said_at: datetime
    ) -> None:
        case, now = self._case, self._now()
        outputs: list[Output] = []
        known = case.known(utterance.utterance_id)
        for match in matches_of(self._playbook.moments, utterance, known=known):
            earned = outputs_of(
                case,
                match,
                contact=self._contact,
                playbook=self._playbook,
                now=now,
                said_at=said_at,
            )
            for one in earned:
                case = _assuming(case, one, now)
            outputs += earned
        if outputs:
            await self._append([(output, cause) for output in outputs], now)
            self._case = case

    async def _expire(self) -> None:
        now = self._now()
        due = expired(self._case, contact=self._contact, now=now)
        if due:
            await self._append(due, now)
            for output, _ in due:
                self._case = _assuming(self._case, output, now)

    async def _append(
        self, outputs: Sequence[tuple[Output, Causation | None]], now: datetime
    ) -> None:
        drafts = [
            Draft(
                event=output.event,
                id=output.id,
                occurred_at=now,
                actor=f"service:{SERVICE}",
                correlation=self._correlation,
                causation=cause,
            )
            for output, cause in outputs
        ]
        for draft in drafts:
            self._end = await self._journal.append(self._contact, [draft], expected=self._end)
        log.info(
            "guidance_appended",
            tenant=self._contact.tenant,
            contact_id=self._contact.contact_id,
            events=[draft.event.TYPE for draft in drafts],
            position=self._end,
        )

    def _patience_s(self, due_at: datetime | None) -> float:
        if due_at is None:
            return IDLE_S_MAX
        return max(0.0, (due_at - self._now()).total_seconds())


def _assuming(case: Case, output: Output, now: datetime) -> Case:
    """Return the case once an output is stored; the log tells its position a moment later."""
    return evolve(case, output.event, cause=None, occurred_at=now)
