"""What was heard and waits for room to be stored: of sources that say nothing twice.

Their sockets are always read. Our server's pings go unanswered while one is not, for the pongs
stand behind the sound, and 10 to 20 s of that would end the connection and lose the call. So what
is heard while the log is away is held, and beyond a bound it is left out.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from ...errors import IngestRefused
from ...events.pushed import PushedFrame
from .storing import Storing

# Beside the window of 5 s and more that waits to be stored: 20 s of both tracks, in messages of
# 20 ms and in bytes of mu-law. A broker's restart takes seconds, and at 0.5 KB a message a call
# holds a megabyte.
HELD_MAX = 2_000
HELD_BYTES_MAX = 320_000

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Backlog(Generic[_Item]):
    """Holds what one connection brings until it is handed over to be stored."""

    def __init__(self) -> None:
        self._held: deque[tuple[_Item, int]] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._shrunk = asyncio.Event()
        self.left_out = 0  # items that were too many to be held

    def hold(self, item: _Item, *, size: int) -> None:
        """Hold an item of `size` bytes, or leave it out where there is no room for it."""
        if not self._has_room(size):
            self.left_out += 1
            return
        self._held.append((item, size))
        self._bytes += size
        self._arrived.set()

    async def room(self, *, size: int) -> None:
        """Return once there is room for an item of `size` bytes.

        Of sources that are ahead of the clock: nobody loses what is not spoken yet.
        """
        while not self._has_room(size):
            self._shrunk.clear()
            await self._shrunk.wait()

    async def hand_over(
        self,
        storing: Storing,
        place: Callable[[_Item], Iterable[PushedFrame]],
        *,
        hearing: asyncio.Task[_Result],
    ) -> _Result:
        """Have stored what `hearing` holds, to its end; return what it returned.

        `place` makes an item frames, at most one of each track, when their turn has come.

        Raises:
            IngestRefused: a frame cannot be; those before it are stored.
            Exception: what `hearing` raised, once all that it held is stored.
        """
        hearing.add_done_callback(lambda _: self._arrived.set())
        try:
            while self._held or not hearing.done():
                await self._arrived.wait()
                self._arrived.clear()
                await self._hand_held(storing, place)
        except IngestRefused:
            await storing.drained()
            raise
        await storing.drained()
        return hearing.result()

    async def _hand_held(
        self, storing: Storing, place: Callable[[_Item], Iterable[PushedFrame]]
    ) -> None:
        while self._held:
            await storing.room()
            item, size = self._held.popleft()
            self._bytes -= size
            self._shrunk.set()
            for frame in place(item):
                storing.take(frame)

    def _has_room(self, size: int) -> bool:
        return len(self._held) < HELD_MAX and self._bytes + size <= HELD_BYTES_MAX
