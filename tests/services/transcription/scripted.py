"""A recogniser that understands a made-up code, and audio that speaks it.

A word is a run of samples of one value: value 7 is the word `w7`. 200 ms of silence end a
turn. Value NOISE is taken for a word at first and dropped in the end. What it says depends on
the samples it hears and on nothing else, so that two ways to the same audio must agree.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import groupby

import numpy as np
from antiphon.errors import LanguageUnsupported, RecognizerFailed
from antiphon.events.base import SAMPLES_PER_MS, Track
from antiphon.events.speech import WordTime
from antiphon.services.transcription.port import Hypothesis, RecognitionRequest, SpeechAudio

NOISE = 99
WORD_MS = 200
_HANG_SAMPLES = 200 * SAMPLES_PER_MS

Samples = np.ndarray[tuple[int], np.dtype[np.int16]]
# Raises or waits, given how often a session was opened, the track and where its audio ends.
Trouble = Callable[[int, Track, int], bool]


def speech(duration_ms: int, **turns: Sequence[int]) -> Samples:
    """Return audio in which `at_1000=(1, 2)` says two words from 1000 ms on."""
    samples = np.zeros(duration_ms * SAMPLES_PER_MS, np.int16)
    for when, words in turns.items():
        at = int(when.removeprefix("at_")) * SAMPLES_PER_MS
        for word in words:
            samples[at : at + WORD_MS * SAMPLES_PER_MS] = word
            at += WORD_MS * SAMPLES_PER_MS
    return samples


class ScriptedRecognizer:
    """See `Recognizer`.

    `dies`, `hangs` (says no more) and `blocks` (takes no more) tell when; `refuses` which
    session is not opened; `languages` what it understands.
    """

    def __init__(
        self,
        *,
        name: str = "scripted/1",
        dies: Trouble = lambda _session, _track, _ended_ms: False,
        hangs: Trouble = lambda _session, _track, _ended_ms: False,
        blocks: Trouble = lambda _session, _track, _ended_ms: False,
        refuses: Callable[[int], bool] = lambda _: False,
        languages: Sequence[str] = ("en-US",),
    ) -> None:
        self.name = name
        self.dies = dies
        self.hangs = hangs
        self.blocks = blocks
        self.refuses = refuses
        self.languages = languages
        self.sessions = 0
        self.open_sessions = 0
        self.heard: dict[Track, list[tuple[int, int]]] = {}
        self.vocabulary: tuple[str, ...] = ()

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["_ScriptedSession"]:
        self.sessions += 1
        self.vocabulary = request.vocabulary
        if request.language not in self.languages:
            raise LanguageUnsupported(self.name, language=request.language)
        if self.refuses(self.sessions):
            raise RecognizerFailed("no_line")
        self.open_sessions += 1
        try:
            yield _ScriptedSession(self, self.sessions)
        finally:
            self.open_sessions -= 1


class _ScriptedSession:
    def __init__(self, owner: ScriptedRecognizer, number: int) -> None:
        self.name = owner.name
        self._owner = owner
        self._number = number
        self._tracks: dict[Track, _Track] = {}
        self._results: asyncio.Queue[Hypothesis | Exception | None] = asyncio.Queue()
        self._hung = False

    async def hear(self, block: SpeechAudio) -> None:
        if self._owner.dies(self._number, block.track, block.ended_ms):
            self._results.put_nowait(RecognizerFailed("line_cut"))
            raise RecognizerFailed("line_cut")
        if self._owner.blocks(self._number, block.track, block.ended_ms):
            await asyncio.Event().wait()
        self._hung |= self._owner.hangs(self._number, block.track, block.ended_ms)
        if self._hung:
            return
        self._owner.heard.setdefault(block.track, []).append((block.first_sample, block.end_sample))
        track = self._tracks.setdefault(block.track, _Track(block.track))
        for hypothesis in track.take(block):
            self._results.put_nowait(hypothesis)
        await asyncio.sleep(0)

    async def finish(self) -> None:
        if self._hung:
            return
        for track in self._tracks.values():
            for hypothesis in track.end_turn():
                self._results.put_nowait(hypothesis)
        self._results.put_nowait(None)

    async def results(self) -> AsyncGenerator[Hypothesis]:
        while (result := await self._results.get()) is not None:
            if isinstance(result, Exception):
                raise result
            yield result


class _Track:
    def __init__(self, track: Track) -> None:
        self.track: Track = track
        self.next_sample: int | None = None
        self.words: list[tuple[int, int, int]] = []  # value, first and last sample
        self.closed = 0

    def take(self, block: SpeechAudio) -> list[Hypothesis]:
        found: list[Hypothesis] = []
        if self.next_sample is not None:
            assert block.first_sample >= self.next_sample, "a block came twice"
            if block.first_sample > self.next_sample:
                found += self.end_turn()
        self.next_sample = block.end_sample
        at = block.first_sample
        for value, run in groupby(np.frombuffer(block.samples, "<i2").tolist()):
            end = at + len(list(run))
            if value:
                if self.words and self.words[-1][0] == value and self.words[-1][2] == at:
                    self.words[-1] = (value, self.words[-1][1], end)
                else:
                    self.words.append((value, at, end))
            elif self.words and end - self.words[-1][2] >= _HANG_SAMPLES:
                found += self.end_turn()
            at = end
        if self.words:
            found.append(self._say(is_final=False))
        else:
            found.append(self._nothing(block.end_sample))
        return found

    def end_turn(self) -> list[Hypothesis]:
        if not self.words:
            return []
        final = self._say(is_final=True)
        self.closed = self.words[-1][2]
        self.words = []
        return [final]

    def _say(self, *, is_final: bool) -> Hypothesis:
        said = [word for word in self.words if not (is_final and word[0] == NOISE)]
        return Hypothesis(
            track=self.track,
            is_final=is_final,
            text=" ".join(f"w{value}" for value, _, _ in said),
            words=tuple(
                WordTime(first // SAMPLES_PER_MS, end // SAMPLES_PER_MS, 0.9)
                for _, first, end in said
            ),
            stable_words=len(said) if is_final else max(0, len(said) - 1),
            started_ms=self.words[0][1] // SAMPLES_PER_MS,
            ended_ms=self.words[-1][2] // SAMPLES_PER_MS,
            confidence=0.9 if said else 0.0,
            heard_ms=(self.next_sample or 0) // SAMPLES_PER_MS,
        )

    def _nothing(self, end_sample: int) -> Hypothesis:
        end_ms = end_sample // SAMPLES_PER_MS
        return Hypothesis(
            track=self.track,
            is_final=False,
            text="",
            words=(),
            stable_words=0,
            started_ms=end_ms,
            ended_ms=end_ms,
            confidence=0.0,
            heard_ms=end_ms,
        )
