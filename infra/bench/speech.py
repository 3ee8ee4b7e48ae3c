"""The embedded recogniser on the sample calls, in real time, one call at a time.

Both pacings of Connect: block by block (64 ms), and whole fragments (1.024 s). Audio is given
when its last sample would have been spoken; delays are counted from then. The voices are
synthetic and clear: on real telephone speech expect several times the word errors.
"""

import asyncio
import json
import os
import time
import wave
from collections.abc import AsyncGenerator
from difflib import SequenceMatcher
from pathlib import Path

import jiwer
import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import Struct

from ...events.base import (
    SAMPLE_RATE_HZ,
    SAMPLES_PER_MS,
    TRACKS,
    ContactId,
    ContactRef,
    TenantName,
    Track,
)
from ...services.guidance.playbook import built_in_playbook
from ...services.transcription.port import Hypothesis, Recognition, RecognitionRequest, SpeechAudio
from ...services.transcription.whisper.recognizer import WhisperRecognizer
from .rows import Row, quantile
from .spoken import spoken_words

CALLS = Path(__file__).parent.parent / "simulator" / "calls"
_PROMISED = "blocks of 64 ms"
PACINGS_MS = {_PROMISED: 64, "fragments of 1.024 s": 1_024}
_CUE_S_MAX = 1.5  # what the first whole path promised, for cues
_TRACK_OF: dict[str, Track] = {"customer": "from_customer", "agent": "to_customer"}


class Said(Struct, frozen=True):
    """A hypothesis, and when it came, in milliseconds of the call."""

    at_ms: float
    hypothesis: Hypothesis


class Played(Struct, frozen=True):
    """What became of one call."""

    turns: list[dict[str, str | int]]
    said: list[Said]
    processor_share: float  # processor seconds per second of call

    def finals(self) -> list[Said]:
        """Return what was final and not empty, in the order it came."""
        return [said for said in self.said if said.hypothesis.is_final and said.hypothesis.text]

    def partials_of(self, final: Hypothesis) -> list[Said]:
        """Return what was said of a final's stretch before it."""
        return [
            said
            for said in self.said
            if not said.hypothesis.is_final
            and said.hypothesis.text
            and said.hypothesis.track == final.track
            and final.started_ms <= said.hypothesis.started_ms < final.ended_ms
        ]


