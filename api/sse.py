"""Server-Sent Events on the wire: frames, their ids, and an answer that cuts who does not read.

Source: HTML Living Standard, section 9.2, for the format.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Protocol

import structlog
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Message, Receive, Scope, Send

from ..errors import Malformed
from ..events.base import Epoch, Position

log = structlog.get_logger()

RETRY = b"retry: 1000\n\n"  # milliseconds; browsers differ when they are not told

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold frames back
}


def frame(event: str, payload: bytes, *, id: str | None = None) -> bytes:  # noqa: A002 (SSE's word)
    """Return an event as bytes. `payload` has no line breaks: it is JSON."""
    head = f"id: {id}\nevent: {event}\n" if id is not None else f"event: {event}\n"
    return head.encode() + b"data: " + payload + b"\n\n"


def event_id(epoch: Epoch, position: Position) -> str:
    """Return the id of a fact's event, from which a client resumes."""
    return f"{epoch}-{position}"


def parse_event_id(text: str) -> tuple[Epoch, Position]:
    """Undo `event_id`.

    Raises:
        Malformed: it was never an id of ours.
    """
    epoch, _, position = text.rpartition("-")
    if not epoch or not position.isascii() or not position.isdigit():
        raise Malformed("Last-Event-ID", "has to be `<epoch>-<position>`, as a stream gave it")
    return Epoch(epoch), Position(int(position))


class Feed(Protocol):
    """Frames for one client."""

    def frames(self) -> AsyncGenerator[bytes]:
        """Yield pieces of the stream until it ends."""
        ...

    def close(self) -> None:
        """Let go of what the feed holds, whether or not it was ever iterated."""
        ...


class EventStream(Stream):
    """An answer that goes on for as long as its feed."""

    def __init__(self, feed: Feed, *, send_s: float) -> None:
        super().__init__(feed.frames(), media_type="text/event-stream", headers=_HEADERS)
        self._feed = feed
        self._send_s = send_s

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> ASGIResponse:
        response: Any = super().to_asgi_response(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        assert isinstance(response, ASGIStreamingResponse)
        return _Bounded(response, self._feed, send_s=self._send_s)


class _Bounded(ASGIResponse):
    """Ends a stream when one write takes too long: the client does not read."""

    def __init__(self, response: ASGIStreamingResponse, feed: Feed, *, send_s: float) -> None:
        super().__init__()
        self._response = response
        self._feed = feed
        self._send_s = send_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._send_s):
                await send(message)

        try:
            await self._response(scope, receive, send_in_time)
        except* TimeoutError:
            log.info("stream_cut", reason="client_does_not_read")
        finally:
            self._feed.close()
