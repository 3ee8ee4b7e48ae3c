"""The second recogniser: Whisper base in a process of its own, which hears what was redacted.

Another model than the one that wrote the transcript, and nothing of its guards: words that are
doubtful are told too. It has one thread and the lowest priority that still gets done, for calls
under way come first; the process starts when something is to be heard, and goes when it is idle.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from ..errors import ModelUnusable, RecognizerFailed
from ..services.redaction.port import HeardWord, Samples
from .listening_windows import windows_of
from .second_weights import NAME, located

WORKER = "antiphon.infra.second_listener_worker"

# Half a minute of audio takes 2 to 4 s of a core; this is a machine twenty times as busy.
WINDOW_S_MAX = 90.0
START_S_MAX = 60.0  # to read 145 MB and compare their hash
IDLE_S = 120.0  # then its 0.4 GB are given back
_HEADER = 4  # bytes of a message's length
_STOP_S = 5.0

log = structlog.get_logger()


class Asked(Struct, frozen=True, array_like=True):
    """A window to be read."""

    samples: bytes  # 16 bit, little-endian
    rate_hz: int
    language: str


class Answer(Struct, frozen=True, array_like=True):
    """Its words, in seconds from its start; or what is wrong."""

    words: tuple[tuple[str, float, float], ...] = ()
    problem: str = ""


_encode = msgspec.msgpack.encode
_answers = msgspec.msgpack.Decoder(Answer)


class WhisperBase:
    """Satisfies `SecondListener`. One window at a time, whoever asks.

    Args:
        model_dir: any CTranslate2 Whisper directory; None takes the pinned wheels'.
        language: BCP 47, of what is said.
    """

    def __init__(
        self,
        *,
        model_dir: Path | None = None,
        language: str = "en",
        window_s_max: float = WINDOW_S_MAX,
        idle_s: float = IDLE_S,
    ) -> None:
        self.name = NAME if model_dir is None else f"whisper-{model_dir.name}"
        self._model_dir = model_dir
        self._language = language
        self._window_s_max = window_s_max
        self._idle_s = idle_s
        self._worker: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Of its process; None: there is none now."""
        return None if self._worker is None else self._worker.pid

    def check(self) -> None:
        """Return if there is something to hear with.

        Raises:
            ModelUnusable: the model is missing. Says what to install.
        """
        located(self._model_dir)

    async def listen(self, samples: Samples, *, rate_hz: int) -> Sequence[HeardWord]:
        """See `SecondListener.listen`. Cancelled, it stops the process: nothing goes on unseen."""
        heard: list[HeardWord] = []
        for window in windows_of(samples, rate_hz=rate_hz):
            audio = window.audio(samples, rate_hz=rate_hz).astype("<i2").tobytes()
            answer = await self._ask(Asked(audio, rate_hz, self._language))
            for text, started_s, ended_s in answer.words:
                times = (window.place_of(at, rate_hz=rate_hz) for at in (started_s, ended_s))
                heard.append(HeardWord(text, *(at * 1_000 // rate_hz for at in times)))
        return heard

    async def aclose(self) -> None:
        """Stop the process."""
        if self._leaving is not None:
            self._leaving.cancel()
        worker, self._worker = self._worker, None
        if worker is not None:
            await _stopped(worker)

    async def _ask(self, asked: Asked) -> Answer:
        async with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            try:
                async with asyncio.timeout(START_S_MAX):
                    worker = self._worker = await self._started()
                async with asyncio.timeout(self._window_s_max):
                    await _send(worker, _encode(asked))
                    answer = await _received(worker)
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                await self._end()
                raise RecognizerFailed("second_listener_gone") from error
            except BaseException:
                await self._end()
                raise
            loop = asyncio.get_running_loop()
            self._leaving = loop.call_later(self._idle_s, self._leave)
        if answer.problem:
            raise RecognizerFailed(answer.problem)
        return answer

    async def _started(self) -> asyncio.subprocess.Process:
        if self._worker is not None and self._worker.returncode is None:
            return self._worker
        self.check()
        worker = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            WORKER,
            *([] if self._model_dir is None else [str(self._model_dir)]),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            start_new_session=True,  # Ctrl-C is for whoever started us: we are told by our pipe
        )
        self._worker = worker
        answer = await _received(worker)
        if answer.problem:
            await self._end()
            raise ModelUnusable(answer.problem)
        log.info("second_listener_ready", recognizer=self.name)
        return worker

    def _leave(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None and worker.stdin is not None:
            worker.stdin.close()  # the end of its work

    async def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await _stopped(worker)


async def _send(worker: asyncio.subprocess.Process, message: bytes) -> None:
    stdin: Any = worker.stdin
    stdin.write(len(message).to_bytes(_HEADER, "little"))
    stdin.write(message)
    await stdin.drain()


async def _received(worker: asyncio.subprocess.Process) -> Answer:
    stdout: Any = worker.stdout
    size = int.from_bytes(await stdout.readexactly(_HEADER), "little")
    try:
        return _answers.decode(await stdout.readexactly(size))
    except msgspec.DecodeError as error:
        raise RecognizerFailed("second_listener_malformed") from error


async def _stopped(worker: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        worker.kill()
    async with asyncio.timeout(_STOP_S):
        await worker.wait()
