"""One socket: audio and control messages in, what was heard out, and how it ends."""

import asyncio
import hashlib
import json
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from .channel import Channel, Message
from .misbehaviour import TIMED_OUT, Misbehaviour
from .query import Query
from .replay import Replay
from .words import Finders

_SAMPLE_BYTES = 2
_CONTROLS_KEPT = 1_000  # control messages a test can look back at


class Socket:
    """Serves one client, and keeps what it did for a test to look at.

    Args:
        idle_s: the client may be silent for so long. KeepAlive counts once there was audio.
        replay: told instead of what is heard, or None.
    """

    def __init__(
        self,
        connection: ServerConnection,
        query: Query,
        *,
        finders: Finders,
        misbehaviour: Misbehaviour,
        idle_s: float,
        replay: Replay | None,
    ) -> None:
        self.query = query
        self.controls: deque[str] = deque(maxlen=_CONTROLS_KEPT)
        self.audio_bytes = 0
        self.closed_with: int | None = None
        self._connection = connection
        self._misbehaviour = misbehaviour
        self._idle_s = idle_s
        self._replay = replay
        self._request_id = str(uuid.uuid4())
        self._digest = hashlib.sha256()
        self._odd = b""  # the beginning of a frame whose end has not come yet
        metadata = {
            "request_id": self._request_id,
            "model_info": {"name": f"general-{query.model}", "version": "1", "arch": query.model},
            "model_uuid": str(uuid.uuid5(uuid.NAMESPACE_URL, query.model)),
        }
        self._channels = [
            Channel(number, query, finders(query.sample_rate_hz), metadata=metadata)
            for number in range(query.channels)
        ]

    @property
    def heard_ms(self) -> int:
        """How much audio came."""
        frame = _SAMPLE_BYTES * self.query.channels
        return self.audio_bytes // frame * 1_000 // self.query.sample_rate_hz

    @property
    def request_id(self) -> str:
        """How this socket is called in answers."""
        return self._request_id

    @property
    def _is_mute(self) -> bool:
        from_ms = self._misbehaviour.mute_at_ms
        return from_ms is not None and self.heard_ms >= from_ms

    async def serve(self) -> None:
        """Serve the client until one of both ends it."""
        try:
            code, reason = await self._listen()
            await self._connection.close(code, reason)
        except ConnectionClosed:
            pass  # the client is gone, which is its right
        finally:
            self.closed_with = self._connection.close_code

    async def _listen(self) -> tuple[int, str]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._idle_s
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    frame = await self._connection.recv()
            except TimeoutError:
                return 1011, TIMED_OUT
            if isinstance(frame, bytes) and frame:
                await self._hear(frame)
                ending = await self._misbehave()
            else:
                ending = await self._control(frame)
            if ending is not None:
                return ending
            if self.audio_bytes:
                deadline = loop.time() + self._idle_s

    async def _hear(self, frame: bytes) -> None:
        self.audio_bytes += len(frame)
        self._digest.update(frame)
        if self._replay is not None:
            await self._tell(self._replay.heard(self.heard_ms / 1_000))
            return
        width = _SAMPLE_BYTES * len(self._channels)
        frame = self._odd + frame
        whole = len(frame) - len(frame) % width
        self._odd = frame[whole:]
        samples = np.frombuffer(frame[:whole], "<i2").reshape(-1, len(self._channels))
        for number, channel in enumerate(self._channels):
            await self._tell(channel.take(samples[:, number]))

    async def _misbehave(self) -> tuple[int, str] | None:
        bad, heard_ms = self._misbehaviour, self.heard_ms
        if bad.deaf_at_ms is not None and heard_ms >= bad.deaf_at_ms:
            self._connection.transport.pause_reading()
            await self._connection.wait_closed()
        if bad.cut_at_ms is not None and heard_ms >= bad.cut_at_ms:
            self._connection.transport.abort()
            await self._connection.wait_closed()
        if bad.close_at_ms is not None and heard_ms >= bad.close_at_ms:
            return bad.code, bad.reason
        return None

    async def _control(self, frame: str | bytes) -> tuple[int, str] | None:
        """Obey a control message; return how the socket ends, or None. No bytes mean the end."""
        kind = "CloseStream" if isinstance(frame, bytes) else _kind_of(frame)
        self.controls.append(kind)
        match kind:
            case "KeepAlive":
                return None
            case "Finalize":
                await self._finalize()
                return None
            case "CloseStream":
                if self._misbehaviour.ignores_close or self._is_mute:
                    return None
                await self._finalize()
                await self._tell([self._farewell()])
                return 1000, ""
            case _:
                await self._tell([_schema_error(frame)])
                return None

    async def _finalize(self) -> None:
        if self._replay is not None:
            await self._tell(self._replay.finalized())
            return
        for channel in self._channels:
            await self._tell(channel.finalize())

    async def _tell(self, messages: Sequence[Message]) -> None:
        bad = self._misbehaviour
        if self._is_mute:
            return
        if messages and bad.delay_s:
            await asyncio.sleep(bad.delay_s)
        for message in messages:
            for _ in range(2 if bad.twice else 1):
                await self._connection.send(json.dumps(message))
            if bad.unknown:
                await self._connection.send(json.dumps({"type": "SomeFutureMessage", "x": [1]}))
                await self._connection.send("no json")
            if bad.stale and message.get("is_final"):
                late = {**message, "is_final": False, "speech_final": False}
                await self._connection.send(json.dumps(late))

    def _farewell(self) -> Message:
        return {
            "type": "Metadata",
            "transaction_key": "deprecated",
            "request_id": self._request_id,
            "sha256": self._digest.hexdigest(),
            "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "duration": round(self.heard_ms / 1_000, 3),
            "channels": len(self._channels),
        }


def _kind_of(frame: str) -> str:
    try:
        message = json.loads(frame)
    except ValueError:
        return ""
    return str(cast("Message", message).get("type", "")) if isinstance(message, dict) else ""


def _schema_error(frame: str | bytes) -> Message:
    return {
        "type": "Error",
        "variant": "SchemaError",
        "description": "Could not parse a control message",
        "message": str(frame)[:200],
    }
