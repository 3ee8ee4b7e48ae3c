"""One contact's recording: its audio into parts, the parts into one object, facts of each."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Literal

import structlog

from ...errors import ArchiveUnavailable
from ...events.audio import AudioLog, StoredChunk
from ...events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    Causation,
    ContactRef,
    Draft,
    Event,
    service_event_id,
)
from ...events.journal import Journal
from ...events.recording import RecordedTrack, RecordingFailed, RecordingStored
from ..following import audio_until
from ..inbox import Inbox
from ..sealed_recording import PART_SAMPLES
from .limits import Limits
from .reel import Part, Reel
from .repair import cut_anew, touched
from .spool import Spool
from .standing import Standing, by_track

SERVICE = "recording"

log = structlog.get_logger()


class Recorder:
    """Records one contact, from where its facts say that it was left."""

    def __init__(
        self,
        contact: ContactRef,
        standing: Standing,
        *,
        journal: Journal,
        audio: AudioLog,
        spool: Spool,
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._standing = standing
        self._journal = journal
        self._audio = audio
        self._spool = spool
        self._limits = limits
        self._now = now
        self._late = False  # media did not close the audio in time
        self._changed = asyncio.Event()
        self._appending = asyncio.Lock()  # answers are stated while a part is being stored
        self._log = log.bind(tenant=contact.tenant, contact_id=contact.contact_id)

    async def attend(self, inbox: Inbox) -> None:
        """Fold newer facts as they come, and state what they say of consent."""
        async for recorded in inbox:
            if recorded.lane != "recording":
                self._standing.take(recorded)
                await self.state_answers()
                self._changed.set()

    async def keep_deadline(self) -> None:
        """Once the contact is over, give media its time to close the audio, and no more."""
        await self._until(lambda: self._standing.ended)
        await asyncio.sleep(self._limits.close_deadline_s)
        self._late = True
        self._changed.set()

    async def state_answers(self) -> None:
        """Append whether the contact may be recorded, wherever that was said and not stated."""
        async with self._appending:
            while (unstated := self._standing.unstated) is not None:
                answer, cause = unstated
                await self._append(answer, name=f"answer-{cause.event_id}", cause=cause)
                self._log.info("recording_answered", answer=answer.TYPE)

    async def record(self) -> None:
        """Return when the recording is stored, or will never be, or nobody consented to one."""
        await self._until(lambda: self._standing.consented or self._over)
        # Nothing is cut before it is known when the audio began, and so what was consented to.
        await self._until(lambda: self._standing.audio_begun or self._over)
        if not self._standing.consented:
            return
        try:
            if self._standing.stored is None:
                await self._store_parts()
                await self._store_found()
                await self._store_whole()
            # What came to light meanwhile, or after the recording was stored.
            await self._store_found()
            if self._standing.is_behind and not self._standing.failed:
                await self._store_whole()
        except ArchiveUnavailable:
            if self._standing.stored is not None:
                raise  # there is a recording, and the house tries again to make it better
            await self._fail("store_unavailable")

    @property
    def _over(self) -> bool:
        return self._standing.audio_over or (self._standing.ended and self._late)

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _store_parts(self) -> None:
        parts = self._standing.parts
        if parts and parts[-1].sample_count < PART_SAMPLES:
            return  # only the last one is short
        reel = Reel(part=len(parts), audio_upto=parts[-1].audio_upto if parts else START)
        async with aclosing(self._chunks()) as chunks:
            async for stored in chunks:
                for part in reel.take(stored):
                    await self._store_part(part)
        for part in reel.rest():
            await self._store_part(part)

    async def _store_found(self) -> None:
        """Store anew the parts that hold what was found after the contact, and are without it."""
        found, standing = self._standing.found, self._standing
        if found is None or standing.failed:
            return
        for stretch in touched(standing.parts, found):
            part = await cut_anew(
                stretch, standing.parts, found, contact=self._contact, audio=self._audio
            )
            if part is None:
                self._log.warning("recording_not_repaired", first_sample=stretch.start)
                return  # too late: those that follow may reach back into this one
            await self._store_part(part, repaired=True)

    async def _store_part(self, part: Part, *, repaired: bool = False) -> None:
        first = part.first_sample
        for start, stop in self._standing.refused(first=first, end=first + len(part.samples)):
            part.samples[start - first : stop - first] = 0
        fact = await self._spool.put(part, repaired=repaired)
        async with self._appending:
            # By its key: the log takes a second fact of one id for a repeat, and what another
            # process put is none.
            await self._append(fact, name=fact.key, cause=self._standing.cause)

    async def _store_whole(self) -> None:
        parts = self._standing.parts
        if not any(sum(part.heard) for part in parts):
            await self._fail("no_audio")
            return
        whole = await self._spool.assemble(self._standing.kept)
        sample_count = sum(part.sample_count for part in parts)
        heard = by_track(part.heard for part in parts)
        repaired = by_track(part.repaired or (0,) * len(TRACKS) for part in parts)
        stored = RecordingStored(
            key=whole.key,
            codec="flac",
            duration_ms=sample_count // SAMPLES_PER_MS,
            size=whole.size,
            sha256=whole.sha256,
            parts=len(parts),
            index_at=whole.index_at,
            tracks=tuple(
                RecordedTrack(
                    track=track,
                    sample_count=sample_count,
                    heard=heard[track],
                    lost=max(0, self._standing.received[track] + repaired[track] - heard[track]),
                    repaired=repaired[track],
                )
                for track in TRACKS
            ),
            repaired=any(part.repaired is not None for part in parts),
            holder=whole.holder,
        )
        async with self._appending:
            await self._append(stored, name=stored.key, cause=self._standing.cause)
        self._log.info("recording_stored", duration_ms=stored.duration_ms, size=stored.size)
        await self._spool.sweep(keep=stored.key)

    async def _fail(self, reason: Literal["no_audio", "store_unavailable"]) -> None:
        failed = RecordingFailed(reason=reason, parts=len(self._standing.parts))
        async with self._appending:
            await self._append(failed, name="failed", cause=self._standing.cause)
        self._log.warning("recording_failed", reason=reason)

    def _chunks(self) -> AsyncGenerator[StoredChunk]:
        """Yield audio from where parts end until it is over, then what is left of it."""
        parts = self._standing.parts
        after = parts[-1].audio_upto if parts else START
        return audio_until(
            lambda: self._until(lambda: self._over), self._audio, self._contact, after=after
        )

    async def _append(self, event: Event, *, name: str, cause: Causation | None) -> None:
        """Append to the lane that nobody else may have written to meanwhile.

        Raises:
            StreamMoved: somebody did.
        """
        draft = Draft(
            event=event,
            id=service_event_id(SERVICE, self._contact, name, event.TYPE),
            occurred_at=self._now(),
            actor=f"service:{SERVICE}",
            correlation=self._standing.correlation or self._contact.contact_id,
            causation=cause,
        )
        position = await self._journal.append(
            self._contact, [draft], expected=self._standing.lane_end
        )
        self._standing.take_own(event, position=position)
