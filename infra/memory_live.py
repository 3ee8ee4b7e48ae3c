"""A Live in memory, for tests and trials."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from ..events.base import ContactRef, TenantName
from ..events.live import UtterancePartial

_PENDING_MAX = 1_024  # partials a slow listener may be behind; the oldest are worth the least


class MemoryLive:
    """Hands each partial to every listener of the tenant."""

    def __init__(self) -> None:
        self._listeners: dict[TenantName, set[_Listener]] = {}

    async def publish(self, contact: ContactRef, partial: UtterancePartial) -> None:
        """See `Live.publish`."""
        await asyncio.sleep(0)
        for listener in self._listeners.get(contact.tenant, ()):
            listener.take(partial)

    async def subscribe(self, tenant: TenantName) -> AsyncGenerator[UtterancePartial]:
        """See `Live.subscribe`. Listens from the first `anext` on."""
        listener = _Listener()
        listeners = self._listeners.setdefault(tenant, set())
        listeners.add(listener)
        try:
            while True:
                yield await listener.next()
        finally:
            listeners.discard(listener)


class _Listener:
    def __init__(self) -> None:
        self._pending: deque[UtterancePartial] = deque(maxlen=_PENDING_MAX)
        self._filled = asyncio.Event()

    def take(self, partial: UtterancePartial) -> None:
        self._pending.append(partial)
        self._filled.set()

    async def next(self) -> UtterancePartial:
        while not self._pending:
            self._filled.clear()
            await self._filled.wait()
        return self._pending.popleft()
