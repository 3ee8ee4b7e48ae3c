"""How fast contacts that are behind may be read: not so fast that those that are not fall back.

What is stored comes as fast as the network carries it, 25 MB a second and stream. After an
outage or a takeover all contacts of a process are behind at once, and each would take all the
processor there is. They share one budget; a contact that is live is never held up.
"""

import asyncio
from typing import Protocol

from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, TRACKS
from .figures import CATCHING_UP

# Seconds of audio (both tracks) a second, over all contacts of this process: half of what a core
# reads, so that two hundred calls that lost three seconds are live again in three more.
SPEED = 200.0
BEHIND_MS_MIN = 3_000  # a contact less far behind is as good as live
_BYTES_A_SECOND = len(TRACKS) * SAMPLE_RATE_HZ * SAMPLE_BYTES


class Clock(Protocol):
    """Monotonic seconds, and waiting by them."""

    def monotonic(self) -> float: ...

    async def wait_until(self, at_s: float) -> None: ...


class LoopClock:
    """The event loop's."""

    def monotonic(self) -> float:
        """Return the loop's seconds."""
        return asyncio.get_running_loop().time()

    async def wait_until(self, at_s: float) -> None:
        """Return at that time of the loop's clock."""
        await asyncio.sleep(at_s - self.monotonic())


class CatchUp:
    """The budget of one process. Whoever asks waits for its turn, in the order of asking."""

    def __init__(self, *, speed: float = SPEED, clock: Clock | None = None) -> None:
        """`speed`: seconds of audio a second."""
        self._bytes_a_second = speed * _BYTES_A_SECOND
        self._clock = clock or LoopClock()
        self._free_s = 0.0  # when the budget has nothing spoken for any more

    def is_due(self, behind_ms: int | None) -> bool:
        """Tell whether a contact that far behind has to be admitted at all."""
        return behind_ms is not None and behind_ms >= BEHIND_MS_MIN

    async def admit(self, size_bytes: int, *, behind_ms: int | None) -> None:
        """Return when so many bytes, which a contact that far behind has read, are paid for."""
        if not self.is_due(behind_ms):
            return
        now = self._clock.monotonic()
        due_s = max(self._free_s, now)
        self._free_s = due_s + size_bytes / self._bytes_a_second
        if due_s > now:
            CATCHING_UP.inc(due_s - now)
            await self._clock.wait_until(due_s)
