"""One body of GetMedia, handed over in order.

While the log takes one chunk, what arrives gathers here and goes together in the next; when
too much has gathered the socket is not read, and the sender waits. A task of its own opens the
body and learns of its end; the pieces between are plain calls.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from ...errors import MediaFailed
from .fragments import Fragments
from .matroska import MatroskaReader
from .outcomes import Behind, Heard, Outcome
from .pacing import CatchUp
from .patience import PENDING_BYTES_MAX
from .source import MediaSource, Start, Wait

ENDED_WITHIN = "body_ended_within_an_element"
_OUTCOME_BYTES = 100  # what one takes beside its samples: there are some without any


class Connection:
    """Reads from entering to leaving. `news` is called whenever there is something to look at."""

    def __init__(
        self,
        source: MediaSource,
        stream_arn: str,
        start: Start,
        fragments: Fragments,
        news: Callable[[], None],
        *,
        catch_up: CatchUp,
    ) -> None:
        self._source = source
        self._stream_arn = stream_arn
        self._start = start
        self._fragments = fragments
        self._news = news
        self._catch_up = catch_up
        self._behind_ms: int | None = None  # what the body last said
        self._reader = MatroskaReader()
        self._pending: list[Outcome] = []
        self._pending_bytes = 0
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_left = False  # nobody wants more of it
        self.was_opened = False  # the source let us in
        self.failure: MediaFailed | None = None  # why it ended, unless by itself

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._receive())
        self._task.add_done_callback(lambda _: self._news())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    @property
    def is_ended(self) -> bool:
        """Nothing more comes."""
        return self._task is not None and self._task.done()

    @property
    def is_over(self) -> bool:
        """Nothing more comes, and everything was taken."""
        return self.is_ended and not self._pending

    @property
    def gathered(self) -> Sequence[Outcome]:
        """What has gathered, the oldest first."""
        return self._pending

    def drop(self, count: int) -> None:
        """Let go of the oldest that gathered: they were dealt with."""
        del self._pending[:count]
        self._pending_bytes = _size_of(self._pending)
        self._room.set()

    def take(self) -> Sequence[Outcome]:
        """Return what has gathered.

        Raises:
            Exception: reading ended with a bug; a failing source is no bug, but `failure`.
        """
        if self._task is not None and self._task.done() and not self._task.cancelled():
            self._task.result()
        taken, self._pending, self._pending_bytes = self._pending, [], 0
        self._room.set()
        return taken

    async def hang_up(self) -> Sequence[Outcome]:
        """Stop reading; return what gathered, and what only the end makes certain."""
        await self._stop()
        self._end()
        return self.take()

    async def _receive(self) -> None:
        try:
            async with self._source.open(self._stream_arn, self._start) as body:
                self.was_opened = True
                await body.give(self._hear)
            if self._reader.is_inside:
                self.failure = MediaFailed("retry", ENDED_WITHIN)
        except _EnoughError:
            return
        except MediaFailed as failure:
            self.failure = failure
        self._end()

    def _hear(self, piece: bytes) -> Wait | None:
        if self._is_left:
            return None  # the cancellation is on its way, and whoever left may have begun anew
        self._put(self._fragments.take(self._reader.feed(piece)))
        if self._fragments.finished:
            raise _EnoughError
        if self._pending_bytes >= PENDING_BYTES_MAX:
            return partial(self._until_room, len(piece))
        if self._catch_up.is_due(self._behind_ms):
            return partial(self._catch_up.admit, len(piece), behind_ms=self._behind_ms)
        return None

    async def _until_room(self, size: int) -> None:
        while self._pending_bytes >= PENDING_BYTES_MAX:
            self._room.clear()
            await self._room.wait()
        await self._catch_up.admit(size, behind_ms=self._behind_ms)

    def _end(self) -> None:
        if not self._fragments.finished:
            self._put(self._fragments.end(self._reader.end()))

    def _put(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        self._pending.extend(outcomes)
        for outcome in outcomes:
            if isinstance(outcome, Behind):
                self._behind_ms = outcome.behind_ms
        self._pending_bytes += _size_of(outcomes)
        self._news()

    async def _stop(self) -> None:
        self._is_left = True
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


def _size_of(outcomes: Sequence[Outcome]) -> int:
    size = len(outcomes) * _OUTCOME_BYTES
    for outcome in outcomes:
        if isinstance(outcome, Heard):
            size += len(outcome.payload)
    return size


class _EnoughError(Exception):
    """Nothing that follows in the body is of use."""
