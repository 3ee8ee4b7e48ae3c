"""One recognition session: audio in, hypotheses out, and a watch on whether it moves."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from types import TracebackType

from ...errors import Fault, RecognizerFailed
from ...events.audio import AudioBlock, StoredChunk
from ...events.base import SAMPLE_BYTES, SAMPLES_PER_MS, Track
from .beside import beside
from .port import Hypothesis, Recognition, RecognitionRequest, Recognizer, SpeechAudio
from .trail import Trail

# A streaming vendor reports about once a second, the local recogniser too.
_BEHIND_MS = 3_000  # audio given but not yet heard that is nothing to worry about
_LOOKS_PER_LIMIT = 4  # how often the watch looks, within the time it allows


class Session:
    """Feeds one recogniser session and hands its hypotheses on.

    Args:
        closed_ms: per track, what lies before it stands in finals and is not fed again.
            The owner moves it on while the session runs.
        fed_ms: filled in: per track, up to where it was fed.
        trail: told of every chunk.
        stalled_s: how long fed audio may stay unheard, or the end wait for its finals.
    """

    def __init__(
        self,
        recognition: Recognition,
        *,
        closed_ms: Mapping[Track, int],
        fed_ms: dict[Track, int],
        trail: Trail,
        stalled_s: float,
    ) -> None:
        self._recognition = recognition
        self._closed_ms = closed_ms
        self._trail = trail
        self._stalled_s = stalled_s
        self._now = asyncio.get_running_loop().time
        self._moved_at: dict[Track, float] = {}
        self._heard_ms: dict[Track, int] = {}
        self._finishing_since: float | None = None  # or since the last result after that
        self._giving_since: float | None = None  # a block that has not been taken yet
        self._fed_ms = fed_ms

    async def run(
        self,
        chunks: AsyncGenerator[StoredChunk],
        react: Callable[[Hypothesis], Awaitable[None]],
        *,
        began: Callable[[AudioBlock], Awaitable[None]],
    ) -> None:
        """Hear `chunks` to their end, and return when the last final was reacted to.

        `began` is called with each track's first block of the session.

        Raises:
            RecognizerFailed: the session died, or takes audio without getting on.
        """
        await beside(self._feed(chunks, began), self._watch(), main=self._listen(react))

    async def _feed(
        self,
        chunks: AsyncGenerator[StoredChunk],
        began: Callable[[AudioBlock], Awaitable[None]],
    ) -> None:
        async with aclosing(chunks):
            async for stored in chunks:
                blocks = stored.chunk.blocks
                self._trail.passed(stored.position, _ends_ms(blocks))
                for block in blocks:
                    await self._give(block, began)
        self._finishing_since = self._now()
        with _as_failure():
            await self._recognition.finish()

    async def _give(
        self, block: AudioBlock, began: Callable[[AudioBlock], Awaitable[None]]
    ) -> None:
        track = block.track
        speech = _unheard(block, from_sample=self._closed_ms[track] * SAMPLES_PER_MS)
        if speech is None:
            return
        if track not in self._fed_ms:
            await began(block)
            self._heard_ms.setdefault(track, speech.first_sample // SAMPLES_PER_MS)
        if not self._is_behind(track):
            self._moved_at[track] = self._now()
        # Counted before the call: a recogniser that never takes a block is hung as well.
        self._fed_ms[track] = speech.ended_ms
        self._giving_since = self._now()
        with _as_failure():
            await self._recognition.hear(speech)
        self._giving_since = None

    async def _listen(self, react: Callable[[Hypothesis], Awaitable[None]]) -> None:
        results = self._recognition.results()
        async with aclosing(results):
            while True:
                with _as_failure():
                    hypothesis = await anext(results, None)
                if hypothesis is None:
                    break
                self._note_progress(hypothesis)
                await react(hypothesis)
        if self._finishing_since is None:
            raise RecognizerFailed("ended_early")

    def _note_progress(self, hypothesis: Hypothesis) -> None:
        track = hypothesis.track
        if self._giving_since is not None:
            self._giving_since = self._now()  # full, and working on it
        if self._finishing_since is not None:
            self._finishing_since = self._now()
        if hypothesis.heard_ms > self._heard_ms.get(track, -1):
            self._heard_ms[track] = hypothesis.heard_ms
            self._moved_at[track] = self._now()

    def _is_behind(self, track: Track) -> bool:
        fed_ms = self._fed_ms.get(track)
        return fed_ms is not None and fed_ms - self._heard_ms[track] > _BEHIND_MS

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._stalled_s / _LOOKS_PER_LIMIT)
            since = [self._moved_at[track] for track in self._moved_at if self._is_behind(track)]
            since += [one for one in (self._giving_since, self._finishing_since) if one is not None]
            if since and self._now() - min(since) > self._stalled_s:
                raise RecognizerFailed("no_progress")


@asynccontextmanager
async def opened(
    recognizer: Recognizer, request: RecognitionRequest, *, within_s: float
) -> AsyncGenerator[Recognition]:
    """Open a session, whatever its adapter raises told as one error.

    Raises:
        RecognizerFailed: it could not be opened, or not in time.
        LanguageUnsupported: it never can.
    """
    session: AbstractAsyncContextManager[Recognition] = recognizer.open(request)
    try:
        async with asyncio.timeout(within_s):
            with _as_failure():
                recognition = await session.__aenter__()
    except TimeoutError as error:
        raise RecognizerFailed("open_timed_out") from error
    try:
        yield recognition
    except BaseException as error:
        # Told how it ended: a chain counts what its recognisers lose.
        await session.__aexit__(type(error), error, error.__traceback__)
        raise
    await session.__aexit__(None, None, None)


class _as_failure:  # noqa: N801 (used as a verb: `with _as_failure():`)
    """Tell a recogniser's faults from the log's: only the former are healed by a new session.

    A class and not a generator: every block passes through it.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, Fault) and not isinstance(error, RecognizerFailed):
            raise RecognizerFailed(error.code) from error


def _ends_ms(blocks: tuple[AudioBlock, ...]) -> dict[Track, int]:
    ends: dict[Track, int] = {}
    for block in blocks:
        ends[block.track] = max(ends.get(block.track, 0), block.end_sample // SAMPLES_PER_MS)
    return ends


def _unheard(block: AudioBlock, *, from_sample: int) -> SpeechAudio | None:
    """Return the part of a block that does not yet stand in finals, or None."""
    first = max(block.first_sample, from_sample)
    if first >= block.end_sample:
        return None
    samples = block.samples[(first - block.first_sample) * SAMPLE_BYTES :]
    return SpeechAudio(track=block.track, first_sample=first, samples=samples)
