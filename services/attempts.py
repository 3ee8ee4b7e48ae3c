"""What a failure means for its contact: try again, give up, or let go."""

import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ..errors import Fault, HistoryUnreadable, KeyDestroyed, LogUnavailable, StoreUnavailable
from ..events.base import Position
from .letters import Problem

# The log or a store is away for everybody: no contact is to blame, so none is given up.
OUTAGES = (LogUnavailable, StoreUnavailable)

_FRAMES_MAX = 3  # of a traceback, in a letter

Verdict = Literal["again", "outage", "give_up", "erased"]


class Patience(Struct, frozen=True, kw_only=True):
    """How long a failing contact is tried again before it is given up."""

    # With these pauses a quarter of an hour: a vendor that is away for minutes costs no contact.
    attempts_max: int = 36
    first_s: float = 0.2  # doubles with each attempt
    longest_s: float = 30.0
    healthy_s: float = 60.0  # who lasted this long starts with a fresh budget

    def pause_s(self, attempt: int) -> float:
        """Return how long to wait after the nth failure in a row, from 1."""
        doublings = min(attempt - 1, 30)  # beyond any pause
        return min(self.longest_s, self.first_s * 2**doublings)


PATIENCE = Patience()


class Attempts:
    """One contact's failures in a row."""

    def __init__(self, patience: Patience, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._began = clock()
        self._failures = 0  # outages too: pauses grow with them
        self.counted = 0

    def begin(self) -> None:
        """Another attempt starts now."""
        self._began = self._clock()

    def reset(self) -> None:
        """An attempt went well."""
        self._failures = self.counted = 0

    @property
    def pause_s(self) -> float:
        """How long to wait before the next attempt."""
        return self._patience.pause_s(max(1, self._failures))

    def failed(self, error: Exception) -> Verdict:
        """Return what to do after this failure; outages never exhaust the attempts."""
        if self._clock() - self._began > self._patience.healthy_s:
            self.reset()
        if is_erased(error):
            return "erased"
        causes = list(leaves(error))
        self._failures += 1
        if all(isinstance(cause, OUTAGES) for cause in causes):
            return "outage"
        self.counted += 1
        is_hopeless = is_unreadable(error) or not all(isinstance(one, Fault) for one in causes)
        if is_hopeless or self.counted >= self._patience.attempts_max:
            return "give_up"
        return "again"


def is_erased(error: BaseException) -> bool:
    """Tell whether the contact was erased, and nothing else happened."""
    return all(isinstance(cause, KeyDestroyed) for cause in leaves(error))


def is_unreadable(error: BaseException) -> bool:
    """Tell whether only another version of this program can go on."""
    return any(isinstance(cause, HistoryUnreadable) for cause in leaves(error))


def problem_of(error: BaseException, *, newest: Position, attempts: int) -> Problem:
    """Return what a letter says of a failure; the message of a bug may hold anything said."""
    causes = list(leaves(error))
    # An outage beside the cause is not what stopped us.
    cause = next((one for one in causes if not isinstance(one, OUTAGES)), causes[0])
    is_at = isinstance(cause, HistoryUnreadable)
    return Problem(
        code=code_of(cause),
        position=Position(cause.position) if is_at else newest,
        attempts=attempts,
        where=tuple(
            f"{Path(frame.filename).name}:{frame.lineno}"
            for frame in traceback.extract_tb(cause.__traceback__)[-_FRAMES_MAX:]
        ),
    )


def code_of(error: BaseException) -> str:
    """Return the public code of a deliberate error, or the class of a bug."""
    return getattr(error, "code", type(error).__name__)


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that task groups wrapped."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    wrapped: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    for one in wrapped:
        yield from leaves(one)
