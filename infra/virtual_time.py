"""An event loop in which waiting takes no time: its clock leaps to whatever is due next.

For work whose every wait is a timer of this loop. A wait for something else, such as a socket
or a thread, is waited for as usual, while nothing is due; where timers must not leap past it, as
a deadline over a model's answer, it is waited for within `held`.
"""

import asyncio
import selectors
import time
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Leaping(selectors.DefaultSelector):
    leapt_s = 0.0
    held = 0  # so many wait for something real
    still = 0  # of these, so many for which no time is to pass

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.still:
            return super().select(timeout)
        if self.held:
            began_s = time.monotonic()
            ready = super().select(timeout)
            self.leapt_s += time.monotonic() - began_s
            return ready
        if timeout is None:
            return super().select(None)
        ready = super().select(0)
        if not ready and timeout > 0:
            self.leapt_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """See above. `time()` begins at 0 and leaps."""

    def __init__(self) -> None:
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self) -> float:
        """Return seconds since the beginning; no real time passes between two timers."""
        return self._leaping.leapt_s

    @contextmanager
    def held(self) -> Generator[None]:
        """Let the clock go by real time while the block runs: what it waits for takes some."""
        self._leaping.held += 1
        try:
            yield
        finally:
            self._leaping.held -= 1

    @contextmanager
    def stilled(self) -> Generator[None]:
        """Let no time pass while the block runs, however long what it waits for takes."""
        self._leaping.still += 1
        try:
            yield
        finally:
            self._leaping.still -= 1


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what the work comes to, in a loop of its own."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
