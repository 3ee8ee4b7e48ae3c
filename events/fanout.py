"""One reader of a tenant's facts for all in this process who follow them.

Each fact comes over the wire once, its envelope is read once and its event is decoded once for
all who read it alike, however many follow. Nobody waits for anybody: what is told gathers with
each follower, and one who is slow falls behind and reads on by itself.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing

from msgspec import Struct

from .base import ContactId, Envelope, KeyId, Lane, Position, Recorded, TenantName
from .codec import CODEC, Reading
from .journal import recorded_of
from .keys import Key, KeyStore
from .log import IDLE_S, EventLog, Stored, StreamState
from .opening import NO_EVENT, with_keys
from .subjects import fact_filters, facts_stream, partition_of

# Facts that gather with a follower. A second of a busy tenant; a read model that writes a large
# batch takes less.
FACTS_MAX = 1_000


class Wanted(Struct, frozen=True, kw_only=True):
    """Which facts a follower asks for, and what of them it looks at."""

    only: Reading = None
    lanes: frozenset[Lane] | None = None  # None: every lane, of newer versions too
    partitions: frozenset[int] | None = None  # None: all
    contact_id: ContactId | None = None  # None: every contact

    def takes(self, fact: Recorded) -> bool:
        """Tell whether a fact is among those asked for."""
        contact_id = fact.contact.contact_id
        return (
            (self.lanes is None or fact.lane in self.lanes)
            and (self.contact_id is None or contact_id == self.contact_id)
            and (self.partitions is None or partition_of(contact_id) in self.partitions)
        )


class Follower:
    """What was told to one who follows, and not yet taken."""

    def __init__(
        self,
        wanted: Wanted,
        *,
        after: Position,
        facts_max: int,
        leave: Callable[["Follower"], Awaitable[None]],
    ) -> None:
        self.wanted = wanted
        self.after = after  # all that stands behind it is told
        self._facts_max = facts_max
        self._leave = leave
        self._facts: list[Recorded] = []
        self._is_alive = False  # something was told since, if only that there is nothing
        self._is_behind = False
        self._problem: Exception | None = None
        self._stirred = asyncio.Event()

    def tell(self, fact: Recorded) -> None:
        """Add a fact; where too many wait already it is dropped, and so is all behind it."""
        if self._is_behind or not self.wanted.takes(fact):
            return
        if len(self._facts) >= self._facts_max:
            self._is_behind = True
        else:
            self._facts.append(fact)
        self._stirred.set()

    def beat(self) -> None:
        """Say that the log answers."""
        self._is_alive = True
        self._stirred.set()

    def end(self, problem: Exception) -> None:
        """Say why nothing more will be told."""
        self._problem = problem
        self._stirred.set()

    async def leave(self) -> None:
        """Be told nothing more."""
        await self._leave(self)

    async def batches(self) -> AsyncGenerator[Sequence[Recorded]]:
        """Yield what is told, an empty batch for a sign of life, until too much had gathered.

        Raises:
            Exception: what ended the reader, once all that was told is yielded.
        """
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            facts, self._facts = self._facts, []
            is_alive, self._is_alive = self._is_alive, False
            if facts or is_alive:
                yield facts
            if self._facts:
                continue  # told while the caller was at work
            if self._is_behind:
                return
            if self._problem is not None:
                raise self._problem


class Fanout:
    """Reads a tenant's facts from where they end now, and tells them to its followers."""

    def __init__(
        self,
        tenant: TenantName,
        *,
        log: EventLog,
        keys: KeyStore,
        state: StreamState,
        facts_max: int = FACTS_MAX,
        idle_s: float = IDLE_S,
    ) -> None:
        self.epoch = state.epoch
        self.position = state.last  # of what was told last
        self.is_over = False
        self._tenant = tenant
        self._log = log
        self._keys = keys
        self._facts_max = facts_max
        self._idle_s = idle_s
        self._followers: list[Follower] = []
        self._clock = asyncio.get_running_loop().time
        self._beaten_at = self._clock()
        self._reading = asyncio.create_task(self._read())

    def join(self, wanted: Wanted) -> Follower:
        """Return a follower that is told all that stands behind `position` as it is now."""
        follower = Follower(
            wanted, after=self.position, facts_max=self._facts_max, leave=self._let_go
        )
        self._followers.append(follower)
        # Who reads events whole is a service or a desk: somebody waits for those.
        self._followers.sort(key=lambda one: one.wanted.only is not None)
        return follower

    async def _let_go(self, follower: Follower) -> None:
        """Tell a follower nothing more. The last one that leaves ends the reading."""
        self._followers.remove(follower)
        if not self._followers:
            self.is_over = True
            self._reading.cancel()
            await asyncio.wait([self._reading])

    async def _read(self) -> None:
        following = self._log.follow(
            facts_stream(self._tenant),
            fact_filters(self._tenant),
            after=self.position,
            epoch=self.epoch,
        )
        try:
            async with aclosing(following) as batches:
                async for batch in batches:
                    await self._tell(batch)
        except Exception as error:  # noqa: BLE001 (each follower raises it)
            for one in self._followers:
                one.end(error)
        finally:
            self.is_over = True

    async def _tell(self, batch: Sequence[Stored]) -> None:
        envelopes, keys = await with_keys(self._tenant, batch, keys=self._keys)
        # From here on nothing is awaited: who joins is told all of a batch, or nothing of it.
        readings = list(dict.fromkeys(one.wanted.only for one in self._followers))
        for stored, envelope in zip(batch, envelopes, strict=True):
            facts = self._as_read(stored, envelope, keys, readings)
            for one in self._followers:
                one.tell(facts[one.wanted.only])
            self.position = stored.position
        # Who is told nothing of what comes must not seem to stand still.
        if not batch or self._clock() - self._beaten_at >= self._idle_s:
            self._beaten_at = self._clock()
            for one in self._followers:
                one.beat()

    def _as_read(
        self,
        stored: Stored,
        envelope: Envelope | None,
        keys: Mapping[KeyId, Key],
        readings: Sequence[Reading],
    ) -> dict[Reading, Recorded]:
        """Return a fact by reading; who reads it alike gets the same object."""
        if envelope is None:
            fact = recorded_of(self._tenant, stored, None, NO_EVENT)
            return dict.fromkeys(readings, fact)
        events = CODEC.decode_each(envelope, keys, readings)
        facts: dict[int, Recorded] = {}
        for event in events:
            if id(event) not in facts:
                facts[id(event)] = recorded_of(self._tenant, stored, envelope, event)
        return {only: facts[id(event)] for only, event in zip(readings, events, strict=True)}
