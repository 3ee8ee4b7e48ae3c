"""One contact's records that are read and not done, and who writes them down. Pure."""

import math
from collections import deque
from collections.abc import Callable, Collection
from datetime import datetime

from .checkpoint import Mark
from .limits import Limits
from .records import Read
from .scribe import Scribe


class Pending:
    """A record that was read."""

    def __init__(self, read: Read, mark: Mark, *, arrived_at: datetime, seen_s: float) -> None:
        """`seen_s`: about when it came to the stream, on this process's monotonic clock."""
        self.read = read
        self.mark = mark
        self.arrived_at = arrived_at
        self.seen_s = seen_s
        self.is_told = False  # to the scribe there is; a final in it may be held back


class Queue:
    """The records of one contact, in the order of the stream."""

    def __init__(self, limits: Limits) -> None:
        self.pending: deque[Pending] = deque()
        self.scribe: Scribe | None = None  # None: not known yet, or to be read anew
        self.is_stirred = False  # there is something to try
        self.quiet_since_s = -math.inf  # nothing came since then that was not put
        self._limits = limits
        self._looks = 0
        self._look_at_s = 0.0

    @property
    def untold(self) -> list[Pending]:
        """What the scribe was not told."""
        return [one for one in self.pending if not one.is_told]

    @property
    def is_finished(self) -> bool:
        """Whether nothing is expected either: its contact's text is over, or is none of ours."""
        return self.scribe is None or self.scribe.is_over

    def forget(self) -> None:
        """Take it that the scribe's knowledge is worth nothing: another begins anew."""
        self.scribe = None
        self._looks, self._look_at_s = 0, 0.0
        for one in self.pending:
            one.is_told = False

    def may_look(self, now_s: float) -> bool:
        """Tell whether to look for the contact's start, and count the look. Ever more seldom."""
        if now_s < self._look_at_s:
            return False
        pause_s = self._limits.unknown_look_s * 2 ** min(self._looks, 30)
        self._looks += 1
        self._look_at_s = now_s + min(pause_s, self._limits.unknown_look_longest_s)
        return True

    @property
    def is_quiet(self) -> bool:
        """Whether what waits has waited long enough for what follows."""
        return bool(self.pending) and self.pending[-1].seen_s <= self.quiet_since_s

    def before(self, seen_s: float) -> list[Pending]:
        """Return what came before a moment."""
        return [one for one in self.pending if one.seen_s < seen_s]

    def let_go(self, *, but: Callable[[Read], bool]) -> None:
        """Take it that all is done that was told, `but` for what waits."""
        self.drop([one for one in self.pending if one.is_told and not but(one.read)])

    def drop(self, records: Collection[Pending]) -> None:
        """Take it that nobody needs to see these again."""
        for one in records:
            one.mark.done()
        kept = [one for one in self.pending if not one.mark.is_done]
        self.pending.clear()
        self.pending.extend(kept)
