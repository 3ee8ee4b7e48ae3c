"""One session: audio goes out in pieces at a bounded pace, results come in, and it ends in time."""

import asyncio
from collections.abc import AsyncGenerator

import numpy as np
from msgspec import Struct

from ....errors import RecognizerFailed
from ....events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, SAMPLES_PER_MS
from ..interleaver import Interleaver
from ..port import Hypothesis, RecognitionRequest, SpeechAudio
from .answers import Result
from .connection import Connection
from .joiner import Joiner
from .loudness import Loudness
from .pace import Pace

# Much smaller pieces are recognised late, it was found; 50 to 200 ms are asked for.
_PIECE_MS = 100
# Sessions lost on the same audio before its silence is believed: first another recogniser is asked.
_DEATHS_BELIEVED = 2
# Loud audio, unanswered when the vendor closes, that makes the close one in mid-work: a word.
_UNANSWERED_S = 0.15
# The vendor says why before it closes: what it said is read, should sending fail first.
_VERDICT_S = 1.0
_ANSWERS_AHEAD = 64  # told and not yet taken; then the socket waits


class Patience(Struct, frozen=True, kw_only=True):
    """How long a session waits, for what, and at which pace."""

    # The vendor ends a session that has had no audio for 15 s.
    quiet_s: float = 5.0
    silence_ms: int = 1_000  # sent then: enough in a row ends what was being said
    session_s: float = 13_500.0  # from then on the next pause ends it: the vendor does after 4 h
    session_s_max: float = 14_280.0  # or the middle of a word does
    times_real: float = 2.0  # the pace of a catch-up
    loud_level: int = 150  # mean of a piece: a telephone's hiss is below, a whisper above
    unanswered_s: float = 30.0  # loud audio: much more than a breath, less than a tune


