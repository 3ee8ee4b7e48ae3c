"""A contact on an in-memory log: its media plays here, transcription listens to it."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from datetime import UTC, datetime

import numpy as np
from antiphon.events.audio import AudioBlock, AudioChunk
from antiphon.events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    Event,
    Track,
)
from antiphon.events.live import UtterancePartial
from antiphon.events.media import TrackSpan
from antiphon.events.privacy.protection import ProtectionOf, everything
from antiphon.events.speech import SpeechGap, TranscriptCompleted, UtteranceFinalized
from antiphon.infra.memory_live import MemoryLive
from antiphon.services.transcription.limits import Limits
from antiphon.services.transcription.port import Recognizer
from antiphon.services.transcription.service import Transcription

from ...builders import (
    CONTACT,
    audio_received,
    audio_stream_closed,
    audio_stream_opened,
    contact_ended,
    contact_started,
    track_span,
)
from ..contact_stage import WAIT_S, ContactStage, meanwhile
from .scripted import Samples, speech

BLOCK_MS = 64

CUSTOMER = speech(6_000, at_1000=(1, 2, 3), at_3500=(4, 5))
AGENT = speech(6_000, at_2200=(11, 12), at_4800=(13,))
BOTH: dict[Track, Samples] = {"from_customer": CUSTOMER, "to_customer": AGENT}

# In the order in which turns end.
SPOKEN = [
    ("from_customer-1", "w1 w2 w3", 1_000, 1_600),
    ("to_customer-1", "w11 w12", 2_200, 2_600),
    ("from_customer-2", "w4 w5", 3_500, 3_900),
    ("to_customer-2", "w13", 4_800, 5_000),
]

QUICK = Limits(
    open_s=5.0,
    stalled_s=0.2,
    retry_first_s=0.01,
    retry_longest_s=0.02,
    close_deadline_s=0.05,
    hopeless_s=0.0,
    unreachable_s=0.05,
)
PATIENT = Limits(
    stalled_s=5.0,
    retry_first_s=0.01,
    retry_longest_s=0.02,
    close_deadline_s=30.0,
    hopeless_s=0.0,
)


class Stage(ContactStage):
    def __init__(self) -> None:
        super().__init__(lane="speech", lanes=Transcription.lanes)
        self.live = MemoryLive()

    async def opened(self, stream: int = 1) -> None:
        await self.tell(audio_stream_opened(stream=stream))

    async def play(
        self,
        tracks: Mapping[Track, Samples],
        *,
        stream: int = 1,
        from_ms: int = 0,
        lost_before_ms: int = 0,
    ) -> None:
        """Store audio that begins at `from_ms`, block by block, and then the fact of it.

        Audio before `lost_before_ms` is told of and not stored, as if it had expired.
        """
        after = self.audio_end
        length = max(samples.size for samples in tracks.values())
        for at in range(0, length, BLOCK_MS * SAMPLES_PER_MS):
            if from_ms * SAMPLES_PER_MS + at < lost_before_ms * SAMPLES_PER_MS:
                continue
            blocks = tuple(
                _block(track, tracks[track], at, first=from_ms * SAMPLES_PER_MS, number=number)
                for number, track in enumerate(TRACKS)
                if track in tracks and at < tracks[track].size
            )
            chunk = AudioChunk(stream=stream, resume_after=None, blocks=blocks)
            self.audio_end = await self.audio.append(
                CONTACT, chunk, id=f"{stream}-{from_ms}-{at}", expected=self.audio_end
            )
        spans = tuple(
            _span(track, tracks[track], first=from_ms * SAMPLES_PER_MS)
            for track in TRACKS
            if track in tracks
        )
        await self.tell(
            audio_received(stream=stream, spans=spans, audio_after=after, audio_upto=self.audio_end)
        )

    async def closed(self, stream: int = 1, *, reason: str = "contact_ended") -> None:
        await self.tell(
            audio_stream_closed(stream=stream, reason=reason, audio_upto=self.audio_end)
        )

    async def care(
        self,
        recognizer: Recognizer,
        *,
        limits: Limits = QUICK,
        vocabulary: Sequence[str] = (),
        protection: ProtectionOf = everything,
    ) -> None:
        """Let a new instance of the service care for the contact, as after a restart."""
        service = Transcription(
            journal=self.journal,
            audio=self.audio,
            live=self.live,
            recognizer=recognizer,
            vocabulary=lambda _: vocabulary,
            protection=protection,
            limits=limits,
            now=lambda: datetime.now(UTC),
        )
        async with asyncio.timeout(WAIT_S):
            await service.care(CONTACT, await self.inbox())

    def caring(
        self, recognizer: Recognizer, *, limits: Limits = QUICK
    ) -> AbstractAsyncContextManager["asyncio.Task[None]"]:
        """Let the service care for the contact while something else happens."""
        return meanwhile(self.care(recognizer, limits=limits))

    async def speech(self) -> list[Event]:
        return [recorded.event for recorded in await self.facts()]

    async def until(self, condition: Callable[[list[Event]], bool]) -> None:
        """Wait until lane `speech` is as asked."""
        async with asyncio.timeout(WAIT_S), aclosing(self.newer(START)) as facts:
            events: list[Event] = []
            while not condition(events):
                recorded = await anext(facts)
                if recorded.lane == "speech":
                    events.append(recorded.event)


class Partials(list[UtterancePartial]):
    """What was published live, growing while a test looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self._grown = asyncio.Event()

    def add(self, partial: UtterancePartial) -> None:
        self.append(partial)
        self._grown.set()

    async def some(self) -> None:
        """Wait for the first."""
        await self._grown.wait()


