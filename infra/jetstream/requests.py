"""JetStream's request API: what is asked, what is answered, and what its errors mean.

Source: ADR-31 (direct get) and the JSON schemas of `io.nats.jetstream.api.v1`; answers
were recorded from nats-server 2.15.1.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from nats.aio.client import Client
from nats.errors import NoRespondersError

from ...errors import LogUnavailable, TenantUnknown
from ...events.base import Position
from ...events.log import Stored
from .connection import answering

ANSWER_S_MAX = 1.5  # answers take milliseconds; a longer silence is a lost request
_ASKED_TIMES_MAX = 4  # together longer than a broker needs to restart
_PAUSE_S = 0.25  # between two askings where nobody listens yet

_NO_MESSAGE = 10037
_STREAM_MISSING = 10059
UNAVAILABLE = 500  # codes from here on: the server's trouble, not ours


class Problem(Struct, frozen=True):
    """Why a request was refused."""

    code: int
    err_code: int = 0
    description: str = ""


class StreamMessage(Struct, frozen=True):
    """A message as `STREAM.MSG.GET` answers it; `hdrs` and `data` are base64 on the wire."""

    subject: str
    seq: int
    time: str  # RFC 3339, up to nanoseconds
    data: bytes = b""
    hdrs: bytes = b""

    @property
    def id(self) -> str:
        """Its Nats-Msg-Id, or nothing."""
        for line in self.hdrs.decode().splitlines():
            name, _, value = line.partition(":")
            if name.lower() == "nats-msg-id":
                return value.strip()
        return ""


class StreamEnds(Struct, frozen=True):
    """Part of a stream's state."""

    messages: int
    first_seq: int
    last_seq: int
    subjects: dict[str, int] | None = None  # messages by subject, where some were asked about


class Answer(Struct, frozen=True):
    """What we read of any answer."""

    error: Problem | None = None
    message: StreamMessage | None = None
    created: str = ""
    state: StreamEnds | None = None


_answers = msgspec.json.Decoder(Answer)


class Requests:
    """Asks JetStream, again where a repetition is harmless: every request here is."""

    def __init__(self, nc: Client) -> None:
        self._nc = nc

    async def stream(self, stream: str) -> Answer:
        """Return when a stream was made, and its ends.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: no answer in time.
        """
        return await self.ask(f"STREAM.INFO.{stream}", {}, stream=stream)

    async def message(self, stream: str, **wanted: Any) -> StreamMessage | None:
        """Return one message from the stream's leader, which has every acknowledged one.

        `last_by_subj=…`, `seq=…`, or `seq=…, next_by_subj=…`: the first from there on.
        """
        answer = await self.ask(f"STREAM.MSG.GET.{stream}", wanted, stream=stream)
        return answer.message

    async def ask(self, what: str, body: dict[str, Any], *, stream: str) -> Answer:
        """Return the answer; a missing message is one, a missing stream an error.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: no answer in time, or the server cannot serve now.
            ValueError: the request was refused for what it says.
        """
        answer = await self.try_ask(what, body)
        problem = answer.error
        if problem is None or problem.err_code == _NO_MESSAGE:
            return answer
        if problem.err_code == _STREAM_MISSING:
            raise TenantUnknown(_tenant_of(stream))
        if problem.code >= UNAVAILABLE:
            raise LogUnavailable(problem.description)
        raise ValueError(f"{what} refused: {problem.err_code} {problem.description}")

    async def try_ask(self, what: str, body: dict[str, Any]) -> Answer:
        """Return whatever is answered.

        Raises:
            LogUnavailable: nothing was, in time.
        """
        payload = msgspec.json.encode(body)
        for attempt in range(1, _ASKED_TIMES_MAX + 1):
            try:
                with answering():
                    msg = await self._nc.request(f"$JS.API.{what}", payload, timeout=ANSWER_S_MAX)
                return _answers.decode(msg.data)
            except LogUnavailable as error:
                if attempt == _ASKED_TIMES_MAX or self._nc.is_closed:
                    raise
                if isinstance(error.__cause__, NoRespondersError):
                    await asyncio.sleep(_PAUSE_S)
        raise AssertionError("the loop returns or raises")


def stored_message(message: StreamMessage) -> Stored:
    """Return the entry that a message is."""
    at = datetime.fromisoformat(message.time).astimezone(UTC)
    return Stored(Position(message.seq), at, message.subject, message.data)


def nanoseconds_of(text: str) -> int:
    """Return an RFC 3339 instant in UTC as nanoseconds since 1970."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)


def _tenant_of(stream: str) -> str:
    """Return the tenant whose stream this is."""
    return stream.partition("_")[2].lower()
