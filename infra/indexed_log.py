"""The log, with an index to find one contact's facts by: fetched instead of searched for.

The log finds 200 facts of one contact among a million in 50 to 300 ms, and fetches them in 8
where their positions are known. What the index does not show yet stands near the log's end,
where searching costs little. The index is a read model: it may be behind, of another epoch of
the log, wrong, away or not there. None of this shows in what is read.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

import structlog
from msgspec import Struct

from ..events.base import START, ContactRef, Position
from ..events.log import EventLog, PositionReads, Stored, StreamState
from ..events.log_in_front import LogInFront
from ..events.subjects import contact_in, facts_stream
from ..projections.contact_positions import Positions

log = structlog.get_logger()

FETCHED_AT_ONCE = 256  # entries of a batch; as many as the log gets at a time

_Part = tuple[Sequence[Stored], Position]  # entries, and the position up to which all were given


class ContactIndex(Protocol):
    """Knows where the facts of contacts stand."""

    async def find(
        self,
        contact: ContactRef,
        *,
        lanes: frozenset[str] | None,
        after: Position,
        upto: Position | None,
    ) -> Positions | None:
        """Return where a contact's facts of some lanes stand after a position, up to another.

        None where it does not know. Never raises for an outage.
        """
        ...


class _Wanted(Struct, frozen=True):
    stream: str
    contact: ContactRef
    lanes: frozenset[str] | None

    def takes(self, subject: str) -> bool:
        asked = contact_in([subject])
        if asked is None or asked[0] != self.contact or asked[1] is None:
            return False
        return self.lanes is None or asked[1] <= self.lanes


class IndexedLog(LogInFront):
    """An EventLog that asks an index where one contact's facts stand. See `EventLog`."""

    def __init__(self, log: EventLog, *, by_position: PositionReads, index: ContactIndex) -> None:
        """`by_position` is the same log."""
        super().__init__(log)
        self._by_position = by_position
        self._index = index

    def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`."""
        asked = contact_in(filters)
        if asked is None or facts_stream(asked[0].tenant) != stream:
            return self._log.read(stream, filters, after=after, upto=upto)
        return self._read_contact(_Wanted(stream, *asked), filters, after=after, upto=upto)

    async def _read_contact(
        self, wanted: _Wanted, filters: Sequence[str], *, after: Position, upto: Position | None
    ) -> AsyncGenerator[Sequence[Stored]]:
        position, end = after, upto
        found = await self._index.find(wanted.contact, lanes=wanted.lanes, after=after, upto=upto)
        if found is not None:
            # Asked for after the index: what that shows, the log has by now.
            state = await self._log.state(wanted.stream)
            end = Position(state.last if upto is None else min(upto, state.last))
            async with aclosing(self._fetched(wanted, found, state, end=end)) as parts:
                async for batch, reached in parts:
                    position = reached
                    if batch:
                        yield batch
        if end is None or position < end:
            searched = self._log.read(wanted.stream, filters, after=position, upto=end)
            async with aclosing(searched) as batches:
                async for batch in batches:
                    yield batch

    async def _fetched(
        self, wanted: _Wanted, found: Positions, state: StreamState, *, end: Position
    ) -> AsyncGenerator[_Part]:
        """Yield the facts that the index shows, as far as the log holds what it says."""
        if not _fits(found, state, wanted):
            return
        known: Positions | None = found
        while known is not None and known.epoch == state.epoch:
            # What the log has let go of, nobody finds by searching it either.
            held = [one for one in known.positions if state.first <= one <= end]
            for start in range(0, len(held), FETCHED_AT_ONCE):
                some = held[start : start + FETCHED_AT_ONCE]
                batch = await self._by_position.read_at(wanted.stream, some)
                if len(batch) != len(some) or not all(wanted.takes(one.subject) for one in batch):
                    _warn(wanted, why="the log holds something else there")
                    return
                yield batch, some[-1]
            reached = Position(min(known.upto, end))
            yield (), reached
            if reached >= min(known.shown_upto, end):
                return
            known = await self._index.find(
                wanted.contact, lanes=wanted.lanes, after=reached, upto=end
            )


def _fits(found: Positions, state: StreamState, wanted: _Wanted) -> bool:
    """Tell whether the index is of this log, as far as its ends tell."""
    if found.epoch != state.epoch:
        _warn(wanted, why="the index is of another epoch")
        return False
    if found.shown_upto > state.last:
        _warn(wanted, why="the index is beyond the log's end")
        return False
    return True


def _warn(wanted: _Wanted, *, why: str) -> None:
    log.warning(
        "contact_searched_for",
        tenant=wanted.contact.tenant,
        contact_id=wanted.contact.contact_id,
        why=why,
    )