@asynccontextmanager
async def listening_live(stage: Stage) -> AsyncGenerator[Partials]:
    """Collect what is published live."""
    partials = Partials()

    async def collect() -> None:
        async for partial in stage.live.subscribe(CONTACT.tenant):
            partials.add(partial)

    task = asyncio.ensure_future(collect())
    await asyncio.sleep(0)
    try:
        yield partials
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def new_stage() -> Stage:
    stage = Stage()
    await stage.created()
    return stage


async def finished_call() -> Stage:
    """A call that was recorded whole before anybody listened."""
    return await call_over(BOTH)


async def call_over(tracks: Mapping[Track, Samples], *, lost_before_ms: int = 0) -> Stage:
    """The same of other audio; see `play` for what is lost."""
    stage = await new_stage()
    await stage.tell(contact_started())
    await stage.opened()
    await stage.play(tracks, lost_before_ms=lost_before_ms)
    await stage.tell(contact_ended())
    await stage.closed()
    return stage


def said(events: Sequence[Event]) -> list[tuple[str, str, int, int]]:
    """Return id, text, start and end of the finals."""
    return [
        (event.utterance_id, event.text.reveal(), event.started_ms, event.ended_ms)
        for event in events
        if isinstance(event, UtteranceFinalized)
    ]


def gaps(events: Sequence[Event]) -> list[tuple[Track, int, int | None, str]]:
    return [
        (event.track, event.from_ms, event.until_ms, event.reason)
        for event in events
        if isinstance(event, SpeechGap)
    ]


def completion(events: Sequence[Event]) -> tuple[int, str]:
    """Return how many utterances and why, of the one completion that must end the lane."""
    (completed,) = [event for event in events if isinstance(event, TranscriptCompleted)]
    assert events[-1] is completed, "nothing follows the completion"
    return completed.utterances, completed.reason


def _block(track: Track, samples: Samples, at: int, *, first: int, number: int) -> AudioBlock:
    piece = samples[at : at + BLOCK_MS * SAMPLES_PER_MS].astype("<i2")
    return AudioBlock(
        track=track, fragment="1", ordinal=number, first_sample=first + at, samples=piece.tobytes()
    )


def _span(track: Track, samples: Samples, *, first: int) -> TrackSpan:
    return track_span(
        track=track,
        first_sample=first,
        end_sample=first + samples.size,
        sample_count=samples.size,
        sha256=hashlib.sha256(np.asarray(samples, "<i2").tobytes()).hexdigest(),
    )
