"""The clock that calls are played by; a test hands in one that it moves itself."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol

TIMER_S_MAX = 3_600.0  # event loops do not take every number of seconds, infinity least of all


class Clock(Protocol):
    """Seconds that only go forward, and the date that belongs to them."""

    def monotonic(self) -> float:
        """Seconds since some moment; never back."""
        ...

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    async def wait_until(self, at_s: float) -> None:
        """Return once `monotonic()` has reached `at_s`; at once when it has."""
        ...


class RealClock:
    """The machine's clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait_until(self, at_s: float) -> None:
        # A timer may fire a tick early by its own resolution; then it is set again.
        while (left_s := at_s - self.monotonic()) > 0:  # noqa: ASYNC110  # there is only time to wait for
            await asyncio.sleep(min(left_s, TIMER_S_MAX))
