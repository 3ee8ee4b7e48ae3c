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
from .lines import Lines, Wanted, control_line
from .ports import Ports
from .quarantined import ToWhoeverExports
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
        self._is_part = contact_id is not None or selection.lanes != LANES
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
        release = ToWhoeverExports(self._tenant, selection, self._ports)
        lines = Lines(self._tenant, selection, self._ports, release=release)
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
                for run, wanted in await self._looked_into(batch, lines):
                    missing = self._missing_before(run[0].position)
                    if piece := missing + await lines.of(wanted):
                        yield piece
                    self._seen = run[-1].position
                    await asyncio.sleep(0)
                if time.monotonic() > until:
                    return
        if missing := self._missing_before(Position(selection.upto + 1)):
            yield missing
        self._seen = selection.upto

    async def _looked_into(
        self, batch: Sequence[Stored], lines: Lines
    ) -> list[tuple[Sequence[Stored], Sequence[Wanted]]]:
        """Return a batch in pieces, with what is wanted of each."""
        pieces: list[tuple[Sequence[Stored], Sequence[Wanted]]] = []
        for run in _runs(batch, at_holes=not self._is_part):
            pieces.append((run, lines.wanted(run)))
            await asyncio.sleep(0)
        # All their keys in one question to the store, or each piece would wait for its own. It
        # still asks, and is answered from memory: who is erased meanwhile is not told.
        await lines.look_up([fact for _, wanted in pieces for fact in wanted])
        return pieces

    def _missing_before(self, position: Position) -> bytes:
        """Return a line for facts that ought to stand before a position and did not come.

        Every position of a tenant's stream is a fact, so a hole is something that is no longer
        kept: an auditor has to know of it.
        """
        if self._is_part or position == self._seen + 1:
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


def _runs(batch: Sequence[Stored], *, at_holes: bool) -> Iterator[Sequence[Stored]]:
    """Yield a batch in stretches none longer than a piece, and none with a hole if so told."""
    first = 0
    while first < len(batch):
        end = min(first + PIECE_FACTS, len(batch))
        if at_holes and batch[end - 1].position - batch[first].position != end - 1 - first:
            end = next(
                here
                for here in range(first + 1, end)
                if batch[here].position != batch[here - 1].position + 1
            )
        yield batch[first:end]
        first = end
