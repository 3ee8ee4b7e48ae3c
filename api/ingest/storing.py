"""Frames are taken while earlier ones are stored: what every source's connection does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog
from msgspec.structs import replace

from ...errors import Fault, IngestRefused, StreamMoved
from ...events.base import SAMPLE_BYTES
from ...events.pushed import PushedFrame
from .order import Order
from .port import Inlet

# What arrives meanwhile is stored in one append: as often as Connect's blocks come, 64 ms.
STORE_EVERY_S = 0.064
# A minute in all. What a source sends once is held meanwhile, up to a window.
REOPEN_AFTER_S = (0.05, 0.1, 0.2, 0.4, 0.8, *(1.0,) * 58)
MOVED_MAX = 8  # of one connection: an older one finishes its last append, once or twice

_Result = TypeVar("_Result")

log = structlog.get_logger()


class Storing:
    """Takes the frames of one connection, and stores them in the order of their sequence ids."""

    def __init__(
        self,
        inlet: Inlet,
        *,
        now: Callable[[], datetime],
        stored: Callable[[int], Awaitable[None]] | None = None,
        reopen: Callable[[], Awaitable[Inlet]] | None = None,
    ) -> None:
        """Go on behind what the inlet has; `stored` is told the last sequence id of an append.

        It is of sources that wait for acknowledgements.

        `reopen` is of sources that send everything once: it opens the stream anew, and what was
        taken is stored there. Without it the source is expected to come back and send again.
        """
        self._inlet = inlet
        self._told = stored
        self._reopen = reopen
        self._is_broken, self._moved = False, 0
        self._order = Order(inlet, now=now)
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._roomy = asyncio.Event()
        self._drained.set()
        self._roomy.set()

    @property
    def received(self) -> int:
        """The sequence id of the last frame that was taken; 0 before the first."""
        return self._order.received

    @property
    def last_spoken_at(self) -> datetime:
        """When the last sample that was taken was spoken."""
        return self._order.last_spoken_at

    def take(self, frame: PushedFrame) -> None:
        """Take a frame; one that was received before is dropped.

        Raises:
            IngestRefused: it does not follow, the window is full, or the stream is closed.
        """
        if self._inlet.is_closed:
            raise IngestRefused("stream_closed")
        self._order.take(frame)
        if not self._order.is_empty:
            self._drained.clear()
            self._arrived.set()
        if not self._order.has_room:
            self._roomy.clear()

    async def room(self) -> None:
        """Return once the window has room for the longest frame of each track.

        Of sources that wait for no acknowledgement: what they say meanwhile is in a backlog.
        """
        await self._roomy.wait()

    async def drained(self) -> None:
        """Return once all that was taken is stored; never, if `run` has raised."""
        await self._drained.wait()

    async def beside(self, hearing: Coroutine[Any, Any, _Result]) -> _Result:
        """Store while a source is heard, until that is done; return what it returns.

        Raises:
            Fault: as `run`.
            Exception: what `hearing` raises, if that is first.
        """
        storing, heard = asyncio.create_task(self.run()), asyncio.create_task(hearing)
        try:
            await asyncio.wait({storing, heard}, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()  # raises why
            return await heard
        finally:
            for task in (storing, heard):
                task.cancel()
            await asyncio.gather(storing, heard, return_exceptions=True)

    async def run(self) -> None:
        """Store what was taken, until cancelled.

        Raises:
            Fault: it cannot be stored; what was told as stored is.
        """
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            frames = self._order.give()
            if not frames:
                continue  # a repeat, while what it repeats was being stored
            await self._store(frames)
            sequence = self._order.confirm(frames)
            if self._told is not None:
                await self._told(sequence)
            if self._order.has_room:
                self._roomy.set()
            if self._order.is_empty:
                self._drained.set()
            await asyncio.sleep(STORE_EVERY_S)

    async def _store(self, frames: Sequence[PushedFrame]) -> None:
        if self._reopen is None:
            await self._inlet.store(frames)
            return
        for pause_s in (*REOPEN_AFTER_S, None):
            try:
                if self._is_broken:
                    self._inlet, self._is_broken = await self._reopen(), False
                await self._inlet.store(_remaining(frames, self._inlet))
            except Fault as fault:
                self._is_broken = True
                self._moved += isinstance(fault, StreamMoved)
                if pause_s is None or self._moved > MOVED_MAX:
                    raise
                log.warning("ingest_stored_again", problem=fault.code, after_s=pause_s)
                await asyncio.sleep(pause_s)
            else:
                return


def _remaining(frames: Sequence[PushedFrame], inlet: Inlet) -> list[PushedFrame]:
    """Return what of the frames an inlet has not, numbered as it counts.

    Raises:
        IngestRefused: it takes nothing more.
    """
    if inlet.is_closed:
        raise IngestRefused("stream_closed")
    remaining: list[PushedFrame] = []
    for frame in frames:
        known = max(0, inlet.ends.get(frame.track, 0) - frame.first_sample)
        samples = frame.samples[known * SAMPLE_BYTES :]
        if samples:
            remaining.append(
                replace(
                    frame,
                    sequence=inlet.stored + 1 + len(remaining),
                    first_sample=frame.first_sample + known,
                    samples=samples,
                )
            )
    return remaining
