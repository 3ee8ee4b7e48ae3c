"""When a contact's stream is over: its transcript is whole, and what is said of it was told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from ..events.base import Event, Lane, Recorded
from ..events.codec import Reading
from ..events.contact import ContactEnded
from ..events.speech import TranscriptCompleted
from ..events.summary import SummaryFailed, SummaryWritten
from .ports import Ports

Step = Literal["ended", "completed", "summed_up"]

# The facts that can be such a step, and where they stand.
LAST: Reading = frozenset((ContactEnded, TranscriptCompleted, SummaryWritten, SummaryFailed))
LAST_LANES: tuple[Lane, ...] = ("life", "speech", "summary")


def step_of(event: Event) -> Step | None:
    """Return what a fact is among the last ones of a contact; None for any other."""
    match event:
        case ContactEnded():
            return "ended"
        case TranscriptCompleted():
            return "completed"
        case SummaryWritten(kind="final") | SummaryFailed(kind="final"):
            return "summed_up"
        case _:
            return None


class Ending(Struct):
    """How far a contact has come to its end."""

    ended: bool = False
    completed_at: datetime | None = None
    summed_up_at: datetime | None = None

    def note(self, step: Step | None, *, at: datetime) -> None:
        """Take in a fact that was recorded at `at`."""
        match step:
            case "ended":
                self.ended = True
            case "completed":
                self.completed_at = self.completed_at or at
            case "summed_up":
                self.summed_up_at = self.summed_up_at or at
            case None:
                pass

    @property
    def is_complete(self) -> bool:
        """Whether it ended and all of its words are known."""
        return self.ended and self.completed_at is not None

    def rest_s(self, now: datetime, *, summary_s: float, settle_s: float) -> float | None:
        """Return how long to wait for what is left, in seconds; 0 when nothing is.

        A summary is waited for until `summary_s` after completion, what others say of the whole
        call until `settle_s` after the summary. None: however long it takes.
        """
        if self.completed_at is None or not self.ended:
            return None
        for_summary = summary_s - _since(self.completed_at, now)
        if self.summed_up_at is None:
            return max(0.0, for_summary)
        return max(0.0, min(for_summary, settle_s - _since(self.summed_up_at, now)))


def ending_of(facts: Sequence[Recorded], *, now: datetime) -> Ending:
    """Return how far a contact has come by facts, none of which is later than `now`."""
    ending = Ending()
    for fact in facts:
        ending.note(step_of(fact.event), at=min(fact.recorded_at, now))
    return ending


def rest_s(ending: Ending, ports: Ports) -> float | None:
    """Return how long a stream still waits, in seconds; see `Ending.rest_s`."""
    limits = ports.limits
    return ending.rest_s(ports.now(), summary_s=limits.summary_s, settle_s=limits.settle_s)


def _since(then: datetime, now: datetime) -> float:
    # A clock that was set back must not make a wait longer.
    return max(now - then, timedelta()).total_seconds()
