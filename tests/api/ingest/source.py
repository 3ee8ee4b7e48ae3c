"""A source that speaks `antiphon-ingest/1`, written from `docs/ingest.md` alone."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

TRACK_BYTES = {"from_customer": b"\x00", "to_customer": b"\x01"}
SAMPLES = 160  # 20 ms
Frame = tuple[str, int, bytes]  # track, first sample, payload


def hello(contact_id: str = "c-1", **other: Any) -> dict[str, Any]:
    return {
        "type": "hello",
        "protocol": "antiphon-ingest/1",
        "contact": {"contact_id": contact_id, "instance_arn": "desk-capture"},
        "started_at": "2026-03-02T12:00:00Z",
        "encoding": "pcm_s16le",
        "rate_hz": 8000,
        "tracks": ["from_customer", "to_customer"],
    } | other


def frame(sequence: int, track: str, first_sample: int, payload: bytes) -> bytes:
    return (
        TRACK_BYTES[track] + sequence.to_bytes(8, "big") + first_sample.to_bytes(8, "big") + payload
    )


def frames_of(voices: dict[str, bytes], *, sample_bytes: int = 2) -> list[Frame]:
    """Cut voices into frames of 20 ms, in turns."""
    cut: list[Frame] = []
    size = SAMPLES * sample_bytes
    for start in range(0, max(map(len, voices.values())), size):
        for track, voice in voices.items():
            if piece := voice[start : start + size]:
                cut.append((track, start // sample_bytes, piece))
    return cut


class Talk:
    """One connection."""

    def __init__(self, socket: ClientConnection, url: str) -> None:
        self.socket = socket
        self.url = url

    async def tell(self, message: dict[str, Any] | bytes) -> None:
        await self.socket.send(message if isinstance(message, bytes) else json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            told = await self.socket.recv()
        assert isinstance(told, str), "what is said to a source is text"
        return json.loads(told)

    async def hear_last(self) -> tuple[dict[str, Any], int | None]:
        """Return the last message, acknowledgements left out, and the close code."""
        last: dict[str, Any] = {}
        async with asyncio.timeout(10):
            try:
                while True:
                    told = await self.hear()
                    last = last if told["type"] == "ack" else told
            except ConnectionClosed:
                return last, self.socket.close_code

    def drop(self) -> None:
        """Be gone without a word."""
        self.socket.transport.abort()


@asynccontextmanager
async def talking(url: str, **given: Any) -> AsyncGenerator[Talk]:
    address = url.replace("http://", "ws://") + "/v1/ingest"
    async with connect(address, compression=None, **given) as socket:
        yield Talk(socket, url)


async def bring(
    urls: Callable[[], str],
    greeting: dict[str, Any],
    frames: Sequence[Frame],
    *,
    cut_after: Sequence[int] = (),
) -> int:
    """Bring all frames and the end; be cut after so many sent frames. Return the connections."""
    cuts, connections = list(cut_after), 0
    while True:
        connections += 1
        async with talking(urls()) as talk:
            try:
                if await _bring_rest(talk, greeting, frames, cuts.pop(0) if cuts else None):
                    return connections
            except ConnectionClosed:
                continue


async def _bring_rest(
    talk: Talk, greeting: dict[str, Any], frames: Sequence[Frame], cut: int | None
) -> bool:
    await talk.tell(greeting)
    if (welcome := await talk.hear())["type"] == "retry":
        return False
    assert welcome["type"] == "welcome", welcome
    acked: int = welcome["sequence"]
    sent = acked
    while sent < len(frames):
        room = min(welcome["window_frames"], welcome["window_bytes"] // (2 * SAMPLES))
        if sent - acked >= room:
            if (told := await talk.hear())["type"] != "ack":
                assert told["type"] == "retry", told
                return False
            acked = told["sequence"]
            continue
        track, first_sample, payload = frames[sent]
        await talk.tell(frame(sent + 1, track, first_sample, payload))
        sent += 1
        if cut is not None and sent - welcome["sequence"] >= cut:
            talk.drop()
            return False
    await talk.tell({"type": "end", "sequence": sent})
    last, _ = await talk.hear_last()
    if last.get("type") == "retry" or not last:
        return False
    assert last == {"type": "ended", "sequence": len(frames)}
    return True
