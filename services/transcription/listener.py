"""One contact's transcription: sessions over its audio, finals into its lane."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime

import structlog

from ...errors import RecognizerFailed, Refused
from ...events.audio import AudioBlock, AudioLog, StoredChunk
from ...events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    ContactRef,
    Draft,
    Event,
    Track,
    service_event_id,
)
from ...events.journal import Journal
from ...events.live import Live
from ...events.privacy.protection import Protection
from ...events.speech import RecognizerSwitched, SpeechGap, TranscriptCompleted
from ..following import audio_until
from ..inbox import Inbox
from .hearing import Hearing
from .limits import Limits
from .patience import Patience
from .port import Hypothesis, RecognitionRequest, Recognizer, Recovering
from .session import Session, opened
from .shield import Shield, Shielded
from .telling import facts_of, partial_of
from .trail import Trail

_SERVICE = "transcription"
_UNREAD_MS_MIN = 200  # less missing audio than this holds no word

log = structlog.get_logger()


class Listener:
    """Transcribes one contact, from where its facts say that it was left."""

    def __init__(
        self,
        contact: ContactRef,
        hearing: Hearing,
        *,
        journal: Journal,
        audio: AudioLog,
        live: Live,
        recognizer: Recognizer,
        vocabulary: tuple[str, ...],
        protection: Protection,
        limits: Limits,
        now: Callable[[], datetime],
    ) -> None:
        self._contact = contact
        self._hearing = hearing
        self._journal = journal
        self._audio = audio
        self._live = live
        self._recognizer = recognizer
        self._vocabulary = vocabulary
        self._limits = limits
        self._now = now
        self._changed = asyncio.Event()
        self._recognized_by = ""  # in the session that is open
        self._resumed_after = hearing.resume_after  # where that one began
        self._late = False  # media did not close the audio in time
        self._gave_up = False
        self._revisions: dict[Track, int] = dict.fromkeys(TRACKS, 0)  # of the open utterance
        self._protection = protection
        self._shield = Shield(hearing.told, protection)
        self._log = log.bind(tenant=contact.tenant, contact_id=contact.contact_id)

    async def attend(self, inbox: Inbox) -> None:
        """Fold newer facts as they come. Own ones were folded when they were appended."""
        async for recorded in inbox:
            if recorded.lane != "speech":
                self._hearing.take(recorded)
                self._changed.set()

    async def keep_deadline(self) -> None:
        """Once the contact is over, give media its time to close the audio, and no more."""
        await self._until(lambda: self._hearing.contact_over)
        await asyncio.sleep(self._limits.close_deadline_s)
        if not self._hearing.stretch_over:
            self._log.warning("audio_not_closed", waited_s=self._limits.close_deadline_s)
        self._late = True
        self._changed.set()

    async def transcribe(self) -> None:
        """Hear stretch after stretch of audio; return when the transcript is complete."""
        drained: frozenset[int] = frozenset()
        while True:
            await self._until(
                lambda known=drained: bool(self._hearing.opened - known) or self._all_over
            )
            if self._hearing.opened - drained and self._hearing.deaf_because is None:
                drained = await self._hear_stretch()
            elif self._all_over:
                await self._complete()
                return
            else:
                drained = self._hearing.opened

    @property
    def _stretch_over(self) -> bool:
        return self._hearing.stretch_over or self._late

    @property
    def _all_over(self) -> bool:
        return self._stretch_over and self._hearing.contact_over

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()

    async def _hear_stretch(self) -> frozenset[int]:
        """Hear until the streams are closed and drained, in as many sessions as it takes.

        Returns:
            The media streams that were heard to their end.
        """
        patience, lost_by = Patience(self._limits, now=asyncio.get_running_loop().time), ""
        while True:
            before = dict(self._hearing.closed_ms)
            fed_ms: dict[Track, int] = {}
            try:
                return await self._hear_once(fed_ms, lost_by=lost_by, deaths=patience.deaths)
            except RecognizerFailed as failure:
                is_news = bool(fed_ms) or failure.reason != lost_by
                lost_by = failure.reason
            except Refused as refusal:
                # An erased person, a language nobody here knows: trying again cannot help.
                await self._deafen(refusal.code)
                return self._hearing.opened
            got_on = self._hearing.closed_ms != before
            patience.lost(got_on=got_on, was_fed=bool(fed_ms))
            if is_news:  # in an outage every call asks anew, twice a second
                self._log.warning("recognizer_session_lost", reason=lost_by, deaths=patience.deaths)
            if fed_ms and patience.is_audio_hopeless:
                patience.give_up()
                await self._give_up(fed_ms, reason=lost_by)
            elif self._stretch_over and patience.is_nobody_there:
                # Until then the audio waits in its stream, and nothing is lost yet.
                self._gave_up = True
                await self._deafen(lost_by)
                return self._hearing.opened
            await self._pause(patience.pause_s)

    async def _pause(self, seconds: float) -> None:
        if isinstance(self._recognizer, Recovering):
            await self._recognizer.until_worth_asking(within_s=seconds)
        else:
            await asyncio.sleep(seconds)

    async def _hear_once(
        self, fed_ms: dict[Track, int], *, lost_by: str, deaths: int
    ) -> frozenset[int]:
        """Run one session to the end of the stretch; `fed_ms` tells what it was given."""
        request = RecognitionRequest(
            contact=self._contact,
            language=self._hearing.language,
            vocabulary=self._vocabulary,
            deaths=deaths,
        )
        async with opened(self._recognizer, request, within_s=self._limits.open_s) as recognition:
            self._recognized_by = recognition.name
            await self._note_switch(lost_by)
            self._resumed_after = self._hearing.resume_after
            trail = Trail(self._resumed_after)
            session = Session(
                recognition,
                closed_ms=self._hearing.closed_ms,
                fed_ms=fed_ms,
                trail=trail,
                stalled_s=self._limits.stalled_s,
            )
            heard: list[frozenset[int]] = []

            async def react(hypothesis: Hypothesis) -> None:
                await self._take(hypothesis, trail)

            try:
                await session.run(self._chunks(heard), react, began=self._note_expired)
            except RecognizerFailed:
                await self._store(self._shield.settle_all(), trail)
                raise
            await self._store(self._shield.settle_all(), trail)
        await self._note_unread(fed_ms)
        return heard[0]

    def _chunks(self, heard: list[frozenset[int]]) -> AsyncGenerator[StoredChunk]:
        """Yield audio from where finals end until the stretch is over; then note its streams."""

        async def over() -> None:
            await self._until(lambda: self._stretch_over)
            heard.append(self._hearing.opened)

        return audio_until(over, self._audio, self._contact, after=self._resumed_after)

    async def _take(self, hypothesis: Hypothesis, trail: Trail) -> None:
        await self._store(self._shield.settle(hypothesis), trail)
        track = hypothesis.track
        if hypothesis.ended_ms <= self._hearing.closed_ms[track]:
            return  # heard again after a restart, and final already
        if not hypothesis.is_final:
            if hypothesis.text:
                await self._publish(self._shield.show(hypothesis))
            return
        if hypothesis.text:
            self._revisions[track] = 0
            beside = await self._protection.look_beside(hypothesis.text)
            await self._store(self._shield.take(hypothesis, beside=beside), trail)
            if self._shield.holds(track):
                return  # closed when it is stored
        else:
            await self._publish(hypothesis)  # what was shown was nothing after all
        self._hearing.close(track, hypothesis.ended_ms)

    async def _store(self, finals: Sequence[Shielded], trail: Trail) -> None:
        for safe in finals:
            await self._finalize(safe, trail)

    async def _publish(self, hypothesis: Hypothesis) -> None:
        track = hypothesis.track
        if not (hypothesis.text or self._revisions[track]):
            return  # nothing was shown, so there is nothing to take back
        self._revisions[track] += 1
        utterance_id = self._hearing.next_utterance(track)
        partial = partial_of(
            hypothesis, utterance_id, contact=self._contact, revision=self._revisions[track]
        )
        await self._live.publish(self._contact, partial)

    async def _finalize(self, safe: Shielded, trail: Trail) -> None:
        hypothesis, track = safe.final, safe.final.track
        utterance_id = self._hearing.next_utterance(track)
        closed_ms: dict[Track, int] = {**self._hearing.closed_ms, track: hypothesis.ended_ms}
        facts = facts_of(
            safe,
            utterance_id,
            recognizer=self._recognized_by,
            audio_upto=trail.closed(closed_ms),
        )
        await self._append(facts, rule="final")
        self._log.info(
            "utterance_finalized",
            utterance_id=utterance_id,
            words=len(hypothesis.words),
            masked=len(safe.masks) + len(safe.personal),
            ended_ms=hypothesis.ended_ms,
        )

    async def _note_switch(self, lost_by: str) -> None:
        previous = self._hearing.recognizer or self._recognized_by
        if not lost_by and previous == self._recognized_by:
            return
        switched = RecognizerSwitched(
            previous=previous,
            recognizer=self._recognized_by,
            reason=lost_by or "restarted",
            at_ms=min(self._hearing.closed_ms.values()),
        )
        await self._append({f"session-{self._hearing.switches + 1}": switched}, rule="switch")

    async def _give_up(self, fed_ms: dict[Track, int], *, reason: str) -> None:
        """Go on after audio that several sessions died on."""
        for track, until_ms in fed_ms.items():
            if until_ms > self._hearing.closed_ms[track]:
                await self._note_gap(track, self._hearing.closed_ms[track], until_ms, reason)

    async def _deafen(self, reason: str) -> None:
        """Record that nothing further of this contact can be heard."""
        closed_ms = self._hearing.closed_ms
        gaps = [
            SpeechGap(track=track, from_ms=closed_ms[track], until_ms=None, reason=reason)
            for track in TRACKS
        ]
        await self._append({f"{gap.track}-{gap.from_ms}": gap for gap in gaps}, rule="gap")
        self._log.warning("contact_not_heard_further", reason=reason)

    async def _note_expired(self, block: AudioBlock) -> None:
        """Record audio before a track's first block that was received and is no longer kept."""
        after_ms = self._hearing.closed_ms[block.track]
        first_ms = block.first_sample // SAMPLES_PER_MS
        await self._note_missing(block.track, after_ms=after_ms, until_ms=first_ms)

    async def _note_unread(self, fed_ms: dict[Track, int]) -> None:
        """Record audio after a track's last block that was received and is no longer kept."""
        for track in TRACKS:
            after_ms = max(fed_ms.get(track, 0), self._hearing.closed_ms[track])
            await self._note_missing(track, after_ms=after_ms, until_ms=None)

    async def _note_missing(self, track: Track, *, after_ms: int, until_ms: int | None) -> None:
        missing = self._hearing.unread(track, after_ms=after_ms, until_ms=until_ms)
        if missing is None or missing[1] - missing[0] < _UNREAD_MS_MIN:
            return
        after = self._resumed_after
        if after != START and await self._audio.is_whole(self._contact.tenant, after=after):
            return  # it was heard before: no fact says so of a track that said nothing
        await self._note_gap(track, missing[0], missing[1], "audio_expired")

    async def _note_gap(
        self, track: Track, from_ms: int, until_ms: int | None, reason: str
    ) -> None:
        gap = SpeechGap(track=track, from_ms=from_ms, until_ms=until_ms, reason=reason)
        await self._append({f"{track}-{from_ms}": gap}, rule="gap")
        self._log.warning("speech_gap", track=track, from_ms=from_ms, reason=reason)

    async def _complete(self) -> None:
        hearing = self._hearing
        if not hearing.opened:
            reason = "no_audio"
        elif self._gave_up or not hearing.stretch_over:
            reason = "deadline"
        else:
            reason = "drained"
        completed = TranscriptCompleted(utterances=hearing.utterances, reason=reason)
        await self._append({"end": completed}, rule="completed")
        self._log.info("transcript_completed", utterances=hearing.utterances, reason=reason)

    async def _append(self, events: Mapping[str, Event], *, rule: str) -> None:
        """Append events, by their cause, to the lane nobody else may have written to meanwhile.

        Raises:
            StreamMoved: somebody did.
        """
        drafts = [
            Draft(
                event=event,
                id=service_event_id(_SERVICE, self._contact, cause, rule),
                occurred_at=self._now(),
                actor=f"service:{_SERVICE}",
                correlation=self._hearing.correlation,
                causation=self._hearing.cause,
            )
            for cause, event in events.items()
        ]
        position = await self._journal.append(
            self._contact, drafts, expected=self._hearing.lane_end
        )
        for event in events.values():
            self._hearing.take_own(event, position=position)
