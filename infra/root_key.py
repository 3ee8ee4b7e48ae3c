"""The key that every tenant's key is wrapped by: a file of ours, backed up apart from the database.

One line of hexadecimal a key. There are two while the root key is being rotated: the control
database knows by its fingerprint which of them is current.
"""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import RootKeyMissing
from ..events.base import TenantName
from ..events.sealed import KEY_BYTES, open_bytes, seal_bytes
from ..projections.store import Connection, store_faults
from .embedded.secret import create_private, replace_private
from .postgres import Databases
from .wrapping import WrappedKey, WrapperId

FILE = "root.key"
DERIVED = WrapperId("root")  # of version 0 keys, which are no row's secret
ROOT_PREFIX = "root:"
_TENANT_CONTEXT = b"antiphon/tenant-key/1/"
_WRAPPING_CONTEXT = b"antiphon/root-key-wrapping/1"
_FINGERPRINT_CONTEXT = b"antiphon/root-key-fingerprint/1"

_FINGERPRINT = "SELECT fingerprint FROM root_key"
_BELIEVE = "INSERT INTO root_key (fingerprint) VALUES ($1) ON CONFLICT DO NOTHING"
_REPLACE = "UPDATE root_key SET fingerprint = $1, made_at = now()"


class RootKey:
    """One root key. Never shows itself in `repr`."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def line(self) -> str:
        """The key as the file holds it."""
        return self._secret.hex()

    def derived_tenant_key(self, tenant: TenantName) -> bytes:
        """Return version 0 of a tenant's key; always the same."""
        return self._derive(_TENANT_CONTEXT + tenant.encode())

    def wrapping_key(self) -> bytes:
        """Return the key that wraps the tenants' keys from version 1 on."""
        return self._derive(_WRAPPING_CONTEXT)

    def fingerprint(self) -> bytes:
        """Return what tells this key from another and gives nothing of it away."""
        return hashlib.sha256(self._derive(_FINGERPRINT_CONTEXT)).digest()

    def _derive(self, context: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=context).derive(
            self._secret
        )


class RootKeys:
    """The root keys of an installation, as a `KeyWrapper`. Made by `open`."""

    def __init__(self, databases: Databases, path: Path) -> None:
        self._databases = databases
        self._keys: dict[bytes, RootKey] = {}  # by fingerprint
        self.path = path

    @classmethod
    async def open(cls, databases: Databases, path: Path) -> "RootKeys":
        """Return the installation's root keys, the first one made the first time.

        Raises:
            RootKeyMissing: the control database was used with a key that is not in the file.
                Nothing sealed so far could be read, and what is written now not later.
            StoreUnavailable: the control database does not answer.
        """
        control = await databases.control()
        with store_faults():
            if await control.fetchval(_FINGERPRINT) is None:
                create_private(path, os.urandom(KEY_BYTES).hex().encode())
                # Two processes may both be first; only one fingerprint stays.
                await control.execute(_BELIEVE, _read(path)[-1].fingerprint())
        keys = cls(databases, path)
        await keys.current()
        return keys

    async def current(self) -> WrapperId:
        """See `KeyWrapper.current`: the control database says which."""
        return _id_of(await self.current_key())

    async def current_key(self) -> RootKey:
        """Return the key that wraps what is new."""
        control = await self._databases.control()
        with store_faults():
            known: bytes = await control.fetchval(_FINGERPRINT)
        return self._find(known, "is another key than the one in use; put the right file back")

    def handles(self, wrapper: WrapperId) -> bool:
        """See `KeyWrapper.handles`."""
        return wrapper == DERIVED or wrapper.startswith(ROOT_PREFIX)

    async def generate(self, tenant: TenantName, version: int) -> tuple[bytes, WrappedKey]:
        """See `KeyWrapper.generate`."""
        secret = os.urandom(KEY_BYTES)
        return secret, await self.wrap(secret, tenant, version)

    async def wrap(self, secret: bytes, tenant: TenantName, version: int) -> WrappedKey:
        """See `KeyWrapper.wrap`."""
        return wrapped_by(await self.current_key(), secret, tenant, version)

    async def unwrap(self, key: WrappedKey) -> bytes:
        """See `KeyWrapper.unwrap`. Needs no server."""
        if key.wrapper == DERIVED:
            return self.files_keys()[0].derived_tenant_key(key.tenant)
        fingerprint = bytes.fromhex(key.wrapper.removeprefix(ROOT_PREFIX))
        root = self._find(
            fingerprint, f"holds not the key that wrapped the keys of tenant {key.tenant}"
        )
        try:
            return open_bytes(key.wrapped, root.wrapping_key(), about=_about(key))
        except ValueError as error:
            problem = f"did not wrap version {key.version} of the key of tenant {key.tenant}"
            raise RootKeyMissing(str(self.path), problem) from error

    async def rewrap(self, key: WrappedKey) -> WrappedKey:
        """See `KeyWrapper.rewrap`."""
        return await self.wrap(await self.unwrap(key), key.tenant, key.version)

    def files_keys(self) -> Sequence[RootKey]:
        """Return what the file holds now, the newest last.

        Raises:
            RootKeyMissing: there is no such file, or it holds something else.
        """
        return _read(self.path)

    def write(self, keys: Sequence[RootKey]) -> None:
        """Replace the file, whole or not at all."""
        replace_private(self.path, "\n".join(key.line for key in keys).encode())

    async def make_current(self, key: RootKey, connection: Connection) -> None:
        """Say in the control database that `key` is the one in use."""
        await connection.execute(_REPLACE, key.fingerprint())

    def _find(self, fingerprint: bytes, problem: str) -> RootKey:
        if fingerprint not in self._keys:
            # It may have been rotated since: the file knows.
            self._keys = {key.fingerprint(): key for key in self.files_keys()}
        if fingerprint not in self._keys:
            raise RootKeyMissing(str(self.path), problem)
        return self._keys[fingerprint]


def wrapped_by(root: RootKey, secret: bytes, tenant: TenantName, version: int) -> WrappedKey:
    """Return a tenant's key as it is stored under a certain root key."""
    unwrapped = WrappedKey(tenant=tenant, version=version, wrapper=_id_of(root), wrapped=b"")
    return WrappedKey(
        tenant=tenant,
        version=version,
        wrapper=unwrapped.wrapper,
        wrapped=seal_bytes(secret, root.wrapping_key(), about=_about(unwrapped)),
    )


def _id_of(root: RootKey) -> WrapperId:
    return WrapperId(ROOT_PREFIX + root.fingerprint().hex())


def _about(key: WrappedKey) -> bytes:
    # A key copied to another tenant or version does not open there.
    return f"{key.tenant}/tenant-key/{key.version}".encode()


def _read(path: Path) -> list[RootKey]:
    try:
        secrets = [bytes.fromhex(line) for line in path.read_text().split()]
    except FileNotFoundError as error:
        problem = "is missing, and everything personal is sealed under it; put the file back"
        raise RootKeyMissing(str(path), problem) from error
    except ValueError as error:
        raise RootKeyMissing(str(path), "does not hold a key") from error
    if not secrets:
        raise RootKeyMissing(str(path), "does not hold a key")
    if any(len(secret) < KEY_BYTES for secret in secrets):
        raise RootKeyMissing(str(path), f"is shorter than {KEY_BYTES} bytes")
    return [RootKey(secret) for secret in secrets]
