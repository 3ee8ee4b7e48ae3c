"""A recogniser at the other end of a network that costs us nothing: it swallows what it is given.

What is left is our own share. Like a vendor's it says once a second how far it has heard each
track, and every few seconds what was said.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import BinaryIO

from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, TRACKS, Track
from ...events.speech import WordTime
from ...services.transcription.port import Hypothesis, RecognitionRequest, SpeechAudio
from .noting import Notes
from .synthetic import SENTENCE

FINAL_EVERY_S = 5.0  # of a track: people take turns
_REPORT_SAMPLES = SAMPLE_RATE_HZ
_FINAL_SAMPLES = int(FINAL_EVERY_S * SAMPLE_RATE_HZ)
_QUEUE_MAX = 1_000  # hypotheses not yet taken; the service takes them at once


class ZeroCostRecognizer:
    """See `Recognizer`. Notes when marked blocks of a contact reach it."""

    name = "zero-cost/1"

    def __init__(self, notes: BinaryIO) -> None:
        self._notes = Notes(notes)

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["_Session"]:
        yield _Session(request.contact.contact_id, self._notes)


class _Session:
    name = ZeroCostRecognizer.name

    def __init__(self, contact_id: str, notes: Notes) -> None:
        self._contact_id = contact_id
        self._notes = notes
        self._said: dict[Track, int] = dict.fromkeys(TRACKS, 0)  # finals end here
        self._told: dict[Track, int] = dict.fromkeys(TRACKS, 0)
        self._results: asyncio.Queue[Hypothesis | None] = asyncio.Queue(_QUEUE_MAX)

    async def hear(self, block: SpeechAudio) -> None:
        self._notes.look(self._contact_id, block.samples)
        end, track = block.end_sample, block.track
        if end - self._told[track] < _REPORT_SAMPLES:
            return
        self._told[track] = end
        if is_final := end - self._said[track] >= _FINAL_SAMPLES:
            self._said[track] = end
        await self._results.put(_hypothesis(block, SENTENCE if is_final else ""))

    async def finish(self) -> None:
        await self._results.put(None)

    async def results(self) -> AsyncGenerator[Hypothesis]:
        while (hypothesis := await self._results.get()) is not None:
            yield hypothesis


def _hypothesis(block: SpeechAudio, text: str) -> Hypothesis:
    started_ms, ended_ms = block.first_sample // SAMPLES_PER_MS, block.ended_ms
    words = tuple(WordTime(started_ms, ended_ms, 1.0) for _ in text.split())
    return Hypothesis(
        track=block.track,
        is_final=bool(text),
        text=text,
        words=words,
        stable_words=len(words),
        started_ms=started_ms,
        ended_ms=ended_ms,
        confidence=1.0,
        heard_ms=ended_ms,
    )
