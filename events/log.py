"""The EventLog port: append, read, follow. Bytes in, bytes out; meaning is the codec's.

Adapters: `infra/jetstream/log.py`, `infra/memory_log.py`. One contract suite for both:
`tests/contracts/event_log.py`.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from msgspec import Struct

from .base import START, Epoch, Position

IDLE_S = 1.0  # seconds between empty batches; a few make a stalled loop visible at once


class Entry(Struct, frozen=True):
    """What an append writes. The log keeps one entry of an id, however often it is sent."""

    id: str  # ours, unique within the stream
    payload: bytes


class Stored(Struct, frozen=True, gc=False):
    """An entry as the log holds it."""

    position: Position
    recorded_at: datetime  # UTC, the log's clock
    subject: str
    payload: bytes


class StreamState(Struct, frozen=True):
    """What a stream holds now."""

    epoch: Epoch
    first: Position  # of the oldest entry kept; last + 1 when empty
    last: Position  # START when nothing was ever stored


class EventLog(Protocol):
    """Ordered, durable, replayable. An acknowledged append is kept."""

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        """Store entries on one subject, all or none, and return the last one's position.

        `expected` is the position of the subject's last entry (START: none yet); None
        appends whatever is there. Repeating an append that was stored, whether or not
        its answer arrived, returns the stored position and stores nothing.

        Raises:
            StreamMoved: the subject's last entry is another than expected.
            LogUnavailable: the log did not answer in time; the append may have happened.
        """
        ...

    async def last(self, stream: str, subject: str) -> Stored | None:
        """Return the last entry of an exact subject, or None."""
        ...

    async def state(self, stream: str) -> StreamState:
        """Return the stream's epoch and ends.

        Raises:
            TenantUnknown: there is no such stream.
        """
        ...

    def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """Yield batches of what stands after `after`, in order, then end.

        Ends at `upto`, or at what was last when the call was made.
        """
        ...

    def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """Yield batches of what stands after `after`, then of what is appended, for ever.

        Order is the stream's; nothing is skipped, whatever happens to the connection. While
        the log answers and has nothing new, an empty batch comes about every `IDLE_S`: the
        sign of life that readiness is built on. None comes while the log is away.

        Raises:
            EpochChanged: `epoch` is not the stream's.
            PositionBeyondEnd: `after` lies beyond the stream's end.
        """
        ...


@runtime_checkable
class PositionReads(Protocol):
    """What a log gives besides, to whoever keeps an index of positions."""

    async def read_at(self, stream: str, positions: Sequence[Position]) -> list[Stored]:
        """Return the entries at these positions, in the order asked for.

        In a stream of a million, getting 200 entries so takes a fifth of the time that finding
        them by subject does. What is no longer kept, or not yet written, is left out.

        Raises:
            TenantUnknown: there is no such stream.
        """
        ...


# Called once, from the event loop: with the position of what was stored; with None where that is
# not plain, and `EventLog.append` of the same finds out.
Told = Callable[[Position | None], None]


@runtime_checkable
class Posts(Protocol):
    """What a log gives besides, to whoever appends so often that waiting is most of the work."""

    def post(
        self, stream: str, subject: str, entry: Entry, *, expected: Position, told: Told
    ) -> bool:
        """Append one entry, and say later what came of it; never before this returns.

        False: nothing was done and nobody will be told, because something is under way on the
        subject, or the log is away or has all it can take: `append`, which can wait.
        """
        ...
