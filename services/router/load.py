"""What is known of one endpoint, and which one is asked next. Pure: the clock is handed in."""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from math import ceil
from typing import Literal

from ..circuit import Circuit, Pacing

SAMPLES = 200  # answers whose times are kept
_SAMPLES_MIN = 20  # fewer say nothing of the slowest of them
_PROBES_MAX = 2  # that fail in a row, before it counts as unwell
# An adapter stays where its weights are loaded until that endpoint is so much busier.
_STICKY_SHARE = 0.5
_AS_FAST_S = 0.01  # a smaller difference in speed is chance
# Of an endpoint's places, for who is on the line: bulk takes the others at most.
_LIVE_SHARE = 0.5

PACING = Pacing(first_s=1.0, longest_s=30.0, busy_s=2.0, hopeless_s=60.0, urgent_s=1.0)


class Times:
    """How long the newest answers took."""

    def __init__(self) -> None:
        self._took_s: deque[float] = deque(maxlen=SAMPLES)

    def took(self, seconds: float) -> None:
        """Note how long an answer took, or how long it was waited for in vain."""
        self._took_s.append(seconds)

    def slow_s(self) -> float | None:
        """Return the time within which 95 of 100 answers came; None: too few were seen."""
        if len(self._took_s) < _SAMPLES_MIN:
            return None
        return sorted(self._took_s)[ceil(0.95 * len(self._took_s)) - 1]

    def usual_s(self) -> float:
        """Return the time of the middle one of the newest few; 0 where there are none."""
        newest = sorted(list(self._took_s)[-_SAMPLES_MIN:])
        return newest[len(newest) // 2] if newest else 0.0


State = Literal["free", "full", "paused", "failing"]


class Load:
    """How busy one endpoint is, how fast, and whether it is well."""

    def __init__(self, name: str, *, limit: int, now: Callable[[], float]) -> None:
        self.name = name
        self.limit = limit
        self.under_way = 0
        self.circuit = Circuit(PACING, now=now)
        self._now = now
        self._probes_failed = 0
        self._paused_until = 0.0
        self.times = Times()

    @property
    def is_well(self) -> bool:
        """Whether it counts as well, as far as asking it told."""
        return self._probes_failed < _PROBES_MAX

    @property
    def share(self) -> float:
        """How much of what it may do at once it is doing."""
        return self.under_way / self.limit

    def paused_s(self) -> float:
        """Return how long it is not to be asked, because it said so."""
        return max(0.0, self._paused_until - self._now())

    def has_place(self, *, live: bool) -> bool:
        """Tell whether it may be given another request."""
        limit = self.limit if live else ceil(self.limit * (1.0 - _LIVE_SHARE))
        return self.under_way < limit

    def begin(self) -> None:
        """Take a place."""
        self.under_way += 1

    def end(self) -> None:
        """Give it back."""
        self.under_way -= 1

    def pause(self, seconds: float) -> None:
        """Ask it nothing for so long."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    def probed(self, *, well: bool) -> None:
        """Note what it said when it was asked how it is."""
        self._probes_failed = 0 if well else self._probes_failed + 1

    def state(self, *, live: bool) -> State:
        """Return what keeps it from being asked, if anything does."""
        if self.paused_s():
            return "paused"
        if self.circuit.is_open:
            return "failing"
        return "free" if self.has_place(live=live) else "full"


def choose(
    loads: Sequence[Load], *, live: bool, sticky: str | None, without: frozenset[str] = frozenset()
) -> Load | None:
    """Return the endpoint to ask, with its place taken; None: none may be asked now.

    The least loaded one that is well; of those as loaded, the faster. `sticky` keeps what has
    that name at one endpoint while that is not much busier than others. One whose circuit is
    open is tried now and then. Only where no other can be expected to answer, soon, one that is
    unwell is asked as well, and one whose circuit is open once a second.
    """
    others = [one for one in loads if one.name not in without]
    free = [one for one in others if one.has_place(live=live) and not one.paused_s()]
    alone = not any(one.is_well and not one.circuit.is_open for one in others)
    for one in _ordered(free, sticky=sticky):
        if (one.is_well or alone) and one.circuit.admits(urgent=alone):
            one.begin()
            return one
    return None


def _ordered(loads: Sequence[Load], *, sticky: str | None) -> list[Load]:
    order = sorted(loads, key=lambda one: (one.share, round(one.times.usual_s() / _AS_FAST_S)))
    if sticky is None or not order:
        return order
    home = max(order, key=lambda one: _rank(sticky, one.name))
    if home.share - order[0].share <= _STICKY_SHARE:
        order.remove(home)
        order.insert(0, home)
    return order


def _rank(sticky: str, endpoint: str) -> bytes:
    """Rank endpoints by a name: the same in every process, and one that goes moves only its own."""
    return hashlib.sha256(f"{sticky}\0{endpoint}".encode()).digest()
