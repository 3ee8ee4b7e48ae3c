"""Deciding on the latest facts: anew whenever another was faster, and never on half of them."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_random

from ..errors import HistoryUnreadable, StreamMoved
from ..events.base import Recorded, Unreadable

Result = TypeVar("Result")

# Of n commands that race for one thing each round lets one through; a thing has a handful of
# writers, and a client that is told "try again" may do so.
RACES_LOST_MAX = 10
# Where a running call's own services and commands race for the same lane.
RACES_OF_A_CALL_LOST_MAX = 20
RACE_PAUSE_S_MAX = 0.05  # spreads the racers; about one append


async def decided(
    decide: Callable[[], Awaitable[Result]], *, races_lost_max: int = RACES_LOST_MAX
) -> Result:
    """Decide and append; once more on what stands there then, whenever a race was lost.

    Raises:
        StreamMoved: `races_lost_max` races were lost in a row.
    """
    races = AsyncRetrying(
        retry=retry_if_exception_type(StreamMoved),
        stop=stop_after_attempt(races_lost_max),
        wait=wait_random(0, RACE_PAUSE_S_MAX),
        reraise=True,
    )
    return await races(decide)


def refuse_unreadable(recorded: Recorded) -> None:
    """Raise HistoryUnreadable for a fact that this version cannot read and must not pass over."""
    if isinstance(recorded.event, Unreadable) and not recorded.event.ignorable:
        raise HistoryUnreadable(
            recorded.contact.contact_id,
            position=recorded.position,
            problem=recorded.event.problem,
        )
