"""A server that plays scenes to the desk page: static files, SSE, and the three cue commands.

It speaks the HTTP contract and shares no code with `api/`, so the page is tested against the
contract and not against our server's habits.
"""

import asyncio
import json
import mimetypes
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import uvicorn

DESK = Path(__file__).parents[2] / "api" / "desk"
EPOCH = "e1"
# As strict as a server may be with a page of its own scripts, styles and feed.
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Scene:
    """One tenant's feed as a test directs it."""

    def __init__(self) -> None:
        self.url = ""
        self.snapshot: dict[str, Any] = {"contacts": []}
        self.history: list[tuple[int, str, dict[str, Any]]] = []
        self.asked: list[tuple[str, str | None]] = []  # path and Last-Event-ID of each connection
        self.posted: list[str] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []  # answers to the next connections
        self.command_status = 200
        self.retry_ms = 100  # tests do not wait the browser's three seconds
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._changed = asyncio.Condition()

    async def play(self, name: str, **data: Any) -> None:
        """Append a fact: it carries an id, and a reconnecting page is sent what it missed."""
        position = len(self.history) + 1
        self.history.append((position, name, data))
        self._send(_frame(name, data, event_id=f"{EPOCH}-{position}"))

    async def show(self, name: str, **data: Any) -> None:
        """Send a message that is not kept and carries no id, such as a partial."""
        self._send(_frame(name, data))

    async def cut(self) -> None:
        """End every open stream, as a dying server or proxy does."""
        for listener in self._listeners:
            listener.put_nowait(None)

    async def posts(self, count: int) -> list[str]:
        """Wait until so many commands arrived; return them all."""
        return await self._until(lambda: self.posted if len(self.posted) >= count else None)

    async def connections(self, count: int) -> list[tuple[str, str | None]]:
        """Wait until the page has connected so often; return every connection."""
        return await self._until(lambda: self.asked if len(self.asked) >= count else None)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        headers = {key.decode(): value.decode() for key, value in scope["headers"]}
        if path.endswith("/stream"):
            await self._stream(path, headers, receive, send)
        elif scope["method"] != "GET":
            await self._command(path, send)
        else:
            await _file(path, send)

    async def _stream(self, path: str, headers: dict[str, str], receive: Any, send: Send) -> None:
        last = headers.get("last-event-id")
        if self.refusals:
            status, problem = self.refusals.pop(0)
            await self._note(self.asked, (path, last))
            await _answer(send, status, json.dumps(problem).encode(), "application/problem+json")
            return

        listener: asyncio.Queue[bytes | None] = asyncio.Queue()
        for frame in self._opening(last):
            listener.put_nowait(frame)
        self._listeners.add(listener)
        await self._note(self.asked, (path, last))
        gone = asyncio.create_task(_gone(receive))
        try:
            await _pour(listener, gone, send)
        finally:
            gone.cancel()
            self._listeners.discard(listener)

    def _opening(self, last: str | None) -> list[bytes]:
        frames = [f"retry: {self.retry_ms}\n\n".encode()]
        if last is None:
            position = len(self.history)
            frames.append(_frame("snapshot", self.snapshot, event_id=f"{EPOCH}-{position}"))
            return frames
        after = int(last.removeprefix(f"{EPOCH}-"))
        missed = [fact for fact in self.history if fact[0] > after]
        return frames + [_frame(name, data, event_id=f"{EPOCH}-{at}") for at, name, data in missed]

    async def _command(self, path: str, send: Send) -> None:
        await self._note(self.posted, path)
        problem = {"title": "Refused", "detail": "contact c-1 has ended"}
        is_fine = self.command_status == 200
        body = json.dumps({} if is_fine else problem).encode()
        kind = "application/json" if is_fine else "application/problem+json"
        await _answer(send, self.command_status, body, kind)

    def _send(self, frame: bytes) -> None:
        for listener in self._listeners:
            listener.put_nowait(frame)

    async def _note(self, where: list[Any], what: Any) -> None:
        async with self._changed:
            where.append(what)
            self._changed.notify_all()

    async def _until(self, found: Callable[[], Any]) -> Any:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: found() is not None)
        return found()


@asynccontextmanager
async def serving(scene: Scene) -> AsyncGenerator[Scene]:
    """Serve a scene on a free port."""
    async with served(scene, lifespan="off") as scene.url:
        try:
            yield scene
        finally:
            await scene.cut()


@asynccontextmanager
async def served(app: Any, *, lifespan: Literal["on", "off"]) -> AsyncGenerator[str]:
    """Serve an application on a free port; yield its base URL."""
    config = uvicorn.Config(
        app, port=0, log_config=None, lifespan=lifespan, timeout_graceful_shutdown=1, ws="none"
    )
    server = _Server(config)
    listener = socket.create_server(("127.0.0.1", 0))  # from here on nobody is refused
    task = asyncio.create_task(server.serve([listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await task


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield  # they are pytest's


def instant(*, seconds: float = 0) -> str:
    """Return a time so many seconds from now, as the API writes times."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


async def _pour(
    listener: asyncio.Queue[bytes | None], gone: asyncio.Task[None], send: Send
) -> None:
    headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    while True:
        upcoming = asyncio.create_task(listener.get())
        await asyncio.wait({upcoming, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not upcoming.done() or (frame := upcoming.result()) is None:
            upcoming.cancel()
            break
        await send({"type": "http.response.body", "body": frame, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _file(path: str, send: Send) -> None:
    name = "index.html" if path == "/desk" else path.removeprefix("/desk/")
    file = DESK / name
    if not file.is_file():
        await _answer(send, 404, b"", "text/plain")
        return
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    await _answer(send, 200, file.read_bytes(), kind)


async def _answer(send: Send, status: int, body: bytes, kind: str) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-security-policy", CSP.encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _frame(name: str, data: dict[str, Any], *, event_id: str | None = None) -> bytes:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode()
