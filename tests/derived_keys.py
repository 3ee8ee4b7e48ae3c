"""Keys that every process derives from their holders, so that processes share them in tests."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from antiphon.errors import KeyDestroyed
from antiphon.events.base import KeyId, TenantName
from antiphon.events.keys import ORIGINAL, Key


class DerivedKeys:
    """A `KeyStore` without a server. What was destroyed stands in a directory, if there is one."""

    def __init__(self, directory: Path | None = None) -> None:
        self._directory = directory

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        key = _key(tenant, holder)
        if self._is_destroyed(key.id):
            raise KeyDestroyed(holder)
        return key

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        key = _key(tenant, holder)
        return None if self._is_destroyed(key.id) else key

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        holders = {one: bytes.fromhex(one).decode() for one in ids}
        return {
            one: _key(tenant, holder)
            for one, holder in holders.items()
            if not holder.startswith(ORIGINAL) and not self._is_destroyed(one)
        }

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        assert self._directory is not None, "nowhere to write down what was destroyed"
        id_ = _key(tenant, holder).id
        (self._directory / id_).touch()
        return id_

    def forget(self, tenant: TenantName, holder: str) -> None:
        """Nothing here is a copy."""

    def _is_destroyed(self, id_: KeyId) -> bool:
        return self._directory is not None and (self._directory / id_).exists()


def _key(tenant: TenantName, holder: str) -> Key:
    secret = hashlib.sha256(f"{tenant}/{holder}".encode()).digest()
    return Key(KeyId(holder.encode().hex()), secret)
