"""The versions of a tenant's key: one active, older ones until nothing needs them any more."""

import asyncio
import time
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

from ..errors import KeyDestroyed, RootKeyMissing
from ..events.base import TenantName
from ..projections.store import Connection, store_faults
from .postgres import Databases
from .wrapping import KeyWrapper, WrappedKey, WrapperId

# A key that was unwrapped works this long without asking its wrapper again: what a disabled
# KMS key takes to bite, and how long an outage of KMS goes unnoticed.
OPENED_S = 300.0
OPENED_MAX = 1_000  # versions of tenants' keys in memory

# Held by whoever makes a tenant's key, shared; exclusively while the root key is replaced.
_WRAPPER_LOCK = 0x616E7469_6B657973  # any number, as long as nobody else uses it

_ACTIVE = "SELECT version, wrapped, wrapper FROM tenant_keys WHERE retired_at IS NULL"

_NEWEST = "SELECT coalesce(max(version), 0) FROM tenant_keys"

_INSERT = """
INSERT INTO tenant_keys (version, wrapped, wrapper) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


class TenantKey(Struct, frozen=True, kw_only=True):
    """A version of a tenant's key, in clear. Lives in memory only."""

    version: int
    secret: bytes

    def __repr__(self) -> str:
        return f"TenantKey({self.version})"


class TenantKeys:
    """Opens tenants' keys, and makes them. `wrappers`: the current one first, then former ones."""

    def __init__(
        self,
        databases: Databases,
        wrappers: Sequence[KeyWrapper],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.databases = databases
        self.wrappers = tuple(wrappers)
        self._clock = clock
        self._opened: OrderedDict[WrappedKey, tuple[float, bytes]] = OrderedDict()
        self._active: dict[TenantName, tuple[float, WrappedKey]] = {}
        self._making = asyncio.Lock()  # one at a time: each needs two control connections
        self._turns: defaultdict[TenantName, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def wrapper(self) -> KeyWrapper:
        """What wraps new keys."""
        return self.wrappers[0]

    async def active(self, tenant: TenantName) -> TenantKey:
        """Return the key that wraps new holders' keys, made now if there was none.

        May be one that has been retired for a moment: see `forget_active`.
        """
        until, key = self._active.get(tenant, (0.0, None))
        if key is None or self._clock() >= until:
            key = await self._load_active(tenant)
            self._active[tenant] = (self._clock() + OPENED_S, key)
        return TenantKey(version=key.version, secret=await self.open(key))

    def forget_active(self, tenant: TenantName) -> None:
        """Look again which version is active."""
        self._active.pop(tenant, None)

    async def open(self, key: WrappedKey) -> bytes:
        """Return a version in clear; asks its wrapper at most once in `OPENED_S`.

        Raises:
            RootKeyMissing: what wrapped it is not here.
            KeysUnavailable: what wrapped it does not answer.
        """
        if (secret := self._remembered(key)) is not None:
            return secret
        async with self._turns[key.tenant]:
            # Whoever had the turn before may have asked for all.
            if (secret := self._remembered(key)) is None:
                secret = await self._handler(key.wrapper).unwrap(key)
                self._remember(key, secret)
        return secret

    async def rewrapped(self, key: WrappedKey) -> WrappedKey:
        """Return the key as the current wrapper wraps it. Stores nothing."""
        if self.wrapper.handles(key.wrapper):
            return await self.wrapper.rewrap(key)
        return await self.wrapper.wrap(await self.open(key), key.tenant, key.version)

    async def fresh(self, tenant: TenantName, version: int) -> WrappedKey:
        """Return a new version, not stored yet. Call it `while_wrapping`."""
        _, key = await self.wrapper.generate(tenant, version)
        return key

    @asynccontextmanager
    async def while_wrapping(self, *, alone: bool = False) -> AsyncGenerator[Connection]:
        """Keep the wrapper from being replaced until a new key is stored under it.

        Yields a connection to the control database. `alone`: to replace it.
        """
        control = await self.databases.control()
        lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
        with store_faults():
            async with control.acquire() as connection, connection.transaction():
                await connection.execute(f"SELECT {lock}($1)", _WRAPPER_LOCK)
                yield connection

    async def _load_active(self, tenant: TenantName) -> WrappedKey:
        if (found := await self._active_row(tenant)) is not None:
            return found
        async with self._making, self.while_wrapping():
            async with self.databases.connection(tenant) as connection:
                newest: int = await connection.fetchval(_NEWEST)
            made = await self.fresh(tenant, newest + 1)
            async with self.databases.connection(tenant) as connection:
                # Several may be first; one version stays.
                await connection.execute(_INSERT, made.version, made.wrapped, made.wrapper)
        found = await self._active_row(tenant)
        assert found is not None, "a version is retired only together with its successor's start"
        return found

    async def _active_row(self, tenant: TenantName) -> WrappedKey | None:
        async with self.databases.connection(tenant) as connection:
            row = await connection.fetchrow(_ACTIVE)
        if row is None:
            return None
        return stored_key(tenant, row["version"], row["wrapper"], row["wrapped"])

    def _handler(self, wrapper: WrapperId) -> KeyWrapper:
        for one in self.wrappers:
            if one.handles(wrapper):
                return one
        raise RootKeyMissing(
            wrapper, "wrapped this tenant's keys and is not configured; see ANTIPHON_KMS_KEY_ID"
        )

    def _remembered(self, key: WrappedKey) -> bytes | None:
        until, secret = self._opened.get(key, (0.0, None))
        return secret if self._clock() < until else None

    def _remember(self, key: WrappedKey, secret: bytes) -> None:
        self._opened[key] = (self._clock() + OPENED_S, secret)
        self._opened.move_to_end(key)
        if len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)


def stored_key(
    tenant: TenantName, version: int, wrapper: str | None, wrapped: bytes | None
) -> WrappedKey:
    """Return a row of `tenant_keys`.

    Raises:
        KeyDestroyed: the version is gone, though something is still wrapped by it.
    """
    if wrapped is None or wrapper is None:
        raise KeyDestroyed(f"{version} of tenant {tenant}")
    return WrappedKey(tenant=tenant, version=version, wrapper=WrapperId(wrapper), wrapped=wrapped)
