"""A clock that a test moves, so that no test waits for time to pass."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)


class MovableClock:
    """Stands still until it is moved; when it skips, it jumps to whatever is waited for."""

    def __init__(self, *, skips: bool) -> None:
        self.skips = skips
        self._passed_s = 0.0
        self._moved = asyncio.Event()

    def monotonic(self) -> float:
        return self._passed_s

    def now(self) -> datetime:
        return START + timedelta(seconds=self._passed_s)

    def advance(self, seconds: float) -> None:
        self._passed_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def wait_until(self, at_s: float) -> None:
        while at_s > self._passed_s:
            if self.skips and at_s != float("inf"):
                await asyncio.sleep(0)
                self._passed_s = max(self._passed_s, at_s)
            else:
                await self._moved.wait()
