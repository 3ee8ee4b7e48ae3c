"""The local recogniser: Whisper on this machine's processors, behind the Recognizer port."""

import asyncio
import os
import time
from collections import deque
from collections.abc import AsyncGenerator, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import structlog

from ....errors import LanguageUnsupported, RecognizerFailed
from ....events.base import SAMPLE_RATE_HZ, Track
from ..port import Hypothesis, RecognitionRequest, SpeechAudio
from .decoder import Decoder
from .ear import Ear, PartialTask
from .model import locate
from .reader import Reader, Reading, Word
from .turns import Turn, Window
from .voice import VoiceDetector, VoiceDetectors
from .workbench import Work, Workbench

_VERSION = "1"  # of what is around the model, so that a transcript says what made it
_BUNDLED_NAME = "whisper-tiny.en"
_WORKERS_MAX = 8  # beyond it, memory bandwidth is what is short

# Audio is looked at in pieces of about this much: a trip to a thread costs as much as 0.1 s.
_LOOK_SAMPLES = round(0.128 * SAMPLE_RATE_HZ)
# Turns whose finals are not made, of one contact: two minutes of speech at most, 3 MB.
_PENDING_MAX = 4
_RESULTS_MAX = 64  # results nobody has taken
# A machine with too much to do is slow, not dead, and says so while turns wait.
_SIGN_OF_LIFE_S = 5.0
# A track that falls so far behind the other is being sent no more: its turn ends.
_SILENT_TRACK_SAMPLES = round(2.5 * SAMPLE_RATE_HZ)

log = structlog.get_logger()


class WhisperRecognizer:
    """Satisfies `Recognizer`. One model and a few threads for all contacts of the process.

    Args:
        model_dir: any CTranslate2 Whisper directory; None takes the pinned wheel's.
        workers: how many processors may be busy with it at a time; None takes all there are,
            up to a limit. Takes about a second and 0.3 GB to make.

    Raises:
        ModelUnusable: the model is missing, or not what it should be. Says what to install.
    """

    def __init__(self, *, model_dir: Path | None = None, workers: int | None = None) -> None:
        threads = workers or min(_WORKERS_MAX, len(os.sched_getaffinity(0)))
        self.name = f"{_BUNDLED_NAME if model_dir is None else model_dir.name}/{_VERSION}"
        self._reader = Reader(locate(model_dir), workers=threads)
        self._workbench = Workbench(threads=threads)
        self._listening = ThreadPoolExecutor(1, thread_name_prefix="voice")
        self._detectors = VoiceDetectors()
        self._closed = False
        log.info("recognizer_ready", recognizer=self.name, workers=threads)

    def close(self) -> None:
        """Take no more work."""
        self._closed = True
        self._workbench.close()
        self._listening.shutdown(wait=False, cancel_futures=True)

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["WhisperRecognition"]:
        """See `Recognizer.open`."""
        if not self._reader.understands(request.language):
            raise LanguageUnsupported(self.name, language=request.language)
        detectors = await self._lent(request.tracks)
        session = WhisperRecognition(
            Decoder(self._reader, language=request.language, vocabulary=request.vocabulary),
            name=self.name,
            detectors=detectors,
            listening=self._listening,
            workbench=self._workbench,
        )
        self._workbench.join(session)
        try:
            yield session
        finally:
            self._workbench.leave(session)
            session.close()
            if not self._closed:
                # Behind whatever their thread is doing with them.
                self._listening.submit(self._take_back, detectors.values())

    async def _lent(self, tracks: Collection[Track]) -> dict[Track, VoiceDetector]:
        """Return a detector for each track, made in their thread.

        What is made when nobody waits for it any more is kept for who comes next: on a machine
        that is overloaded they would be made in vain for ever.
        """
        lending: dict[Track, Future[VoiceDetector]] = {
            track: self._listening.submit(self._detectors.lend) for track in tracks
        }
        try:
            return {track: await asyncio.wrap_future(one) for track, one in lending.items()}
        except BaseException:
            for one in lending.values():
                one.cancel()
                one.add_done_callback(self._keep)
            raise

    def _keep(self, lending: Future[VoiceDetector]) -> None:
        if not lending.cancelled() and lending.exception() is None:
            self._detectors.give_back(lending.result())

    def _take_back(self, detectors: Iterable[VoiceDetector]) -> None:
        for detector in detectors:
            self._detectors.give_back(detector)
        self._detectors.settle()


