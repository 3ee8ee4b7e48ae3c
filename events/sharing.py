"""A journal whose followers share one reader of each tenant's facts.

Who follows is told what it would be told by a reader of its own; see `Journal.follow`. It reads
by itself only what stands before the place where the others are: when it begins, and whenever
it was too slow to keep up.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing

from ..errors import EpochChanged, PositionBeyondEnd
from .base import LANES, START, ContactId, Epoch, Lane, Position, Recorded, TenantName
from .codec import Reading
from .fanout import FACTS_MAX, Fanout, Follower, Wanted
from .journal import Journal, recorded_in
from .keys import KeyStore
from .log import IDLE_S, EventLog, StreamState
from .subjects import EVERY_PARTITION, PARTITIONS, PartitionRange, fact_filters, facts_stream

# Behind by more, one reads up to the end before it joins: else too much might gather meanwhile.
FAR_FACTS = FACTS_MAX // 2


class SharedJournal(Journal):
    """See `Journal`. One for a process: what it saves is saved between those who share it."""

    def __init__(
        self,
        log: EventLog,
        keys: KeyStore,
        *,
        facts_max: int = FACTS_MAX,
        idle_s: float = IDLE_S,
    ) -> None:
        """`facts_max` may gather with a follower; every `idle_s` it hears that the log lives."""
        super().__init__(log, keys)
        self._facts_max = facts_max
        self._idle_s = idle_s
        self._fanouts: dict[TenantName, Fanout] = {}  # as many as there are tenants

    async def follow(
        self,
        tenant: TenantName,
        *,
        partitions: PartitionRange | Collection[PartitionRange] = EVERY_PARTITION,
        lanes: Collection[Lane] = LANES,
        contact_id: ContactId | None = None,
        after: Position = START,
        epoch: Epoch | None = None,
        only: Reading = None,
    ) -> AsyncGenerator[Sequence[Recorded]]:
        """See `Journal.follow`. Whoever read up to the end is told so by an empty batch.

        Raises:
            EpochChanged, PositionBeyondEnd: `after` was not read from this stream.
            LogUnavailable: the log is away while one begins; later it is waited for.
        """
        wanted = _wanted(partitions, lanes, contact_id, only)
        filters = fact_filters(tenant, partitions=partitions, lanes=lanes, contact_id=contact_id)
        position = after
        while True:
            state = await self.state(tenant)
            _check(tenant, state, position=position, epoch=epoch)
            epoch = state.epoch
            if state.last - position > FAR_FACTS:
                reading = self._between(tenant, filters, position, state.last, only)
                follower, position = None, state.last
            else:
                follower = self._fanout(tenant, state).join(wanted)
                reading = self._told(tenant, filters, follower, after=position)
                position = max(position, follower.after)
            try:
                async with aclosing(reading):
                    async for batch in reading:
                        if batch:
                            position = max(position, batch[-1].position)
                        yield batch
            finally:
                if follower is not None:
                    await follower.leave()

    async def _told(
        self, tenant: TenantName, filters: Sequence[str], follower: Follower, *, after: Position
    ) -> AsyncGenerator[Sequence[Recorded]]:
        """Yield what a follower missed, an empty batch, then what it is told while it keeps up."""
        async with aclosing(
            self._between(tenant, filters, after, follower.after, follower.wanted.only)
        ) as missed:
            async for batch in missed:
                yield batch
        yield ()
        async with aclosing(follower.batches()) as told:
            async for batch in told:
                # The others may be where this one has been.
                fresh = [fact for fact in batch if fact.position > after]
                if fresh or not batch:
                    yield fresh

    async def _between(
        self,
        tenant: TenantName,
        filters: Sequence[str],
        after: Position,
        upto: Position,
        only: Reading,
    ) -> AsyncGenerator[Sequence[Recorded]]:
        if after >= upto:
            return
        batches = self._log.read(facts_stream(tenant), filters, after=after, upto=upto)
        async with aclosing(batches):
            async for batch in batches:
                yield await recorded_in(tenant, batch, keys=self._keys, only=only)

    def _fanout(self, tenant: TenantName, state: StreamState) -> Fanout:
        fanout = self._fanouts.get(tenant)
        if fanout is None or fanout.is_over or fanout.epoch != state.epoch:
            fanout = Fanout(
                tenant,
                log=self._log,
                keys=self._keys,
                state=state,
                facts_max=self._facts_max,
                idle_s=self._idle_s,
            )
            self._fanouts[tenant] = fanout
        return fanout


def _wanted(
    partitions: PartitionRange | Collection[PartitionRange],
    lanes: Collection[Lane],
    contact_id: ContactId | None,
    only: Reading,
) -> Wanted:
    ranges = [partitions] if isinstance(partitions, PartitionRange) else partitions
    numbers = frozenset(number for one in ranges for number in range(one.first, one.last + 1))
    return Wanted(
        only=only,
        lanes=None if set(lanes) == set(LANES) else frozenset(lanes),
        partitions=None if len(numbers) == PARTITIONS else numbers,
        contact_id=contact_id,
    )


def _check(
    tenant: TenantName, state: StreamState, *, position: Position, epoch: Epoch | None
) -> None:
    stream = facts_stream(tenant)
    if epoch is not None and epoch != state.epoch:
        raise EpochChanged(stream, asked=epoch, current=state.epoch)
    if position > state.last:
        raise PositionBeyondEnd(stream, asked=position, last=state.last)
