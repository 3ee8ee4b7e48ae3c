"""Deepgram behind the Recognizer port: one socket for a session, both tracks in it."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import assert_never

import structlog
from msgspec import Struct

from ....errors import RecognizerFailed
from ....events.base import SAMPLE_RATE_HZ, Track
from ..interleaver import Interleaver
from ..port import Hypothesis, RecognitionRequest, SpeechAudio
from .answers import Answer, Farewell, Problem, Results, UtteranceEnd
from .connection import Connection, client, connected
from .joiner import Joiner
from .request import LANGUAGES, language_of, parameters

_VERSION = "1"  # of what is around the model, so that a transcript says what made it
URL = "wss://api.deepgram.com"
MODEL = "nova-3"
# Of a project, on the plans without a contract. Source: the vendor's API rate limits.
STREAMS_MAX = 50

# Without audio or a word from us for 10 s the vendor closes.
KEEP_ALIVE_S = 4.0
# Audio that was sent and not answered: what a restart would replay anyway, 480 kB.
_AHEAD_MAX_S = 15.0
# Answered up to here, all of it was: the last piece of a stream may round to less.
_DRAINED_S = 0.25

log = structlog.get_logger()


class Access(Struct, frozen=True, kw_only=True):
    """Where and as whom sockets are opened. Has no repr: the key must reach no log."""

    api_key: str
    url: str = URL
    model: str = MODEL
    streams_max: int = STREAMS_MAX
    languages: frozenset[str] = LANGUAGES
    keep_alive_s: float = KEEP_ALIVE_S

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, model={self.model!r})"


class DeepgramRecognizer:
    """Satisfies `Recognizer`. One client for all contacts of the process."""

    def __init__(self, access: Access) -> None:
        self.name = f"deepgram-{access.model}/{_VERSION}"
        self._access = access
        self._client = client(url=access.url, api_key=access.api_key)
        self._streams = 0

    @asynccontextmanager
    async def open(self, request: RecognitionRequest) -> AsyncGenerator["DeepgramRecognition"]:
        """See `Recognizer.open`."""
        access = self._access
        language = language_of(request.language, recognizer=self.name, known=access.languages)
        if self._streams >= access.streams_max:
            raise RecognizerFailed("streams_all_used", retry="later")
        query = parameters(
            model=access.model,
            language=language,
            channels=len(request.tracks),
            vocabulary=request.vocabulary,
        )
        self._streams += 1
        try:
            async with connected(self._client, query) as connection:
                session = DeepgramRecognition(connection, request, name=self.name)
                await session.begin()
                keeping = asyncio.ensure_future(session.keep_alive(every_s=access.keep_alive_s))
                try:
                    yield session
                finally:
                    keeping.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await keeping
        finally:
            self._streams -= 1


class DeepgramRecognition:
    """Satisfies `Recognition`."""

    def __init__(self, connection: Connection, request: RecognitionRequest, *, name: str) -> None:
        self.name = name
        self._connection = connection
        self._audio = Interleaver(request.tracks)
        self._joiners = [Joiner(track, self._audio.clock(track)) for track in request.tracks]
        self._fed: set[Track] = set()
        self._answered_s = 0.0
        self._room = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._sent_at = self._now()
        self._finished = False
        self._farewell = False
        self._lost = False

    async def begin(self) -> None:
        """Send the silence without which a socket cannot be kept alive."""
        await self._send(self._audio.lead_in())

    async def hear(self, block: SpeechAudio) -> None:
        """See `Recognition.hear`."""
        while not self._lost and self._is_ahead:
            self._room.clear()
            await self._room.wait()
        self._fed.add(block.track)
        await self._send(self._audio.take(block))

    async def finish(self) -> None:
        """See `Recognition.finish`."""
        await self._send(self._audio.flush())
        self._finished = True
        await self._connection.finish()

    async def results(self) -> AsyncGenerator[Hypothesis]:
        """See `Recognition.results`."""
        while True:
            try:
                answer = await self._connection.receive()
            except RecognizerFailed:
                if self._is_drained:
                    break
                self._lost = True
                self._room.set()
                raise
            for hypothesis in self._hypotheses(answer):
                yield hypothesis
        for joiner in self._joiners:
            for hypothesis in joiner.finish():
                yield hypothesis

    async def keep_alive(self, *, every_s: float) -> None:
        """Let the vendor know, for as long as it takes, that audio will come."""
        while not (self._finished or self._lost):
            await asyncio.sleep(max(0.0, self._sent_at + every_s - self._now()))
            if self._now() - self._sent_at < every_s:
                continue
            self._sent_at = self._now()
            try:
                await self._connection.keep_alive()
            except RecognizerFailed:
                self._lost = True  # who reads the socket is told why; who feeds it finds out
                self._room.set()

    @property
    def _is_ahead(self) -> bool:
        return self._audio.sent / SAMPLE_RATE_HZ - self._answered_s > _AHEAD_MAX_S

    @property
    def _is_drained(self) -> bool:
        """Whether a close now is the one we asked for, with nothing left unsaid."""
        sent_s = self._audio.sent / SAMPLE_RATE_HZ
        final_s = min(joiner.closed_s for joiner in self._joiners)
        return self._finished and (self._farewell or sent_s - final_s <= _DRAINED_S)

    async def _send(self, audio: bytes) -> None:
        if audio:
            self._sent_at = self._now()
            await self._connection.send(audio)

    def _hypotheses(self, answer: Answer | None) -> list[Hypothesis]:
        match answer:
            case None:
                return []
            case Results():
                self._answered_s = max(self._answered_s, answer.end)
                self._room.set()
                joiner = self._joiner(answer.channel_index)
                told = joiner.take(answer) if joiner else []
            case UtteranceEnd():
                joiner = self._joiner(answer.channel)
                told = joiner.utterance_ended(answer.last_word_end) if joiner else []
            case Farewell():
                self._farewell = self._finished
                return []
            case Problem():
                log.warning("deepgram_objects", variant=answer.variant)
                return []
            case _:
                assert_never(answer)
        return [one for one in told if one.track in self._fed]

    def _joiner(self, index: list[int]) -> Joiner | None:
        return self._joiners[index[0]] if index and 0 <= index[0] < len(self._joiners) else None
