"""One consumer's life: made after a position, pulled from, counted, deleted."""

import asyncio
import uuid
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import msgspec
import structlog
from nats.aio.subscription import Subscription

from ...errors import AntiphonError
from ...events.base import Position
from ...events.log import IDLE_S, Stored
from .client import STATUS, Connection, headers_of
from .connection import answering, send
from .requests import Requests

log = structlog.get_logger()

_PULL_ENTRIES = 1_000  # asked for at once
_LOW_ENTRIES = 500  # ask again when no more than these are on the way or unread
_PULL_BYTES = 4 * 1024 * 1024  # of one request: more than the largest message, or it would starve
_PULL_S = 30.0  # a request that brought nothing is renewed
_BATCH_ENTRIES_MAX = 512  # handed out at once
_UNUSED_S_MAX = 60.0  # the server forgets a consumer nobody pulls from: ours, when we were killed
_NS = 1_000_000_000

_HEARTBEAT = b"100"
_PULL_ENDED = (b"408", b"409")  # the time was up, or the bytes; these say how much was left
_STILL_WANTED = b"Nats-Pending-Messages"

_SHORT_REPLY_TOKENS = 9

_instant = datetime.fromtimestamp


class Cursor:
    """An ephemeral consumer without acknowledgements, and what it brought.

    `broken` says why the cursor must be replaced; empty while it is sound.
    """

    def __init__(
        self,
        nc: Connection,
        requests: Requests,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position,
    ) -> None:
        self._nc = nc
        self._requests = requests
        self._stream = stream
        self._filters = filters
        self._after = after
        self._name = f"cursor_{uuid.uuid4().hex}"
        self._inbox = nc.new_inbox()
        self._subscription: Subscription | None = None
        self._arrived: deque[tuple[bytes, bytes, bytes]] = deque()  # subject, reply, payload
        self._stirred = asyncio.Event()
        self._rang = False  # it was the alarm that stirred, and nothing since
        # One at a time and not one a wait, which would be as dear as the rest of waiting.
        self._alarm: asyncio.TimerHandle | None = None
        self._on_the_way = 0  # asked for and neither arrived nor given up by the server
        self._taken = 0  # consumer sequence of the last entry handed out
        self._delivered = 0  # and of the last one the server says it sent
        self.broken = ""

    async def __aenter__(self) -> Self:
        """Make the consumer.

        Raises:
            LogUnavailable: no answer in time.
            TenantUnknown: there is no such stream.
        """
        try:
            await self._make()
        except BaseException:
            await self._let_go()
            raise
        return self

    async def _make(self) -> None:
        with answering():
            self._subscription = await self._nc.tap(self._inbox, self.receive)
        await self._requests.ask(
            f"CONSUMER.CREATE.{self._stream}.{self._name}",
            {
                "stream_name": self._stream,
                "config": {
                    "name": self._name,
                    "deliver_policy": "by_start_sequence",
                    "opt_start_seq": self._after + 1,
                    "ack_policy": "none",
                    "filter_subjects": list(self._filters),
                    "inactive_threshold": int(_UNUSED_S_MAX * _NS),
                    "mem_storage": True,
                    "num_replicas": 1,
                },
            },
            stream=self._stream,
        )

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._let_go()

    async def _let_go(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        if self._nc.is_closed:
            return
        try:
            if self._subscription is not None:
                with answering():
                    await self._nc.untap(self._subscription)
            if self._nc.is_connected:
                reply = self._nc.new_inbox()  # the server acts only where it may answer
                what = f"$JS.API.CONSUMER.DELETE.{self._stream}.{self._name}"
                await send(self._nc, what, b"", reply=reply)
        except AntiphonError as gone:
            # The server forgets the consumer after `_UNUSED_S_MAX` anyway.
            log.info("cursor_left_behind", stream=self._stream, error=str(gone))

    async def pull_if_low(self) -> None:
        """Ask for more, unless enough is on the way or waits to be taken."""
        if self._on_the_way + len(self._arrived) > _LOW_ENTRIES:
            return
        self._on_the_way += _PULL_ENTRIES
        wanted = {
            "batch": _PULL_ENTRIES,
            "max_bytes": _PULL_BYTES,
            "expires": int(_PULL_S * _NS),
            "idle_heartbeat": int(IDLE_S * _NS),
        }
        what = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._name}"
        await send(self._nc, what, msgspec.json.encode(wanted), reply=self._inbox)

    async def stirred(self, *, timeout_s: float) -> bool:
        """Wait until something arrived, a sign of life included; False when nothing did.

        That may be told before so long has passed: a timer goes off for whoever waits then.
        """
        if not self._arrived:
            if self._alarm is None:
                self._alarm = asyncio.get_running_loop().call_later(timeout_s, self._ring)
            await self._stirred.wait()
        self._stirred.clear()
        rang, self._rang = self._rang, False
        return not rang

    def _ring(self) -> None:
        self._alarm = None
        if not self._stirred.is_set():
            self._rang = True
            self._stirred.set()

    def take(self) -> list[Stored]:
        """Return what arrived, in order and without holes; a hole breaks the cursor."""
        batch: list[Stored] = []
        while self._arrived and len(batch) < _BATCH_ENTRIES_MAX:
            count, stored = _stored(*self._arrived.popleft())
            if count != self._taken + 1:
                self.broken = "hole"
                return batch
            self._taken = count
            batch.append(stored)
        if not self._arrived and self._delivered > self._taken:
            self.broken = "hole"
        return batch

    def receive(self, subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:
        """Take what the server sent: an entry, or word of how things stand."""
        if reply:
            self._on_the_way -= 1
            self._arrived.append((subject, reply, payload))
        else:
            self._heed(headers_of(headers))
        self._rang = False
        self._stirred.set()

    def _heed(self, headers: dict[bytes, bytes]) -> None:
        status = headers.get(STATUS, b"")
        if status == _HEARTBEAT:
            self._delivered = int(headers[b"Nats-Last-Consumer"])
        elif status in _PULL_ENDED and _STILL_WANTED in headers:
            self._on_the_way -= int(headers[_STILL_WANTED])
        else:
            # 503: the consumer is gone with its server; 409 without a count: it was taken away.
            self.broken = f"status {status.decode()}"


def _stored(subject: bytes, reply: bytes, payload: bytes) -> tuple[int, Stored]:
    """Return the consumer's count of a delivered message, and the entry.

    The reply subject is `$JS.ACK.<stream>.<consumer>.<times>.<position>.<count>.<ns>.<pending>`;
    with a domain and an account hash after `$JS.ACK`, and a token at the end, where those are on.
    """
    tokens = reply.split(b".")
    position, count, nanoseconds = (
        tokens[5:8] if len(tokens) == _SHORT_REPLY_TOKENS else tokens[7:10]
    )
    # Exact until 2242: up to there a float's neighbours are less than a microsecond apart.
    recorded_at = _instant(int(nanoseconds) // 1_000 / 1_000_000, UTC)
    return int(count), Stored(Position(int(position)), recorded_at, subject.decode(), payload)
