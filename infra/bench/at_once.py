"""The embedded recogniser with one call and with three at once, in real time.

The sample calls by blocks of 64 ms, the third one the first again, begun some seconds apart. A
call is at real time when what its parties say is final soon after they said it, to the last turn.
Beside it stands what one decode of a turn costs with the machine to itself: the least that there
is, for a recogniser that decodes each turn once, when it is over.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from msgspec import Struct

from ...events.base import SAMPLES_PER_MS, TRACKS
from ...services.guidance.playbook import built_in_playbook
from ...services.transcription.whisper.decoder import Decoder
from ...services.transcription.whisper.model import locate
from ...services.transcription.whisper.reader import Reader
from ...services.transcription.whisper.recognizer import WhisperRecognizer
from .rows import Row, quantile
from .speech import CALLS, Played, finals_s, play, read

BLOCK_MS = 64
BETWEEN_S = 6.0  # the calls' starts
P50_S_MAX = {1: 1.35, 3: 1.6}  # by calls at once, on two cores
LATE_S_MAX = 5.0  # any final, to its call's last: beyond it the call is not at real time


class _AtOnce(Struct, frozen=True):
    calls: int
    played: list[Played]
    processor_s: float  # per second of a call


def run() -> list[Row]:
    """Return the finals' delay at each number of calls, and what a decode costs."""
    alone, found = asyncio.run(_measure(tuple(P50_S_MAX)))
    return [row for one in found for row in _rows(one, alone_s=alone)]


def _rows(one: _AtOnce, *, alone_s: float) -> list[Row]:
    delays = finals_s(one.played)
    p50, longest = quantile(delays, 0.5), max(delays)
    calls = f"{one.calls} call{'s at once' if one.calls > 1 else ''}"
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    return [
        Row(
            what=f"final after the end of speech, p50, {calls}",
            value=p50,
            unit="s",
            beside=f"of {len(delays)}; one decode of such a turn alone: p50 {alone_s:.2f} s, "
            f"after the silence that ends it; {one.processor_s:.2f} s of processor a second of a "
            f"call; {load}",
            aim=f"under {P50_S_MAX[one.calls]:g} s",
            met=p50 < P50_S_MAX[one.calls],
        ),
        Row(
            what=f"the longest of them, {calls}",
            value=longest,
            unit="s",
            beside=f"p95 {quantile(delays, 0.95):.1f} s",
            aim=f"under {LATE_S_MAX:g} s: at real time to the end",
            met=longest < LATE_S_MAX,
        ),
    ]


async def _measure(numbers: Sequence[int]) -> tuple[float, list[_AtOnce]]:
    recognizer = WhisperRecognizer()
    try:
        found = [await _at_once(recognizer, number) for number in numbers]
    finally:
        recognizer.close()
    return await asyncio.to_thread(_alone_s, found[0].played[0]), found


async def _at_once(recognizer: WhisperRecognizer, calls: int) -> _AtOnce:
    async def begin(ordinal: int) -> Played:
        await asyncio.sleep(ordinal * BETWEEN_S)
        return await play(recognizer, samples[ordinal], step_ms=BLOCK_MS)

    samples = list(islice(cycle(_samples()), calls))
    before_s = time.process_time()
    played = await asyncio.gather(*(begin(ordinal) for ordinal in range(calls)))
    spoken_s = sum(len(read(sample)[0]) for sample in samples) / (SAMPLES_PER_MS * 1_000)
    return _AtOnce(calls, played, (time.process_time() - before_s) / spoken_s)


def _samples() -> list[Path]:
    return sorted(CALLS.glob("*.wav"))


def _alone_s(played: Played) -> float:
    """Return how long one decode of a whole turn takes with nothing beside it, p50."""
    vocabulary = built_in_playbook().vocabulary
    reader = Reader(locate(None), workers=1)
    decoder = Decoder(reader, language="en-US", vocabulary=vocabulary)
    recording, _ = read(_samples()[0])
    took_s: list[float] = []
    for said in played.finals():
        heard = said.hypothesis
        first, end = (ms * SAMPLES_PER_MS for ms in (heard.started_ms, heard.ended_ms))
        track = recording[first:end, TRACKS.index(heard.track)]
        audio = track.astype(np.float32) / np.float32(np.iinfo(np.int16).max)
        began = time.perf_counter()
        decoder.final(audio, speech_s=(heard.ended_ms - heard.started_ms) / 1_000)
        took_s.append(time.perf_counter() - began)
    return quantile(took_s, 0.5)
