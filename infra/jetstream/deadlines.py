"""One timer for many waits that may all take equally long.

A timer of its own for each append cost a quarter of the publisher's throughput.
"""

import asyncio
from time import monotonic
from typing import Protocol


class Wait(Protocol):
    """A future, or what is ended like one."""

    def done(self) -> bool: ...

    def set_result(self, result: None, /) -> None: ...


class Deadlines:
    """Ends each wait that was begun `after_s` ago and is not over, by the result None."""

    def __init__(self, *, after_s: float) -> None:
        self._after_s = after_s
        # In the order of their deadlines, since all are given the same time.
        self._due_at: dict[Wait, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, wait: Wait) -> None:
        """Watch a wait, from now on."""
        self._due_at[wait] = monotonic() + self._after_s
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._after_s, self._sweep, loop)

    def end(self, wait: Wait) -> None:
        """Watch it no longer; harmless when repeated."""
        self._due_at.pop(wait, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = monotonic()
        while self._due_at:
            wait, due_at = next(iter(self._due_at.items()))
            if due_at > now:
                self._timer = loop.call_later(due_at - now, self._sweep, loop)
                return
            del self._due_at[wait]
            if not wait.done():
                wait.set_result(None)
