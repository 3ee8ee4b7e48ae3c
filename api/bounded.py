"""Answers that are sent piece by piece, and cut when their client does not read."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol

import structlog
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Message, Receive, Scope, Send

log = structlog.get_logger()


class Feed(Protocol):
    """Pieces for one client."""

    def frames(self) -> AsyncGenerator[bytes]:
        """Yield pieces of the answer until it ends."""
        ...

    def close(self) -> None:
        """Let go of what the feed holds, whether or not it was ever iterated."""
        ...


class BoundedStream(Stream):
    """An answer that goes on for as long as its feed, and is made no faster than it is read.

    `send_s` is how long one write may wait for a client that does not read.
    """

    def __init__(
        self,
        feed: Feed,
        *,
        send_s: float,
        media_type: str,
        headers: Mapping[str, str],
        status_code: int | None = None,
    ) -> None:
        self._pieces = feed.frames()
        super().__init__(
            self._pieces, media_type=media_type, headers=dict(headers), status_code=status_code
        )
        self._feed = feed
        self._send_s = send_s

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> ASGIResponse:
        response: Any = super().to_asgi_response(*args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        assert isinstance(response, ASGIStreamingResponse)
        return _Bounded(response, self._feed, self._pieces, send_s=self._send_s)


class _Bounded(ASGIResponse):
    """Ends a stream when one write takes too long: the client does not read."""

    def __init__(
        self,
        response: ASGIStreamingResponse,
        feed: Feed,
        pieces: AsyncGenerator[bytes],
        *,
        send_s: float,
    ) -> None:
        super().__init__()
        self._response = response
        self._feed = feed
        self._pieces = pieces
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
            # What a piece was waiting for ends now, not when somebody collects it.
            await self._pieces.aclose()
