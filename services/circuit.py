"""Whether one server of somebody else's is worth asking now. Pure: its clock is handed in.

While it fails, one request at a time may find out whether it is back, and not too often: a
vendor that is overwhelmed, or a key that is wrong, is not helped by hundreds of calls asking.
Where there is nobody else to ask, one a second may, whatever became of the one before: that one
may hang for longer than the outage lasts.
"""

from collections.abc import Callable

from msgspec import Struct

from ..errors.faults import Retry

_DOUBLINGS_MAX = 16  # beyond it a number only grows
_HURRIED_TRIALS = 15  # then one has its time, should the recogniser be slow and no longer hang


class Pacing(Struct, frozen=True, kw_only=True):
    """How often a server that failed is tried again, in seconds. As it stands: a recogniser."""

    failures_max: int = 3  # in a row, over all who ask, before it counts as failing
    first_s: float = 1.0  # doubles with each trial that fails
    longest_s: float = 30.0
    busy_s: float = 5.0  # it has too much to do
    hopeless_s: float = 60.0  # a person has to act, and may have
    # Where there is nobody else to ask: words are waiting.
    urgent_s: float = 1.0
    # A call that is well served by another one risks an interruption with each trial.
    from_call_s: float = 30.0
    open_s: float = 3.0  # for a session to open, where there is somebody else to ask
    # The same, where there is nobody. Less than the listener grants, for it is to be told here.
    alone_s: float = 8.0
    # For a trial, where all fail. A handshake that was begun in an outage may hang beyond its
    # end, and with two recognisers text is to flow again within three seconds of that.
    trial_s: float = 1.0


class Circuit:
    """One server's, for all who ask it from this process."""

    def __init__(self, pacing: Pacing, *, now: Callable[[], float]) -> None:
        self._pacing = pacing
        self._now = now
        self._failures = 0
        self._trials = 0  # that failed in a row
        self._open = False
        self._hopeless = False
        self._trying = False
        self._tried_at = 0.0
        self._wait_s = 0.0
        self.recoveries = 0

    @property
    def is_open(self) -> bool:
        """Whether it counts as failing."""
        return self._open

    def admits(self, *, urgent: bool = False) -> bool:
        """Return whether to ask it now; then tell `opened`, `failed` or `left`.

        `urgent`: there is nobody else. True while it fails makes the asker the one who tries.
        """
        if not self._open:
            return True
        wait_s = self._wait_s
        if urgent and not self._hopeless:
            wait_s = min(wait_s, self._pacing.urgent_s)
        if (self._trying and not urgent) or not self._has_waited(wait_s):
            return False
        self._trying, self._tried_at = True, self._now()
        return True

    def opens_within_s(self, *, outage: bool, alone: bool) -> float:
        """Return how long a session that was admitted may take to open.

        `outage`: all of the order fail; `alone`: there is no other in it.
        """
        if outage and self._trials % (_HURRIED_TRIALS + 1):
            return self._pacing.trial_s
        return self._pacing.alone_s if alone and not outage else self._pacing.open_s

    @property
    def is_worth_leaving_for(self) -> bool:
        """Whether a call that another recogniser serves should go and try this one."""
        waited = self._has_waited(max(self._wait_s, self._pacing.from_call_s))
        return self._open and waited and not self._trying

    def opened(self) -> None:
        """It answers again: everybody may ask, and the next failure is one too many."""
        self._trying = False
        if self._open:
            self._open = self._hopeless = False
            self._failures = self._pacing.failures_max - 1
            self.recoveries += 1

    def heard(self) -> None:
        """It gave what it was asked for."""
        self._failures = self._trials = 0

    def left(self) -> None:
        """Nothing was learned of it."""
        self._trying = False

    def failed(self, retry: Retry) -> None:
        """A session was lost, none could be had, or a request came to nothing."""
        self._trying = False
        if not self._open:
            self._tried_at = self._now()  # else when the trial began: what hung was a pause
        self._failures += 1
        if retry == "now" and self._failures < self._pacing.failures_max:
            return
        self._open = True
        self._hopeless = retry == "never"
        match retry:
            case "now":
                doublings = min(self._trials, _DOUBLINGS_MAX)
                self._wait_s = min(self._pacing.longest_s, self._pacing.first_s * 2.0**doublings)
            case "later":
                self._wait_s = self._pacing.busy_s
            case "never":
                self._wait_s = self._pacing.hopeless_s
        self._trials += 1

    def _has_waited(self, wait_s: float) -> bool:
        return self._now() - self._tried_at >= wait_s
