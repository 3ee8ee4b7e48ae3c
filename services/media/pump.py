"""Reads the sockets of all calls at one tick, instead of waking up for each of them.

Waking up is dearer than reading: a task, a future and a timer a read were a quarter of what
hearing a call costs, and every wait of an idle process finds cold caches. At a tick all that
came since the last one is read in one go, by plain calls.

Source: decision 0050, and what was measured for it.
"""

import asyncio
import selectors
import socket
from collections.abc import Callable
from time import monotonic

# A block lasts 64 ms; half a tick is what reading adds to it, on average, and 20 ms is all that
# may pass from the wire to the recogniser. Each tick costs half a millisecond before the first
# block (0064); the fewer calls, the sooner its work is done, and the longer it may be waited for.
TICK_S_MAX = 0.014
TICK_S_MIN = 0.008
_TICK_S_OF_ONE = 1.0  # divided by the sockets there are: 14 ms up to 71 of them, 8 ms from 125 on

# Of one socket at once; how often at a tick is the reader's.
READ_BYTES = 64 * 1024

Read = Callable[[], bool]


class Pump:
    """One of a process, on one event loop. It rests while it has no sockets."""

    def __init__(self, *, tick_s: float | None = None) -> None:
        """`tick_s`: None: as long as the number of sockets allows."""
        # What is read goes through here, one after the other: to make room for each read, and to
        # make it smaller again, would cost as much as to read.
        self.room = memoryview(bytearray(READ_BYTES))
        self._tick_s = tick_s
        self._selector = selectors.DefaultSelector()
        self._reads: dict[int, Read] = {}  # by file descriptor
        self._unfinished: set[int] = set()  # there may be more than was read of them
        self._timer: asyncio.TimerHandle | None = None
        self._looked_at_s = self._looks_at_s = 0.0

    @property
    def tick_s(self) -> float:
        """From one look to the next."""
        if self._tick_s is not None:
            return self._tick_s
        return min(TICK_S_MAX, max(TICK_S_MIN, _TICK_S_OF_ONE / max(1, len(self._reads))))

    @property
    def looked_at_s(self) -> float:
        """When the sockets were looked at before this time: what is read now came after it.

        CLOCK_MONOTONIC.
        """
        return self._looked_at_s

    def close(self) -> None:
        """Look no more. Whoever has a socket here still closes it."""
        if self._timer is not None:
            self._timer.cancel()
        self._reads.clear()
        self._selector.close()

    def add(self, connection: socket.socket, read: Read) -> None:
        """Have `read` called at the next tick, and at each at which there is something to read.

        It must not block, nor raise, and tells whether there may be more already: not every
        socket that holds bytes shows it, as TLS takes them off the wire by the record.
        """
        number = connection.fileno()
        self._selector.register(number, selectors.EVENT_READ)
        self._reads[number] = read
        self._unfinished.add(number)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._looks_at_s = monotonic()
            self._timer = loop.call_later(self.tick_s, self._tick, loop)

    def remove(self, connection: socket.socket) -> None:
        """Look at it no longer; harmless when repeated. To be called before it is closed."""
        number = connection.fileno()
        if self._reads.pop(number, None) is not None:
            self._unfinished.discard(number)
            self._selector.unregister(number)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._reads:
            self._timer = None
            return
        # First of all: should a read raise after all, the loop says so and the others go on.
        self._timer = loop.call_later(self.tick_s, self._tick, loop)
        self._looked_at_s, self._looks_at_s = self._looks_at_s, monotonic()
        due = self._unfinished.copy()
        due.update([key.fd for key, _ in self._selector.select(0)])
        for number in due:
            read = self._reads.get(number)
            if read is None:
                continue  # removed at this very tick
            self._unfinished.discard(number)
            if read():
                self._unfinished.add(number)
