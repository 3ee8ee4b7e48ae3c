"""Holders' keys in the tenant's database, wrapped by the tenant's key.

A destroyed key's row stays, emptied: its holder never gets another. Until PostgreSQL has
vacuumed, and in backups made before, the wrapped key still exists; after a restore,
erasures are to be replayed before anything else.
"""

import os
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..errors import KeyDestroyed, RootKeyMissing
from ..events.base import KeyId, TenantName
from ..events.keys import Key
from ..events.sealed import KEY_BYTES, open_bytes, seal_bytes
from .postgres import Databases
from .root_key import RootKey, root_key

if TYPE_CHECKING:
    import asyncpg

# A key destroyed by another process works here this much longer, and no longer.
CACHE_S = 30.0
CACHE_KEYS_MAX = 20_000  # about 10 MB; a cell's contacts of a busy hour

_INSERT = """
INSERT INTO holder_keys (holder, key_id, wrapped) VALUES ($1, $2, $3)
ON CONFLICT (holder) DO NOTHING
"""

_BY_HOLDER = "SELECT holder, key_id, wrapped FROM holder_keys WHERE holder = $1"

_BY_ID = """
SELECT holder, key_id, wrapped
  FROM holder_keys
 WHERE key_id = ANY($1) AND wrapped IS NOT NULL
"""

_DESTROY = """
INSERT INTO holder_keys AS stored (holder, destroyed_at) VALUES ($1, now())
ON CONFLICT (holder) DO UPDATE
   SET wrapped = NULL, destroyed_at = coalesce(stored.destroyed_at, now())
RETURNING key_id
"""


class PostgresKeys:
    """A KeyStore that several processes share. Made by `open`."""

    def __init__(
        self, databases: Databases, root: RootKey, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._databases = databases
        self._root = root
        self._by_holder = _Recent(clock)
        self._by_id = _Recent(clock)

    @classmethod
    async def open(cls, databases: Databases, *, root_key_file: Path) -> Self:
        """Return the key store of an installation, whose root key is made the first time.

        Raises:
            RootKeyMissing: keys exist that the file's key did not wrap.
            StoreUnavailable: the control database does not answer.
        """
        root = await root_key(databases, root_key_file, fresh=os.urandom(KEY_BYTES))
        return cls(databases, root)

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """See `KeyStore.obtain`. Processes that race for a new key get the same one."""
        if (key := self._by_holder.get((tenant, holder))) is not None:
            return key
        async with self._databases.connection(tenant) as connection:
            row = await connection.fetchrow(_BY_HOLDER, holder)
            if row is None:
                made = Key(KeyId(uuid.uuid4().hex), os.urandom(KEY_BYTES))
                await connection.execute(_INSERT, holder, made.id, self._wrap(tenant, holder, made))
                row = await connection.fetchrow(_BY_HOLDER, holder)
        assert row is not None, "rows of holder_keys are never deleted"
        if row["wrapped"] is None:
            raise KeyDestroyed(row["key_id"] or f"of {holder}")
        return self._remember(tenant, row)

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
            for row in await self._rows(tenant, missing):
                key = self._remember(tenant, row)
                found[key.id] = key
        return found

    async def destroy(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.destroy`. Other processes forget the key within `CACHE_S`."""
        async with self._databases.connection(tenant) as connection:
            key_id = await connection.fetchval(_DESTROY, holder)
        self._by_holder.forget((tenant, holder))
        self._by_id.forget((tenant, key_id or ""))

    async def _rows(self, tenant: TenantName, ids: Sequence[KeyId]) -> "Sequence[asyncpg.Record]":
        async with self._databases.connection(tenant) as connection:
            return await connection.fetch(_BY_ID, ids)

    def _remember(self, tenant: TenantName, row: "asyncpg.Record") -> Key:
        holder, key_id = row["holder"], KeyId(row["key_id"])
        key = Key(key_id, self._unwrap(tenant, holder, key_id, row["wrapped"]))
        self._by_holder.put((tenant, holder), key)
        self._by_id.put((tenant, key_id), key)
        return key

    def _wrap(self, tenant: TenantName, holder: str, key: Key) -> bytes:
        return seal_bytes(
            key.secret, self._root.tenant_key(tenant), about=_about(tenant, holder, key.id)
        )

    def _unwrap(self, tenant: TenantName, holder: str, key_id: KeyId, wrapped: bytes) -> bytes:
        try:
            return open_bytes(
                wrapped, self._root.tenant_key(tenant), about=_about(tenant, holder, key_id)
            )
        except ValueError as error:
            raise RootKeyMissing(str(self._root.path), f"did not wrap key {key_id}") from error


def _about(tenant: TenantName, holder: str, key_id: KeyId) -> bytes:
    # A row copied to another holder or tenant does not open there.
    return f"{tenant}/{holder}/{key_id}".encode()


class _Recent:
    """Keys seen lately. Forgets each after `CACHE_S`, and the oldest beyond `CACHE_KEYS_MAX`."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._keys: OrderedDict[tuple[TenantName, str], tuple[float, Key]] = OrderedDict()

    def get(self, name: tuple[TenantName, str]) -> Key | None:
        until, key = self._keys.get(name, (0.0, None))
        return key if self._clock() < until else None

    def put(self, name: tuple[TenantName, str], key: Key) -> None:
        self._keys[name] = (self._clock() + CACHE_S, key)
        self._keys.move_to_end(name)
        if len(self._keys) > CACHE_KEYS_MAX:
            self._keys.popitem(last=False)

    def forget(self, name: tuple[TenantName, str]) -> None:
        self._keys.pop(name, None)
