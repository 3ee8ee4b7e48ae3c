"""One stream after its start: sounds in, in order and in place, to its end.

Twilio says nothing twice, and leaves out what it cannot get rid of.
"""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from ...errors import IngestRefused
from ...events.base import Track
from ...events.pushed import PushedFrame
from ..ingest.backlog import Backlog
from ..ingest.conversation import IDLE_S
from ..ingest.line import Line
from ..ingest.storing import Storing
from .contact import StreamedContact
from .lineup import Lineup
from .messages import Connected, Dtmf, Mark, Media, Side, Start, Stop, message_in
from .placement import Placement, origin_of


class Tally(Struct):
    """What of a stream's messages did not become sound."""

    missing: int  # were waited for in vain
    dropped: int  # came twice or too late
    left_out: int  # were too many to be held while the log was away


class Conversation:
    """Hears one stream. Whatever ends it, what was heard is stored."""

    def __init__(
        self,
        line: Line,
        start: Start,
        contact: StreamedContact,
        *,
        tracks: Mapping[Side, Track],
        zero_at: datetime,
    ) -> None:
        """`tracks` are those that were announced, `zero_at` is when the stream began."""
        self._line = line
        self._stream_sid = start.stream_sid
        self._contact = contact
        self._tracks = tracks
        self._zero_at = zero_at
        self._lineup = Lineup(start.sequence_number)
        # Each sound with how many messages were lost before it.
        self._backlog: Backlog[tuple[Media, int]] = Backlog()

    @property
    def tally(self) -> Tally:
        """What did not become sound so far."""
        return Tally(self._lineup.missing, self._lineup.dropped, self._backlog.left_out)

    async def run(self) -> datetime:
        """Hear the stream until Twilio says that it is over; return when the last sound ended.

        Raises:
            IngestRefused: Twilio does not keep to the protocol, or another stream took over.
            Refused: the contact takes nothing from here.
            Fault: it cannot be stored.
            WebSocketDisconnect: the stream broke off.
        """
        hearing = asyncio.create_task(self._hear_all())
        try:
            inlet = await self._contact.opened()
            storing = Storing(inlet, now=self._contact.now, reopen=self._contact.reopened)
            placement = Placement(self._tracks, origin=origin_of(inlet, self._zero_at))

            def place(held: tuple[Media, int]) -> Iterator[PushedFrame]:
                media, missing = held
                sequence = storing.received + 1
                if frame := placement.place(media, sequence=sequence, missing=missing):
                    yield frame

            await storing.beside(self._backlog.hand_over(storing, place, hearing=hearing))
            return storing.last_spoken_at
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear_all(self) -> None:
        try:
            while await self._hear():
                pass
        finally:
            # What waits for others that are missing need not wait any longer.
            for media in self._lineup.rest():
                self._hold(media)

    async def _hear(self) -> bool:
        match message_in(await self._line.hear(within_s=IDLE_S)):
            case None:
                return True
            case Connected() | Start():
                raise IngestRefused("start_repeated")
            case (Media() | Mark() | Dtmf() | Stop()) as message:
                if message.stream_sid != self._stream_sid:
                    raise IngestRefused("stream_foreign")
                if isinstance(message, Stop):
                    return False
                sound = message if isinstance(message, Media) else None
                for media in self._lineup.take(message.sequence_number, sound):
                    self._hold(media)
                return True

    def _hold(self, media: Media) -> None:
        missing = self._lineup.missing + self._backlog.left_out
        self._backlog.hold((media, missing), size=len(media.media.payload))
