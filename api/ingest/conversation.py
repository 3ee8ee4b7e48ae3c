"""One source's connection after the welcome: frames in, storage, acknowledgements, the end."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from ...errors import IngestRefused
from .line import Line
from .messages import Ack, End, Ended, Hello, Welcome, end_in, frame_in
from .port import Inlet
from .storing import Storing

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
        self._storing = Storing(inlet, now=now, stored=self._acknowledge)

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
        await self._storing.beside(self._hear_all())

    async def _hear_all(self) -> None:
        while True:
            message = await self._line.hear(within_s=IDLE_S)
            if isinstance(message, str):
                await self._finish(end_in(message))
                return
            self._storing.take(frame_in(message, self._hello))

    async def _acknowledge(self, sequence: int) -> None:
        await self._line.say(Ack(sequence))

    async def _finish(self, end: End) -> None:
        if end.sequence != self._storing.received:
            raise IngestRefused("sequence_gap")
        await self._storing.drained()
        await self._end(end.ended_at or self._storing.last_spoken_at, end.reason)
        await self._inlet.close()
        await self._line.say(Ended(end.sequence))
