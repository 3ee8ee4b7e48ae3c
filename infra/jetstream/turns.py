"""Who may append next: one at a time on each subject, and so many over all subjects."""

import asyncio
from collections import deque
from types import TracebackType


class Turns:
    """Hands out turns, on each subject in the order they were asked for."""

    def __init__(self, *, at_once: int) -> None:
        self._window = asyncio.Semaphore(at_once)
        self._room_now = at_once  # of those that would not wait for their turn
        # Of every subject that is busy: who waits for it.
        self._busy: dict[str, deque[asyncio.Future[None]]] = {}

    def on(self, subject: str) -> "Turn":
        """Return a turn, to be taken by `async with`."""
        return Turn(self, subject)

    def take_now(self, subject: str) -> bool:
        """Take the turn if nobody is on this subject; who does not wait has a window of its own."""
        if subject in self._busy or self._room_now == 0:
            return False
        self._room_now -= 1
        self._busy[subject] = deque()
        return True

    def give_back_now(self, subject: str) -> None:
        """Let the next one have the subject that was taken by `take_now`."""
        self._room_now += 1
        self._pass_on(subject)

    async def take(self, subject: str) -> None:
        """Wait until nobody else is on this subject, and the window has room."""
        # The subject first: who waits for a busy subject must not fill the window.
        waiting = self._busy.get(subject)
        if waiting is None:
            self._busy[subject] = deque()
        else:
            await self._called(subject, waiting)
        try:
            await self._window.acquire()
        except BaseException:
            self._pass_on(subject)
            raise

    def give_back(self, subject: str) -> None:
        """Let the next one have the subject, and another its place in the window."""
        self._window.release()
        self._pass_on(subject)

    async def _called(self, subject: str, waiting: "deque[asyncio.Future[None]]") -> None:
        call: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(call)
        try:
            await call
        except BaseException:
            if not call.cancelled():
                # Called and cancelled at once: the turn is ours, and nobody else was told.
                self._pass_on(subject)
            raise

    def _pass_on(self, subject: str) -> None:
        waiting = self._busy[subject]
        while waiting:
            call = waiting.popleft()
            if not call.done():
                call.set_result(None)
                return
        del self._busy[subject]


class Turn:
    """One turn on one subject."""

    __slots__ = ("_subject", "_turns")

    def __init__(self, turns: Turns, subject: str) -> None:
        self._turns = turns
        self._subject = subject

    async def __aenter__(self) -> None:
        await self._turns.take(self._subject)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._turns.give_back(self._subject)
