"""One session: audio frames in, transcript events out, and how it ends."""

import asyncio
import json
from collections.abc import Sequence

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from ..deepgram.words import Finders
from .channel import Channel, Result
from .eventstream import Damaged, Message, decoded, encoded
from .misbehaviour import TIMED_OUT, Misbehaviour
from .query import Query

_SAMPLE_BYTES = 2
_BAD = "BadRequestException"


class SessionEnded(Exception):
    """How: with an exception of the vendor's, or without."""

    def __init__(self, name: str = "", message: str = "") -> None:
        super().__init__(name)
        self.name = name
        self.message = message


class Session:
    """Serves one client, and keeps what it did for a test to look at.

    Args:
        idle_s: the client may send nothing for so long.
        audio_s_max: no session is longer.
    """

    def __init__(
        self,
        connection: ServerConnection,
        query: Query,
        *,
        finders: Finders,
        misbehaviour: Misbehaviour,
        idle_s: float,
        audio_s_max: float,
    ) -> None:
        self.query = query
        self.audio_bytes = 0
        self.frames_bytes: list[int] = []  # of samples, a frame; bounded by the session's length
        self.ended_with: str | None = None  # an exception's name
        self._connection = connection
        self._misbehaviour = misbehaviour
        self._idle_s = idle_s
        self._audio_s_max = audio_s_max
        self._channels = [
            Channel(number, query, finders(query.sample_rate_hz))
            for number in range(query.channels)
        ]

    @property
    def heard_ms(self) -> int:
        """How much audio came."""
        frame = _SAMPLE_BYTES * self.query.channels
        return self.audio_bytes // frame * 1_000 // self.query.sample_rate_hz

    async def serve(self) -> None:
        """Serve the client until one of both ends it."""
        try:
            try:
                await self._listen()
            except SessionEnded as ended:
                self.ended_with = ended.name or None
                if ended.name:
                    await refuse(self._connection, ended.name, ended.message)
            await self._connection.close(1000)
        except ConnectionClosed:
            pass  # the client is gone, which is its right

    async def _listen(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._idle_s):
                    raw = await self._connection.recv()
            except TimeoutError:
                raise SessionEnded(_BAD, TIMED_OUT) from None
            samples = _samples_of(raw)
            if not samples and not self._is_over("ignores_end"):
                for channel in self._channels:
                    await self._tell(channel.finish())
                raise SessionEnded
            await self._hear(samples)
            await self._misbehave()

    async def _hear(self, samples: bytes) -> None:
        width = _SAMPLE_BYTES * len(self._channels)
        if len(samples) % width:
            raise SessionEnded(_BAD, "The audio isn't whole frames; it can't be decoded.")
        self.audio_bytes += len(samples)
        self.frames_bytes.append(len(samples))
        if self.heard_ms > self._audio_s_max * 1_000:
            raise SessionEnded("LimitExceededException", "The audio is longer than is allowed.")
        columns = np.frombuffer(samples, "<i2").reshape(-1, len(self._channels))
        for number, channel in enumerate(self._channels):
            await self._tell(channel.take(columns[:, number]))

    def _is_over(self, name: str) -> bool:
        """Whether a misbehaviour has begun."""
        limit = getattr(self._misbehaviour, name)
        if limit is None or limit is False:
            return False
        return limit is True or self.heard_ms >= limit

    async def _misbehave(self) -> None:
        if self._is_over("deaf_at_ms"):
            self._connection.transport.pause_reading()
            await self._connection.wait_closed()
        if self._is_over("cut_at_ms"):
            self._connection.transport.abort()
            await self._connection.wait_closed()
        if self._is_over("raise_at_ms"):
            raise SessionEnded(self._misbehaviour.error, self._misbehaviour.message)
        if self._is_over("close_at_ms"):
            raise SessionEnded

    async def _tell(self, results: Sequence[Result]) -> None:
        bad = self._misbehaviour
        if self._is_over("mute_at_ms"):
            return
        for result in results:
            for _ in range(2 if bad.twice else 1):
                await self._send([result])
            if bad.stale and not result["IsPartial"]:
                await self._send([result | {"IsPartial": True}])
            if bad.unknown:
                await self._send([])
                await self._connection.send(_event("SomeFutureEvent", {"X": [1]}))

    async def _send(self, results: Sequence[Result]) -> None:
        frame = bytearray(_event("TranscriptEvent", {"Transcript": {"Results": list(results)}}))
        if self._is_over("damaged_at_ms"):
            frame[-8] ^= 1
        await self._connection.send(bytes(frame))


async def refuse(connection: ServerConnection, name: str, message: str) -> None:
    """Tell of an exception."""
    headers = {
        ":exception-type": name,
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    await connection.send(encoded(Message(headers, json.dumps({"Message": message}).encode())))


def _event(name: str, payload: Result) -> bytes:
    headers = {
        ":message-type": "event",
        ":event-type": name,
        ":content-type": "application/json",
    }
    return encoded(Message(headers, json.dumps(payload).encode()))


def _samples_of(raw: str | bytes) -> bytes:
    if isinstance(raw, str):
        raise SessionEnded(_BAD, "A text frame is no event stream message.")
    try:
        message = decoded(raw)
    except Damaged as error:
        raise SessionEnded(_BAD, f"The message is not valid: {error}") from error
    kind = (message.headers.get(":message-type"), message.headers.get(":event-type"))
    if kind != ("event", "AudioEvent"):
        raise SessionEnded(_BAD, "The message is no AudioEvent.")
    return message.payload
