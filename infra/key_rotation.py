"""Rotation: a new version of a tenant's key, everything re-wrapped, the old one destroyed.

Nothing is unreadable at any moment, whoever reads and writes meanwhile: each holder's key is
re-wrapped in one step with the note of which version wrapped it, and a version is destroyed
only when no key names it. What was done is in the rows, so after a crash the same call goes on.

Backups keep the old versions readable for whoever has the root key (or the KMS key) of their
time. That key is kept, apart, for as long as such backups are to be of use.
"""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog
from msgspec import Struct

from ..events.base import KeyId, TenantName
from ..events.faultpoints import FaultPoint, reach
from ..events.keys import Key
from ..events.sealed import KEY_BYTES
from ..projections.store import Connection, Pool
from .key_store import unwrapped, wrapped_under
from .root_key import DERIVED, ROOT_PREFIX, RootKey, RootKeys, wrapped_by
from .tenant_keys import TenantKey, TenantKeys, stored_key
from .wrapping import WrappedKey

if TYPE_CHECKING:
    import asyncpg

BATCH_KEYS = 500  # a transaction of about 20 ms; a key in it waits that long to be destroyed

_ROTATE_LOCK = 0x616E7469_726F7461  # any number, as long as nobody else uses it

_VERSIONS = """
SELECT tenant.version, tenant.wrapped, tenant.wrapper, tenant.made_at, tenant.retired_at,
       tenant.destroyed_at,
       (SELECT count(*) FROM holder_keys AS own
         WHERE own.tenant_key = tenant.version AND own.wrapped IS NOT NULL) AS holders
  FROM tenant_keys AS tenant
 ORDER BY tenant.version
"""

_RETIRED = """
SELECT version, wrapped, wrapper FROM tenant_keys
 WHERE retired_at IS NOT NULL AND destroyed_at IS NULL
"""

_RETIRE = "UPDATE tenant_keys SET retired_at = now() WHERE retired_at IS NULL"

_ADD = "INSERT INTO tenant_keys (version, wrapped, wrapper) VALUES ($1, $2, $3)"

_NEWEST = "SELECT coalesce(max(version), 0) FROM tenant_keys"

_BATCH = """
SELECT holder, key_id, wrapped, tenant_key FROM holder_keys
 WHERE tenant_key = ANY($1) AND wrapped IS NOT NULL
 ORDER BY holder LIMIT $2
   FOR UPDATE
"""

_REWRAP = """
UPDATE holder_keys AS own SET wrapped = fresh.wrapped, tenant_key = $3
  FROM unnest($1::text[], $2::bytea[]) AS fresh (holder, wrapped)
 WHERE own.holder = fresh.holder
"""

_LOCK_VERSION = "SELECT version FROM tenant_keys WHERE version = $1 FOR UPDATE"

_DESTROY = """
UPDATE tenant_keys SET wrapped = NULL, destroyed_at = now()
 WHERE version = $1 AND retired_at IS NOT NULL AND destroyed_at IS NULL
   AND NOT EXISTS (SELECT FROM holder_keys WHERE tenant_key = $1 AND wrapped IS NOT NULL)
"""

_LIVE = "SELECT version, wrapped, wrapper FROM tenant_keys WHERE wrapped IS NOT NULL FOR UPDATE"

_SWAP_WRAPPER = (
    "UPDATE tenant_keys SET wrapped = $2, wrapper = $3 WHERE version = $1 AND wrapped IS NOT NULL"
)

# One database a tenant, named by `database_of`.
_DATABASES = "SELECT datname FROM pg_database WHERE datname LIKE 'antiphon\\_%' ORDER BY datname"

log = structlog.get_logger()


class DerivedKeysLeftError(RuntimeError):
    """A key derived from the root key appeared though every tenant was rotated: a bug."""


class Version(Struct, frozen=True, kw_only=True):
    """A version of a tenant's key, as one may show it."""

    version: int
    state: str  # `active`, `retired` (its keys are being re-wrapped) or `destroyed`
    wrapper: str
    holders: int  # whose keys it wraps


class Rotation(Struct, frozen=True, kw_only=True):
    """What a rotation did."""

    version: int  # active now
    resumed: bool  # it went on with one that was broken off
    rewrapped: int  # holders' keys, by this call
    destroyed: tuple[int, ...]  # versions, by this call


