"""An EventLog in memory, for tests and trials. Behaves as the durable one does, and forgets."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime

from ..errors import EpochChanged, PositionBeyondEnd, StreamMoved, TenantUnknown
from ..events.base import START, Epoch, Position
from ..events.log import IDLE_S, Entry, Stored, StreamState, Told

_BATCH_MAX = 256  # entries a batch; readers must cope with more than one batch


class MemoryLog:
    """Streams of entries, each made by `create`. Safe for the tasks of one event loop."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        idle_s: float = IDLE_S,
    ) -> None:
        self._now = now
        self._idle_s = idle_s
        self._streams: dict[str, _Stream] = {}

    async def create(self, stream: str) -> None:
        """Make a stream; harmless when repeated."""
        await asyncio.sleep(0)
        self._streams.setdefault(stream, _Stream(stream))

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        """See `EventLog.append`.

        Raises:
            ValueError: an id stands in the stream already, with something else.
        """
        # A network lets others run between the call and the effect.
        await asyncio.sleep(0)
        into = self._stream(stream)
        position = into.repeated(subject, entries)
        if position is None:
            if expected is not None and into.subject_end(subject) != expected:
                raise StreamMoved(subject, expected=expected)
            position = into.store(subject, entries, self._now())
        await asyncio.sleep(0)
        return position

    def post(
        self, stream: str, subject: str, entry: Entry, *, expected: Position, told: Told
    ) -> bool:
        """See `Posts.post`."""
        into = self._streams.get(stream)
        if into is None or into.repeated(subject, [entry]) is not None:
            return False
        is_next = into.subject_end(subject) == expected
        position = into.store(subject, [entry], self._now()) if is_next else None
        # A network brings the answer later.
        asyncio.get_running_loop().call_soon(told, position)
        return True

    async def last(self, stream: str, subject: str) -> Stored | None:
        """See `EventLog.last`."""
        await asyncio.sleep(0)
        of = self._stream(stream)
        end = of.subject_end(subject)
        return None if end == START else of.entries[end - 1]

    async def read_at(self, stream: str, positions: Sequence[Position]) -> list[Stored]:
        """See `PositionReads.read_at`."""
        await asyncio.sleep(0)
        of = self._stream(stream)
        return [of.entries[one - 1] for one in positions if START < one <= of.end]

    async def state(self, stream: str) -> StreamState:
        """See `EventLog.state`."""
        await asyncio.sleep(0)
        of = self._stream(stream)
        return StreamState(epoch=of.epoch, first=of.first, last=of.end)

    def expire(self, stream: str, *, upto: Position) -> None:
        """Keep nothing up to a position any more, as a stream does that is full."""
        self._stream(stream).first = Position(upto + 1)

    async def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`."""
        await asyncio.sleep(0)
        of = self._stream(stream)
        end = of.end if upto is None else Position(min(upto, of.end))
        position = after
        while position < end:
            batch, position = of.batch(filters, after=position, upto=end)
            if batch:
                yield batch
            await asyncio.sleep(0)

    async def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.follow`."""
        of = self._stream(stream)
        if epoch is not None and epoch != of.epoch:
            raise EpochChanged(stream, asked=epoch, current=of.epoch)
        if after > of.end:
            raise PositionBeyondEnd(stream, asked=after, last=of.end)
        position = after
        while True:
            await asyncio.sleep(0)
            batch, position = of.batch(filters, after=position, upto=of.end)
            if batch:
                yield batch
            elif not await of.grown_beyond(position, timeout_s=self._idle_s):
                yield ()

    def _stream(self, name: str) -> "_Stream":
        try:
            return self._streams[name]
        except KeyError:
            raise TenantUnknown(name.partition("_")[2].lower()) from None


class _Stream:
    """One stream's entries; the position of the nth is n + 1."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.epoch = Epoch(uuid.uuid4().hex[:16])
        self.entries: list[Stored] = []
        self.first = Position(1)  # that is kept
        self._positions: dict[str, Position] = {}  # by entry id
        self._subject_ends: dict[str, Position] = {}
        self._grown = asyncio.Event()

    @property
    def end(self) -> Position:
        return Position(len(self.entries))

    def subject_end(self, subject: str) -> Position:
        return self._subject_ends.get(subject, START)

    def repeated(self, subject: str, entries: Sequence[Entry]) -> Position | None:
        """Return where these entries stand already, or None when they are new."""
        positions = [self._positions.get(entry.id) for entry in entries]
        if all(position is None for position in positions):
            return None
        first = positions[0]
        if first is None or positions != list(range(first, first + len(entries))):
            raise ValueError(f"ids of an append to {subject} are used by others")
        if self.entries[first - 1].subject != subject:
            raise ValueError(f"ids of an append to {subject} are used on another subject")
        return Position(first + len(entries) - 1)

    def store(self, subject: str, entries: Sequence[Entry], at: datetime) -> Position:
        for entry in entries:
            position = Position(self.end + 1)
            self.entries.append(Stored(position, at, subject, entry.payload))
            self._positions[entry.id] = position
        self._subject_ends[subject] = self.end
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()
        return self.end

    def batch(
        self, filters: Sequence[str], *, after: Position, upto: Position
    ) -> tuple[list[Stored], Position]:
        """Return the next wanted entries and the position up to which all was looked at."""
        found: list[Stored] = []
        for stored in self.entries[max(after, self.first - 1) : upto]:
            if any(subject_matches(one, stored.subject) for one in filters):
                found.append(stored)
                if len(found) == _BATCH_MAX:
                    return found, stored.position
        return found, upto

    async def grown_beyond(self, position: Position, *, timeout_s: float) -> bool:
        """Wait until there is more than `position`; False when time ran out."""
        if self.end > position:
            return True
        try:
            async with asyncio.timeout(timeout_s):
                await self._grown.wait()
        except TimeoutError:
            return False
        return True


def subject_matches(pattern: str, subject: str) -> bool:
    """Tell whether a subject is meant by a pattern: `*` is one token, a last `>` is any more."""
    wanted, tokens = pattern.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(tokens) <= len(wanted):
            return False
        tokens = tokens[: len(wanted)]
    return len(wanted) == len(tokens) and all(
        one in ("*", token) for one, token in zip(wanted, tokens, strict=True)
    )
