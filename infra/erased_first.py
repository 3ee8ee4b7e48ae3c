"""Erasures before anything else: a backup brings back keys that the register says are destroyed.

The first time a process asks for a tenant's keys, every erasure that the register holds beyond
what these keys have seen is done to them; only then is anything answered. How far that went is
kept beside the keys, so that a backup of them brings back an older position.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterable

import structlog

from ..errors import HistoryUnreadable
from ..events.base import START, ContactId, Epoch, KeyId, Position, TenantName, Unreadable
from ..events.erasure import KIND, ContactsSpared, DestructionBegun, ErasureRequested
from ..events.keys import Key, KeyStore, holders_of
from ..events.log import StreamState
from ..events.register import Register, Registered
from ..events.retention import EXPIRY_KIND, KeysExpired
from .postgres import Databases

_REPLAYED = "SELECT epoch, position FROM erasures_replayed"

_MOVE = """
INSERT INTO erasures_replayed AS stored (epoch, position) VALUES ($1, $2)
ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, position = excluded.position
 WHERE stored.epoch <> excluded.epoch OR stored.position < excluded.position
"""

KINDS = (KIND, EXPIRY_KIND)  # of the register: what destroys keys

log = structlog.get_logger()


class ErasedFirst:
    """A KeyStore in front of another. Every process, whatever it is for, asks through it."""

    def __init__(self, keys: KeyStore, *, register: Register, databases: Databases) -> None:
        """`register` must read with `keys` themselves: it is what is asked first."""
        self._keys = keys
        self._register = register
        self._databases = databases
        self._ready: set[TenantName] = set()
        self._turns: defaultdict[TenantName, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """See `KeyStore.obtain`, and `replay` for what the first call may raise."""
        if tenant not in self._ready:
            await self._make_ready(tenant)
        return await self._keys.obtain(tenant, holder)

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """See `KeyStore.held`. None is, before the register was asked."""
        return self._keys.held(tenant, holder) if tenant in self._ready else None

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """See `KeyStore.find`, and `replay` for what the first call may raise."""
        if tenant not in self._ready:
            await self._make_ready(tenant)
        return await self._keys.find(tenant, ids)

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        """See `KeyStore.destroy`."""
        return await self._keys.destroy(tenant, holder)

    def forget(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.forget`."""
        self._keys.forget(tenant, holder)

    async def replay(self, tenant: TenantName) -> int:
        """Do to the keys what the register holds beyond what they have seen; return to how many.

        What a person asked for and nobody approved is not done, nor what a hold stopped.

        Raises:
            HistoryUnreadable: the register holds an erasure that this version cannot read:
                until a newer one runs, nothing is readable, rather than what must not be.
            LogUnavailable, StoreUnavailable: a server does not answer.
            TenantUnknown: there is no such tenant.
        """
        state = await self._register.state(tenant)
        after = await self._replayed(tenant, state)
        going: dict[tuple[str, str], None] = {}  # what for, and the holder; in their order
        reading = self._register.read(tenant, kind=KINDS, after=after, upto=state.last)
        async for fact in reading:
            match fact.event:
                case ErasureRequested(contact_ids=contact_ids, expires_at=None):
                    going |= _of(fact, contact_ids)  # nobody had to approve it
                case DestructionBegun(contact_ids=contact_ids):
                    going |= _of(fact, contact_ids)
                case ContactsSpared(held=held):
                    # A hold was seen before their keys went. Another erasure's are not spared.
                    for one in _of(fact, [spared.contact_id for spared in held]):
                        going.pop(one, None)
                case KeysExpired(holders=holders):
                    going |= {(fact.kind, f"{one}/{fact.subject_id}"): None for one in holders}
                case Unreadable(problem=problem):
                    raise HistoryUnreadable(
                        f"{fact.kind}/{fact.subject_id}", position=fact.position, problem=problem
                    )
                case _:
                    pass  # that it was completed: of other keys than these, perhaps
        holders_gone = {holder for _, holder in going}
        for holder in holders_gone:
            await self._keys.destroy(tenant, holder)
        async with self._databases.connection(tenant) as connection:
            await connection.execute(_MOVE, state.epoch, state.last)
        if holders_gone:
            keys = len(holders_gone)
            log.info("erasures_replayed", tenant=tenant, keys=keys, position=state.last)
        return len(holders_gone)

    async def _make_ready(self, tenant: TenantName) -> None:
        async with self._turns[tenant]:
            if tenant not in self._ready:
                await self.replay(tenant)
                self._ready.add(tenant)

    async def _replayed(self, tenant: TenantName, state: StreamState) -> Position:
        async with self._databases.connection(tenant) as connection:
            row = await connection.fetchrow(_REPLAYED)
        # Of another register, or of more than there is: then none of it counts.
        if row is None or Epoch(row["epoch"]) != state.epoch or row["position"] > state.last:
            return START
        return Position(row["position"])


def _of(fact: Registered, contact_ids: Iterable[ContactId]) -> dict[tuple[str, str], None]:
    return {(fact.subject_id, holder): None for one in contact_ids for holder in holders_of(one)}