async def versions_of(keys: TenantKeys, tenant: TenantName) -> list[Version]:
    """Return the versions of a tenant's key, oldest first; none before its first fact."""
    async with keys.databases.connection(tenant) as connection:
        rows = await connection.fetch(_VERSIONS)
    return [
        Version(
            version=row["version"],
            state="destroyed"
            if row["destroyed_at"]
            else ("retired" if row["retired_at"] else "active"),
            wrapper=row["wrapper"],
            holders=row["holders"],
        )
        for row in rows
    ]


async def rotate_tenant(
    keys: TenantKeys,
    tenant: TenantName,
    *,
    batch_keys: int = BATCH_KEYS,
    on_progress: Callable[[int], None] | None = None,
) -> Rotation:
    """Replace a tenant's key; a rotation that was broken off is finished instead.

    `on_progress` is told how many keys a batch re-wrapped.

    Raises:
        TenantUnknown: there is no such tenant.
        RootKeyMissing, KeysUnavailable: the key cannot be unwrapped.
        StoreUnavailable: PostgreSQL is away. Call again: it goes on.
    """
    await keys.active(tenant)  # makes the first one
    retired = await _retired(keys, tenant)
    resumed = bool(retired)
    if not resumed:
        await _begin(keys, tenant)
        retired = await _retired(keys, tenant)
    keys.forget_active(tenant)
    active = await keys.active(tenant)
    rewrapped = 0
    while count := await _rewrap_batch(keys, tenant, retired, active, batch_keys):
        rewrapped += count
        if on_progress is not None:
            on_progress(count)
    destroyed = [one.version for one in retired if await _destroy(keys, tenant, one.version)]
    log.info(
        "tenant_key_rotated",
        tenant=tenant,
        version=active.version,
        resumed=resumed,
        rewrapped=rewrapped,
        destroyed=destroyed,
    )
    return Rotation(
        version=active.version, resumed=resumed, rewrapped=rewrapped, destroyed=tuple(destroyed)
    )


async def rewrap_tenant(keys: TenantKeys, tenant: TenantName) -> int:
    """Wrap a tenant's keys by the current wrapper; return how many were wrapped by another.

    Holders' keys stay as they are: it is their wrapping key that is wrapped anew. For a new
    KMS key, or to move from the key file to KMS. Keys of version 0 have to be rotated first.
    """
    current = await keys.wrapper.current()
    moved = 0
    async with keys.databases.connection(tenant) as connection:
        rows = await connection.fetch(_LIVE.removesuffix("FOR UPDATE"))
    for row in rows:
        key = stored_key(tenant, row["version"], row["wrapper"], row["wrapped"])
        if key.wrapper in {current, DERIVED}:
            continue
        fresh = await keys.rewrapped(key)
        async with keys.databases.connection(tenant) as connection:
            await connection.execute(_SWAP_WRAPPER, key.version, fresh.wrapped, fresh.wrapper)
        moved += 1
    return moved


async def tenants_of(control: Connection | Pool) -> list[TenantName]:
    """Return whose databases there are: registered or not, their keys are to be looked after."""
    names: list[str] = [row["datname"] for row in await control.fetch(_DATABASES)]
    return [TenantName(name.removeprefix("antiphon_").replace("_", "-")) for name in names]


async def rotate_root(keys: TenantKeys, root: RootKeys, *, stage: bool = False) -> int:
    """Replace the root key in its file; return how many tenants' keys were wrapped anew.

    Every process that shares the file takes the new key up by itself. Where the file is
    copied from machine to machine, `stage` only adds the new key to it: copy the file, then
    call again without. What was broken off is finished by calling again.
    """
    for tenant in await tenants_of(await keys.databases.control()):
        await _leave_derived(keys, tenant)
    async with keys.while_wrapping(alone=True) as control:
        held = list(root.files_keys())
        current = await root.current_key()
        newer = [one for one in held if one.fingerprint() != current.fingerprint()]
        if len(held) > 1 and held[-1].fingerprint() == current.fingerprint():
            # Everything was done but taking the old one out of the file.
            root.write([current])
            return 0
        following = newer[-1] if newer else RootKey(os.urandom(KEY_BYTES))
        root.write([current, following])
        if stage:
            return 0
        moved = 0
        # All there are now: nobody makes another's key while we are alone.
        for tenant in await tenants_of(control):
            moved += await _wrap_by(keys, tenant, following)
        await root.make_current(following, control)
    root.write([following])
    log.info("root_key_rotated", keys=moved)
    return moved


