"""What a contact's coroutine is given: its history, then newer facts, in order, for ever."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Protocol

from ..errors import HistoryUnreadable, KeyDestroyed, LogUnavailable
from ..events.base import START, ContactRef, Lane, Position, Recorded, Unreadable
from ..events.contact import ContactErased
from ..events.journal import Journal

# Facts held in memory for one contact. A call brings a few a second; beyond this the
# coroutine is slow, and positions are remembered instead of payloads.
INBOX_MAX = 256

# A follower of the log's cluster may answer a read before it knows the newest fact.
READS_MAX = 20
READ_PAUSE_S = 0.05


class Inbox(Protocol):
    """The facts of one contact, of the lanes a service listens to, its own lane included.

    Iterating yields what is newer than `history`, in order, once, for ever. A step may be
    cancelled (`asyncio.wait_for(anext(inbox), …)`): nothing is lost by it.
    """

    @property
    def history(self) -> Sequence[Recorded]:
        """The contact's facts when the coroutine was started, oldest first."""
        ...

    def __aiter__(self) -> AsyncIterator[Recorded]: ...

    def __anext__(self) -> Awaitable[Recorded]: ...


Care = Callable[[ContactRef, Inbox], Awaitable[None]]


class ContactInbox:
    """The `Inbox` that the reactor fills. Bounded: what does not fit is read again later."""

    def __init__(
        self,
        contact: ContactRef,
        journal: Journal,
        lanes: Collection[Lane],
        *,
        facts_max: int = INBOX_MAX,
    ) -> None:
        self.history: Sequence[Recorded] = ()
        self._contact = contact
        self._journal = journal
        self._lanes = lanes
        self._facts_max = facts_max
        self._facts: deque[tuple[Recorded, float]] = deque()
        self._arrived = asyncio.Event()
        self._told: Position = START  # newest fact there is, as far as we were told
        self._taken: Position = START  # newest fact the coroutine was given
        self._behind_since: float | None = None  # facts after those held were let go

    async def open(self, *, reach: Position) -> None:
        """Read the history, which must show the fact at `reach`.

        Raises:
            HistoryUnreadable: this version cannot read one of the facts.
            KeyDestroyed: the contact was erased: nobody has anything to do for it any more.
            LogUnavailable: the log does not show that fact in time.
        """
        self.history = await self._read(after=START, reach=reach, facts_max=None)
        for recorded in self.history:
            _refuse_erased(recorded)
        for recorded in self.history:
            _refuse_unreadable(recorded)
        if self.history:
            self._taken = self.history[-1].position
        self._told = max(self._told, self._taken)

    def put(self, recorded: Recorded) -> None:
        """Take a fact the log announced. Repeats are dropped."""
        if recorded.position <= self._told:
            return
        self._told = recorded.position
        if self._behind_since is None and len(self._facts) < self._facts_max:
            self._facts.append((recorded, time.monotonic()))
        elif self._behind_since is None:
            self._behind_since = time.monotonic()
        self._arrived.set()

    def untaken(self, *, but_by: str) -> bool:
        """Tell whether facts wait to be taken that another than `but_by` wrote."""
        if self._behind_since is not None:
            return True
        return any(one.position > self._taken and one.actor != but_by for one, _ in self._facts)

    @property
    def waiting_since(self) -> float | None:
        """When the oldest fact not yet taken arrived (monotonic); None: there is none."""
        return self._facts[0][1] if self._facts else self._behind_since

    def __aiter__(self) -> "ContactInbox":
        return self

    async def __anext__(self) -> Recorded:
        while True:
            while self._facts:
                recorded, _ = self._facts[0]
                if recorded.position > self._taken:
                    # Raises without taking it: nobody gets past an erasure or what is unreadable.
                    _refuse_erased(recorded)
                    _refuse_unreadable(recorded)
                self._facts.popleft()
                if recorded.position > self._taken:
                    self._taken = recorded.position
                    return recorded
            if self._behind_since is not None:
                await self._catch_up(self._behind_since)
                continue
            self._arrived.clear()
            await self._arrived.wait()

    async def _catch_up(self, since: float) -> None:
        facts = await self._read(after=self._taken, reach=self._told, facts_max=self._facts_max)
        self._facts.extend((recorded, since) for recorded in facts)
        newest = facts[-1].position if facts else self._told
        if newest >= self._told:
            self._told, self._behind_since = newest, None

    async def _read(
        self, *, after: Position, reach: Position, facts_max: int | None
    ) -> list[Recorded]:
        for _ in range(READS_MAX):
            facts = await self._read_once(after, facts_max)
            if len(facts) == facts_max or (facts[-1].position if facts else after) >= reach:
                return facts
            if (await self._journal.state(self._contact.tenant)).first > reach:
                return facts  # past retention: it will not show again
            await asyncio.sleep(READ_PAUSE_S)
        raise LogUnavailable(f"it announced position {reach} and does not show it")

    async def _read_once(self, after: Position, facts_max: int | None) -> list[Recorded]:
        facts: list[Recorded] = []
        reading = self._journal.read(self._contact, lanes=self._lanes, after=after)
        async with aclosing(reading):
            async for recorded in reading:
                facts.append(recorded)
                if len(facts) == facts_max:
                    break
        return facts


def _refuse_erased(recorded: Recorded) -> None:
    if isinstance(recorded.event, ContactErased):
        raise KeyDestroyed(f"of contact/{recorded.contact.contact_id}")


def _refuse_unreadable(recorded: Recorded) -> None:
    if isinstance(recorded.event, Unreadable) and not recorded.event.ignorable:
        raise HistoryUnreadable(
            recorded.contact.contact_id,
            position=recorded.position,
            problem=recorded.event.problem,
        )
