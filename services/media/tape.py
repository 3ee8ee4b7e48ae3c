"""One contact's chunks in the audio stream: written one after the other, and where reading goes on.

A chunk is appended and waited for, or posted: sent at once, its position told later. One is under
way at a time, and none is given up: what was posted and not plainly stored is appended, under the
same id, by `settle`.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from ...events.audio import AudioBlock, AudioChunk, AudioLog
from ...events.base import START, ContactRef, Position
from .call import Call
from .marks import Mark, mark_of
from .spans import Spans


class Resume(Struct, frozen=True):
    """Where the reading of a stream goes on."""

    after: str | None  # last completely stored fragment; None: none yet
    mark: Mark  # last stored block: what is not beyond it is stored


class Tape:
    """Written by this process alone: every append says what it expects."""

    def __init__(self, contact: ContactRef, call: Call, *, audio: AudioLog, writer: str) -> None:
        """`writer` tells chunks apart that two writers might make of different samples."""
        self._contact = contact
        self._call = call
        self._audio = audio
        self._writer = writer
        self._resume_after: dict[int, str | None] = {}
        self._under_way: _Posted | None = None
        self._doubtful: _Posted | None = None
        self.end = START
        self.spans = Spans(START)  # of what stands behind the last `AudioReceived`
        self._last: dict[int, AudioChunk] = {}  # by stream

    @property
    def is_posting(self) -> bool:
        """Whether a post is under way: its end will be told."""
        return self._under_way is not None

    @property
    def is_doubtful(self) -> bool:
        """Whether something was posted that `settle` has to see to."""
        return self._doubtful is not None

    @property
    def resumes(self) -> dict[str, Resume]:
        """Where the reading of each stream goes on, by its ARN."""
        resumes: dict[str, Resume] = {}
        for stream, chunk in self._last.items():
            # A stream that is offered a second time goes on where it was.
            block, media = chunk.blocks[-1], self._call.offers[stream - 1].media
            mark = mark_of(block.fragment, block.ordinal)
            resumes[media.stream_arn] = Resume(chunk.resume_after, mark)
        return resumes

    def completed(self, stream: int, number: str | None) -> None:
        """A fragment is stored as a whole, once all chunks before now are."""
        self._resume_after[stream] = number

    def goes_on_behind(self, chunk: AudioChunk, position: Position) -> None:
        """Take note of a chunk that is stored."""
        self.end = position
        self._last.pop(chunk.stream, None)  # the newest stands last: it is what counts
        self._last[chunk.stream] = chunk

    async def append(self, stream: int, blocks: Sequence[AudioBlock]) -> AudioChunk:
        """Store blocks as a chunk, which the caller counts.

        Raises:
            StreamMoved, LogUnavailable, KeyDestroyed: see `AudioLog.append`.
        """
        chunk = self._chunk_of(stream, blocks)
        await self._store(chunk, self._name_of(chunk))
        return chunk

    def post(self, stream: int, blocks: Sequence[AudioBlock], told: Callable[[], None]) -> None:
        """Send blocks as a chunk, and count it when it is stored. Nothing is under way.

        `told` is called once, later, unless it has to be settled as it is.
        """
        chunk = self._chunk_of(stream, blocks)
        posted = _Posted(chunk, self._name_of(chunk), told)
        end = partial(self._end_post, posted)
        if self._audio.post(self._contact, chunk, id=posted.name, expected=self.end, told=end):
            self._under_way = posted
        else:
            self._doubtful = posted

    async def settle(self) -> None:
        """Return when all that was posted is stored and counted.

        Raises:
            StreamMoved, LogUnavailable, KeyDestroyed: see `AudioLog.append`.
        """
        while (posted := self._under_way) is not None:
            posted.over = asyncio.get_running_loop().create_future()
            await posted.over
        if (doubtful := self._doubtful) is not None:
            await self._store(doubtful.chunk, doubtful.name)
            self._doubtful = None
            self._count(doubtful.chunk)

    def _end_post(self, posted: "_Posted", position: Position | None) -> None:
        self._under_way = None
        if position is None:
            self._doubtful = posted
        else:
            self.goes_on_behind(posted.chunk, position)
            self._count(posted.chunk)
        if posted.over is not None and not posted.over.done():
            posted.over.set_result(None)
        posted.told()

    def _count(self, chunk: AudioChunk) -> None:
        self.spans.add(chunk.stream, chunk.blocks, self.end)

    async def _store(self, chunk: AudioChunk, name: str) -> None:
        position = await self._audio.append(self._contact, chunk, id=name, expected=self.end)
        self.goes_on_behind(chunk, position)

    def _chunk_of(self, stream: int, blocks: Sequence[AudioBlock]) -> AudioChunk:
        return AudioChunk(
            stream=stream, resume_after=self._resume_after.get(stream), blocks=tuple(blocks)
        )

    def _name_of(self, chunk: AudioChunk) -> str:
        # Names all it holds: a shorter chunk that was stored after all, when its answer was
        # lost and this process or another had heard more since, is not mistaken for it.
        first, last = chunk.blocks[0], chunk.blocks[-1]
        return (
            f"{chunk.stream}/{first.fragment}/{first.ordinal}"
            f"-{last.fragment}/{last.ordinal}/{len(chunk.blocks)}{self._writer}"
        )


class _Posted:
    __slots__ = ("chunk", "name", "over", "told")

    def __init__(self, chunk: AudioChunk, name: str, told: Callable[[], None]) -> None:
        self.chunk, self.name, self.told = chunk, name, told
        self.over: asyncio.Future[None] | None = None  # who waits for it
