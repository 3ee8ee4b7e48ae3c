"""From hang-up to verified, of a call of one minute with two people, by the embedded driver.

With the real models: voices found, the recording covered, stored, read back, looked at sample by
sample, heard again by Whisper base, its words and the transcript's looked through. Beside it what
the second model alone takes on the same windows, by its library, with nothing around it.
"""

import asyncio
import json
import tempfile
import time
import wave
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import ctranslate2  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
import soxr  # pyright: ignore[reportMissingTypeStubs]
import tokenizers

from ...commands.erasure_ports import NoHolds
from ...commands.expiry import Expirer
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
    TenantName,
    UtteranceId,
)
from ...events.contact import ContactEnded, ContactStarted
from ...events.journal import Journal
from ...events.quarantine import Quarantine, evolve
from ...events.recording import RecordedTrack, RecordingConsented, RecordingStored
from ...events.register import Register
from ...events.sealed import Sealed
from ...events.speech import TranscriptCompleted, UtteranceFinalized, WordTime
from ...events.subjects import configuration_stream, facts_stream
from ...services.flac import Samples
from ...services.recording.limits import Limits
from ...services.recording.reel import Part
from ...services.recording.spool import Spool
from ...services.recording.standing import Kept
from ...services.redaction.activities import LANES, Activities
from ...services.redaction.originals import Originals
from ...services.redaction.redactor import Redactor
from ...services.redaction.verifying import Verifier
from ...services.redaction.workflow import Embedded
from ...services.sealed_recording import PART_SAMPLES
from ...services.transcription.whisper.mel import log_mel
from ..listening_windows import windows_of
from ..memory_keys import MemoryKeys
from ..memory_log import MemoryLog
from ..object_store.directory import DirectoryStore
from ..second_listener import WhisperBase
from ..second_weights import loaded
from ..speech_finder import Silero
from .rows import Row

CALL_S = 60
AIM_S = 30.0
_CALL = Path(__file__).parents[1] / "simulator" / "calls" / "internet_down"
_CONTACT = ContactRef(TenantName("bench"), ContactId("verifying"))
_MODEL_RATE_HZ = 16_000
_WINDOW_FRAMES = 3_000
_MELS = 80
_FULL_SCALE = np.float32(32_768)
_TOKENS_MAX = 224


def run() -> list[Row]:
    """Return how long it took, and the second recogniser's own time beside."""
    samples = _minute()
    took_s, verified = asyncio.run(_verified_s(samples))
    bare_s = _bare_s(samples)
    return [
        Row(
            what="hang-up to verified, a call of one minute",
            value=took_s,
            unit="s",
            beside=f"bare ctranslate2 on the same audio {bare_s:.1f} s",
            aim=f"under {AIM_S:g} s",
            met=verified and took_s < AIM_S,
        ),
        Row(
            what="the same as a real-time factor, of the call",
            value=took_s / CALL_S,
            unit="s/s",
            beside=f"bare ctranslate2 {bare_s / CALL_S:.2f}",
        ),
    ]


def _minute() -> Samples:
    with wave.open(str(_CALL.with_suffix(".wav"))) as file:
        frames = file.readframes(file.getnframes())
    call = np.frombuffer(frames, "<i2").reshape(-1, len(TRACKS))
    return np.resize(call, (CALL_S * SAMPLE_RATE_HZ, len(TRACKS))).astype(np.int16)


async def _verified_s(samples: Samples) -> tuple[float, bool]:
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        log, keys, store = MemoryLog(), MemoryKeys(), DirectoryStore(Path(directory))
        for stream in (facts_stream(_CONTACT.tenant), configuration_stream(_CONTACT.tenant)):
            await log.create(stream)
        journal, register = Journal(log, keys), Register(log, keys)
        for event in (*_told(), await _stored(samples, store, keys)):
            await _append(journal, event)
        listener, finder = WhisperBase(), Silero()
        stack.push_async_callback(listener.aclose)
        redactor = Redactor(store, keys, finder)
        expirer = Expirer(
            journal=journal, register=register, keys=keys, forget_copies=_no_copies, now=_now
        )
        activities = Activities(
            journal=journal,
            redactor=redactor,
            verifier=Verifier(listener, finder),
            policies=_no_policy,
            originals=Originals(redactor=redactor, expirer=expirer, holds=NoHolds()),
            now=_now,
        )
        began = time.monotonic()
        await Embedded(activities).carry(_CONTACT, 1)
        took_s = time.monotonic() - began
        known = Quarantine()
        async for fact in journal.read(_CONTACT, lanes=LANES):
            known = evolve(known, fact)
        return took_s, known.state == "verified"


async def _no_policy(_tenant: TenantName) -> None:
    return None


async def _no_copies(_tenant: TenantName) -> None:
    """There are no read models here."""


