"""Erasures before anything else: a backup brings back keys that the register says are destroyed.

The first time a process asks for a tenant's keys, every erasure that the register holds beyond
what these keys have seen is done to them; only then is anything answered. How far that went is
kept beside the keys, so that a backup of them brings back an older position. A backup of the log
brings back an older register: so the archived one is read as well, where there is one.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection

import structlog

from ..errors import AntiphonError, ArchiveCorrupt, ArchiveUnavailable
from ..events.base import START, ContactRef, Epoch, KeyId, Position, TenantName
from ..events.keys import Key, KeyStore
from ..events.log import StreamState
from ..events.register import Register
from ..services.archive.chain import Mark
from .archived_register import ArchivedRegister, Unseen
from .destroyed import KINDS, Destroyed
from .postgres import Databases

_REPLAYED = "SELECT epoch, position FROM erasures_replayed"

_MOVE = """
INSERT INTO erasures_replayed AS stored (epoch, position) VALUES ($1, $2)
ON CONFLICT (one) DO UPDATE SET epoch = excluded.epoch, position = excluded.position
 WHERE stored.epoch <> excluded.epoch OR stored.position < excluded.position
"""

_MARKS = "SELECT epoch, ordinal, digest, position FROM archives_replayed"

_MARK = """
INSERT INTO archives_replayed (epoch, ordinal, digest, position) VALUES ($1, $2, $3, $4)
ON CONFLICT (epoch) DO UPDATE
   SET ordinal = excluded.ordinal, digest = excluded.digest, position = excluded.position
"""

AWAY_S = 1.0  # that an archive which did not answer is not asked again

# Records in a contact's history that it was erased; the second says what for.
Tell = Callable[[ContactRef, str], Awaitable[None]]

log = structlog.get_logger()


class ErasedFirst:
    """A KeyStore in front of another. Every process, whatever it is for, asks through it."""

    def __init__(
        self,
        keys: KeyStore,
        *,
        register: Register,
        databases: Databases,
        archived: ArchivedRegister | None = None,
        tell: Tell | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`register` and `archived` must read with `keys` themselves: these are asked first.

        `tell` is told of contacts that the archive says are erased and the log does not.
        """
        self._keys = keys
        self._register = register
        self._databases = databases
        self._archived = archived
        self._tell = tell
        self._clock = clock
        self._ready: set[TenantName] = set()
        self._away: dict[TenantName, tuple[float, AntiphonError]] = {}  # until when, and why
        self._turns: defaultdict[TenantName, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """See `KeyStore.obtain`, and `replay` for what the first call may raise."""
        await self.ready(tenant)
        return await self._keys.obtain(tenant, holder)

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """See `KeyStore.held`. None is, before the register was asked."""
        return self._keys.held(tenant, holder) if tenant in self._ready else None

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """See `KeyStore.find`, and `replay` for what the first call may raise."""
        await self.ready(tenant)
        return await self._keys.find(tenant, ids)

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        """See `KeyStore.destroy`."""
        return await self._keys.destroy(tenant, holder)

    def forget(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.forget`."""
        self._keys.forget(tenant, holder)

    async def ready(self, tenant: TenantName) -> None:
        """Replay what these keys have not seen, once a process. See `replay` for what it raises."""
        if tenant in self._ready:
            return
        async with self._turns[tenant]:
            if tenant not in self._ready:
                await self._make_ready(tenant)

    async def replay(self, tenant: TenantName) -> int:
        """Do to the keys what the register holds beyond what they have seen; return to how many.

        What a person asked for and nobody approved is not done, nor what a hold stopped.

        Raises:
            HistoryUnreadable: the register holds an erasure that this version cannot read:
                until a newer one runs, nothing is readable, rather than what must not be.
            ArchiveUnavailable, ArchiveCorrupt: there is an archive, and nobody knows what it says.
            LogUnavailable, StoreUnavailable: a server does not answer.
            TenantUnknown: there is no such tenant.
        """
        row, marks = await self._seen(tenant)
        unseen = [] if self._archived is None else await self._archived.unseen(tenant, marks)
        # After the archive: whatever that holds of this log stands before its end.
        state = await self._register.state(tenant)
        # Of another register, or of more than there is: then none of it counts.
        is_behind = row is not None and row[0] == state.epoch and row[1] <= state.last
        after = row[1] if row is not None and is_behind else START
        found, lost = await self._read(tenant, state, after, unseen)
        for holder in sorted(found.holders):
            await self._keys.destroy(tenant, holder)
        if self._tell is not None:
            for contact_id, why in lost.contacts.items():
                await self._tell(ContactRef(tenant, contact_id), why)
        await self._move(tenant, state, unseen)
        if found.holders:
            log.info(
                "erasures_replayed",
                tenant=tenant,
                keys=len(found.holders),
                position=state.last,
                lost=len(lost.holders),  # so many of which the log knows nothing
            )
        return len(found.holders)

    async def _make_ready(self, tenant: TenantName) -> None:
        until, error = self._away.get(tenant, (0.0, None))
        if error is not None and self._clock() < until:
            raise error.with_traceback(None)
        try:
            await self.replay(tenant)
        except (ArchiveUnavailable, ArchiveCorrupt) as error:
            log.warning("keys_closed", tenant=tenant, code=error.code, why=str(error))
            self._away[tenant] = (self._clock() + AWAY_S, error)
            raise
        self._ready.add(tenant)

    async def _read(
        self, tenant: TenantName, state: StreamState, after: Position, unseen: list[Unseen]
    ) -> tuple[Destroyed, Destroyed]:
        """Return what is said beyond what was seen, and of that what the log says nothing of."""
        found, lost, ids = Destroyed(), Destroyed(), set[str]()
        here = [one.after for one in unseen if one.epoch == state.epoch]
        reading = self._register.read(
            tenant, kind=KINDS, after=min([after, *here]), upto=state.last
        )
        async for fact in reading:
            ids.add(fact.id)
            if fact.position > after:
                found.take(fact)
        for one in unseen:
            async for fact in one.facts(tenant, KINDS):
                if fact.id not in ids:
                    found.take(fact)
                    lost.take(fact)
        return found, lost

    async def _seen(
        self, tenant: TenantName
    ) -> tuple[tuple[Epoch, Position] | None, dict[Epoch, Mark]]:
        """Return how far these keys have seen the log, and what is archived of each epoch."""
        async with self._databases.connection(tenant) as connection:
            row = await connection.fetchrow(_REPLAYED)
            rows = await connection.fetch(_MARKS)
        marks = {
            Epoch(one["epoch"]): Mark(
                ordinal=one["ordinal"], digest=one["digest"], last=Position(one["position"])
            )
            for one in rows
        }
        return None if row is None else (Epoch(row["epoch"]), Position(row["position"])), marks

    async def _move(self, tenant: TenantName, state: StreamState, unseen: list[Unseen]) -> None:
        async with self._databases.connection(tenant) as connection:
            await connection.execute(_MOVE, state.epoch, state.last)
            for one in unseen:
                at = one.upto
                await connection.execute(_MARK, one.epoch, at.ordinal, at.digest, at.last)
