"""Seconds of processor that redacting audio takes, a second of a call.

Three minutes of the sample calls: decoded, covered, encoded, sealed and stored, without finding
voices, which is the detector's. Beside it libsndfile decodes and encodes the same, where it is
installed: what a library in C would take, which cannot go on at a part.
"""

import asyncio
import io
import tempfile
import time
import wave
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from ...events.base import SAMPLE_RATE_HZ, START, TRACKS, ContactId, ContactRef, TenantName
from ...events.recording import RecordedTrack, RecordingStored
from ...events.redaction import AudioSpan
from ...services.flac import Samples
from ...services.recording.limits import Limits
from ...services.recording.reel import Part
from ...services.recording.spool import Spool
from ...services.recording.standing import Kept
from ...services.redaction.port import Samples as OneTrack
from ...services.redaction.redactor import Redactor
from ...services.sealed_recording import PART_SAMPLES
from ..memory_keys import MemoryKeys
from ..object_store.directory import DirectoryStore
from .rows import Row

PARTS = 3
ROUNDS = 3
_AIM = 0.02  # an hour in 72 s: calls of a shift are redacted beside those under way
_SPANS_EVERY_MS = 10_000
_SPAN_MS = 3_000
_CALLS = Path(__file__).parents[1] / "simulator" / "calls"
_CONTACT = ContactRef(TenantName("bench"), ContactId("redacting"))


class _Nobody:
    name = "nobody"

    async def find(self, samples: OneTrack, *, rate_hz: int) -> list[tuple[int, int]]:
        del samples, rate_hz
        return []


def run() -> list[Row]:
    """Return the real-time factor of redaction, the best of a few."""
    samples = _speech()
    seconds = len(samples) / SAMPLE_RATE_HZ
    taken = asyncio.run(_redacted_s(samples)) / seconds
    return [
        Row(
            what="redacting a call, real-time factor",
            value=taken,
            unit="s/s",
            beside=_beside(samples, seconds),
            aim=f"under {_AIM}",
            met=taken < _AIM,
        )
    ]


def _speech() -> Samples:
    """Return minutes of two people who speak."""
    calls = [np.frombuffer(_frames(path), "<i2") for path in sorted(_CALLS.glob("*.wav"))]
    one = np.concatenate(calls).reshape(-1, len(TRACKS))
    return np.resize(one, (PARTS * PART_SAMPLES, len(TRACKS))).astype(np.int16)


def _frames(path: Path) -> bytes:
    with wave.open(str(path)) as file:
        return file.readframes(file.getnframes())


async def _redacted_s(samples: Samples) -> float:
    with tempfile.TemporaryDirectory() as directory:
        store, keys = DirectoryStore(Path(directory)), MemoryKeys()
        recording = await _stored(samples, store, keys)
        redactor = Redactor(store, keys, _Nobody())
        spans = [
            AudioSpan(track, at, at + _SPAN_MS, "card_number", "words")
            for track in TRACKS
            for at in range(0, recording.duration_ms - _SPAN_MS, _SPANS_EVERY_MS)
        ]
        best = float("inf")
        for attempt in range(1, ROUNDS + 1):
            began = time.process_time()
            await redactor.redact(
                _CONTACT, recording, spans, cover="beep", round_=1, attempt=attempt
            )
            best = min(best, time.process_time() - began)
        return best


async def _stored(samples: Samples, store: DirectoryStore, keys: MemoryKeys) -> RecordingStored:
    key = await keys.obtain(_CONTACT.tenant, f"original/{_CONTACT.contact_id}")
    spool = Spool(_CONTACT, store, key=key, holder="original", limits=Limits())
    kept: list[Kept] = []
    for number in range(PARTS):
        stretch = samples[number * PART_SAMPLES : (number + 1) * PART_SAMPLES]
        part = Part(
            number=number,
            first_sample=number * PART_SAMPLES,
            samples=stretch,
            heard=(PART_SAMPLES, PART_SAMPLES),
            repaired=(0, 0),
            audio_upto=START,
        )
        fact = await spool.put(part)
        kept.append(Kept(fact=fact, key=fact.key, offset=0))
    whole = await spool.assemble(kept)
    tracks = tuple(
        RecordedTrack(track=track, sample_count=len(samples), heard=len(samples), lost=0)
        for track in TRACKS
    )
    return RecordingStored(
        key=whole.key,
        codec="flac",
        duration_ms=1_000 * len(samples) // SAMPLE_RATE_HZ,
        size=whole.size,
        sha256=whole.sha256,
        parts=PARTS,
        index_at=whole.index_at,
        tracks=tracks,
        holder=whole.holder,
    )


def _beside(samples: Samples, seconds: float) -> str:
    if find_spec("soundfile") is None:
        return "libsndfile is not installed"
    soundfile: Any = import_module("soundfile")  # has no types
    stream = io.BytesIO()

    def encode() -> None:
        stream.seek(0)
        soundfile.write(stream, samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")

    def decode() -> None:
        stream.seek(0)
        soundfile.read(stream, dtype="int16")

    taken = _best_s(encode) + _best_s(decode)
    return f"libsndfile, decoded and encoded: {taken / seconds:.4f}"


def _best_s(work: Callable[[], None]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best
