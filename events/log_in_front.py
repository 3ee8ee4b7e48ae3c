"""A log in front of another: what it does not do itself, that one does."""

from collections.abc import AsyncGenerator, Sequence

from .base import START, Epoch, Position
from .log import Entry, EventLog, Stored, StreamState


class LogInFront:
    """An EventLog that passes everything on, for a subclass to do some of it otherwise."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        """See `EventLog.append`."""
        return await self._log.append(stream, subject, entries, expected=expected)

    async def last(self, stream: str, subject: str) -> Stored | None:
        """See `EventLog.last`."""
        return await self._log.last(stream, subject)

    async def state(self, stream: str) -> StreamState:
        """See `EventLog.state`."""
        return await self._log.state(stream)

    def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`."""
        return self._log.read(stream, filters, after=after, upto=upto)

    def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.follow`."""
        return self._log.follow(stream, filters, after=after, epoch=epoch)
