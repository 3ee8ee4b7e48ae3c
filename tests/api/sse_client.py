"""A client of Server-Sent Events, written from the standard and sharing nothing with the server."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

WAIT_S = 30.0  # on a machine that does much else


class Heard:
    """One event as a browser would dispatch it."""

    def __init__(self, *, event: str, event_id: str | None, data: str) -> None:
        self.event = event
        self.id = event_id
        self.data: dict[str, Any] = json.loads(data)

    def __repr__(self) -> str:
        return f"{self.event}({self.id})"


class Listener:
    """One open stream."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.heard: list[Heard] = []
        self.last_id: str | None = None
        self.comments = 0
        self._events = self._parse()

    async def next(self) -> Heard | None:
        """Return the next event; None when the server ended the stream."""
        async with asyncio.timeout(WAIT_S):
            return await anext(self._events, None)

    async def until(self, wanted: str | Callable[[Heard], bool]) -> Heard:
        """Read on to the next event of a name, or one that fits."""
        while (heard := await self.next()) is not None:
            if heard.event == wanted if isinstance(wanted, str) else wanted(heard):
                return heard
        raise AssertionError(f"the stream ended before {wanted}, after {self.heard}")

    async def rest(self) -> list[Heard]:
        """Read to the end of the stream."""
        before = len(self.heard)
        while await self.next() is not None:
            pass
        return self.heard[before:]

    async def _parse(self) -> AsyncGenerator[Heard]:
        event, event_id = "message", None
        data: list[str] = []
        async for line in self.response.aiter_lines():
            if line == "":
                if data:
                    if event_id is not None:
                        self.last_id = event_id
                    heard = Heard(event=event, event_id=event_id, data="\n".join(data))
                    self.heard.append(heard)
                    yield heard
                event, event_id, data = "message", None, []
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            match name:
                case "":
                    self.comments += 1
                case "event":
                    event = value
                case "id":
                    event_id = value
                case "data":
                    data.append(value)
                case _:
                    pass  # `retry`


@asynccontextmanager
async def listening(
    url: str, *, last_event_id: str | None = None, actor: str | None = None
) -> AsyncGenerator[Listener]:
    headers = {"Accept": "text/event-stream"}
    if last_event_id is not None:
        headers["Last-Event-ID"] = last_event_id
    if actor is not None:
        headers["Antiphon-Actor"] = actor
    async with (
        httpx.AsyncClient(timeout=WAIT_S) as http,
        http.stream("GET", url, headers=headers) as response,
    ):
        yield Listener(response)
