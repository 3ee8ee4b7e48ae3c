"""Reads what a stream holds, by pages of direct gets: no consumer is made, none is left behind.

Where a read ends is asked of the stream's leader, which has everything acknowledged. The pages
may come from a follower that is behind by a moment; then we wait for it.

Source: ADR-31, batch direct get; nats-server 2.15.1.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

import msgspec
from msgspec import Struct

from ...errors import LogUnavailable
from ...events.base import START, Position
from ...events.log import Stored
from .client import Connection, headers_of
from .connection import send
from .direct import stored_of, until_quiet
from .inbox import Inbox
from .requests import Requests

_PAGE_ENTRIES_MAX = 4_000
_PAGE_BYTES_MAX = 4 * 1024 * 1024  # more than the largest message, or none would ever come
_PAGE_S_MAX = 2.0  # between two messages of a page
_TRIES_MAX = 5  # without progress, before the log counts as away
_PAUSE_S = 0.1


class Read(Struct, frozen=True):
    """An entry, and the id it was appended with."""

    stored: Stored
    id: str


class Reader:
    """Reads streams from one position to another."""

    def __init__(self, nc: Connection, requests: Requests) -> None:
        self._nc = nc
        self._requests = requests
        self._inbox = Inbox(nc)

    async def read(
        self, stream: str, filters: Sequence[str], *, after: Position, upto: Position | None
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`."""
        if len(filters) == 1:
            async with aclosing(self.pages(stream, filters[0], after=after, upto=upto)) as pages:
                async for page in pages:
                    yield [one.stored for one in page]
            return
        if upto is None:
            # One end for all filters, or a later filter would see more than an earlier one.
            answer = await self._requests.stream(stream)
            upto = Position(0 if answer.state is None else answer.state.last_seq)
        sources = [self.pages(stream, one, after=after, upto=upto) for one in filters]
        async with AsyncExitStack() as stack:
            for source in sources:
                await stack.enter_async_context(aclosing(source))
            async for batch in _merged(sources):
                yield batch

    async def pages(
        self, stream: str, pattern: str, *, after: Position = START, upto: Position | None = None
    ) -> AsyncGenerator[Sequence[Read]]:
        """Yield what matches one pattern, in order, up to `upto` or what is last now."""
        last = await self._requests.message(stream, last_by_subj=pattern)
        end = Position(0 if last is None else last.seq if upto is None else min(upto, last.seq))
        position, tries = after, 0
        fetching: asyncio.Task[list[Read]] | None = None
        try:
            while position < end:
                page = await (fetching or self._page(stream, pattern, after=position, end=end))
                fetching = None
                if page:
                    position, tries = page[-1].stored.position, 0
                    if position < end:
                        # While this page is worked on, the next one comes.
                        fetching = asyncio.create_task(
                            self._page(stream, pattern, after=position, end=end)
                        )
                    yield page
                    continue
                # Taken away by age, not yet on the server that answered, or lost on the way.
                ahead = await self._requests.message(stream, seq=position + 1, next_by_subj=pattern)
                if ahead is None or ahead.seq > end:
                    return
                tries += 1
                if tries == _TRIES_MAX:
                    raise LogUnavailable("reading makes no progress")
                await asyncio.sleep(_PAUSE_S)
        finally:
            if fetching is not None:
                await _stopped(fetching)

    async def _page(
        self, stream: str, pattern: str, *, after: Position, end: Position
    ) -> list[Read]:
        """Return the next entries up to `end`, without holes; none when nothing came."""
        if not self._inbox.opened:
            await self._inbox.open()
        page = Arriving(end)
        reply = self._inbox.expect(page.receive)
        wanted = {
            "seq": after + 1,
            "next_by_subj": pattern,
            "batch": _PAGE_ENTRIES_MAX,
            "max_bytes": _PAGE_BYTES_MAX,
        }
        try:
            subject = f"$JS.API.DIRECT.GET.{stream}"
            await send(self._nc, subject, msgspec.json.encode(wanted), reply=reply)
            await page.whole()
        finally:
            self._inbox.forget(reply)
        return page.entries


class Arriving:
    """A page as it comes in: entries in order, up to a hole, the end, or what ends the page."""

    def __init__(self, end: Position) -> None:
        self._end = end
        self._whole = asyncio.Event()
        self.entries: list[Read] = []

    @property
    def is_whole(self) -> bool:
        return self._whole.is_set()

    async def whole(self) -> None:
        """Wait until its last entry is there, or nothing has come for so long."""
        await until_quiet(self._whole, lambda: len(self.entries), silence_s=_PAGE_S_MAX)

    def receive(self, payload: bytes, headers: bytes) -> None:
        """Take an answer to the request for the page."""
        if self.is_whole:
            return
        told = headers_of(headers)
        before = self.entries[-1].stored.position if self.entries else 0
        position = int(told.get(b"Nats-Sequence", 0))
        # None, at the page's end or where the server cannot serve; another, after a loss.
        follows = position and int(told[b"Nats-Last-Sequence"]) == before
        if follows and position <= self._end:
            self.entries.append(Read(stored_of(told, payload), _id_of(told)))
        if not follows or position >= self._end:
            self._whole.set()


def _id_of(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"Nats-Msg-Id", b"").decode()


async def _stopped(task: "asyncio.Task[list[Read]]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _merged(
    sources: Sequence[AsyncGenerator[Sequence[Read]]],
) -> AsyncGenerator[Sequence[Stored]]:
    """Yield batches of all sources in the stream's order, holding one page of each."""
    pages: list[_Page] = []
    for source in sources:
        page = _Page(source)
        if await page.refilled():
            pages.append(page)
    while pages:
        # Up to the nearest page's end nothing can be missing from any of them.
        bound = min(page.end for page in pages)
        batch = [stored for page in pages for stored in page.taken(bound)]
        yield sorted(batch, key=lambda stored: stored.position)
        pages = [page for page in pages if page.held or await page.refilled()]


class _Page:
    """The page of one source that is being merged."""

    def __init__(self, source: AsyncGenerator[Sequence[Read]]) -> None:
        self._source = source
        self.held: Sequence[Read] = []

    @property
    def end(self) -> Position:
        return self.held[-1].stored.position

    def taken(self, bound: Position) -> list[Stored]:
        """Take out what stands at or before `bound`."""
        count = bisect_right(self.held, bound, key=lambda one: one.stored.position)
        taken, self.held = self.held[:count], self.held[count:]
        return [one.stored for one in taken]

    async def refilled(self) -> bool:
        """Get the source's next page; False at its end."""
        self.held = await anext(self._source, list[Read]())
        return bool(self.held)
