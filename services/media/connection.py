"""One body of GetMedia, read by a task of its own and handed over in order.

While the log takes one chunk, what arrives gathers here and goes together in the next; when
too much has gathered the socket is not read, and the sender waits.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from ...errors import MediaFailed
from .fragments import Fragments
from .matroska import MatroskaReader
from .outcomes import Behind, Heard, Outcome
from .pacing import CatchUp
from .patience import PENDING_BYTES_MAX
from .source import MediaSource, Start

ENDED_WITHIN = "body_ended_within_an_element"
_OUTCOME_BYTES = 100  # what one takes beside its samples: there are some without any


class Connection:
    """Reads from entering to leaving. `news` is set whenever there is something to look at."""

    def __init__(
        self,
        source: MediaSource,
        stream_arn: str,
        start: Start,
        fragments: Fragments,
        news: asyncio.Event,
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
        self.was_opened = False  # the source let us in
        self.failure: MediaFailed | None = None  # why it ended, unless by itself

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._receive())
        self._task.add_done_callback(lambda _: self._news.set())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._stop()

    @property
    def is_over(self) -> bool:
        """Nothing more comes, and everything was taken."""
        return self._task is not None and self._task.done() and not self._pending

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
                async for piece in body:
                    self._put(self._fragments.take(self._reader.feed(piece)))
                    if self._fragments.finished:
                        return
                    while self._pending_bytes >= PENDING_BYTES_MAX:
                        self._room.clear()
                        await self._room.wait()
                    await self._catch_up.admit(len(piece), behind_ms=self._behind_ms)
            if self._reader.is_inside:
                self.failure = MediaFailed("retry", ENDED_WITHIN)
        except MediaFailed as failure:
            self.failure = failure
        self._end()

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
        self._pending_bytes += len(outcomes) * _OUTCOME_BYTES + sum(
            len(outcome.payload) for outcome in outcomes if isinstance(outcome, Heard)
        )
        self._news.set()

    async def _stop(self) -> None:
        if self._task is None or self._task.done():
            return
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
