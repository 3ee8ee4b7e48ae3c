"""What has come from the log and is in no segment yet."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from msgspec import Struct

from ...events.base import Position
from ...events.log import Stored

AGE_S_MAX = 3_600.0  # of a segment's first entry: for so long the log alone has it
SOON_S_MAX = 0.5  # of an entry that is wanted soon: two segments a second, where many come


class Bounds(Struct, frozen=True, kw_only=True):
    """When a segment is full; whichever is reached first."""

    rows_max: int = 50_000
    bytes_max: int = 32 * 1024 * 1024  # of payloads; held in memory a few times while written
    age_s_max: float = AGE_S_MAX


class Pending:
    """Entries in order, without holes, from `after` on."""

    def __init__(self, *, after: Position, bounds: Bounds) -> None:
        self.after = after  # everything up to here is in segments
        self.end = after
        self.entries: deque[Stored] = deque()
        self._bounds = bounds
        self._size = 0
        self._soon: deque[Stored] = deque()  # of the entries, those that are wanted soon

    def add(self, stored: Stored, *, soon: bool = False) -> None:
        """Take the entry that follows the last; with `soon` a segment is due on its account."""
        self.entries.append(stored)
        if soon:
            self._soon.append(stored)
        self.end = stored.position
        self._size += len(stored.payload)

    def is_due(self, now: datetime) -> bool:
        """Tell whether there is a segment's worth."""
        bounds = self._bounds
        full = len(self.entries) >= bounds.rows_max or self._size >= bounds.bytes_max
        wanted = bool(self._soon) and _age_s(self._soon[0], now) >= SOON_S_MAX
        return full or wanted or (bool(self.entries) and self.age_s(now) >= bounds.age_s_max)

    def age_s(self, now: datetime) -> float:
        """Return the age of the oldest entry; 0 when there is none."""
        return _age_s(self.entries[0], now) if self.entries else 0.0

    def next_segment(self) -> Sequence[Stored]:
        """Return the entries of the next segment; they stay pending until `let_go`."""
        size, count = 0, 0
        for stored in islice(self.entries, self._bounds.rows_max):
            if count and size + len(stored.payload) > self._bounds.bytes_max:
                break
            size, count = size + len(stored.payload), count + 1
        return list(islice(self.entries, count))

    def let_go(self, last: Position) -> None:
        """Everything up to `last` is in a segment now."""
        while self.entries and self.entries[0].position <= last:
            self._size -= len(self.entries.popleft().payload)
        while self._soon and self._soon[0].position <= last:
            self._soon.popleft()
        self.after = last
        self.end = Position(max(self.end, last))


def _age_s(stored: Stored, now: datetime) -> float:
    return max(0.0, (now - stored.recorded_at).total_seconds())
