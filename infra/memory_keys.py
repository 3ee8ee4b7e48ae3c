"""A KeyStore in memory, for tests and trials."""

import asyncio
import os
import uuid
from collections.abc import Collection

from ..errors import KeyDestroyed
from ..events.base import KeyId, TenantName
from ..events.keys import ORIGINAL, Key
from ..events.sealed import KEY_BYTES


class MemoryKeys:
    """Keys by tenant and holder. A destroyed holder stays destroyed."""

    def __init__(self) -> None:
        self._by_holder: dict[tuple[TenantName, str], Key | None] = {}  # None: destroyed
        self._by_id: dict[tuple[TenantName, KeyId], Key] = {}
        self._destroyed: dict[tuple[TenantName, str], KeyId] = {}

    async def obtain(self, tenant: TenantName, holder: str) -> Key:
        """See `KeyStore.obtain`."""
        await asyncio.sleep(0)
        if (tenant, holder) not in self._by_holder:
            made = Key(KeyId(uuid.uuid4().hex), os.urandom(KEY_BYTES))
            self._by_holder[tenant, holder] = made
            if not holder.startswith(ORIGINAL):
                self._by_id[tenant, made.id] = made
        key = self._by_holder[tenant, holder]
        if key is None:
            raise KeyDestroyed(holder)
        return key

    def held(self, tenant: TenantName, holder: str) -> Key | None:
        """See `KeyStore.held`."""
        return self._by_holder.get((tenant, holder))

    async def find(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """See `KeyStore.find`."""
        await asyncio.sleep(0)
        return {one: self._by_id[tenant, one] for one in ids if (tenant, one) in self._by_id}

    async def destroy(self, tenant: TenantName, holder: str) -> KeyId | None:
        """See `KeyStore.destroy`."""
        await asyncio.sleep(0)
        key = self._by_holder.get((tenant, holder))
        if key is not None:
            self._by_id.pop((tenant, key.id), None)
            self._destroyed[tenant, holder] = key.id
        self._by_holder[tenant, holder] = None
        return self._destroyed.get((tenant, holder))

    def forget(self, tenant: TenantName, holder: str) -> None:
        """See `KeyStore.forget`: nothing here is a copy."""
