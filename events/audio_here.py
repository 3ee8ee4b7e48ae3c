"""What this process stores of contacts' audio, told to those in it who follow a contact.

A chunk that was stored from here need not come back over the wire, be opened and taken apart: it
is at hand, and the acknowledgement says where it stands. It is told with what it stands behind.
Who follows takes it where that is what was heard last, and reads the log wherever it is not:
before anything was told, behind what another process stored, and when too much had gathered.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from .base import ContactRef, Position

# A live call is told fifteen chunks a second. After so long without any, perhaps another process
# stores them now, and the log has to be asked.
QUIET_S = 1.0
WAITING_MAX = 64  # chunks told and not taken: four seconds of a live call


class Standing(Protocol):
    """What has a position."""

    @property
    def position(self) -> Position: ...


T = TypeVar("T", bound=Standing)


class Here(Generic[T]):
    """Those of one process who follow contacts' audio, on one event loop."""

    def __init__(self, *, quiet_s: float = QUIET_S) -> None:
        self._quiet_s = quiet_s
        self._hearers: dict[ContactRef, list[Hearer[T]]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    def is_followed(self, contact: ContactRef) -> bool:
        """Whether there is anybody to tell."""
        return contact in self._hearers

    def tell(self, contact: ContactRef, stored: T, *, behind: Position) -> None:
        """Tell of a chunk that is stored, right behind the contact's chunk at `behind`."""
        for hearer in self._hearers.get(contact, ()):
            hearer.tell(stored, behind)

    @contextmanager
    def hearer(self, contact: ContactRef) -> Generator["Hearer[T]"]:
        """Be told, from now on."""
        hearer = Hearer[T]()
        if not self._hearers:
            self._watch(asyncio.get_running_loop())
        self._hearers.setdefault(contact, []).append(hearer)
        try:
            yield hearer
        finally:
            self._hearers[contact].remove(hearer)
            if not self._hearers[contact]:
                del self._hearers[contact]
            if self._alarm is not None and not self._hearers:
                self._alarm.cancel()

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        # One alarm for all, and not one a chunk.
        for hearers in self._hearers.values():
            for hearer in hearers:
                hearer.look()
        self._alarm = loop.call_later(self._quiet_s, self._watch, loop)


class Hearer(Generic[T]):
    """What was told to one who follows, and not yet taken."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Position, T]] = deque()  # with what each stands behind
        self._end: Position | None = None  # of what was told; None: nobody here stores it
        self._is_fresh = False  # it was told since the last look
        self._is_over = False
        self._stirred = asyncio.Event()

    @property
    def waiting(self) -> int:
        """How many chunks were told and not taken."""
        return len(self._waiting)

    def tell(self, stored: T, behind: Position) -> None:
        """Add a chunk; where too many wait already, let go of these."""
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.clear()
        self._waiting.append((behind, stored))
        self._end = stored.position
        self._is_fresh = True
        self._stirred.set()

    def look(self) -> None:
        """Expect no more of those who store here if nothing was told since the last look."""
        if not self._is_fresh and not self._waiting:
            self._end = None
            self._stirred.set()
        self._is_fresh = False

    def end(self, _: object = None) -> None:
        """Nothing more is wanted."""
        self._is_over = True
        self._stirred.set()

    def goes_on(self, after: Position) -> bool:
        """Tell whether what follows a position is told here, now or once it is stored."""
        waiting = self._waiting
        while waiting and waiting[0][1].position <= after:
            waiting.popleft()
        if self._is_over or self._end is None:
            return False
        # The log may bring a chunk before it is told here, which then catches up with it.
        return (waiting[0][0] if waiting else self._end) <= after

    async def run(self, after: Position) -> AsyncGenerator[T]:
        """Yield what follows a position as it is told, for as long as it is."""
        while self.goes_on(after):
            if self._waiting:
                _, stored = self._waiting.popleft()
                after = stored.position
                yield stored
            else:
                self._stirred.clear()
                await self._stirred.wait()
