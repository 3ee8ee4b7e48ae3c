"""How long a process may hold what it cannot prove to be its own. Pure: its clock is handed in.

Whoever stood still (no processor, swapped out, stopped, a paused machine) could neither ask nor
hear an answer, so that time is no answer either: only time that it was awake counts.
"""

from collections.abc import Callable

# Of the time between two looks: whoever comes later than this to look stood still, or had so
# much to do that its questions, too, waited for so long.
AWAKE_S_MAX = 0.5


class Doubt:
    """Of one thing that was certain and is so no longer.

    Args:
        patience_s: how long to wait for certainty, awake.
        clock: monotonic seconds.
    """

    def __init__(self, *, patience_s: float, clock: Callable[[], float]) -> None:
        self._patience_s = patience_s
        self._clock = clock
        self._looked_at = clock()
        self._waited_s: float | None = None  # awake; None while there is no doubt

    def is_too_long(self, *, in_doubt: bool) -> bool:
        """Look once more; tell whether the doubt has lasted for longer than it may."""
        now = self._clock()
        since_s, self._looked_at = now - self._looked_at, now
        if not in_doubt:
            self._waited_s = None
        elif self._waited_s is None:
            self._waited_s = 0.0
        else:
            self._waited_s += min(since_s, AWAKE_S_MAX)
        return self._waited_s is not None and self._waited_s >= self._patience_s
