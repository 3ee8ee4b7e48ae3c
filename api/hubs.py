"""The hubs of a process, a tenant each."""

import asyncio
from collections.abc import Iterator

from ..events.base import TenantName
from .hub import Hub
from .ports import Ports


class Hubs:
    """The hubs of this process, each opened when its tenant is first looked at."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._hubs: dict[TenantName, Hub] = {}
        self._opening = asyncio.Lock()

    async def of(self, tenant: TenantName) -> Hub:
        """Return a tenant's hub.

        Raises:
            TenantUnknown, LogUnavailable: it could not be opened.
        """
        async with self._opening:
            hub = self._hubs.get(tenant)
            if hub is not None and hub.failed:
                await hub.close()
                hub = None
            if hub is None:
                hub = Hub(tenant, self._ports)
                await hub.open()
                self._hubs[tenant] = hub
        return hub

    def __iter__(self) -> Iterator[Hub]:
        return iter(list(self._hubs.values()))

    async def close(self) -> None:
        """Close every hub."""
        for hub in list(self._hubs.values()):
            await hub.close()
        self._hubs.clear()