class TranscribeRecognition:
    """Satisfies `Recognition`. `listen` and `keep_alive` run beside it."""

    def __init__(
        self,
        connection: Connection,
        request: RecognitionRequest,
        *,
        name: str,
        patience: Patience,
    ) -> None:
        self.name = name
        self._connection = connection
        self._patience = patience
        self._audio = Interleaver(request.tracks)
        self._tracks = request.tracks
        self._believes = request.deaths >= _DEATHS_BELIEVED
        self._joiners = [
            Joiner(
                track,
                self._audio.clock(track),
                Loudness(patience_s=patience.unanswered_s, believes=self._believes),
            )
            for track in request.tracks
        ]
        self._pace = Pace(times=patience.times_real)
        self._waiting = bytearray()  # interleaved, less than a piece
        self._sent = 0  # samples of each channel, on the wire
        self._now = asyncio.get_running_loop().time
        self._opened_at = self._sent_at = self._now()
        self._sending = asyncio.Lock()  # audio leaves in the order in which it was put together
        self._told: asyncio.Queue[list[Hypothesis] | RecognizerFailed | None] = asyncio.Queue(
            _ANSWERS_AHEAD
        )
        self._fed: set[str] = set()
        self._finished = False
        self._lost: asyncio.Future[RecognizerFailed] = asyncio.Future()

    async def hear(self, block: SpeechAudio) -> None:
        """See `Recognition.hear`."""
        async with self._sending:
            self._fed.add(block.track)
            try:
                await self._send(self._audio.take(block))
            except RecognizerFailed as failure:
                raise await self._verdict(failure) from failure

    async def finish(self) -> None:
        """See `Recognition.finish`."""
        async with self._sending:
            self._finished = True
            try:
                await self._send(self._audio.flush(), is_last=True)
                await self._connection.send(b"")
            except RecognizerFailed as failure:
                raise await self._verdict(failure) from failure

    async def results(self) -> AsyncGenerator[Hypothesis]:
        """See `Recognition.results`.

        Raises:
            RecognizerFailed: also where the session is as old as one may get.
        """
        while (told := await self._told.get()) is not None:
            if isinstance(told, RecognizerFailed):
                raise told
            for hypothesis in told:
                if hypothesis.track in self._fed:
                    yield hypothesis
            if self._is_old(is_pause=any(one.is_final for one in told)):
                raise RecognizerFailed("session_too_old")
        for joiner in self._joiners:
            for hypothesis in joiner.finish():
                if hypothesis.track in self._fed:
                    yield hypothesis

    async def listen(self) -> None:
        """Take what the vendor says, to its end."""
        try:
            while (results := await self._connection.receive()) is not None:
                for result in results:
                    await self._told.put(self._take(result))
        except RecognizerFailed as failure:
            await self._lose(failure)
            return
        if self._is_drained:
            await self._told.put(None)
        else:
            await self._lose(RecognizerFailed("closed_early"))

    async def keep_alive(self) -> None:
        """Send silence whenever there was no audio for a while."""
        quiet_s = self._patience.quiet_s
        while not self._finished:
            await asyncio.sleep(max(0.0, self._sent_at + quiet_s - self._now()))
            async with self._sending:
                if self._finished or self._now() - self._sent_at < quiet_s:
                    continue
                try:
                    await self._send(self._audio.silence(self._patience.silence_ms))
                except RecognizerFailed:
                    return  # who reads the socket is told why; who feeds it finds out

    @property
    def _is_drained(self) -> bool:
        """Whether a close now is the one we asked for, with nothing left unsaid."""
        unsaid = any(
            (one.is_open and not self._believes) or one.loudness.unanswered_s >= _UNANSWERED_S
            for one in self._joiners
        )
        return self._finished and not unsaid

    async def _lose(self, failure: RecognizerFailed) -> None:
        self._lost.set_result(failure)
        await self._told.put(failure)

    async def _verdict(self, failure: RecognizerFailed) -> RecognizerFailed:
        """Return why the session is lost, as the vendor told it, or `failure`."""
        done, _ = await asyncio.wait([self._lost], timeout=_VERDICT_S)
        return self._lost.result() if done else failure

    def _is_old(self, *, is_pause: bool) -> bool:
        """Whether it ends here: at a final while nobody speaks, so that the least is replayed."""
        age_s = self._now() - self._opened_at
        if self._finished or age_s < self._patience.session_s:
            return False
        is_pause = is_pause and not any(joiner.is_open for joiner in self._joiners)
        return is_pause or age_s >= self._patience.session_s_max

    def _take(self, result: Result) -> list[Hypothesis]:
        for joiner in self._joiners:
            joiner.loudness.answered(result.end_time)
        if not 0 <= result.channel < len(self._joiners):
            return []
        return self._joiners[result.channel].take(result)

    async def _send(self, audio: bytes, *, is_last: bool = False) -> None:
        self._waiting += audio
        frame = SAMPLE_BYTES * len(self._tracks)
        piece_bytes = _PIECE_MS * SAMPLES_PER_MS * frame
        while len(self._waiting) >= (1 if is_last else piece_bytes):
            piece = bytes(self._waiting[:piece_bytes])
            del self._waiting[:piece_bytes]
            length = len(piece) // frame
            wait_s = self._pace.wait_s(length / SAMPLE_RATE_HZ, now=self._now())
            if wait_s:
                await asyncio.sleep(wait_s)
            # Noted before it goes: its answer may come before the line says that it went.
            self._note(piece, length)
            await self._connection.send(piece)

    def _note(self, piece: bytes, length: int) -> None:
        self._sent += length
        self._sent_at = now = self._now()
        samples = np.frombuffer(piece, "<i2").reshape(-1, len(self._joiners))
        levels = np.abs(samples.astype(np.int32)).mean(axis=0)
        told: list[Hypothesis] = []
        for joiner, level in zip(self._joiners, levels, strict=True):
            told += joiner.sent(
                until_s=self._sent / SAMPLE_RATE_HZ,
                is_loud=float(level) > self._patience.loud_level,
                now=now,
            )
        if told:
            self._tell(told)

    def _tell(self, told: list[Hypothesis]) -> None:
        """Tell of progress, unless nobody listens: later progress says it as well."""
        # Well short of full: never before an answer that waits for room.
        if self._told.qsize() < _ANSWERS_AHEAD // 2:
            self._told.put_nowait(told)
