"""One source's connection after the welcome: frames in, storage, acknowledgements, the end."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from ...errors import IngestRefused
from .line import Line
from .messages import Ack, End, Ended, Hello, Welcome, end_in, frame_in
from .order import Order
from .port import Inlet

# What arrives meanwhile is stored in one append: as often as Connect's blocks come, 64 ms.
STORE_EVERY_S = 0.064
# A source on hold may send nothing; one that is gone is found by the server's pings.
IDLE_S = 900.0


class Conversation:
    """Takes frames while earlier ones are stored; `end` tells the contact's end."""

    def __init__(
        self,
        line: Line,
        hello: Hello,
        inlet: Inlet,
        *,
        end: Callable[[datetime, str | None], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._line = line
        self._hello = hello
        self._inlet = inlet
        self._end = end
        self._order = Order(inlet, now=now)
        self._arrived = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()

    async def run(self) -> None:
        """Talk until the source has said that this was all, and it is stored.

        Raises:
            IngestRefused: the source does not keep to the protocol.
            Fault: the source has to come back; it loses nothing by it.
            WebSocketDisconnect: the source is gone.
        """
        await self._line.say(
            Welcome(
                started_at=self._inlet.started_at,
                sequence=self._inlet.stored,
                next_sample=self._inlet.ends,
                closed=self._inlet.is_closed,
            )
        )
        storing = asyncio.create_task(self._store_for_ever())
        hearing = asyncio.create_task(self._hear_all())
        try:
            await asyncio.wait({storing, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if storing.done():
                storing.result()  # raises why
            await hearing
        finally:
            for task in (storing, hearing):
                task.cancel()
            await asyncio.gather(storing, hearing, return_exceptions=True)

    async def _hear_all(self) -> None:
        while True:
            message = await self._line.hear(within_s=IDLE_S)
            if isinstance(message, str):
                await self._finish(end_in(message))
                return
            if self._inlet.is_closed:
                raise IngestRefused("stream_closed")
            self._order.take(frame_in(message, self._hello))
            if not self._order.is_empty:
                self._drained.clear()
                self._arrived.set()

    async def _store_for_ever(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            frames = self._order.give()
            if not frames:
                continue  # a repeat, while what it repeats was being stored
            await self._inlet.store(frames)
            await self._line.say(Ack(self._order.confirm(frames)))
            if self._order.is_empty:
                self._drained.set()
            await asyncio.sleep(STORE_EVERY_S)

    async def _finish(self, end: End) -> None:
        if end.sequence != self._order.received:
            raise IngestRefused("sequence_gap")
        await self._drained.wait()
        await self._end(end.ended_at or self._order.last_spoken_at, end.reason)
        await self._inlet.close()
        await self._line.say(Ended(self._order.stored))
