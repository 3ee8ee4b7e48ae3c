"""A few threads, shared fairly: finals before partials, contacts in turn. Lives on the loop.

Nothing queues here. Whenever a thread is free, the seats are asked what is most worth doing
now, so a partial is made of the newest audio, or not at all.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from msgspec import Struct

# The slowest job takes a few seconds of a processor. Counted in what the machine gave this
# process, and so much for each thread: where others have the processors, a job takes minutes and
# is not stuck, and a session that is ended for it would only begin it anew.
_STUCK_CPU_S = 30.0
_STUCK_S = 600.0  # a job that waits for what never comes needs no processor


class Work(Struct, frozen=True):
    """Something to do in a thread, and what to do on the loop when it was done."""

    do: Callable[[], None]
    done: Callable[[BaseException | None], None]


class Seat(Protocol):
    """A session, as the workbench sees it."""

    def next_final(self) -> Work | None:
        """Return the work that a final waits for, or None."""
        ...

    def next_partial(self) -> Work | None:
        """Return the work of a partial that is due, or None."""
        ...


class Workbench:
    """Threads that sessions share. To be used from one event loop.

    Args:
        now: seconds of a clock that never goes back.
        spent: seconds of a processor that this process was given so far.
    """

    def __init__(
        self,
        *,
        threads: int,
        now: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.process_time,
    ) -> None:
        self._now = now
        self._spent = spent
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="whisper")
        self._free = threads
        self._count = threads
        self._seats: deque[Seat] = deque()
        self._finished_at = 0.0
        self._spent_then = 0.0

    def join(self, seat: Seat) -> None:
        """Let a session have its turns."""
        self._seats.append(seat)

    def leave(self, seat: Seat) -> None:
        """Forget a session. Work in progress is finished and told as ever."""
        self._seats.remove(seat)

    @property
    def is_moving(self) -> bool:
        """Whether work gets done: a thread is free, or no job took too long yet."""
        if self._free > 0:
            return True
        is_waiting_long = self._now() - self._finished_at >= _STUCK_S
        return not is_waiting_long and (
            self._spent() - self._spent_then < _STUCK_CPU_S * self._count
        )

    def look(self) -> None:
        """Give free threads the work that is due."""
        while self._free > 0:
            work = self._choose()
            if work is None:
                return
            self._start(work)

    def close(self) -> None:
        """Take no more work; what runs is left to end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _choose(self) -> Work | None:
        for ask in (_final_of, _partial_of):
            for _ in range(len(self._seats)):
                seat = self._seats[0]
                # Whoever was asked goes to the end of the queue.
                self._seats.rotate(-1)
                work = ask(seat)
                if work is not None:
                    return work
        return None

    def _start(self, work: Work) -> None:
        loop = asyncio.get_running_loop()
        if self._free == self._count:
            self._note_finished()  # from here on somebody is owed something
        self._free -= 1

        def finished(future: "asyncio.Future[None]") -> None:
            if future.cancelled():
                return  # the workbench was closed
            self._free += 1
            self._note_finished()
            work.done(future.exception())
            self.look()

        loop.run_in_executor(self._threads, work.do).add_done_callback(finished)

    def _note_finished(self) -> None:
        self._finished_at, self._spent_then = self._now(), self._spent()


def _final_of(seat: Seat) -> Work | None:
    return seat.next_final()


def _partial_of(seat: Seat) -> Work | None:
    return seat.next_partial()
