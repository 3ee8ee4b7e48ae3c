"""One AudioHook session once it is opened: audio in, storage, answers, the end.

Genesys sends each sample once, and takes up no session that was cut off.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import structlog
from msgspec import Struct

from ...errors import IngestRefused
from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, Track
from ...events.pushed import PushedFrame
from ..ingest.backlog import Backlog
from ..ingest.order import FUTURE_S_MAX
from ..ingest.port import Inlet
from ..ingest.storing import Storing
from .exchange import Exchange
from .media import Media, parts_of, pieces_of
from .messages import Close, Discarded, Failed, Paused, Ping, Resumed, Skipped, Told, Update
from .positions import duration_of, samples_in

IDLE_S = 30.0  # Genesys pings every 5 s, paused or not
# A client that has more than it should have by now waits while there is no room: it plays a
# recording, and loses nothing by it. Clocks drift less.
HASTE_S = 5.0
AHEAD_S = 30.0  # and from there on it is heard at the pace of its audio

log = structlog.get_logger()


class Opened(Struct, frozen=True):
    """What a session begins with."""

    media: Media
    inlet: Inlet
    position: int  # of the first sample that may come, in the session's own count
    origin: int  # the stream's sample at the session's position 0


class Session:
    """Takes a session's audio while earlier audio is stored.

    It is sent once: what was taken is stored, even if the client is gone before it is.
    """

    def __init__(
        self,
        exchange: Exchange,
        opened: Opened,
        *,
        reopen: Callable[[], Awaitable[Inlet]],
        end: Callable[[datetime], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        """`end` states that the conversation is over, and that its audio is complete."""
        self._exchange = exchange
        self._opened = opened
        self._end = end
        self._now = now
        self._storing = Storing(opened.inlet, now=now, reopen=reopen)
        # Each part of the audio with the stream's sample that it begins at.
        self._backlog: Backlog[tuple[int, bytes]] = Backlog()
        self._started_at = opened.inlet.started_at
        self._ends: dict[Track, int] = dict(opened.inlet.ends)
        self._at = opened.origin + opened.position  # the stream's next sample
        self._is_paused = False

    async def run(self) -> None:
        """Talk until the session is closed, and all of it is stored.

        Raises:
            IngestRefused: the client does not keep to the protocol.
            Fault: it cannot be stored.
            WebSocketDisconnect: the client is gone.
        """
        await self._exchange.opened(self._opened.media, discard_to=self._discard_to())
        hearing = asyncio.create_task(self._hear_all())
        try:
            handing = self._backlog.hand_over(self._storing, self._frames_of, hearing=hearing)
            close = await self._storing.beside(handing)
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            if self._backlog.left_out:
                log.warning(
                    "audiohook_left_out",
                    session=self._exchange.session_id,
                    parts=self._backlog.left_out,
                )
        await self._close(close)

    def _discard_to(self) -> str | None:
        # A client that goes on may have kept what we lack. What we have it need not repeat.
        stored = min(self._ends.get(track, 0) for track in self._opened.media.tracks)
        return duration_of(stored - self._opened.origin) if stored > self._at else None

    async def _hear_all(self) -> Close:
        while True:
            heard = await self._exchange.hear(within_s=IDLE_S)
            if isinstance(heard, bytes):
                await self._take(heard)
            elif isinstance(heard, Close):
                return heard
            else:
                await self._answer(heard)

    async def _answer(self, told: Told) -> None:
        match told:
            case Ping():
                await self._exchange.say("pong")
            case Update():
                await self._exchange.say("updated")
            case Paused():
                self._is_paused = True
            case Resumed():
                self._is_paused = False
                self._skip(told)
            case Discarded():
                self._skip(told)
            case Failed(code=code):
                log.warning("audiohook_failed", session=self._exchange.session_id, code=code)
            case _:
                pass  # a second `open`, or a message of a version to come

    def _skip(self, told: Skipped) -> None:
        upto = samples_in(told.start) + samples_in(told.discarded) + self._opened.origin
        # Nothing is placed twice, whatever a client takes back.
        self._at = max(self._at, upto)
        if self._ahead_s > FUTURE_S_MAX:
            raise IngestRefused("samples_in_future")

    async def _take(self, message: bytes) -> None:
        if self._is_paused:
            raise IngestRefused("audio_while_paused")
        for part in parts_of(message, self._opened.media):
            if self._ahead_s > HASTE_S:
                await self._backlog.room(size=len(part))
            self._backlog.hold((self._at, part), size=len(part))
            self._at += len(part) // len(self._opened.media.channels)
        await self._keep_pace()

    def _frames_of(self, held: tuple[int, bytes]) -> Iterator[PushedFrame]:
        at, part = held
        for track, samples in pieces_of(part, self._opened.media):
            known = max(0, self._ends.get(track, 0) - at)
            if rest := samples[known * SAMPLE_BYTES :]:
                frame = PushedFrame(self._storing.received + 1, track, at + known, rest)
                self._ends[track] = frame.end_sample
                yield frame

    async def _keep_pace(self) -> None:
        excess_s = self._ahead_s - AHEAD_S
        # Further off than that is no haste, and refused with the next samples.
        if 0 < excess_s < AHEAD_S:
            await asyncio.sleep(excess_s)

    async def _close(self, close: Close) -> None:
        if close.reason == "end":
            await self._end(self._reached_at)
        log.info("audiohook_closed", session=self._exchange.session_id, reason=close.reason)
        await self._exchange.closed()

    @property
    def _ahead_s(self) -> float:
        return (self._reached_at - self._now()).total_seconds()

    @property
    def _reached_at(self) -> datetime:
        return self._started_at + timedelta(seconds=self._at / SAMPLE_RATE_HZ)
