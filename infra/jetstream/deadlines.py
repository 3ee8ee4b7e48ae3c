"""One timer for many waits that may all take equally long.

A timer of its own for each append cost a quarter of the publisher's throughput.
"""

import asyncio
from typing import Any

Wait = asyncio.Future[Any]


class Deadlines:
    """Ends each wait that was begun `after_s` ago and is not over, by the result None."""

    def __init__(self, *, after_s: float) -> None:
        self._after_s = after_s
        # In the order of their deadlines, since all are given the same time.
        self._due_at: dict[Wait, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, wait: Wait) -> None:
        """Watch a wait, from now on."""
        loop = wait.get_loop()
        due_at = loop.time() + self._after_s
        self._due_at[wait] = due_at
        if self._timer is None:
            self._timer = loop.call_at(due_at, self._sweep, loop)

    def end(self, wait: Wait) -> None:
        """Watch it no longer; harmless when repeated."""
        self._due_at.pop(wait, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        while self._due_at:
            wait, due_at = next(iter(self._due_at.items()))
            if due_at > now:
                self._timer = loop.call_at(due_at, self._sweep, loop)
                return
            del self._due_at[wait]
            if not wait.done():
                wait.set_result(None)