def run() -> list[Row]:
    """Play every sample call in both pacings and return what was measured."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    recognizer = WhisperRecognizer()
    try:
        rows: list[Row] = []
        for pacing, step_ms in PACINGS_MS.items():
            calls = sorted(CALLS.glob("*.wav"))
            rows += _rows(pacing, [await play(recognizer, call, step_ms=step_ms) for call in calls])
        return rows
    finally:
        recognizer.close()


def _rows(pacing: str, calls: list[Played]) -> list[Row]:
    first, final = _first_partials_s(calls), finals_s(calls)
    stable, kept = _stable_words_s(calls)
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    late = quantile(stable, 0.95)

    def row(what: str, value: float, unit: str = "s") -> Row:
        return Row(what=f"{what}, {pacing}", value=value, unit=unit, beside=load)

    promise = row("word stable after it was spoken, p95", late)
    if pacing == _PROMISED:
        aim, met = f"< {_CUE_S_MAX} s to the cue", late < _CUE_S_MAX
        promise = msgspec.structs.replace(promise, aim=aim, met=met)
    processor_s = sum(call.processor_share for call in calls) / len(calls)
    return [
        row("word error rate", 100 * _word_errors(calls), "%"),
        row("first partial after a turn begins, p50", quantile(first, 0.5)),
        row("first partial after a turn begins, p95", quantile(first, 0.95)),
        row("word stable after it was spoken, p50", quantile(stable, 0.5)),
        promise,
        row("stable words that stand in the final", 100 * kept, "%"),
        row("final after the end of speech, p50", quantile(final, 0.5)),
        row("final after the end of speech, p95", quantile(final, 0.95)),
        row("processor time", processor_s, "s per s of call"),
    ]


async def play(recognizer: WhisperRecognizer, call: Path, *, step_ms: int) -> Played:
    """Play a call in real time, in blocks of so many milliseconds, and return what came of it."""
    recording, truth = read(call)
    request = RecognitionRequest(
        contact=ContactRef(TenantName("bench"), ContactId(call.stem)),
        language="en-US",
        vocabulary=built_in_playbook().vocabulary,
    )
    said: list[Said] = []
    async with recognizer.open(request) as session:
        began, processor_s = time.perf_counter(), time.process_time()
        feeding = asyncio.ensure_future(_feed(session, recording, step_ms, began))
        async for hypothesis in session.results():
            # One at a time: it is when each arrives that matters.
            said.append(  # noqa: PERF401
                Said((time.perf_counter() - began) * 1_000, hypothesis)
            )
        await feeding
        took_s = time.perf_counter() - began
        share = (time.process_time() - processor_s) / took_s
    return Played(truth, said, share)


async def _feed(
    session: Recognition, recording: npt.NDArray[np.int16], step_ms: int, began: float
) -> None:
    async for first, piece in _in_time(recording, step_ms * SAMPLES_PER_MS, began):
        for channel, track in enumerate(TRACKS):
            samples = np.ascontiguousarray(piece[:, channel]).tobytes()
            await session.hear(SpeechAudio(track=track, first_sample=first, samples=samples))
    await session.finish()


async def _in_time(
    recording: npt.NDArray[np.int16], step: int, began: float
) -> AsyncGenerator[tuple[int, npt.NDArray[np.int16]]]:
    for first in range(0, len(recording), step):
        piece = recording[first : first + step]
        due = began + (first + len(piece)) / SAMPLE_RATE_HZ
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        yield first, piece


def read(call: Path) -> tuple[npt.NDArray[np.int16], list[dict[str, str | int]]]:
    """Return a sample call, shape (samples, 2), and what is truly said in it, turn by turn."""
    with wave.open(str(call), "rb") as file:
        frames = file.readframes(file.getnframes())
    recording = np.frombuffer(frames, "<i2").reshape(-1, 2).astype(np.int16)
    return recording, json.loads(call.with_suffix(".json").read_text())["turns"]


def _word_errors(calls: list[Played]) -> float:
    """Return the share of wrong words, each party's words of a call compared as one text."""
    wanted: list[str] = []
    found: list[str] = []
    for call in calls:
        for party, track in _TRACK_OF.items():
            truth = [str(turn["text"]) for turn in call.turns if turn["party"] == party]
            texts = [
                said.hypothesis.text for said in call.finals() if said.hypothesis.track == track
            ]
            wanted.append(" ".join(spoken_words(" ".join(truth))))
            found.append(" ".join(spoken_words(" ".join(texts))))
    return float(jiwer.wer(wanted, found))


def _first_partials_s(calls: list[Played]) -> list[float]:
    return [
        (partials[0].at_ms - final.hypothesis.started_ms) / 1_000
        for call in calls
        for final in call.finals()
        if (partials := call.partials_of(final.hypothesis))
    ]


def finals_s(calls: list[Played]) -> list[float]:
    """Return how long after the end of its speech each final came, in seconds."""
    return [
        (final.at_ms - final.hypothesis.ended_ms) / 1_000
        for call in calls
        for final in call.finals()
    ]


def _stable_words_s(calls: list[Played]) -> tuple[list[float], float]:
    """Return two things about the words that partials call stable.

    How long after being spoken each word of a final first was among them, in seconds; and
    the share of them that stands in the final.
    """
    delays: list[float] = []
    claimed = kept = 0
    for call in calls:
        for final in call.finals():
            words = _comparable(final.hypothesis.text)
            since: dict[int, float] = {}
            for said in call.partials_of(final.hypothesis):
                stable = _comparable(said.hypothesis.text)[: said.hypothesis.stable_words]
                matches = SequenceMatcher(a=words, b=stable, autojunk=False).get_matching_blocks()
                found = [at for match in matches for at in range(match.a, match.a + match.size)]
                claimed, kept = claimed + len(stable), kept + len(found)
                for at in found:
                    since.setdefault(at, said.at_ms)
            delays += [
                (since.get(at, final.at_ms) - word.ended_ms) / 1_000
                for at, word in enumerate(final.hypothesis.words)
            ]
    return delays, kept / max(1, claimed)


def _comparable(text: str) -> list[str]:
    """Return one comparable token for each word of `text`, split at spaces."""
    return ["".join(spoken_words(word)) or word for word in text.split(" ")]
