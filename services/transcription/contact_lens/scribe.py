"""One contact whose words come as text: its records become partials and facts, each once."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Literal

import structlog
from msgspec import Struct

from ....errors import HistoryUnreadable, KeyDestroyed
from ....events.base import START, ContactRef, Lane, Recorded, Track, Unreadable, UtteranceId
from ....events.journal import Journal
from ....events.live import Live
from ....events.privacy.protection import Protection
from ....events.speech import RecognizerSwitched, TextStreamClosed, TextStreamOpened
from ..shield import Shield, Shielded
from ..telling import facts_of, partial_of
from .appending import Appending
from .records import Over, Read, Said
from .revisions import Revisions
from .standing import Standing

LANES: tuple[Lane, ...] = ("life", "speech")

# What became of something that a record told.
Outcome = Literal["told", "held", "shown", "repeated", "late"]

FAILED = "contact_lens_failed"

log = structlog.get_logger()


class _Held(Struct, frozen=True):
    said: Said
    recognizer: str


class Scribe:
    """Writes down one contact, from where its facts say that it was left."""

    def __init__(
        self,
        contact: ContactRef,
        *,
        journal: Journal,
        live: Live,
        protection: Protection,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._journal = journal
        self._live = live
        self._standing = Standing(contact)
        self._lane = Appending(contact, self._standing, journal=journal, now=now)
        self._protection = protection
        self._shield = Shield(self._standing.hearing.told, protection)
        self._held: dict[Track, _Held] = {}
        self._revisions = Revisions()
        self._log = log.bind(tenant=contact.tenant, contact_id=contact.contact_id)

    async def open(self) -> bool:
        """Read what the contact has; tell whether it was started at all.

        Raises:
            KeyDestroyed: the contact was erased.
            HistoryUnreadable: this version cannot read one of its facts.
            LogUnavailable: no answer.
        """
        reading = self._journal.read(self._contact, lanes=LANES)
        async with aclosing(reading):
            async for recorded in reading:
                _refuse_unreadable(recorded)
                self._standing.take(recorded)
        if self._standing.is_erased:
            raise KeyDestroyed(f"of contact/{self._contact.contact_id}")
        return self._standing.is_started

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected."""
        return self._standing.is_closed or self._standing.is_complete

    def holds(self, read: Read) -> bool:
        """Tell whether a final of a record waits for the words that follow it."""
        held = {one.said.utterance_id for one in self._held.values()}
        return any(isinstance(one, Said) and one.utterance_id in held for one in read.told)

    async def take(self, read: Read, *, arrived_at: datetime) -> list[Outcome]:
        """Tell what a record says, and return what became of each part of it.

        Raises:
            StreamMoved: somebody else wrote to the lane: begin anew, with its facts.
            LogUnavailable: begin anew; what was told is recognised.
            KeyDestroyed: the contact was erased meanwhile.
        """
        outcomes: list[Outcome] = []
        for one in read.told:
            if self._standing.is_complete:
                outcomes.append(self._after_the_end(one))
            elif isinstance(one, Over):
                outcomes.append(await self._close(one))
            else:
                zero_at = arrived_at - timedelta(milliseconds=read.newest_ms or 0)
                outcomes.append(await self._take(one, read.recognizer, zero_at=zero_at))
        return outcomes

    async def settle(self) -> None:
        """Append what was held back: what follows comes too late to bear on it.

        Raises:
            StreamMoved, LogUnavailable, KeyDestroyed: as `take`.
        """
        await self._store(self._shield.settle_all())

    async def _close(self, over: Over) -> Outcome:
        if self._standing.is_closed:
            return "repeated"
        await self.settle()
        if over.failed:
            await self._lane.deafen(FAILED)
        closed = TextStreamClosed(reason="failed" if over.failed else "completed")
        await self._lane.append({f"close-{self._standing.closings + 1}": closed}, rule="closed")
        self._log.info("text_stream_closed", reason=closed.reason)
        return "told"

    def _after_the_end(self, one: Said | Over) -> Outcome:
        known = isinstance(one, Over) or one.utterance_id in self._standing.finals
        return "repeated" if known else "late"

    async def _take(self, said: Said, recognizer: str, *, zero_at: datetime) -> Outcome:
        held = {one.said.utterance_id for one in self._held.values()}
        if said.utterance_id in self._standing.finals | held:
            return "repeated"
        await self._open_lane(recognizer, zero_at=zero_at)
        heard = said.heard
        await self._store(self._shield.settle(heard))
        if not heard.is_final:
            shown = partial_of(
                self._shield.show(heard),
                said.utterance_id,
                contact=self._contact,
                revision=self._revisions.next(said.utterance_id),
            )
            await self._live.publish(self._contact, shown)
            return "shown"
        beside = await self._protection.look_beside(heard.text)
        self._held[heard.track] = _Held(said, recognizer)
        ready = self._shield.take(heard, beside=beside)
        await self._store(ready)
        return "told" if ready else "held"

    async def _open_lane(self, recognizer: str, *, zero_at: datetime) -> None:
        if not self._standing.is_opened:
            opened = TextStreamOpened(recognizer=recognizer, clock_zero_at=zero_at)
            await self._lane.append({"text": opened}, rule="opened")

    async def _store(self, finals: Sequence[Shielded]) -> None:
        for safe in finals:
            held = self._held[safe.final.track]
            await self._note_switch(held.recognizer, at_ms=held.said.heard.started_ms)
            await self._append(safe, held.said.utterance_id, recognizer=held.recognizer)
            del self._held[safe.final.track]

    async def _append(self, safe: Shielded, id_: UtteranceId, *, recognizer: str) -> None:
        facts = facts_of(safe, id_, recognizer=recognizer, audio_upto=START)
        await self._lane.append(facts, rule="final")
        self._revisions.forget(id_)
        self._log.info(
            "utterance_finalized",
            utterance_id=id_,
            words=len(safe.final.words),
            masked=len(safe.masks) + len(safe.personal),
            ended_ms=safe.final.ended_ms,
        )

    async def _note_switch(self, recognizer: str, *, at_ms: int) -> None:
        hearing = self._standing.hearing
        if hearing.recognizer in ("", recognizer):
            return
        switched = RecognizerSwitched(
            previous=hearing.recognizer,
            recognizer=recognizer,
            reason="text_from_elsewhere",
            at_ms=at_ms,
        )
        await self._lane.append({f"session-{hearing.switches + 1}": switched}, rule="switch")


def _refuse_unreadable(recorded: Recorded) -> None:
    if isinstance(recorded.event, Unreadable) and not recorded.event.ignorable:
        raise HistoryUnreadable(
            recorded.contact.contact_id,
            position=recorded.position,
            problem=recorded.event.problem,
        )
