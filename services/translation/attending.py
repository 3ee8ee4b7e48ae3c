"""One contact while a coroutine cares for it: hears what comes, appends what came of it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from ...events.base import ContactRef, Draft, Recorded, service_event_id
from ...events.translation import TranslationSet
from ..inbox import Inbox
from .interpreting import Interpreting
from .listening import Listening
from .means import Means, Output
from .replying import Replying
from .standing import SERVICE, Standing

REJUDGED_MAX = 12  # utterances that are judged anew by who takes a contact over: both voices'

# A contact that nobody says or does anything about is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0

log = structlog.get_logger()


class Attending:
    """See the module."""

    def __init__(self, contact: ContactRef, means: Means) -> None:
        self._contact = contact
        self._means = means
        self._standing = standing = Standing()
        self._listening = Listening(contact, means, standing)
        self._interpreting = Interpreting(
            contact, means, standing=standing, listening=self._listening
        )
        self._replying = Replying(contact, means, standing=standing)

    async def catch_up(self, history: Sequence[Recorded]) -> None:
        """Fold what happened, then take up what was left undone."""
        for recorded in history:
            self._standing.take(recorded)
            self._listening.take(recorded)
        spoken = self._listening.spoken()
        never_wanted = self._is_done and self._standing.set is None
        if never_wanted and all(self._means.is_late(said.recorded) for said in spoken):
            return  # it is over, and nobody waits for it any more
        for said in spoken[-REJUDGED_MAX:]:
            await self._append(await self._listening.judge(said))
        await self._take_up()

    async def go_on(self, inbox: Inbox) -> None:
        """Hear and answer until the contact is over, or nothing happens for `IDLE_S_MAX`."""
        fact: asyncio.Future[Recorded] | None = None
        try:
            while not self._is_done:
                self._interpreting.start()
                self._replying.start()
                # A fact is taken only when it will be looked at: what stays waiting wakes us anew.
                fact = fact or asyncio.ensure_future(anext(inbox))
                waiting: list[asyncio.Future[Any]] = [
                    fact,
                    *self._interpreting.answers(),
                    *self._replying.answers(),
                ]
                done, _ = await asyncio.wait(
                    waiting, timeout=IDLE_S_MAX, return_when=asyncio.FIRST_COMPLETED
                )
                if not done:
                    return
                await self._tell()
                if fact in done:
                    learned, fact = fact.result(), None
                    await self._learn(learned)
        finally:
            if fact is not None:
                fact.cancel()
                await asyncio.gather(fact, return_exceptions=True)
            await self._interpreting.leave()
            await self._replying.leave()

    @property
    def _is_done(self) -> bool:
        standing = self._standing
        return standing.is_over and self._interpreting.is_idle and not standing.replies

    async def _learn(self, recorded: Recorded) -> None:
        if recorded.position <= self._standing.end and recorded.lane == SERVICE:
            return  # we wrote it
        self._standing.take(recorded)
        if (said := self._listening.take(recorded)) is not None:
            await self._append(await self._listening.judge(said))
        await self._take_up()

    async def _take_up(self) -> None:
        """Begin what is wanted as things stand."""
        standing = self._standing
        wants = standing.wants(self._means.languages.of(self._contact.tenant))
        told = TranslationSet(
            targets=wants.targets,
            wish=wants.wish,
            configured=self._means.translator.serves(self._contact.tenant),
        )
        if told != standing.set and (wants.targets or standing.set is not None):
            await self._append(Output(told, str(standing.sets), None))
        if told.configured:
            for late in self._interpreting.take_up(wants.targets):
                await self._append(late)

    async def _tell(self) -> None:
        """Append what has come of what was begun."""
        for work in (self._interpreting, self._replying):
            while (output := work.next_output()) is not None:
                await self._append(output)
                work.told()

    async def _append(self, output: Output | None) -> None:
        if output is None:
            return
        event, contact, standing = output.event, self._contact, self._standing
        now = self._means.now()
        draft = Draft(
            event=event,
            id=service_event_id(SERVICE, contact, output.about, event.TYPE),
            occurred_at=now,
            actor=f"service:{SERVICE}",
            correlation=standing.correlation or contact.contact_id,
            causation=output.cause,
        )
        end = await self._means.journal.append(contact, [draft], expected=standing.end)
        # Known at once: the log tells it a moment later.
        standing.take(
            Recorded(
                event=event,
                id=draft.id,
                position=end,
                recorded_at=now,
                occurred_at=now,
                contact=contact,
                lane=SERVICE,
                actor=draft.actor,
                correlation=draft.correlation,
                causation=draft.causation,
            )
        )
        log.info(
            "translation_appended",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            event_type=event.TYPE,
            reason=getattr(event, "reason", None),
            position=end,
        )
