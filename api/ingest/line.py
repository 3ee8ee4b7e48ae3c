"""One source's socket: what it says, what it is told, and never a wait without an end."""

import asyncio
from typing import Any, cast

import msgspec
from litestar.connection import WebSocket
from litestar.exceptions import WebSocketDisconnect
from msgspec import Struct

CLOSED_NORMALLY, CLOSED_TRY_AGAIN, CLOSED_REFUSED = 1_000, 1_013, 4_400


class Line:
    """A socket. Whoever hears or says anything learns by `WebSocketDisconnect` that it is gone."""

    def __init__(self, socket: WebSocket[Any, Any, Any], *, send_s: float) -> None:
        self._socket = socket
        self._send_s = send_s  # one message to a source that does not read

    async def hear(self, *, within_s: float) -> str | bytes:
        """Return the next message.

        Raises:
            WebSocketDisconnect: there will be none, or was none in time.
        """
        try:
            async with asyncio.timeout(within_s):
                message = cast("dict[str, Any]", await self._socket.receive())
        except TimeoutError:
            raise WebSocketDisconnect(detail="nothing was heard") from None
        if message["type"] != "websocket.receive":
            raise WebSocketDisconnect(detail="the source hung up")
        text: str | None = message.get("text")
        return (message.get("bytes") or b"") if text is None else text

    async def say(self, message: Struct) -> None:
        """Send a message.

        Raises:
            WebSocketDisconnect: nobody reads it.
        """
        try:
            async with asyncio.timeout(self._send_s):
                await self._socket.send_text(msgspec.json.encode(message).decode())
        except OSError as error:  # a time-out is one, too
            raise WebSocketDisconnect(detail="nobody reads") from error

    async def hang_up(self, code: int) -> None:
        """Close the socket, if it is still open."""
        try:
            async with asyncio.timeout(self._send_s):
                await self._socket.close(code)
        except (OSError, WebSocketDisconnect):
            return
