"""Erasures before anything else: a backup brings back keys that the register says are destroyed.

The first time a process asks for a tenant's keys, every erasure that the register holds beyond
what these keys have seen is done to them; only then is anything answered. How far that went is
kept beside the keys, so that a backup of them brings back an older position.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection

import structlog

from ..errors import HistoryUnreadable
from ..events.base import START, Epoch, KeyId, Position, TenantName, Unreadable
from ..events.erasure import KIND, ErasureRequested
from ..events.keys import Key, KeyStore
from ..events.log import StreamState
from ..events.register import Register
from .postgres import Databases

_REPLAYED = "SELECT epoch, position FROM erasures_replayed"

_MOVE = """
INSERT INTO erasures_replayed AS stored (epoch, position) VALUES ($1, $2)
ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, position = excluded.position
 WHERE stored.epoch <> excluded.epoch OR stored.position < excluded.position
"""

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

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """See `KeyStore.find`, and `replay` for what the first call may raise."""
        if tenant not in self._ready:
            await self._make_ready(tenant)
        return await self._keys.find(tenant, ids)

    async def destroy(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.destroy`."""
        await self._keys.destroy(tenant, holder)

    def forget(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.forget`."""
        self._keys.forget(tenant, holder)

    async def replay(self, tenant: TenantName) -> int:
        """Do to the keys what the register holds beyond what they have seen; return to how many.

        Raises:
            HistoryUnreadable: the register holds an erasure that this version cannot read:
                until a newer one runs, nothing is readable, rather than what must not be.
            LogUnavailable, StoreUnavailable: a server does not answer.
            TenantUnknown: there is no such tenant.
        """
        state = await self._register.state(tenant)
        after = await self._replayed(tenant, state)
        contacts = 0
        async for fact in self._register.read(tenant, kind=KIND, after=after, upto=state.last):
            match fact.event:
                case ErasureRequested(contact_ids=contact_ids):
                    for contact_id in contact_ids:
                        await self._keys.destroy(tenant, f"contact/{contact_id}")
                    contacts += len(contact_ids)
                case Unreadable(problem=problem):
                    raise HistoryUnreadable(
                        f"{KIND}/{fact.subject_id}", position=fact.position, problem=problem
                    )
                case _:
                    pass  # that it was completed: of other keys than these, perhaps
        async with self._databases.connection(tenant) as connection:
            await connection.execute(_MOVE, state.epoch, state.last)
        if contacts:
            log.info("erasures_replayed", tenant=tenant, contacts=contacts, position=state.last)
        return contacts

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
