"""HTTP/1.1 over a plain socket: one request, and a body that is read at the pump's ticks.

For GetMedia alone, whose bodies never end and are read fifteen times a second. What is asked
and answered once is httpx's.

Source: RFC 9112; llhttp, by httptools.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from time import monotonic

import httptools
import httpx

from .pump import READ_BYTES, Pump
from .sockets import dialled, received, sent
from .source import Take, Wait

HEAD_BYTES_MAX = 64 * 1024  # of an answer, its first piece included
# Of one socket at a tick: 32 MB a second, and no longer than a call that catches up may hold the
# others up.
_READS_MAX = 4
_FINAL = 200  # answers below it only announce another
_NOTHING_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_FRAMING = (b"content-length", b"transfer-encoding")
_PORTS = {"http": 80, "https": 443}


async def ask(
    request: httpx.Request, pump: Pump, *, tls: ssl.SSLContext, connect_s: float, idle_s: float
) -> "StreamedAnswer":
    """Send a request and return its answer, whose body is unread; the caller closes it.

    Raises:
        httpx.TransportError: nobody is there, or nobody who speaks HTTP.
    """
    url = request.url
    connection = await dialled(
        url.host,
        url.port or _PORTS[url.scheme],
        tls=tls if url.scheme == "https" else None,
        within_s=connect_s,
    )
    try:
        await sent(connection, _encoded(request), within_s=connect_s)
        incoming = await _headed(connection, idle_s=idle_s)
    except BaseException:
        connection.close()
        raise
    return StreamedAnswer(connection, incoming, pump, idle_s=idle_s)


class StreamedAnswer:
    """An answer whose body is still coming."""

    def __init__(
        self, connection: socket.socket, incoming: "_Incoming", pump: Pump, *, idle_s: float
    ) -> None:
        self._connection = connection
        self._incoming = incoming
        self._pump = pump
        self._idle_s = idle_s
        self._is_secured = isinstance(connection, ssl.SSLSocket)
        self._heard_at = 0.0
        self._stopped: asyncio.Future[Wait | None] | None = None
        self._take: Take | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._incoming.status

    @property
    def headers(self) -> Mapping[str, str]:
        """By name, whatever its case."""
        return self._incoming.headers

    def close(self) -> None:
        """Close the connection; harmless when repeated."""
        self._pump.remove(self._connection)
        self._connection.close()

    async def read(self, bytes_max: int) -> bytes:
        """Return the body of a short answer, or its first `bytes_max` bytes and a piece more.

        Raises:
            httpx.TransportError: it broke off.
        """
        incoming = self._incoming
        content = incoming.taken()
        while not incoming.is_whole and len(content) <= bytes_max:
            incoming.feed_or_end(
                await received(self._connection, READ_BYTES, within_s=self._idle_s)
            )
            content += incoming.taken()
        return content

    async def give(self, take: Take) -> None:
        """See `Body.give`.

        Raises:
            httpx.TransportError: it broke off, or nothing came for `idle_s`.
        """
        self._take = take
        waiting = self._hand_on()
        while True:
            if waiting is not None:
                await waiting()
            if self._incoming.is_whole:
                return
            waiting = await self._pumped()

    async def _pumped(self) -> Wait | None:
        """Hand on what comes; return at the end, or with what has to be waited for."""
        loop = asyncio.get_running_loop()
        self._stopped = stopped = loop.create_future()
        self._heard_at = monotonic()
        self._pump.add(self._connection, self._read)
        self._alarm = loop.call_later(self._idle_s, self._look, loop)
        try:
            return await stopped
        finally:
            self._alarm.cancel()
            self._pump.remove(self._connection)

    def _read(self) -> bool:
        room = self._pump.room
        try:
            for _ in range(_READS_MAX):
                try:
                    size = self._connection.recv_into(room)
                except _NOTHING_YET:
                    return False
                self._heard_at = monotonic()
                self._incoming.feed_or_end(room[:size])
                waiting = self._hand_on()
                if waiting is not None or self._incoming.is_whole:
                    self._stop(waiting)
                    return False
                if not self._is_secured and size < len(room):
                    return False
        except OSError as error:
            self._fail(httpx.ReadError(str(error)))
            return False
        except Exception as error:  # noqa: BLE001 (raised by `give`: here it would be the pump's)
            self._fail(error)
            return False
        return True

    def _hand_on(self) -> Wait | None:
        content = self._incoming.taken()
        return self._take(content) if content and self._take is not None else None

    def _stop(self, waiting: Wait | None) -> None:
        self._pump.remove(self._connection)
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_result(waiting)

    def _fail(self, error: Exception) -> None:
        self._pump.remove(self._connection)
        if self._stopped is not None and not self._stopped.done():
            self._stopped.set_exception(error)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        since_s = monotonic() - self._heard_at
        if since_s >= self._idle_s:
            self._fail(httpx.ReadTimeout("nothing came in time"))
        else:  # one alarm for many reads
            self._alarm = loop.call_later(self._idle_s - since_s, self._look, loop)


class _Incoming:
    """Gathers an answer out of the parser's callbacks."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []
        self._is_framed = False  # its end is told, and not by closing
        self.status = 0
        self.is_headed = False
        self.is_whole = False

    @property
    def headers(self) -> httpx.Headers:
        return httpx.Headers(self._headers)

    def taken(self) -> bytes:
        """Return what came of the body since."""
        pieces = self._pieces
        if not pieces:
            return b""
        self._pieces = []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def feed(self, piece: bytes | memoryview) -> None:
        try:
            self._parser.feed_data(piece)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self.is_whole:
                return  # what stands behind it is nobody's
            raise httpx.RemoteProtocolError(type(error).__name__) from error

    def feed_or_end(self, piece: bytes | memoryview) -> None:
        """Take what came; nothing is the end of the connection."""
        if piece:
            self.feed(piece)
        elif self._is_framed:
            raise httpx.RemoteProtocolError("the body was cut short")
        else:
            self.is_whole = True

    # httptools calls these.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))
        self._is_framed |= name.lower() in _FRAMING

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status < _FINAL:
            self._headers, self._is_framed = [], False
        else:
            self.is_headed = True

    def on_body(self, body: bytes) -> None:
        if not self.is_whole:
            self._pieces.append(body)

    def on_message_complete(self) -> None:
        self.is_whole |= self.is_headed


async def _headed(connection: socket.socket, *, idle_s: float) -> _Incoming:
    """Return an answer as soon as its head is read."""
    incoming, size = _Incoming(), 0
    while not incoming.is_headed:
        piece = await received(connection, READ_BYTES, within_s=idle_s)
        size += len(piece)
        if not piece or size > HEAD_BYTES_MAX:
            raise httpx.RemoteProtocolError("there is no end to the answer's head")
        incoming.feed(piece)
    return incoming


def _encoded(request: httpx.Request) -> bytes:
    head = b"%b %b HTTP/1.1" % (request.method.encode(), request.url.raw_path)
    lines = [head, *(b"%b: %b" % header for header in request.headers.raw), b"", b""]
    return b"\r\n".join(lines) + request.content