def _now() -> datetime:
    return datetime.now(UTC)


async def _append(journal: Journal, event: Event) -> None:
    end: Position = await journal.lane_end(_CONTACT, event.LANE)
    draft = Draft(
        event=event,
        id=EventId(f"bench-{event.LANE}-{end}"),
        occurred_at=datetime.now(UTC),
        actor="bench",
        correlation=_CONTACT.contact_id,
    )
    await journal.append(_CONTACT, [draft], expected=end)


def _told() -> Iterator[Event]:
    yield ContactStarted(instance_arn="arn:bench", initial_contact_id=_CONTACT.contact_id)
    yield RecordingConsented(attribute="bench", said_at=None)
    call = json.loads(_CALL.with_suffix(".json").read_text())
    for again_ms in (0, call["duration_ms"]):
        for number, turn in enumerate(call["turns"]):
            if again_ms + turn["ended_ms"] < CALL_S * 1_000:
                yield _final(turn, number, again_ms)
    yield ContactEnded(ended_at=datetime.now(UTC), reason="bench")
    yield TranscriptCompleted(utterances=len(call["turns"]), reason="drained")


def _final(turn: dict[str, Any], number: int, again_ms: int) -> UtteranceFinalized:
    words = turn["text"].split()
    started_ms, ended_ms = again_ms + turn["started_ms"], again_ms + turn["ended_ms"]
    length_ms = ended_ms - started_ms
    edges = [started_ms + length_ms * at // len(words) for at in range(len(words) + 1)]
    return UtteranceFinalized(
        utterance_id=UtteranceId(f"{again_ms}-{number}"),
        track="from_customer" if turn["party"] == "customer" else "to_customer",
        text=Sealed(turn["text"]),
        words=tuple(WordTime(first, end, 0.9) for first, end in pairwise(edges)),
        started_ms=started_ms,
        ended_ms=ended_ms,
        confidence=0.9,
        recognizer="bench/1",
        audio_upto=START,
    )


async def _stored(samples: Samples, store: DirectoryStore, keys: MemoryKeys) -> RecordingStored:
    key = await keys.obtain(_CONTACT.tenant, f"original/{_CONTACT.contact_id}")
    spool = Spool(_CONTACT, store, key=key, holder="original", limits=Limits())
    kept: list[Kept] = []
    for number, first in enumerate(range(0, len(samples), PART_SAMPLES)):
        stretch = samples[first : first + PART_SAMPLES]
        part = Part(
            number=number,
            first_sample=first,
            samples=stretch,
            heard=(len(stretch), len(stretch)),
            repaired=(0, 0),
            audio_upto=START,
        )
        fact = await spool.put(part)
        kept.append(Kept(fact=fact, key=fact.key, offset=0))
    whole = await spool.assemble(kept)
    return RecordingStored(
        key=whole.key,
        codec="flac",
        duration_ms=1_000 * len(samples) // SAMPLE_RATE_HZ,
        size=whole.size,
        sha256=whole.sha256,
        parts=len(kept),
        index_at=whole.index_at,
        tracks=tuple(
            RecordedTrack(track=track, sample_count=len(samples), heard=len(samples), lost=0)
            for track in TRACKS
        ),
        holder=whole.holder,
    )


def _bare_s(samples: Samples) -> float:
    """Return what the model takes on these windows: encoding and decoding, and nothing else."""
    files = loaded()
    model: Any = cast("Any", ctranslate2.models).Whisper(
        "whisper-base", device="cpu", compute_type="int8", intra_threads=1, files=files
    )
    tokenizer: Any = tokenizers.Tokenizer.from_buffer(files["tokenizer.json"])
    names = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
    opening = [tokenizer.token_to_id(name) for name in names]
    features = [
        _features(window.audio(samples[:, column].copy(), rate_hz=SAMPLE_RATE_HZ))
        for column in range(len(TRACKS))
        for window in windows_of(samples[:, column].copy(), rate_hz=SAMPLE_RATE_HZ)
    ]
    began = time.monotonic()
    for one in features:
        encoded = model.encode(cast("Any", ctranslate2).StorageView.from_array(one))
        model.generate(encoded, [opening], beam_size=1, max_length=2 * _TOKENS_MAX)
    return time.monotonic() - began


def _features(audio: Any) -> Any:
    scaled = audio.astype(np.float32) / _FULL_SCALE
    wide: Any = soxr.resample(scaled, SAMPLE_RATE_HZ, _MODEL_RATE_HZ)
    found = log_mel(np.asarray(wide, np.float32), mels=_MELS)[:, :_WINDOW_FRAMES]
    window = np.zeros((1, _MELS, _WINDOW_FRAMES), np.float32)
    window[0, :, : found.shape[1]] = found
    return window
