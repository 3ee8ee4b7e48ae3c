"""The messages of one session: numbered both ways, and of one id."""

import asyncio
from typing import Any, Literal

import msgspec
from litestar.exceptions import WebSocketDisconnect

from ...errors import IngestRefused
from ..ingest.line import Line
from .media import Media
from .messages import NOBODY, Close, Said, Told, envelope_in, told_in

LINGER_S = 5.0  # a client that is told to go says `close`, and hangs up once that is answered

Parting = Literal["completed", "unauthorized", "error"]


class Exchange:
    """Hears and says the messages of a session; `session_id` is the handshake's, if it had one."""

    def __init__(self, line: Line, *, session_id: str | None) -> None:
        self._line = line
        self._session_id = session_id
        self._seq = 0
        self._client_seq: int = 0
        self.position = "PT0S"  # of the last message

    @property
    def session_id(self) -> str:
        """The session; nobody's, before its first message."""
        return self._session_id or NOBODY

    async def hear(self, *, within_s: float) -> Told | bytes:
        """Return the next message, or audio.

        Raises:
            IngestRefused: it does not keep to the protocol.
            WebSocketDisconnect: there will be none, or was none in time.
        """
        message = await self._line.hear(within_s=within_s)
        if isinstance(message, bytes):
            return message
        envelope = envelope_in(message)
        if envelope.seq != self._client_seq + 1:
            raise IngestRefused("sequence_gap")
        self._client_seq = envelope.seq
        if envelope.serverseq > self._seq:
            raise IngestRefused("serverseq_unknown")
        if self._session_id is None:
            self._session_id = envelope.id.lower()
        if envelope.id.lower() != self._session_id:
            raise IngestRefused("session_mismatch")
        self.position = envelope.position
        return told_in(envelope)

    async def say(self, type_: str, **parameters: Any) -> None:
        """Send a message.

        Raises:
            WebSocketDisconnect: nobody reads it.
        """
        self._seq += 1
        await self._line.say(
            Said(
                type=type_,
                id=self.session_id,
                seq=self._seq,
                clientseq=self._client_seq,
                parameters=parameters,
            )
        )

    async def opened(self, media: Media | None, *, discard_to: str | None = None) -> None:
        """Say that the session is open, with what media, and what of it need not be sent.

        Raises:
            WebSocketDisconnect: nobody reads it.
        """
        told: dict[str, Any] = {
            "media": [] if media is None else [msgspec.to_builtins(media)],
            "startPaused": False,
        }
        if discard_to is not None:
            told["discardTo"] = discard_to
        await self.say("opened", **told)

    async def part(self, reason: Parting, problem: str) -> None:
        """Ask the client to go, and let it go as the protocol has it.

        Raises:
            WebSocketDisconnect: it went another way.
        """
        await self.say("disconnect", reason=reason, info=problem)
        try:
            async with asyncio.timeout(LINGER_S):
                while not await self._hears_close():
                    pass
        except TimeoutError:
            raise WebSocketDisconnect(detail="it was asked to go") from None
        await self.closed()

    async def closed(self) -> None:
        """Say that all is done, and wait until the client hangs up."""
        await self.say("closed")
        try:
            async with asyncio.timeout(LINGER_S):
                while True:
                    await self._line.hear(within_s=LINGER_S)
        except (TimeoutError, WebSocketDisconnect):
            return

    async def _hears_close(self) -> bool:
        message = await self._line.hear(within_s=LINGER_S)
        if isinstance(message, bytes):
            return False
        try:
            envelope = envelope_in(message)
            told = told_in(envelope)
        except IngestRefused:
            return False  # it was told once, and is on its way out
        # Whatever it counted wrong before, it is answered by its own count.
        self._client_seq = envelope.seq
        return isinstance(told, Close)
