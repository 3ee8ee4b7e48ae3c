"""An EventLog whose nth append fails, or never returns; it is stored at once, later, or never."""

import asyncio
from collections.abc import Sequence
from typing import Literal

from antiphon.errors import LogUnavailable
from antiphon.events.base import Position
from antiphon.events.log import Entry, Told
from antiphon.events.log_in_front import LogInFront
from antiphon.infra.memory_log import MemoryLog

When = Literal["never", "at once", "late"]


class FailingLog(LogInFront):
    """Passes everything on; `appends` counts, and the one numbered `fail_at` (from 1) fails.

    `hangs`: it never returns, and `reached` is set: the moment to kill whoever waits for it.
    `forgets`: it does not recognise repeats, as JetStream does not after two minutes.
    `stored` late: it is on its way, and arrives just before the next append is.
    """

    def __init__(
        self,
        log: MemoryLog,
        *,
        fail_at: int = 0,
        stored: When = "never",
        hangs: bool = False,
        forgets: bool = False,
    ) -> None:
        super().__init__(log)
        self._fail_at = fail_at
        self._stored = stored
        self._hangs = hangs
        self._forgets = forgets
        self.appends = 0
        self.reached = asyncio.Event()
        self._under_way: tuple[str, str, Sequence[Entry], Position | None] | None = None

    def fail_next(self, nth: int) -> None:
        """Let the nth append from now on fail, as the first that failed did."""
        self._fail_at = self.appends + nth
        self.reached.clear()

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        self.appends += 1
        if self._forgets:
            entries = [Entry(f"{one.id}#{self.appends}", one.payload) for one in entries]
        if self.appends == self._fail_at:
            if self._stored == "at once":
                await self._log.append(stream, subject, entries, expected=expected)
            elif self._stored == "late":
                self._under_way = (stream, subject, entries, expected)
            self.reached.set()
            if self._hangs:
                await asyncio.Event().wait()
            raise LogUnavailable("the test said so")
        if self._under_way is not None:
            late_stream, late_subject, late_entries, late_expected = self._under_way
            self._under_way = None
            await self._log.append(late_stream, late_subject, late_entries, expected=late_expected)
        return await self._log.append(stream, subject, entries, expected=expected)


class FailingPosts(FailingLog):
    """Takes posts too, and numbers them with the appends.

    A post that fails is told so; where it `hangs` nobody is told, and `reached` is set.
    """

    posts = 0
    _told: Told | None = None

    def tell(self) -> None:
        """Say of the post that hangs that it is not known what became of it."""
        assert self._told is not None
        self._told(None)

    def post(
        self, stream: str, subject: str, entry: Entry, *, expected: Position, told: Told
    ) -> bool:
        if self._under_way is not None:
            return False  # who appends instead finds that it has arrived
        self.appends += 1
        if self.appends != self._fail_at:
            self.posts += 1
            assert isinstance(self._log, MemoryLog)
            return self._log.post(stream, subject, entry, expected=expected, told=told)
        if self._stored == "at once":
            assert isinstance(self._log, MemoryLog)
            assert self._log.post(stream, subject, entry, expected=expected, told=_to_nobody)
        elif self._stored == "late":
            self._under_way = (stream, subject, [entry], expected)
        if self._hangs:
            self._told = told
            self.reached.set()
        else:
            asyncio.get_running_loop().call_soon(told, None)
        return True


def _to_nobody(position: Position | None) -> None:
    """The answer is lost."""
