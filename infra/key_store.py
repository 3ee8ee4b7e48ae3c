"""Holders' keys in the tenant's database, wrapped by the tenant's key.

A destroyed key's row stays, emptied: its holder never gets another. Until PostgreSQL has
vacuumed, and in backups made before, the wrapped key still exists; after a restore,
erasures are replayed before anything else (`erased_first.py`).
"""

import os
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..errors import KeyDestroyed, RootKeyMissing, StoreUnavailable
from ..events.base import KeyId, TenantName
from ..events.keys import ORIGINAL, Key
from ..events.sealed import KEY_BYTES, open_bytes, seal_bytes
from .kms import KmsKey
from .postgres import Databases
from .root_key import RootKeys
from .tenant_keys import TenantKey, TenantKeys, stored_key
from .wrapping import WrappedKey

if TYPE_CHECKING:
    import asyncpg

# Whoever reads the log forgets an erased contact's key with the fact of it. This bounds it for
# a process that does not: a key destroyed elsewhere works here this much longer, and no longer.
CACHE_S = 10.0
CACHE_KEYS_MAX = 20_000  # 3 KB each, once used; far more than are read in `CACHE_S`

ROTATIONS_MET_MAX = 5  # while one key is made; a rotation takes longer than making a key

_INSERT = """
INSERT INTO holder_keys (holder, key_id, wrapped, tenant_key)
SELECT $1, $2, $3, version FROM tenant_keys WHERE version = $4 AND retired_at IS NULL FOR SHARE
ON CONFLICT (holder) DO NOTHING
"""

# One statement, one snapshot: a rotation between two would destroy what the first one names.
_JOINED = """
SELECT own.holder, own.key_id, own.wrapped, own.tenant_key,
       tenant.wrapper, tenant.wrapped AS tenant_wrapped
  FROM holder_keys AS own LEFT JOIN tenant_keys AS tenant ON tenant.version = own.tenant_key
"""

_BY_HOLDER = f"{_JOINED} WHERE own.holder = $1"

_BY_ID = f"""{_JOINED} WHERE own.key_id = ANY($1) AND own.wrapped IS NOT NULL
   AND NOT starts_with(own.holder, '{ORIGINAL}')"""

_DESTROY = """
INSERT INTO holder_keys AS stored (holder, tenant_key, destroyed_at) VALUES ($1, 0, now())
ON CONFLICT (holder) DO UPDATE
   SET wrapped = NULL, destroyed_at = coalesce(stored.destroyed_at, now())
RETURNING key_id
"""


