"""Cables between a process and a server that misbehave. Only `Doubling` knows a protocol."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

PIECE_BYTES = 65_536

Relay = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]


@asynccontextmanager
async def wire(url: str, *, from_server: Relay) -> AsyncGenerator[str]:
    """Yield a URL that leads to the same server; what the server says goes through a relay."""
    target = urlsplit(url)
    joined: set[asyncio.Task[None]] = set()

    async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        joined.add(task)
        with suppress(ConnectionError):  # the server may be down: then so is the cable
            far_reader, far_writer = await asyncio.open_connection(target.hostname, target.port)
            try:
                await asyncio.wait(
                    [
                        asyncio.create_task(plainly(reader, far_writer)),
                        asyncio.create_task(from_server(far_reader, writer)),
                    ],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                far_writer.close()
        writer.close()
        joined.discard(task)

    server = await asyncio.start_server(join, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    user = target.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(target._replace(netloc=f"{user}@127.0.0.1:{port}"))
    finally:
        server.close()
        for task in joined:
            task.cancel()
        await asyncio.gather(*joined, return_exceptions=True)


async def plainly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass everything on."""
    with suppress(ConnectionError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()


class Losing:
    """Loses what the server says for a while, again and again, and then cuts the cable.

    What the client sent meanwhile arrived; that it did, the client never hears. `marker` stands
    in every answer that is of interest; each time so many of them passed, it begins.
    """

    def __init__(self, *, marker: bytes, after: int, lost_s: float, times: int) -> None:
        self._marker = marker
        self._after = after
        self._lost_s = lost_s
        self._times = times
        self._passed = 0
        self.lost = 0  # of those answers

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                if self._times and self._passed >= self._after:
                    self._times -= 1
                    self._passed = 0
                    await self._lose(piece, reader)
                    return
                self._passed += piece.count(self._marker)
                writer.write(piece)
                await writer.drain()

    async def _lose(self, piece: bytes, reader: asyncio.StreamReader) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._lost_s):
                while piece:
                    self.lost += piece.count(self._marker)
                    piece = await reader.read(PIECE_BYTES)


class Slow:
    """Passes on everything, each piece after a delay."""

    def __init__(self, *, delay_s: float) -> None:
        self._delay_s = delay_s
        self.pieces = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                self.pieces += 1
                await asyncio.sleep(self._delay_s)
                writer.write(piece)
                await writer.drain()


class Doubling:
    """Delivers every nth message of a NATS server twice, so many times.

    Source: NATS client protocol, `MSG` and `HMSG`: a line that ends with the payload's size.
    """

    def __init__(self, *, every: int, times: int) -> None:
        self._every = every
        self._times = times
        self._seen = 0
        self.doubled = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                frame = line
                if line.startswith((b"MSG ", b"HMSG ")):
                    size = int(line.split()[-1])
                    frame += await reader.readexactly(size + 2)
                    # Answers to requests go to an inbox; what is consumed is told by its reply.
                    if b" $JS.ACK." in line:
                        self._seen += 1
                        if self.doubled < self._times and self._seen % self._every == 0:
                            self.doubled += 1
                            frame += frame
                writer.write(frame)
                await writer.drain()