async def _leave_derived(keys: TenantKeys, tenant: TenantName) -> None:
    found = await versions_of(keys, tenant)
    if any(one.wrapper == DERIVED and one.state != "destroyed" for one in found):
        await rotate_tenant(keys, tenant)


async def _wrap_by(keys: TenantKeys, tenant: TenantName, root: RootKey) -> int:
    moved = 0
    async with keys.databases.connection(tenant) as connection, connection.transaction():
        for row in await connection.fetch(_LIVE):
            key = stored_key(tenant, row["version"], row["wrapper"], row["wrapped"])
            if key.wrapper == DERIVED:
                raise DerivedKeysLeftError(tenant)
            if not key.wrapper.startswith(ROOT_PREFIX):
                continue  # KMS wraps it
            fresh = wrapped_by(root, await keys.open(key), tenant, key.version)
            if fresh.wrapper != key.wrapper:
                await connection.execute(_SWAP_WRAPPER, key.version, fresh.wrapped, fresh.wrapper)
                moved += 1
    return moved


async def _retired(keys: TenantKeys, tenant: TenantName) -> list[WrappedKey]:
    async with keys.databases.connection(tenant) as connection:
        rows = await connection.fetch(_RETIRED)
    return [stored_key(tenant, row["version"], row["wrapper"], row["wrapped"]) for row in rows]


async def _begin(keys: TenantKeys, tenant: TenantName) -> None:
    async with keys.while_wrapping():
        async with keys.databases.connection(tenant) as connection:
            newest: int = await connection.fetchval(_NEWEST)
        fresh = await keys.fresh(tenant, newest + 1)
        async with keys.databases.connection(tenant) as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", _ROTATE_LOCK)
            if await connection.fetchval(_NEWEST) != newest:
                return  # somebody else began; theirs is finished
            # Whoever stores a key under the old version holds its row: they go first.
            await connection.execute(_RETIRE)
            await connection.execute(_ADD, fresh.version, fresh.wrapped, fresh.wrapper)
    await reach(FaultPoint.ROTATION_BEGUN)


async def _rewrap_batch(
    keys: TenantKeys,
    tenant: TenantName,
    retired: Sequence[WrappedKey],
    active: TenantKey,
    batch_keys: int,
) -> int:
    # Before the transaction: it may take the network.
    by_version = {one.version: (one, await keys.open(one)) for one in retired}
    async with keys.databases.connection(tenant) as connection, connection.transaction():
        rows = await connection.fetch(_BATCH, list(by_version), batch_keys)
        if rows:
            await _store_rewrapped(connection, rows, by_version, active)
            await reach(FaultPoint.KEYS_WRITTEN)
    await reach(FaultPoint.KEYS_REWRAPPED)
    return len(rows)


async def _store_rewrapped(
    connection: Connection,
    rows: "Sequence[asyncpg.Record]",
    by_version: dict[int, tuple[WrappedKey, bytes]],
    active: TenantKey,
) -> None:
    holders: list[str] = []
    fresh: list[bytes] = []
    for row in rows:
        wrapper, secret = by_version[row["tenant_key"]]
        holder, key_id = row["holder"], KeyId(row["key_id"])
        clear = unwrapped(row["wrapped"], secret, wrapper=wrapper, holder=holder, key_id=key_id)
        holders.append(holder)
        fresh.append(wrapped_under(active, wrapper.tenant, holder, Key(key_id, clear)))
    await connection.execute(_REWRAP, holders, fresh, active.version)


async def _destroy(keys: TenantKeys, tenant: TenantName, version: int) -> bool:
    """Destroy a version that wraps nothing any more; tell whether that was done now."""
    async with keys.databases.connection(tenant) as connection, connection.transaction():
        await connection.fetchval(_LOCK_VERSION, version)
        done = await connection.execute(_DESTROY, version)
    await reach(FaultPoint.VERSION_DESTROYED)
    return done == "UPDATE 1"
