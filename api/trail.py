"""All of a tenant's facts, line by line: an answer that says where to go on.

Made no faster than it is read: one batch at a time. It ends at what was the log's end when it
began, or after a bounded time; its last line is no fact and says which, and where to go on.
An answer without that line was cut: whoever reads goes on after the last position they have.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

import structlog

from ..errors import AntiphonError
from ..events.base import LANES, ContactId, Position, TenantName
from ..events.log import Stored
from .lines import Lines, control_line
from .ports import Ports
from .selection import Selection
from .sse import event_id

log = structlog.get_logger()

# Positions and the log's clock go the same way, but for a change of the log's leader: the next
# one's clock may be behind by as much as clocks in one data centre ever are.
CLOCK_SLACK = timedelta(seconds=60)

# Told in one piece; between pieces others have their turn, for whom milliseconds count.
PIECE_FACTS = 256

# Up to so many positions are read through sooner than the first one wanted is looked for.
_NEAR_POSITIONS = 5_000


class Trail:
    """The lines of one answer. See `bounded.Feed`."""

    def __init__(
        self,
        tenant: TenantName,
        selection: Selection,
        *,
        contact_id: ContactId | None,
        ports: Ports,
    ) -> None:
        self._tenant = tenant
        self._selection = selection
        self._contact_id = contact_id
        self._ports = ports
        self._seen = selection.after  # up to here everything was looked at

    def close(self) -> None:
        """Nothing is held before the first line is asked for."""

    async def frames(self) -> AsyncGenerator[bytes]:
        """Yield lines, some hundred in one piece, and the last line."""
        why, detail = "bound_reached", "this answer has lasted long enough"
        try:
            pieces = self._pieces()
            async with aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except AntiphonError as error:
            # What was sent stands; the last line says that it is not all.
            log.warning("trail_interrupted", tenant=self._tenant, code=error.code)
            why, detail = error.code, str(error)
        yield self._last_line(why, detail)

    async def _pieces(self) -> AsyncGenerator[bytes]:
        selection = self._selection
        until = time.monotonic() + self._ports.limits.lifetime_s
        lines = Lines(self._tenant, selection, self._ports)
        if selection.recorded_from is not None and self._contact_id is None:
            self._seen = await self._before(selection.recorded_from - CLOCK_SLACK)
        batches = self._ports.history.read_stored(
            self._tenant,
            contact_id=self._contact_id,
            lanes=selection.lanes,
            after=self._seen,
            upto=selection.upto,
        )
        async with aclosing(batches):
            async for batch in batches:
                if not batch:
                    continue
                if _is_past(batch[0].recorded_at, selection.recorded_to):
                    self._seen = selection.upto  # nothing that is wanted follows
                    return
                for run in _runs(batch):
                    missing = self._missing_before(run[0].position)
                    if piece := missing + b"".join(await lines.of(run)):
                        yield piece
                    self._seen = run[-1].position
                    await asyncio.sleep(0)
                if time.monotonic() > until:
                    return
        if missing := self._missing_before(Position(selection.upto + 1)):
            yield missing
        self._seen = selection.upto

    def _missing_before(self, position: Position) -> bytes:
        """Return a line for facts that ought to stand before a position and did not come.

        Every position of a tenant's stream is a fact, so a hole is something that is no longer
        kept: an auditor has to know of it.
        """
        is_part = self._contact_id is not None or self._selection.lanes != LANES
        if is_part or position == self._seen + 1:
            return b""
        return control_line({"missing": {"first": self._seen + 1, "last": position - 1}})

    async def _before(self, instant: datetime) -> Position:
        """Return a position before which nothing was recorded at `instant` or later.

        By halving: reading a year to find its last day would take minutes.
        """
        low, high = self._selection.after, self._selection.upto
        while high - low > _NEAR_POSITIONS:
            middle = Position((low + high) // 2)
            at = await self._recorded_at(middle)
            # What is no longer kept is older than all that is.
            if at is None or at < instant:
                low = middle
            else:
                high = middle
        return low

    async def _recorded_at(self, position: Position) -> datetime | None:
        batches = self._ports.history.read_stored(
            self._tenant, after=Position(position - 1), upto=position
        )
        async with aclosing(batches):
            async for batch in batches:
                return batch[0].recorded_at
        return None

    def _last_line(self, why: str, detail: str) -> bytes:
        complete = self._seen >= self._selection.upto
        told = {"next": event_id(self._selection.epoch, self._seen), "complete": complete}
        return control_line(told if complete else told | {"why": why, "detail": detail})


def _is_past(at: datetime, recorded_to: datetime | None) -> bool:
    return recorded_to is not None and at > recorded_to + CLOCK_SLACK


def _runs(batch: Sequence[Stored]) -> Iterator[Sequence[Stored]]:
    """Yield the stretches of a batch whose positions have no holes, none longer than a piece."""
    first = 0
    for here in range(1, len(batch)):
        is_hole = batch[here].position != batch[here - 1].position + 1
        if is_hole or here - first == PIECE_FACTS:
            yield batch[first:here]
            first = here
    yield batch[first:]
