"""A cable between a client and a server that can be muted and cut. Knows no protocol."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from urllib.parse import urlsplit, urlunsplit


class Cable:
    """Forwards bytes both ways; `url` leads through it."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._muted = False
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        port = self._server.sockets[0].getsockname()[1]
        user, _, _ = self._target.netloc.rpartition("@")
        return urlunsplit(self._target._replace(netloc=f"{user}@127.0.0.1:{port}"))

    def mute(self) -> None:
        """Lose whatever the server says from now on, until `cut`."""
        self._muted = True

    async def cut(self) -> None:
        """End every connection; new ones work again."""
        self._muted = False
        for writer in self._writers:
            writer.close()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", 0)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self.cut()
        await self._server.wait_closed()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(
            self._target.hostname, self._target.port
        )
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, mutable=False),
                self._pump(far_reader, writer, mutable=True),
            )
        finally:
            self._writers -= {writer, far_writer}

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, mutable: bool
    ) -> None:
        # A cut cable gives errors on both sides; they are what a cut is.
        with contextlib.suppress(ConnectionError):
            while piece := await reader.read(65_536):
                if not (mutable and self._muted):
                    writer.write(piece)
                    await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def cable_to(url: str) -> AsyncGenerator[Cable]:
    cable = Cable(url)
    await cable.open()
    try:
        yield cable
    finally:
        await cable.close()
