"""A call that is heard, recorded and redacted as every other is, in memory and in a directory."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...events.audio import AudioBlock, AudioChunk, AudioLog
from ...events.base import (
    SAMPLE_RATE_HZ,
    START,
    TRACKS,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    Position,
    Recorded,
    TenantName,
    Track,
)
from ...events.contact import ContactEnded, ContactStarted
from ...events.journal import Journal
from ...events.media import AudioReceived, AudioStreamClosed, AudioStreamOpened, TrackSpan
from ...events.recording import RecordingStored
from ...events.redaction import AudioSpan, Cover
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized
from ...events.subjects import audio_stream, facts_stream
from ...services.inbox import ContactInbox
from ...services.lanes import Service
from ...services.recording.service import Recording
from ...services.recording.standing import CONSENT_ATTRIBUTE
from ...services.redaction.port import SpeechFinder
from ...services.redaction.redactor import Redactor
from ...services.redaction.spans import SpeechStretch, heard_in, plan, widen_ms_of
from ...services.transcription.port import Recognizer
from ...services.transcription.service import Transcription
from ..memory_keys import MemoryKeys
from ..memory_live import MemoryLive
from ..memory_log import MemoryLog
from ..object_store.directory import DirectoryStore

Samples = NDArray[np.int16]  # a column a track

_TENANT = TenantName("evaluation")
_INSTANCE = "arn:aws:connect:eu-central-1:000000000000:instance/evaluation"
_STREAM = "arn:aws:kinesisvideo:eu-central-1:000000000000:stream/evaluation/1"
_CHUNK_SAMPLES = SAMPLE_RATE_HZ  # as media stores them, about


class Redacted(Struct, frozen=True, kw_only=True):
    """What became of a call."""

    text: dict[Track, str]  # as its transcript has it
    speech: tuple[SpeechStretch, ...]
    spans: tuple[AudioSpan, ...]
    samples: dict[Track, Samples]  # of the redacted recording
    duration_ms: int
    taken_s: float  # of this thread and its helpers: to find speech, to plan and to redact


async def redacted(
    samples: Samples,
    *,
    recognizer: Recognizer,
    finder: SpeechFinder,
    directory: Path,
    cover: Cover = "beep",
) -> Redacted:
    """Play a call to transcription and recording, and make the first attempt to redact it."""
    call = _Call(directory)
    await call.play(samples)
    for service in _services(call, recognizer):
        await call.served_by(service)
    facts = [one async for one in call.journal.read(call.contact, lanes=("speech", "recording"))]
    recording = next(one.event for one in facts if isinstance(one.event, RecordingStored))
    began = time.process_time()
    redactor = Redactor(call.store, call.keys, finder)
    speech = await redactor.speech(call.contact, recording)
    spans = plan(
        heard_in(facts),
        speech,
        widen_ms=widen_ms_of(1),
        duration_ms=recording.duration_ms,
    )
    audio = await redactor.redact(call.contact, recording, spans, cover=cover, round_=1, attempt=1)
    taken_s = time.process_time() - began
    return Redacted(
        text={track: _text(facts, track) for track in TRACKS},
        speech=speech,
        spans=spans,
        samples=dict(await redactor.samples(call.contact, audio)),
        duration_ms=recording.duration_ms,
        taken_s=taken_s,
    )


def _services(call: "_Call", recognizer: Recognizer) -> tuple[Service, Service]:
    return (
        Transcription(
            journal=call.journal,
            audio=call.audio,
            live=MemoryLive(),
            recognizer=recognizer,
            now=_now,
        ),
        Recording(
            journal=call.journal, audio=call.audio, store=call.store, keys=call.keys, now=_now
        ),
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _text(facts: list[Recorded], track: Track) -> str:
    finals = (one.event for one in facts if isinstance(one.event, UtteranceFinalized))
    return " ".join(one.text.reveal() for one in finals if one.track == track)


class _Call:
    """One contact on a log of its own."""

    def __init__(self, directory: Path) -> None:
        self.contact = ContactRef(_TENANT, ContactId(uuid.uuid4().hex))
        self.keys = MemoryKeys()
        self.store = DirectoryStore(directory)
        self._log = MemoryLog()
        self.journal = Journal(self._log, self.keys)
        self.audio = AudioLog(self._log, self.keys)

    async def play(self, samples: Samples) -> None:
        """Tell of a call with this audio, from its beginning to its end."""
        for stream in (facts_stream(_TENANT), audio_stream(_TENANT)):
            await self._log.create(stream)
        began = _now()
        started = ContactStarted(
            instance_arn=_INSTANCE,
            initial_contact_id=self.contact.contact_id,
            attributes={CONSENT_ATTRIBUTE: Sealed("yes")},
        )
        opened = AudioStreamOpened(stream=1, stream_arn=_STREAM, clock_zero_at=began)
        await self._tell(started)
        upto = await self._played(samples)
        received = AudioReceived(
            stream=1,
            first_fragment="1",
            last_fragment="1",
            spans=tuple(_span(track, len(samples)) for track in TRACKS),
            audio_after=START,
            audio_upto=upto,
        )
        closed = AudioStreamClosed(
            stream=1,
            reason="contact_ended",
            ended_ms=1_000 * len(samples) // SAMPLE_RATE_HZ,
            audio_upto=upto,
        )
        await self._tell(opened, received, closed)
        await self._tell(ContactEnded(ended_at=_now()))

    async def served_by(self, service: Service) -> None:
        """Let a service care for the contact until it has nothing left to do."""
        inbox = ContactInbox(self.contact, self.journal, service.lanes)
        await inbox.open(reach=START)
        await service.care(self.contact, inbox)

    async def _played(self, samples: Samples) -> Position:
        end = START
        for at in range(0, len(samples), _CHUNK_SAMPLES):
            blocks = tuple(
                AudioBlock(
                    track=track,
                    fragment="1",
                    ordinal=column,
                    first_sample=at,
                    samples=samples[at : at + _CHUNK_SAMPLES, column].astype("<i2").tobytes(),
                )
                for column, track in enumerate(TRACKS)
            )
            chunk = AudioChunk(stream=1, resume_after=None, blocks=blocks)
            end = await self.audio.append(self.contact, chunk, id=f"{at}", expected=end)
        return end

    async def _tell(self, *events: Event) -> None:
        for event in events:
            draft = Draft(
                event=event,
                id=EventId(uuid.uuid4().hex),
                occurred_at=_now(),
                actor="machine",
                correlation=self.contact.contact_id,
            )
            end = await self.journal.lane_end(self.contact, event.LANE)
            await self.journal.append(self.contact, [draft], expected=end)


def _span(track: Track, sample_count: int) -> TrackSpan:
    return TrackSpan(
        track=track,
        first_sample=0,
        end_sample=sample_count,
        sample_count=sample_count,
        sha256="0" * 2 * 32,
    )
