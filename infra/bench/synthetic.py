"""A recogniser that takes no time: a loud mark in the audio is a sentence.

It stands where Deepgram or Whisper would, so that what is left is our own share.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import numpy as np
from numpy.typing import NDArray

from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS
from ...events.speech import WordTime
from ...services.transcription.port import Hypothesis, RecognitionRequest, SpeechAudio

MARK = 12_345  # the value of every sample of a marked block
BLOCK_SAMPLES = 512  # a block of Connect's, 64 ms
SENTENCE = "i want to cancel my contract"
_QUEUE_MAX = 1_000  # hypotheses not yet taken; the service takes them at once


def marked_recording(*, seconds: int, every_s: float, first_s: float) -> NDArray[np.int16]:
    """Return a two-track recording, shape (samples, 2): silence, and a mark every so often."""
    recording = np.zeros((seconds * SAMPLE_RATE_HZ, 2), dtype=np.int16)
    step = int(every_s * SAMPLE_RATE_HZ)
    for start in range(int(first_s * SAMPLE_RATE_HZ), len(recording) - BLOCK_SAMPLES, step):
        aligned = start - start % BLOCK_SAMPLES
        recording[aligned : aligned + BLOCK_SAMPLES, 0] = MARK
    return recording


class SyntheticRecognizer:
    """See `Recognizer`."""

    name = "synthetic/1"

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["_Session"]:
        del request
        yield _Session()


class _Session:
    name = SyntheticRecognizer.name

    def __init__(self) -> None:
        self._results: asyncio.Queue[Hypothesis | None] = asyncio.Queue(_QUEUE_MAX)

    async def hear(self, block: SpeechAudio) -> None:
        mark = MARK.to_bytes(2, "little", signed=True)
        is_marked = block.samples[:2] == mark
        await self._results.put(_hypothesis(block, SENTENCE if is_marked else ""))

    async def finish(self) -> None:
        await self._results.put(None)

    async def results(self) -> AsyncGenerator[Hypothesis]:
        while (hypothesis := await self._results.get()) is not None:
            yield hypothesis


def _hypothesis(block: SpeechAudio, text: str) -> Hypothesis:
    started_ms = block.first_sample // SAMPLES_PER_MS
    words = text.split()
    return Hypothesis(
        track=block.track,
        is_final=bool(words),
        text=text,
        words=tuple(WordTime(started_ms, block.ended_ms, 1.0) for _ in words),
        stable_words=len(words),
        started_ms=started_ms,
        ended_ms=block.ended_ms,
        confidence=1.0,
        heard_ms=block.ended_ms,
    )
