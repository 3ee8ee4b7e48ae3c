"""Which tenants there are: a key-value bucket, and a local copy that follows it."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec
from msgspec import Struct

from ...errors import Malformed, StreamMoved
from ...events.base import START, TenantName, is_tenant
from ...events.log import Entry, EventLog, Stored
from .streams import bucket_stream, key_subject

BUCKET = "tenants"
_STREAM = bucket_stream(BUCKET)
_EVERY = key_subject(BUCKET, "*")


class _Registered(Struct, frozen=True):
    name: TenantName


class Tenants:
    """The registry of tenants.

    `names` and `exists` answer from a copy: `load` fills it, `run` keeps it fresh. A tenant
    added by another process is known here a moment later.
    """

    def __init__(
        self, log: EventLog, create_streams: Callable[[TenantName], Awaitable[None]]
    ) -> None:
        """The bucket `BUCKET` must exist (`Streams.create_bucket`)."""
        self._log = log
        self._create_streams = create_streams
        self._names: set[TenantName] = set()

    async def add(self, name: str) -> TenantName:
        """Register a tenant and make its streams; harmless when repeated.

        Raises:
            Malformed: no tenant can be called so.
            LogUnavailable: the log does not answer, or has no room.
        """
        if not is_tenant(name):
            raise Malformed("tenant", "small letters, digits and dashes, at most 31")
        tenant = TenantName(name)
        # First the streams: who learns the name may use them at once.
        await self._create_streams(tenant)
        await self._register(tenant)
        self._names.add(tenant)
        return tenant

    def names(self) -> tuple[TenantName, ...]:
        """Return the tenants known here, in alphabetical order."""
        return tuple(sorted(self._names))

    def exists(self, name: str) -> bool:
        """Tell whether a tenant of this name is known here."""
        return name in self._names

    async def load(self) -> None:
        """Learn every tenant there is now."""
        async for batch in self._log.read(_STREAM, [_EVERY]):
            for stored in batch:
                self._learn(stored)

    async def run(self) -> None:
        """Keep `names` and `exists` fresh, for ever."""
        async with aclosing(self._log.follow(_STREAM, [_EVERY])) as batches:
            async for batch in batches:
                for stored in batch:
                    self._learn(stored)

    async def watch(self) -> AsyncGenerator[TenantName]:
        """Yield the name of every tenant, once: those there are, then those to come."""
        seen: set[TenantName] = set()
        async with aclosing(self._log.follow(_STREAM, [_EVERY])) as batches:
            async for batch in batches:
                for stored in batch:
                    name = _name_of(stored)
                    # An empty value is the mark of a removed key.
                    if stored.payload and name not in seen:
                        seen.add(name)
                        yield name

    async def _register(self, tenant: TenantName) -> None:
        subject = key_subject(BUCKET, tenant)
        last = await self._log.last(_STREAM, subject)
        if last is not None and last.payload:
            return
        end = START if last is None else last.position
        entry = Entry(f"{tenant}:{end}", msgspec.json.encode(_Registered(tenant)))
        try:
            await self._log.append(_STREAM, subject, [entry], expected=end)
        except StreamMoved:
            # Another process registered it between our look and our append: it is there.
            return

    def _learn(self, stored: Stored) -> None:
        name = _name_of(stored)
        if stored.payload:
            self._names.add(name)
        else:
            self._names.discard(name)


def _name_of(stored: Stored) -> TenantName:
    return TenantName(stored.subject.rpartition(".")[2])