class WhisperRecognition:
    """Satisfies `Recognition`, and is a seat at the workbench."""

    def __init__(
        self,
        decoder: Decoder,
        *,
        name: str,
        detectors: dict[Track, VoiceDetector],
        listening: ThreadPoolExecutor,
        workbench: Workbench,
    ) -> None:
        self.name = name
        self._decoder = decoder
        self._detectors = detectors
        self._listening = listening
        self._workbench = workbench
        self._ears: dict[Track, Ear] = {track: Ear(track) for track in detectors}
        self._waiting: list[tuple[Track, list[Window]]] = []
        self._waiting_samples = 0
        self._results: deque[Hypothesis] = deque()
        self._partials: dict[Track, Hypothesis] = {}  # the newest; an older one is worth nothing
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._finished = False
        self._failed: BaseException | None = None
        self._closed = False

    async def hear(self, block: SpeechAudio) -> None:
        """See `Recognition.hear`."""
        while self._failed is None and self._is_full:
            self._room.clear()
            await self._room.wait()
        self._raise_if_failed()
        samples = np.frombuffer(block.samples, "<i2").astype(np.int16, copy=False)
        ear = self._ears[block.track]
        self._waiting.append((block.track, ear.framer.cut(block.first_sample, samples)))
        self._waiting_samples += samples.size
        if self._waiting_samples >= _LOOK_SAMPLES:
            await self._look()
            self._end_silent_tracks(block.end_sample)
            self._workbench.look()

    async def finish(self) -> None:
        """See `Recognition.finish`."""
        self._raise_if_failed()
        await self._look()
        for ear in self._ears.values():
            ear.flush()
        self._finished = True
        self._changed.set()
        self._workbench.look()

    async def results(self) -> AsyncGenerator[Hypothesis]:
        """See `Recognition.results`."""
        while True:
            self._raise_if_failed()
            while self._results:
                result = self._results.popleft()
                self._room.set()
                yield result
            if self._partials:
                yield self._partials.pop(next(iter(self._partials)))
                continue
            if self._results:
                continue
            if self._finished and all(ear.is_idle for ear in self._ears.values()):
                return
            self._changed.clear()
            try:
                async with asyncio.timeout(_SIGN_OF_LIFE_S):
                    await self._changed.wait()
            except TimeoutError:
                self._results.extend(self._signs_of_life())

    def close(self) -> None:
        """Take no more of what is still being worked on."""
        self._closed = True

    def next_final(self) -> Work | None:
        """See `Seat.next_final`: the oldest of both tracks."""
        due = [(ear, turn) for ear in self._ears.values() if (turn := ear.final_due())]
        if not due or self._closed or self._failed:
            return None
        ear, turn = min(due, key=lambda one: one[1].speech_upto)
        return self._final_work(ear, turn)

    def next_partial(self) -> Work | None:
        """See `Seat.next_partial`: of the track that has waited longest."""
        if self._closed or self._failed:
            return None
        due = [(ear, task) for ear in self._ears.values() if (task := ear.partial_due())]
        if not due:
            return None
        ear, task = min(due, key=lambda one: one[0].tried_upto)
        return self._partial_work(ear, task)

    @property
    def _is_full(self) -> bool:
        pending = sum(len(ear.pending) for ear in self._ears.values())
        return pending >= _PENDING_MAX or len(self._results) >= _RESULTS_MAX

    def _signs_of_life(self) -> list[Hypothesis]:
        if not self._workbench.is_moving:
            return []
        signs = [ear.sign_of_life() for ear in self._ears.values()]
        return [one for one in signs if one is not None]

    async def _look(self) -> None:
        """Find voices in the audio that waits, in a thread, and turns in the voices."""
        waiting, self._waiting, self._waiting_samples = self._waiting, [], 0
        detectors = self._detectors

        def listen() -> list[list[float]]:
            return [detectors[track].probabilities(windows) for track, windows in waiting]

        found = await asyncio.get_running_loop().run_in_executor(self._listening, listen)
        for (track, windows), probabilities in zip(waiting, found, strict=True):
            self._ears[track].take(windows, probabilities)
        reports = [ear.report(is_moving=self._workbench.is_moving) for ear in self._ears.values()]
        self._results.extend(one for one in reports if one is not None)
        self._changed.set()

    def _end_silent_tracks(self, heard_upto: int) -> None:
        for ear in self._ears.values():
            turn = ear.taker.open
            if turn is not None and heard_upto - turn.end_sample > _SILENT_TRACK_SAMPLES:
                ear.flush()

    def _final_work(self, ear: Ear, turn: Turn) -> Work:
        found: list[tuple[Word, ...]] = []
        audio, speech_s = turn.audio(), turn.speech_samples / SAMPLE_RATE_HZ
        ear.busy_final = True

        def do() -> None:
            found.append(self._decoder.final(audio, speech_s=speech_s))

        def done(error: BaseException | None) -> None:
            ear.busy_final = False
            if error is not None:
                self._fail(error)
                return
            self._partials.pop(ear.track, None)
            self._results.append(ear.final_made(turn, found[0]))
            self._room.set()
            self._changed.set()

        return Work(do, done)

    def _partial_work(self, ear: Ear, task: PartialTask) -> Work:
        found: list[tuple[Reading | None, float]] = []
        ear.busy_partial = True

        def do() -> None:
            began = time.perf_counter()
            reading = self._decoder.partial(task.audio, careful=task.careful)
            found.append((reading, time.perf_counter() - began))

        def done(error: BaseException | None) -> None:
            ear.busy_partial = False
            if error is not None:
                self._fail(error)
                return
            reading, cost_s = found[0]
            hypothesis = ear.partial_made(task, reading, cost_s=cost_s)
            if hypothesis is not None:
                self._partials[ear.track] = hypothesis
                self._changed.set()

        return Work(do, done)

    def _fail(self, error: BaseException) -> None:
        # The message could hold anything; the type says which of the libraries' errors it is.
        log.error("recognition_failed", problem=type(error).__name__)
        self._failed = error
        self._changed.set()
        self._room.set()

    def _raise_if_failed(self) -> None:
        if self._failed is not None:
            raise RecognizerFailed("decoder_failed") from self._failed
