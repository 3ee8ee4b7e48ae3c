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

    What the client sent meanwhile arrived; that it did, the client never hears.
    """

    def __init__(self, *, after_pieces: int, lost_pieces: int, times: int) -> None:
        self._after = after_pieces
        self._lost = lost_pieces
        self._times = times
        self.cuts = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen = 0
        with suppress(ConnectionError):
            while piece := await reader.read(PIECE_BYTES):
                seen += 1
                if self.cuts < self._times and seen > self._after:
                    if seen > self._after + self._lost:
                        self.cuts += 1
                        return
                    continue
                writer.write(piece)
                await writer.drain()


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
    """Delivers every nth message of a NATS server twice.

    Source: NATS client protocol, `MSG` and `HMSG`: a line that ends with the payload's size.
    """

    def __init__(self, *, every: int) -> None:
        self._every = every
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
                        if self._seen % self._every == 0:
                            self.doubled += 1
                            frame += frame
                writer.write(frame)
                await writer.drain()
