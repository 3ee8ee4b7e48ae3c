"""What the vendors' voices have in common: they listen here, speak, and can misbehave."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Mapping
from types import TracebackType
from typing import Any, ClassVar, Self, cast
from urllib.parse import parse_qs

import msgspec
import numpy as np
from msgspec import Struct

from ..delivery import BodyCut
from ..wire import Answer, Request, Server, Streaming

KEY = "a-key-of-the-vendor"
SIGN_MS = 40  # of audio a character
PIECE_BYTES = 3_001  # odd, so that pieces are cut within samples, as a network would


class Misbehaviour(Struct, frozen=True, kw_only=True):
    """How one request is answered; the default is as it should be."""

    refusal: Answer | None = None
    delay_s: float = 0.0  # before anything
    hangs: bool = False  # nothing ever comes
    hangs_after: int | None = None  # bytes of audio, and then nothing
    cut_after: int | None = None  # bytes of audio, and then the connection breaks
    odd: bool = False  # a byte is missing at the end
    empty: bool = False
    endless: bool = False
    content_type: str | None = None  # with the audio


GOOD = Misbehaviour()


class Heard(Struct, frozen=True, kw_only=True):
    """A request that was understood."""

    text: str
    voice: str
    language: str | None
    rate_hz: int


class VoiceServer(ABC):
    """Listens from `async with` to its end; what a vendor's interface is, its own class tells."""

    content_type: ClassVar[str]  # what the vendor calls its raw audio

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.requests = 0
        self._next: deque[Misbehaviour] = deque()
        self._always = GOOD
        self._server = Server(self._answer)
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    def misbehave(self, *next_ones: Misbehaviour, always: Misbehaviour = GOOD) -> None:
        """Answer the next requests so, one each, and those after them as `always` says."""
        self._next, self._always = deque(next_ones), always

    @abstractmethod
    def understand(self, request: Request) -> Heard | Answer:
        """Return what is to be said, or why nothing is."""

    @abstractmethod
    def refusal(self, status: int, code: str, **headers: str) -> Answer:
        """Return a refusal as the vendor words it."""

    async def __aenter__(self) -> Self:
        self._port = await self._server.start("127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Answer | Streaming:
        self.requests += 1
        how = self._next.popleft() if self._next else self._always
        await asyncio.sleep(how.delay_s)
        if how.hangs:
            await asyncio.Event().wait()
        if how.refusal is not None:
            return how.refusal
        heard = self.understand(request)
        if isinstance(heard, Answer):
            return heard
        self.heard.append(heard)
        headers = {"Content-Type": how.content_type or self.content_type}
        return Streaming(_body(heard, how), headers, lambda: None)


async def _body(heard: Heard, how: Misbehaviour) -> AsyncGenerator[bytes]:
    audio = b"" if how.empty else speech(heard.text, rate_hz=heard.rate_hz)
    if how.odd:
        audio = audio[:-1]
    sent = 0
    while sent < len(audio) or how.endless:
        for limit, is_cut in ((how.cut_after, True), (how.hangs_after, False)):
            if limit is None or sent < limit:
                continue
            if is_cut:
                raise BodyCut
            await asyncio.Event().wait()
        at = sent % len(audio)
        piece = audio[at : at + PIECE_BYTES]
        yield piece
        sent += len(piece)


def speech(text: str, *, rate_hz: int) -> bytes:
    """Return what a text sounds like here: a tone a character, 16 bits a sample."""
    moments = np.arange(rate_hz * SIGN_MS // 1_000) / rate_hz
    tones = [np.sin(2 * np.pi * (200 + ord(sign) % 997) * moments) for sign in text]
    return (np.concatenate(tones) * 12_000).astype("<i2").tobytes()


def body_of(request: Request) -> Mapping[str, Any] | None:
    """Return a JSON object that was sent as one; None: something else was."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return None
    try:
        told = msgspec.json.decode(request.body)
    except msgspec.MsgspecError:
        return None
    return cast("dict[str, Any]", told) if isinstance(told, dict) else None


def query_of(request: Request) -> dict[str, str]:
    """Return what a query asks, the last of each name."""
    return {name: values[-1] for name, values in parse_qs(request.query).items()}
