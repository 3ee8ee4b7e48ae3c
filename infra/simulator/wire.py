"""HTTP/1.1 for a server that must be able to drop a connection in mid-body.

Frameworks finish what they began or answer 500; a reader of live media has to survive worse, and
so this server puts every byte on the wire itself. One request at a time on a connection.
"""

import asyncio
import ipaddress
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, NamedTuple

import httptools

from .delivery import BodyCut

REQUEST_BODY_BYTES_MAX = 65_536  # GetMedia's are some hundred; a call's faults may be longer
HEAD_BYTES_MAX = 32_768
READ_BYTES = 65_536
IDLE_CONNECTION_S = 75.0  # as long as most servers keep a connection without requests
# What was accepted just now is a connection of ours only after as many steps of the loop.
_ACCEPTING_STEPS = 4
CONNECTIONS_MAX = 5_000  # far more than one machine's readers


class Request(NamedTuple):
    method: str
    path: str  # without the query
    headers: dict[str, str]  # names in lower case
    body: bytes
    from_loopback: bool
    query: str = ""


class Answer(NamedTuple):
    """A whole answer, as JSON; bytes are sent as they are."""

    status: int
    content: Any
    headers: Mapping[str, str] = MappingProxyType({})


class Streaming(NamedTuple):
    """An answer whose body goes on; `release` is called when it is over, however it ends."""

    body: AsyncGenerator[bytes]
    headers: Mapping[str, str]
    release: Callable[[], None]


Handler = Callable[[Request], Awaitable[Answer | Streaming]]


class Server:
    """Listens, and hands each request to `handler`."""

    def __init__(
        self,
        handler: Handler,
        *,
        body_bytes_max: int = REQUEST_BODY_BYTES_MAX,
        abandons: bool = False,
    ) -> None:
        """`abandons`: the handler of a client that has gone is cancelled."""
        self._handler = handler
        self._body_bytes_max = body_bytes_max
        self._abandons = abandons
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, which is a free one when 0 was asked for."""
        self._server = await asyncio.start_server(self._connected, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
            for _ in range(_ACCEPTING_STEPS):
                await asyncio.sleep(0)
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= CONNECTIONS_MAX:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            limit = self._body_bytes_max
            while (request := await _read_request(reader, writer, limit)) is not None:
                answer = await self._answered(request, reader)
                if isinstance(answer, Streaming):
                    await _stream(answer, reader, writer)
                    return
                await _send(answer, writer)
        except (ConnectionError, TimeoutError):
            pass  # the client is gone, or has nothing more to ask
        except asyncio.CancelledError:
            writer.transport.abort()  # a client that does not read must not hold up the stop
            raise
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answered(self, request: Request, reader: asyncio.StreamReader) -> Answer | Streaming:
        """Return what the handler answers.

        Raises:
            ConnectionResetError: the client did not wait for it.
        """
        if not self._abandons:
            return await self._handler(request)
        answering = asyncio.ensure_future(self._handler(request))
        # One request at a time on a connection: what comes before the answer is its end.
        leaving = asyncio.create_task(_until_gone(reader))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            raise ConnectionResetError
        finally:
            answering.cancel()
            leaving.cancel()
            await asyncio.gather(answering, leaving, return_exceptions=True)

    def _ended(self, connection: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        if not connection.cancelled() and (bug := connection.exception()) is not None:
            message = "a connection of the simulator failed"
            connection.get_loop().call_exception_handler({"message": message, "exception": bug})


class _Incoming:
    """Gathers a request out of the parser's callbacks."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


async def _read_request(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body_bytes_max: int
) -> Request | None:
    """Return the next request, or None when the client has closed or talks something else."""
    incoming = _Incoming()
    parser = httptools.HttpRequestParser(incoming)
    received = 0
    async with asyncio.timeout(IDLE_CONNECTION_S):
        while not incoming.complete:
            content = await reader.read(READ_BYTES)
            received += len(content)
            if not content:
                return None
            try:
                parser.feed_data(content)
            except (httptools.HttpParserError, httptools.HttpParserUpgrade):
                await _send(_refusal(HTTPStatus.BAD_REQUEST, "that is not HTTP/1.1"), writer)
                return None
            if received > HEAD_BYTES_MAX + body_bytes_max:
                too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                await _send(_refusal(too_large, "the request is too large"), writer)
                return None
    peer = writer.get_extra_info("peername")
    url = httptools.parse_url(incoming.target)
    return Request(
        method=parser.get_method().decode("latin-1"),
        path=url.path.decode("latin-1"),
        headers=incoming.headers,
        body=bytes(incoming.body),
        from_loopback=peer is not None and ipaddress.ip_address(peer[0]).is_loopback,
        query=(url.query or b"").decode("latin-1"),
    )


def _refusal(status: HTTPStatus, message: str) -> Answer:
    return Answer(status, {"Message": message})


async def _send(answer: Answer, writer: asyncio.StreamWriter) -> None:
    content = answer.content
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    head = _head(
        answer.status,
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            **answer.headers,
        },
    )
    writer.write(head + content)
    await writer.drain()


async def _stream(
    answer: Streaming, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Send the body until it ends, is cut, or the client leaves."""
    sending = asyncio.create_task(_send_chunks(answer, writer))
    leaving = asyncio.create_task(_until_gone(reader))
    try:
        await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if sending.done():
            sending.result()
    finally:
        sending.cancel()
        leaving.cancel()
        await asyncio.gather(sending, leaving, return_exceptions=True)
        # A body that nobody began to read would not run its own clean-up.
        await answer.body.aclose()
        answer.release()


async def _send_chunks(answer: Streaming, writer: asyncio.StreamWriter) -> None:
    headers = {**answer.headers, "Transfer-Encoding": "chunked", "Connection": "close"}
    writer.write(_head(HTTPStatus.OK, headers))
    async with aclosing(answer.body) as body:
        try:
            async for content in body:
                if content:  # an empty chunk would end the body
                    writer.write(b"%x\r\n%b\r\n" % (len(content), content))
                    await writer.drain()
        except BodyCut:
            return  # what was written is flushed, then the connection closes without a last chunk
    writer.write(b"0\r\n\r\n")
    await writer.drain()


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Return when the client has closed its side; what it still says is of no interest."""
    with suppress(ConnectionError):
        while await reader.read(READ_BYTES):
            pass


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
