"""The EventLog on JetStream: one server or a cluster, the same code.

Source: nats-server 2.15.1 and its error codes, each tried; see the contract suite.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial

import structlog

from ...errors import LogUnavailable, StreamMoved
from ...events.base import START, Epoch, Position
from ...events.log import Entry, Stored, StreamState, Told
from .client import Connection
from .direct import Points
from .follower import follow
from .pages import Pages
from .publisher import Ack, Publisher
from .reader import Reader
from .requests import Requests, nanoseconds_of, stored_message

log = structlog.get_logger()

_SENT_TIMES_MAX = 3  # together about as long as a broker needs to restart, and as people wait
_PAUSE_S = 0.1  # before sending again: in a cluster the first may still be under way


class JetStreamLog:
    """See `EventLog`. Streams are made by `Streams`; the connection belongs to the caller."""

    def __init__(self, nc: Connection) -> None:
        self._nc = nc
        self._requests = Requests(nc)
        self._publisher = Publisher(nc)
        self._pages = Pages(nc, self._requests)
        self._reader = Reader(nc, self._requests, self._pages)
        self._points = Points(nc, self._requests)

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        """See `EventLog.append`.

        With `expected`, a repetition is recognised for ever; with None, while the
        stream remembers the ids (`streams.REMEMBERED_S`).

        Raises:
            TenantUnknown: there is no such stream.
            ValueError: more or larger than the broker takes, or an id used for something else.
        """
        assert entries, "an append has entries"
        async with self._publisher.turn(subject):
            for attempt in range(1, _SENT_TIMES_MAX + 1):
                ack = await self._publisher.publish(subject, entries, expected=expected)
                if ack is not None and ack.error is None and not ack.duplicate:
                    return Position(ack.seq)
                position = await self._settle(stream, subject, entries, expected, ack)
                if position is not None:
                    return position
                log.warning("append_repeated", stream=stream, attempt=attempt, why=_why(ack))
                await asyncio.sleep(_PAUSE_S)
        raise LogUnavailable("an append was not acknowledged")

    def post(
        self, stream: str, subject: str, entry: Entry, *, expected: Position, told: Told
    ) -> bool:
        """See `Posts.post`. Whether there is such a stream is told by `append`."""
        del stream
        return self._publisher.post(subject, entry, expected=expected, told=partial(_tell, told))

    async def last(self, stream: str, subject: str) -> Stored | None:
        """See `EventLog.last`."""
        message = await self._requests.message(stream, last_by_subj=subject)
        return None if message is None else stored_message(message)

    async def read_at(self, stream: str, positions: Sequence[Position]) -> list[Stored]:
        """See `PositionReads.read_at`.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: it went away and did not come back in time.
        """
        return await self._points.read(stream, positions)

    async def state(self, stream: str) -> StreamState:
        """See `EventLog.state`."""
        answer = await self._requests.stream(stream)
        assert answer.state is not None
        ends = answer.state
        return StreamState(
            epoch=Epoch(f"{nanoseconds_of(answer.created):x}"),
            first=Position(ends.first_seq if ends.messages else ends.last_seq + 1),
            last=Position(ends.last_seq),
        )

    def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: it went away and did not come back in time.
        """
        return self._reader.read(stream, filters, after=after, upto=upto)

    def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.follow`.

        Raises:
            TenantUnknown: there is no such stream.
            LogUnavailable: the connection was closed; while it is merely away, we wait.
        """
        return follow(
            self._nc, self._requests, self.state, stream, filters, after=after, epoch=epoch
        )

    async def _settle(
        self,
        stream: str,
        subject: str,
        entries: Sequence[Entry],
        expected: Position | None,
        ack: Ack | None,
    ) -> Position | None:
        """Find out what became of an append that was not plainly acknowledged.

        Returns where it stands; None when it does not, and sending it again is right.
        """
        if ack is not None and ack.duplicate:
            return await self._confirmed(stream, subject, entries, Position(ack.seq))
        # Tells a missing stream from a busy one.
        await self._requests.stream(stream)
        if expected is None:
            # Sent again it is stored, or called a duplicate; only of a batch nobody says where.
            return await self._found_by_id(stream, subject, entries) if len(entries) > 1 else None
        following = await self._requests.message(stream, seq=expected + 1, next_by_subj=subject)
        if following is not None:
            if following.id != entries[0].id:
                raise StreamMoved(subject, expected=expected)
            end = Position(following.seq + len(entries) - 1)
            return await self._confirmed(stream, subject, entries, end)
        last = await self._requests.message(stream, last_by_subj=subject)
        if expected != (START if last is None else last.seq):
            raise StreamMoved(subject, expected=expected)
        # Not stored, or not yet: in a cluster an append may still be under way.
        return None

    async def _confirmed(
        self, stream: str, subject: str, entries: Sequence[Entry], position: Position
    ) -> Position:
        message = await self._requests.message(stream, seq=position)
        if message is None or (message.subject, message.id) != (subject, entries[-1].id):
            raise ValueError(f"an id of an append to {subject} is used for something else")
        return position

    async def _found_by_id(
        self, stream: str, subject: str, entries: Sequence[Entry]
    ) -> Position | None:
        wanted = entries[-1].id
        end = await self._pages.end(stream, subject)
        async with aclosing(self._pages.read(stream, subject, after=START, end=end)) as pages:
            async for page in pages:
                for message in page:
                    if message.id == wanted:
                        return message.stored.position
        return None


def _tell(told: Told, ack: Ack | None) -> None:
    is_plain = ack is not None and ack.error is None and not ack.duplicate
    told(Position(ack.seq) if ack is not None and is_plain else None)


def _why(ack: Ack | None) -> str:
    if ack is None:
        return "no acknowledgement in time"
    if ack.error is None:
        return "duplicate"
    return f"{ack.error.err_code or ack.error.code} {ack.error.description}"
