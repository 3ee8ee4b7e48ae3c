"""Reads what one pattern matches by pages of direct gets: nothing is made, nothing left behind.

Where a read ends is asked of the stream's leader, which has everything acknowledged. The pages
may come from a follower that is behind by a moment; then we wait for it.

Source: ADR-31, batch direct get; nats-server 2.15.1.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

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

FIRST_PAGE_ENTRIES = 1_000  # more than most contacts leave: their history is one page
_PAGE_ENTRIES_MAX = 4_000
_PAGE_BYTES_MAX = 4 * 1024 * 1024  # more than the largest message, or none would ever come
_PAGE_S_MAX = 2.0  # between two messages of a page
_TRIES_MAX = 5  # without progress, before the log counts as away
_PAUSE_S = 0.1


class Read(Struct, frozen=True):
    """An entry, and the id it was appended with."""

    stored: Stored
    id: str


class Pages:
    """Reads streams from one position to another."""

    def __init__(self, nc: Connection, requests: Requests) -> None:
        self._nc = nc
        self._requests = requests
        self._inbox = Inbox(nc)

    async def end(self, stream: str, pattern: str, *, upto: Position | None = None) -> Position:
        """Return where reading a pattern ends: at `upto`, or at what is last now; START: nowhere.

        Raises:
            TenantUnknown: there is no such stream.
        """
        last = await self._requests.message(stream, last_by_subj=pattern)
        if last is None:
            return START
        return Position(last.seq if upto is None else min(upto, last.seq))

    async def read(
        self, stream: str, pattern: str, *, after: Position, end: Position
    ) -> AsyncGenerator[Sequence[Read]]:
        """Yield what matches a pattern, in order, up to `end`.

        The second page is not asked for before the first is done with; from then on the next
        one comes while a page is worked on.
        """
        position, tries, size = after, 0, FIRST_PAGE_ENTRIES
        fetching: asyncio.Task[list[Read]] | None = None
        try:
            while position < end:
                page = await (
                    fetching or self._page(stream, pattern, after=position, end=end, size=size)
                )
                fetching = None
                if page:
                    position, tries = page[-1].stored.position, 0
                    if position < end and size == _PAGE_ENTRIES_MAX:
                        fetching = asyncio.create_task(
                            self._page(stream, pattern, after=position, end=end, size=size)
                        )
                    yield page
                    size = _PAGE_ENTRIES_MAX
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
        self, stream: str, pattern: str, *, after: Position, end: Position, size: int
    ) -> list[Read]:
        """Return the next entries up to `end`, without holes; none when nothing came."""
        if not self._inbox.opened:
            await self._inbox.open()
        page = Arriving(end)
        reply = self._inbox.expect(page.receive)
        wanted = {
            "seq": after + 1,
            "next_by_subj": pattern,
            "batch": size,
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
