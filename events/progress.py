"""What a loop says of itself: progress, not the absence of exceptions, proves health."""

import time
from collections.abc import Callable
from typing import Literal

from .base import START, Position


class Progress:
    """One loop's last finished position, sign of life and oldest unfinished work.

    Written by the loop, read by readiness and metrics. Times are monotonic seconds.
    """

    def __init__(
        self,
        loop: str,
        tenant: str,
        *,
        of: Literal["facts", "register", "segments"] = "facts",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.loop = loop  # snake_case, such as `projection_desk`
        self.of = of  # the stream that positions are of
        self.tenant = tenant
        self.position: Position = START
        self._clock = clock
        self._moved_at = self._alive_at = clock()
        self._waiting_since: float | None = None
        self._lagging_since: float | None = None

    def reached(self, position: Position) -> None:
        """Everything up to `position` is finished."""
        now = self._clock()
        if position != self.position:
            self.position, self._moved_at = position, now
        self._alive_at = now

    def beat(self) -> None:
        """The loop is alive and has nothing new to do."""
        self._alive_at = self._clock()

    def waiting(self, since: float | None) -> None:
        """Unfinished work has waited since then (monotonic); None: there is none."""
        self._waiting_since = since

    def lagging(self, since: float | None) -> None:
        """The oldest fact not yet finished was recorded then (monotonic); None: there is none."""
        self._lagging_since = since

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign of life."""
        return self._clock() - self._alive_at

    @property
    def unmoved_s(self) -> float:
        """Seconds since the position last moved."""
        return self._clock() - self._moved_at

    @property
    def oldest_unfinished_s(self) -> float:
        """Age of the oldest unfinished work; 0 when there is none."""
        return 0.0 if self._waiting_since is None else self._clock() - self._waiting_since

    @property
    def lag_s(self) -> float:
        """How old the oldest fact not yet finished is, since it was recorded; 0 when none is."""
        lagging_since = self._lagging_since
        return 0.0 if lagging_since is None else max(0.0, self._clock() - lagging_since)
