"""A GetMedia server that tests script: honest by default, and able to misbehave once a call.

Speaks HTTP/1.1 by hand, so that it can cut a body in the middle of a byte sequence.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from .bytes_by_hand import Fragment, ebml_header, info, lay, tags

STREAM_ARN = (
    "arn:aws:kinesisvideo:eu-central-1:111122223333:stream/p-connect-x-contact-1/1700000000000"
)


@dataclass(frozen=True)
class Request:
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    raw_body: bytes


@dataclass(frozen=True)
class Refuse:
    """Answer with an error."""

    status: int
    error_type: str
    where: str = "header"  # header, or body


@dataclass(frozen=True)
class Cut:
    """Send so many bytes of the body, then break off, or end as if all were well."""

    after_bytes: int
    clean: bool = False


@dataclass(frozen=True)
class InBand:
    """Send so many fragments, then the error tags, then end the body."""

    error_id: int
    error_code: str
    after_fragments: int = 0


@dataclass(frozen=True)
class Bytes:
    """Send these instead of what was asked for."""

    content: bytes


Fault = Refuse | Cut | InBand | Bytes


@dataclass
class Kvs:
    """One stream. `fragments` may grow while connections are open."""

    fragments: list[Fragment] = field(default_factory=list)
    faults: deque[Fault] = field(default_factory=deque)  # of the next GetMedia calls
    keep_open: bool = False  # bodies wait for more fragments instead of ending
    piece_bytes: int = 1 << 20  # how much is written at once
    turns: int = 0  # of the event loop between pieces: time for whoever reads to work
    moved: bool = False  # GetDataEndpoint names the second port
    requests: list[Request] = field(default_factory=list)
    others: dict[str, list[Fragment]] = field(default_factory=dict)  # further streams, by ARN
    encode: Callable[[Fragment], bytes] = Fragment.encode
    authorize: Callable[[Request], Refuse | None] = lambda _: None  # asked about every request

    async def __aenter__(self) -> Self:
        self._grown, self._requested = asyncio.Event(), asyncio.Event()
        self._servers = [
            await asyncio.start_server(self._serve_first, "127.0.0.1", 0),
            await asyncio.start_server(self._serve_second, "127.0.0.1", 0),
        ]
        ports = [server.sockets[0].getsockname()[1] for server in self._servers]
        self.url, self.second_url = (f"http://127.0.0.1:{port}" for port in ports)
        self._handlers: set[asyncio.Task[None]] = set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for server in self._servers:
            server.close()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()

    def add(self, *fragments: Fragment) -> None:
        self.fragments.extend(fragments)
        self._grow()

    def close_bodies(self) -> None:
        self.keep_open = False
        self._grow()

    async def asked(self, times: int) -> None:
        """Wait until GetMedia was called so often."""
        while len(self.selectors) < times:
            await self._requested.wait()
            self._requested.clear()

    @property
    def selectors(self) -> list[dict[str, Any]]:
        return [one.body["StartSelector"] for one in self.requests if one.path == "/getMedia"]

    def _grow(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def _serve_first(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._serve(reader, writer, second=False)

    async def _serve_second(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await self._serve(reader, writer, second=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, second: bool
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            # Cancelled when the server closes; asyncio would log that as a failure.
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._answer(reader, writer, second=second):
                    pass
        finally:
            self._handlers.discard(task)
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, second: bool
    ) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        path = head[0].split(" ")[1]
        headers = {
            name.lower(): value
            for name, value in (line.split(": ", 1) for line in head[1:] if line)
        }
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(path, headers, json.loads(raw), raw)
        self.requests.append(request)
        self._requested.set()
        if (refused := self.authorize(request)) is not None:
            await _refuse(writer, refused)
            return True
        if path == "/getDataEndpoint":
            endpoint = self.second_url if self.moved else self.url
            await _send(writer, 200, json.dumps({"DataEndpoint": endpoint}).encode())
            return True
        if self.moved and not second:
            await _send(writer, 400, b"{}", {"x-amzn-ErrorType": "InvalidEndpointException"})
            return True
        return await self._media(request, writer)

    async def _media(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, Refuse):
            await _refuse(writer, fault)
            return True
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        whole = await self._body(request.body, writer, fault)
        if whole:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return whole

    async def _body(
        self, asked: Mapping[str, Any], writer: asyncio.StreamWriter, fault: Fault | None
    ) -> bool:
        if isinstance(fault, Bytes):
            await self._chunks(writer, fault.content)
            return True
        sent = sent_bytes = 0
        stream = self.others.get(asked["StreamARN"], self.fragments)
        following = _first(stream, asked["StartSelector"])
        while True:
            grown = self._grown
            for fragment in stream[following:]:
                if isinstance(fault, InBand) and sent == fault.after_fragments:
                    break
                content = self.encode(fragment)
                if isinstance(fault, Cut) and sent_bytes + len(content) > fault.after_bytes:
                    await self._chunks(writer, content[: fault.after_bytes - sent_bytes])
                    return fault.clean
                await self._chunks(writer, content)
                sent, sent_bytes, following = sent + 1, sent_bytes + len(content), following + 1
            if isinstance(fault, InBand):
                await self._chunks(writer, error_document(fault))
                return True
            if not self.keep_open:
                return True
            await grown.wait()

    async def _chunks(self, writer: asyncio.StreamWriter, content: bytes) -> None:
        for at in range(0, len(content), self.piece_bytes):
            piece = content[at : at + self.piece_bytes]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
            for _ in range(self.turns):
                await asyncio.sleep(0)


def _first(stream: Sequence[Fragment], selector: Mapping[str, Any]) -> int:
    if selector["StartSelectorType"] == "FRAGMENT_NUMBER":
        after = int(selector["AfterFragmentNumber"])
        wanted = [one.fragment_number > after for one in stream]
    else:
        at_ms = selector["StartTimestamp"] * 1_000
        wanted = [one.began_ms + 1_024 > at_ms for one in stream]
    return wanted.index(True) if True in wanted else len(wanted)


async def _refuse(writer: asyncio.StreamWriter, refused: Refuse) -> None:
    named = refused.where == "header"
    await _send(
        writer,
        refused.status,
        json.dumps({} if named else {"__type": f"com.amazon.kvs#{refused.error_type}"}).encode(),
        {"x-amzn-ErrorType": f"{refused.error_type}:http://x/"} if named else {},
    )


async def _send(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()


def error_document(fault: InBand) -> bytes:
    content = info(b"\x99" * 16) + tags(
        ("AWS_KINESISVIDEO_ERROR_CODE", fault.error_code),
        ("AWS_KINESISVIDEO_ERROR_ID", str(fault.error_id)),
    )
    return ebml_header() + lay("18538067", content, "u8")