class PostgresKeys:
    """A KeyStore that several processes share. Made by `open`."""

    def __init__(
        self, tenant_keys: TenantKeys, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.tenant_keys = tenant_keys
        self._databases = tenant_keys.databases
        self._by_holder = _Recent(clock)
        self._by_id = _Recent(clock)

    @classmethod
    async def open(
        cls, databases: Databases, *, root_key_file: Path, kms: KmsKey | None = None
    ) -> Self:
        """Return the key store of an installation, whose root key is made the first time.

        With `kms` there needs to be no root key; one that is there still unwraps what it
        wrapped before.

        Raises:
            RootKeyMissing: keys exist that the file's key did not wrap, or KMS does not know
                the key.
            KeysUnavailable: KMS does not answer, or refuses for now.
            StoreUnavailable: the control database does not answer.
        """
        if kms is None:
            return cls(TenantKeys(databases, [await RootKeys.open(databases, root_key_file)]))
        await kms.current()  # rather now than at the first call
        former: list[RootKeys] = []
        if root_key_file.exists():  # noqa: ASYNC240 (a local file, once)
            former.append(await RootKeys.open(databases, root_key_file))
        return cls(TenantKeys(databases, [kms, *former]))

    @property
    def remembered(self) -> int:
        """How many holders' keys are in memory, those included that are not believed any more."""
        return len(self._by_holder)

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """See `KeyStore.obtain`. Processes that race for a new key get the same one."""
        if (key := self._by_holder.get((tenant, holder))) is not None:
            return key
        forgotten = self._by_holder.forgotten
        async with self._databases.connection(tenant) as connection:
            row = await connection.fetchrow(_BY_HOLDER, holder)
        if row is None:
            row = await self._make(tenant, holder)
        if row["wrapped"] is None:
            raise KeyDestroyed(row["key_id"] or f"of {holder}")
        return await self._opened(tenant, row, forgotten=forgotten)

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """See `KeyStore.held`: for `CACHE_S` after it was read."""
        return self._by_holder.get((tenant, holder))

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """See `KeyStore.find`."""
        found: dict[KeyId, Key] = {}
        missing: list[KeyId] = []
        for one in ids:
            if (key := self._by_id.get((tenant, one))) is not None:
                found[one] = key
            else:
                missing.append(one)
        if missing:
            forgotten = self._by_holder.forgotten
            async with self._databases.connection(tenant) as connection:
                rows: Sequence[asyncpg.Record] = await connection.fetch(_BY_ID, missing)
            for row in rows:
                key = await self._opened(tenant, row, forgotten=forgotten)
                found[key.id] = key
        return found

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        """See `KeyStore.destroy`. Other processes are told by the log, or wait for `CACHE_S`."""
        async with self._databases.connection(tenant) as connection:
            key_id: str | None = await connection.fetchval(_DESTROY, holder)
        self.forget(tenant, holder)
        return None if key_id is None else KeyId(key_id)

    def forget(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.forget`."""
        key = self._by_holder.forget((tenant, holder))
        if key is not None:
            self._by_id.forget((tenant, key.id))

    async def _make(self, tenant: TenantName, holder: str) -> "asyncpg.Record":
        """Store a new key for a holder, or find the one that another process just stored."""
        for _ in range(ROTATIONS_MET_MAX):
            active = await self.tenant_keys.active(tenant)
            made = Key(KeyId(uuid.uuid4().hex), os.urandom(KEY_BYTES))
            wrapped = wrapped_under(active, tenant, holder, made)
            async with self._databases.connection(tenant) as connection:
                await connection.execute(_INSERT, holder, made.id, wrapped, active.version)
                row = await connection.fetchrow(_BY_HOLDER, holder)
            if row is not None:
                return row
            self.tenant_keys.forget_active(tenant)  # it was retired meanwhile
        raise StoreUnavailable("the tenant's key is replaced again and again")

    async def _opened(self, tenant: TenantName, row: "asyncpg.Record", *, forgotten: int) -> Key:
        wrapper = stored_key(tenant, row["tenant_key"], row["wrapper"], row["tenant_wrapped"])
        key = Key(
            KeyId(row["key_id"]),
            unwrapped(
                row["wrapped"],
                await self.tenant_keys.open(wrapper),
                wrapper=wrapper,
                holder=row["holder"],
                key_id=KeyId(row["key_id"]),
            ),
        )
        # Unless something was forgotten since the row was read: it may have been this key.
        if self._by_holder.forgotten == forgotten:
            self._by_holder.put((tenant, row["holder"]), key)
            if not row["holder"].startswith(ORIGINAL):
                self._by_id.put((tenant, key.id), key)
        return key


def wrapped_under(active: TenantKey, tenant: TenantName, holder: str, key: Key) -> bytes:
    """Return a holder's key as its row holds it."""
    return seal_bytes(key.secret, active.secret, about=_about(tenant, holder, key.id))


def unwrapped(
    wrapped: bytes, secret: bytes, *, wrapper: WrappedKey, holder: str, key_id: KeyId
) -> bytes:
    """Return a holder's key in clear.

    Raises:
        RootKeyMissing: it was wrapped by another key, or its row was changed or moved.
    """
    try:
        return open_bytes(wrapped, secret, about=_about(wrapper.tenant, holder, key_id))
    except ValueError as error:
        problem = f"version {wrapper.version} of tenant {wrapper.tenant} did not wrap key {key_id}"
        raise RootKeyMissing(wrapper.wrapper, problem) from error


def _about(tenant: TenantName, holder: str, key_id: KeyId) -> bytes:
    # A row copied to another holder or tenant does not open there.
    return f"{tenant}/{holder}/{key_id}".encode()


class _Recent:
    """Keys seen lately. Forgets each after `CACHE_S`, and the oldest beyond `CACHE_KEYS_MAX`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.forgotten = 0  # how often something was; whoever read before must not put it back
        self._clock = clock
        self._keys: OrderedDict[tuple[TenantName, str], tuple[float, Key]] = OrderedDict()

    def get(self, name: tuple[TenantName, str]) -> Key | None:
        until, key = self._keys.get(name, (0.0, None))
        return key if self._clock() < until else None

    def __len__(self) -> int:
        return len(self._keys)

    def put(self, name: tuple[TenantName, str], key: Key) -> None:
        now = self._clock()
        self._keys[name] = (now + CACHE_S, key)
        self._keys.move_to_end(name)
        # The oldest stands first, and was put for as long as all others.
        while len(self._keys) > CACHE_KEYS_MAX or next(iter(self._keys.values()))[0] <= now:
            self._keys.popitem(last=False)

    def forget(self, name: tuple[TenantName, str]) -> Key | None:
        self.forgotten += 1
        _, key = self._keys.pop(name, (0.0, None))
        return key
