"""The register: facts of a tenant that are about no single contact, such as who read what.

Its events extend `RegisterEvent` (`base.py`) and stand in the catalogue. They share envelope,
codec, sealing and keys with the facts of contacts, and stand in a stream of their own, kept
for ever.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime

from msgspec import Struct

from ..errors import Malformed
from .base import (
    START,
    Causation,
    Draft,
    Envelope,
    Epoch,
    Event,
    EventId,
    Position,
    RegisterEvent,
    TenantName,
    Unreadable,
    is_id,
)
from .codec import CODEC, Codec
from .keys import Key, KeyStore
from .log import Entry, EventLog, Stored, StreamState
from .opening import opened
from .subjects import configuration_stream, register_subject


class Registered(Struct, frozen=True, kw_only=True):
    """An event of the register together with where and when the log stored it."""

    event: Event  # a RegisterEvent, or Unreadable
    id: EventId
    position: Position
    recorded_at: datetime  # UTC, from the log's clock, never the producer's
    occurred_at: datetime
    tenant: TenantName
    kind: str
    subject_id: str  # what of this kind it is about
    actor: str
    correlation: str
    causation: Causation | None

    @property
    def cause(self) -> Causation:
        """Return what an event caused by this one names as its causation."""
        return Causation(self.id, self.position)


class Register:
    """Appends and reads the facts of tenants."""

    def __init__(self, log: EventLog, keys: KeyStore, *, codec: Codec = CODEC) -> None:
        self._log = log
        self._keys = keys
        self._codec = codec

    async def append(
        self,
        tenant: TenantName,
        *,
        id: str,  # noqa: A002 (it is the thing's id)
        drafts: Sequence[Draft],
        expected: Position | None,
        holder: str | None = None,
    ) -> Position:
        """Append events of one kind about one thing, all or none; return the last's position.

        `expected` is the position of the last event about it, START when there is none; None
        appends whatever is there: for facts that no other can contradict. A repeat of the
        same drafts stores nothing and returns where they stand. `holder` is whose key seals
        them; None: as the events say.

        Raises:
            Malformed: `id` cannot stand in a subject.
            StreamMoved: somebody else wrote about it since.
            LogUnavailable: no answer in time; repeating the call is safe.
            KeyDestroyed: the person whose key should seal this was erased.
        """
        if not is_id(id):
            raise Malformed("id", "must be 1 to 128 letters, digits, hyphens or underscores")
        kind = _kind_of(drafts)
        entries = [
            # Deduplication is per stream, so the id names the tenant too.
            Entry(f"{tenant}:{draft.id}", await self._encode(tenant, f"{kind}/{id}", draft, holder))
            for draft in drafts
        ]
        return await self._log.append(
            configuration_stream(tenant),
            register_subject(tenant, kind=kind, id=id),
            entries,
            expected=expected,
        )

    async def end(self, tenant: TenantName, *, kind: str, id: str) -> Position:  # noqa: A002
        """Return the position of the last event about one thing, START when there is none."""
        subject = register_subject(tenant, kind=kind, id=id)
        stored = await self._log.last(configuration_stream(tenant), subject)
        return START if stored is None else stored.position

    async def read(
        self,
        tenant: TenantName,
        *,
        kind: str | tuple[str, ...] | None = None,
        id: str | None = None,  # noqa: A002
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Registered]:
        """Yield the facts after one position in order, then end: at `upto`, or at what was last.

        `kind`, one or several, and `id` narrow them; without, all of the tenant's.
        """
        filters = _filters(tenant, kind, id)
        stream = configuration_stream(tenant)
        async for batch in self._log.read(stream, filters, after=after, upto=upto):
            for registered in await self._decode(tenant, batch):
                yield registered

    async def follow(
        self,
        tenant: TenantName,
        *,
        kind: str | tuple[str, ...] | None = None,
        id: str | None = None,  # noqa: A002
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Registered]]:
        """Yield batches of facts after `after`, then of new ones, for ever; empty ones when idle.

        Raises:
            EpochChanged, PositionBeyondEnd: `after` was not read from this stream.
        """
        filters = _filters(tenant, kind, id)
        stream = configuration_stream(tenant)
        batches = self._log.follow(stream, filters, after=after, epoch=epoch)
        async with aclosing(batches):
            async for batch in batches:
                yield await self._decode(tenant, batch)

    async def state(self, tenant: TenantName) -> StreamState:
        """Return epoch and ends of the tenant's register.

        Raises:
            TenantUnknown: there is no such tenant.
        """
        return await self._log.state(configuration_stream(tenant))

    async def _encode(
        self, tenant: TenantName, aggregate: str, draft: Draft, holder: str | None
    ) -> bytes:
        key: Key | None = None
        if self._codec.is_personal(draft.event):
            of = holder or self._codec.holder(draft.event, tenant=tenant)
            key = await self._keys.obtain(tenant, of)
        return self._codec.encode(draft, tenant=tenant, aggregate=aggregate, key=key)

    async def _decode(self, tenant: TenantName, batch: Sequence[Stored]) -> list[Registered]:
        found = await opened(tenant, batch, keys=self._keys, codec=self._codec)
        return [_registered(tenant, *one) for one in found]


def _kind_of(drafts: Sequence[Draft]) -> str:
    kinds: set[str] = set()
    for draft in drafts:
        assert isinstance(draft.event, RegisterEvent), "facts of contacts go to the Journal"
        kinds.add(draft.event.KIND)
    assert len(kinds) == 1, "one append, one kind"
    return kinds.pop()


def _filters(
    tenant: TenantName,
    kind: str | tuple[str, ...] | None,
    id: str | None,  # noqa: A002
) -> list[str]:
    kinds = kind if isinstance(kind, tuple) else (kind or "*",)
    return [register_subject(tenant, kind=one, id=id or "*") for one in kinds]


def _registered(
    tenant: TenantName, stored: Stored, envelope: Envelope | None, event: Event
) -> Registered:
    # The subject says what it is about even where the payload says nothing.
    _, _, kind, subject_id = stored.subject.split(".")
    if isinstance(event, RegisterEvent) and kind != event.KIND:
        event = Unreadable(type=event.TYPE, version=event.VERSION, problem="undecodable")
    return Registered(
        event=event,
        id=EventId("") if envelope is None else envelope.id,
        position=stored.position,
        recorded_at=stored.recorded_at,
        occurred_at=stored.recorded_at if envelope is None else envelope.occurred_at,
        tenant=tenant,
        kind=kind,
        subject_id=subject_id,
        actor="" if envelope is None else envelope.actor,
        correlation=subject_id if envelope is None else envelope.correlation,
        causation=None if envelope is None else envelope.causation,
    )
