"""Where the simulator of a vendor's WebSocket listens: on this machine, and able to fall."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

_CLOSE_S = 0.2  # how long a client may take to answer a close


class VendorSocket(ABC):
    """Listens from `async with` to its end; what a vendor's protocol is, its own class tells."""

    def __init__(self, *, port: int = 0) -> None:
        self._port = port
        self._server: Server | None = None

    @abstractmethod
    async def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Return why a handshake is refused, or None."""

    @abstractmethod
    async def _serve(self, connection: ServerConnection) -> None:
        """Talk to a client that was let in."""

    @property
    def url(self) -> str:
        """Where it listens, without the path."""
        assert self._server is not None, "enter it first"
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}"

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            self._port,
            process_request=self._admit,
            compression=None,
            ping_interval=None,
            close_timeout=_CLOSE_S,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self.cut()
        self._server.close(code=1001)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Break every connection off, as a machine that loses its power."""
        assert self._server is not None
        for connection in list(self._server.connections):
            connection.transport.abort()
