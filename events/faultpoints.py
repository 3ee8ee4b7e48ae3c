"""Places between two side effects where a test may let a fault strike.

A process that nobody armed passes them by. `infra/faults` arms one, lets it die there, and says
what must hold afterwards; `tests/faults` sees that every place is struck and none is forgotten.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum


class FaultPoint(StrEnum):
    """Named after what was just done; what comes next has not been."""

    APPEND_SENT = "append_sent"  # publisher: on its way, nobody knows whether stored
    APPEND_STORED = "append_stored"  # publisher: acknowledged, the caller does not know
    ROWS_WRITTEN = "rows_written"  # projection: within the transaction
    BATCH_COMMITTED = "batch_committed"  # projection: the store knows, the loop does not
    FACT_HANDED_OUT = "fact_handed_out"  # reactor: the bookmark does not say so yet
    BOOKMARK_SAVED = "bookmark_saved"  # reactor: the lease's record moved
    SEGMENT_PUT = "segment_put"  # archiver: not in the chain yet
    LINK_PUT = "link_put"  # archiver: the chain moved, the loop does not know


Strike = Callable[[FaultPoint], Awaitable[None]]


class _Armed:
    strike: Strike | None = None


def arm(strike: Strike | None) -> None:
    """Let `strike` happen at every point from now on; None: nothing. For fault tests alone."""
    _Armed.strike = strike


async def reach(point: FaultPoint) -> None:
    """Pass a point; return unless a fault test says otherwise."""
    if _Armed.strike is not None:
        await _Armed.strike(point)
