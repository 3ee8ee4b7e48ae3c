"""Who waits for an endpoint to have a place. Lives on the loop."""

import asyncio
from collections import deque

_WAITING_MAX = 256  # of all models: beyond it, whoever asks is told so at once


class WaitingRoom:
    """Those on the line are called before bulk; each then looks for itself."""

    def __init__(self) -> None:
        self._waiting: dict[bool, deque[asyncio.Future[None]]] = {True: deque(), False: deque()}

    async def wait(self, *, live: bool, until: float) -> bool:
        """Return True when a place may have become free; False: no room here, or too late.

        `until`: of the loop's clock.
        """
        queue = self._waiting[live]
        if sum(map(len, self._waiting.values())) >= _WAITING_MAX:
            return False
        called = asyncio.get_running_loop().create_future()
        queue.append(called)
        try:
            async with asyncio.timeout_at(until):
                await called
        except TimeoutError:
            return False
        finally:
            if not called.done() or called.cancelled():
                queue.remove(called)
        return True

    def call(self) -> None:
        """Call everybody: a place became free, or something changed."""
        for live in (True, False):
            queue, self._waiting[live] = self._waiting[live], deque()
            for called in queue:
                if not called.done():
                    called.set_result(None)


class Bursts:
    """Lets those who have time go together, so that the server they go to makes a batch of them."""

    def __init__(self, *, window_s: float = 0.25, size_max: int = 16) -> None:
        """`window_s`: how long the first one waits for others, at most."""
        self._window_s = window_s
        self._size_max = size_max
        self._gathering: dict[str, _Burst] = {}

    async def join(self, key: str, *, until: float) -> None:
        """Wait for others of the same key; for half of the time that is left, at most."""
        loop = asyncio.get_running_loop()
        spare_s = max(0.0, until - loop.time()) / 2
        burst = self._gathering.get(key)
        if burst is None:
            burst = self._gathering[key] = _Burst(loop.create_future())
            burst.timer = loop.call_later(self._window_s, self._go, key)
        burst.size += 1
        if burst.size >= self._size_max:
            self._go(key)
        # One that leaves, or has no more time, does not take the others with it.
        await asyncio.wait({burst.gone}, timeout=spare_s)

    def _go(self, key: str) -> None:
        burst = self._gathering.pop(key)
        if burst.timer is not None:
            burst.timer.cancel()
        burst.gone.set_result(None)


class _Burst:
    def __init__(self, gone: "asyncio.Future[None]") -> None:
        self.gone = gone
        self.size = 0
        self.timer: asyncio.TimerHandle | None = None
