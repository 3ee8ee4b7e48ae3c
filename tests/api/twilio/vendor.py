"""Twilio's side of a media stream, written from its published messages alone.

Source: Twilio, "Media Streams: WebSocket messages" and "Webhooks security".
"""

import asyncio
import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ACCOUNT = "AC" + "0" * 32
TOKEN = "0123456789abcdef" * 2
CHUNK = 160  # bytes of mu-law, 20 ms


def a_call() -> str:
    return f"CA{uuid.uuid4().hex}"


def signature(address: str, token: str) -> str:
    mac = hmac.new(token.encode(), address.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


class Stream:
    """One media stream: numbers its messages as Twilio does, and otherwise does as it is told."""

    def __init__(self, socket: ClientConnection, call: str) -> None:
        self.socket = socket
        self.call = call
        self.sid = f"MZ{uuid.uuid4().hex}"
        self.sequence = 0
        self.chunks = {"inbound": 0, "outbound": 0}
        self.ms = {"inbound": 0, "outbound": 0}

    async def say(self, message: dict[str, Any] | str | bytes) -> None:
        told = message if isinstance(message, str | bytes) else json.dumps(message)
        await self.socket.send(told)

    async def connect(self, **other: Any) -> None:
        await self.say({"event": "connected", "protocol": "Call", "version": "1.0.0"} | other)

    async def start(
        self,
        parameters: dict[str, str] | None = None,
        *,
        media_format: dict[str, Any] | None = None,
        tracks: tuple[str, ...] = ("inbound", "outbound"),
        account: str = ACCOUNT,
    ) -> None:
        given = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
        await self.say(
            self.numbered(
                "start",
                start={
                    "accountSid": account,
                    "streamSid": self.sid,
                    "callSid": self.call,
                    "tracks": list(tracks),
                    "mediaFormat": given | (media_format or {}),
                    "customParameters": parameters or {},
                },
            )
        )

    def numbered(self, event: str, **fields: Any) -> dict[str, Any]:
        """Return the next message; what is never said was lost."""
        self.sequence += 1
        number = str(self.sequence)
        return {"event": event, "sequenceNumber": number, "streamSid": self.sid} | fields

    def sound(self, side: str, codes: bytes) -> dict[str, Any]:
        """Return the next sound of a side, where the last one ended."""
        self.chunks[side] += 1
        media = {
            "track": side,
            "chunk": str(self.chunks[side]),
            "timestamp": str(self.ms[side]),
            "payload": base64.b64encode(codes).decode(),
        }
        self.ms[side] += len(codes) // 8
        return self.numbered("media", media=media)

    def sounds(self, voices: dict[str, bytes]) -> list[dict[str, Any]]:
        """Return voices as sounds of 20 ms, in turns."""
        return [
            self.sound(side, voice[at : at + CHUNK])
            for at in range(0, max(map(len, voices.values())), CHUNK)
            for side, voice in voices.items()
            if at < len(voice)
        ]

    def key(self, digit: str) -> dict[str, Any]:
        return self.numbered("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    async def send(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            await self.say(message)

    async def stop(self) -> tuple[int | None, str | None]:
        """Say that the stream is over; return how the socket was closed."""
        stop = {"accountSid": ACCOUNT, "callSid": self.call}
        await self.say(self.numbered("stop", stop=stop))
        return await self.closed()

    async def closed(self) -> tuple[int | None, str | None]:
        """Return why the socket was closed, and that nothing was said before."""
        async with asyncio.timeout(10):
            try:
                said = await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code, self.socket.close_reason
        raise AssertionError(f"a stream that only listens was told {said!r}")

    def drop(self) -> None:
        """Be gone without a word."""
        self.socket.transport.abort()


@asynccontextmanager
async def streaming(
    url: str, *, call: str | None = None, path: str = "/v1/twilio", **given: Any
) -> AsyncGenerator[Stream]:
    """Connect, and say nothing yet."""
    address = url.replace("http://", "ws://") + path
    async with connect(address, compression=None, **given) as socket:
        yield Stream(socket, call or a_call())


def linear(codes: bytes) -> bytes:
    """Decode mu-law as ITU-T G.711 has it: 14 bits, by chord and step."""
    samples = bytearray()
    for code in codes:
        inverted = code ^ 0xFF
        chord, step = inverted >> 4 & 7, inverted & 15
        value = (((2 * step + 33) << chord) - 33) * 4
        samples += (-value if inverted & 0x80 else value).to_bytes(2, "little", signed=True)
    return bytes(samples)
