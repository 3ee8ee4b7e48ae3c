"""A receiver of webhooks on a real socket, and a verifier written from the specification alone."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec

TOLERANCE_S = 300


@dataclass
class Request:
    """What came, headers by lower-case names."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body)


@dataclass
class Receiver:
    """Answers with what `answer` says: a status, or raw bytes."""

    url: str = ""
    requests: list[Request] = field(default_factory=list)
    answer: Callable[[Request], int | bytes] = lambda _: 204
    connections: int = 0

    @property
    def topics(self) -> list[str]:
        return [one.told["type"] for one in self.requests]


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    receiver = Receiver()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *lines = head.strip().split("\r\n")
        pairs = (one.split(": ", 1) for one in lines)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(line, headers, body)
        receiver.requests.append(request)
        answer = receiver.answer(request)
        if isinstance(answer, int):
            answer = f"HTTP/1.1 {answer} X\r\ncontent-length: 0\r\n\r\n".encode()
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hooks?token=t"
    try:
        yield receiver
    finally:
        server.close()
        await server.wait_closed()


def is_genuine(request: Request, secret: str, *, now_s: float) -> bool:
    """Tell whether a message is what its sender signed, and of now.

    Source: Standard Webhooks, "Verifying signatures".
    """
    stamp = request.headers["webhook-timestamp"]
    if abs(now_s - int(stamp)) > TOLERANCE_S:
        return False
    mac = hmac.new(base64.b64decode(secret[len("whsec_") :]), digestmod=hashlib.sha256)
    for part in (request.headers["webhook-id"].encode(), b".", stamp.encode(), b"."):
        mac.update(part)
    mac.update(request.body)
    expected = base64.b64encode(mac.digest()).decode("ascii")
    for given in request.headers["webhook-signature"].split(" "):
        version, _, signature = given.partition(",")
        if version == "v1" and hmac.compare_digest(signature, expected):
            return True
    return False
