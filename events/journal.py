"""The log spoken in events: what commands, services, projections and the API use.

Joins the EventLog (bytes), the codec and the KeyStore. Nobody else needs to know keys.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from functools import lru_cache
from typing import cast

from .base import (
    LANES,
    START,
    ContactId,
    ContactRef,
    Draft,
    Envelope,
    Epoch,
    Event,
    EventId,
    KeyId,
    Lane,
    Position,
    Recorded,
    TenantName,
    Unreadable,
)
from .catalogue import REGISTER_EVENTS
from .codec import CODEC, Reading, encode, has_personal_fields
from .keys import ORIGINAL, Key, KeyStore
from .log import Entry, EventLog, Stored, StreamState
from .opening import opened
from .subjects import EVERY_PARTITION, PartitionRange, fact_filters, fact_subject, facts_stream

_NO_ID = EventId("")
_OF_TENANTS = frozenset(REGISTER_EVENTS)

# Subjects whose parts are remembered: a contact under way has a few, and each comes again.
_SUBJECTS_MAX = 8_192


class Journal:
    """Appends and reads the facts of contacts."""

    def __init__(self, log: EventLog, keys: KeyStore) -> None:
        self._log = log
        self._keys = keys

    async def append(
        self,
        contact: ContactRef,
        drafts: Sequence[Draft],
        *,
        expected: Position,
        attempt: str = "",
    ) -> Position:
        """Append events of one lane, all or none, and return the last one's position.

        `expected` is the position of the lane's last event, START when it is empty:
        a lane has one writer, and this is what keeps a second one out. Repeating a call
        answers as the first did; an `attempt` that no other call names sets it apart, so that
        even its own events, where another call appended them, are news to it: StreamMoved.

        Raises:
            StreamMoved: somebody else wrote to the lane since.
            LogUnavailable: no answer in time; repeating the call is safe.
            KeyDestroyed: the person behind the contact was erased.
        """
        lane = drafts[0].event.LANE
        assert all(lane == draft.event.LANE for draft in drafts), "one append, one lane"
        apart = f":{attempt}" if attempt else ""
        entries = [
            # Deduplication is per stream, so the id names the tenant too.
            Entry(f"{contact.tenant}:{draft.id}{apart}", await self._encode(draft, contact))
            for draft in drafts
        ]
        return await self._log.append(
            facts_stream(contact.tenant), fact_subject(contact, lane), entries, expected=expected
        )

    async def lane_end(self, contact: ContactRef, lane: Lane) -> Position:
        """Return the position of a lane's last event, START when it is empty."""
        stored = await self._log.last(facts_stream(contact.tenant), fact_subject(contact, lane))
        return START if stored is None else stored.position

    async def read(
        self,
        contact: ContactRef,
        *,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
        only: Reading = None,
    ) -> AsyncGenerator[Recorded]:
        """Yield the facts of one contact in order, then end. Nothing for an unknown contact.

        Where `only` names events, others come as `Unread`: not decoded, not opened.
        """
        filters = fact_filters(contact.tenant, contact_id=contact.contact_id, lanes=lanes)
        batches = self._log.read(facts_stream(contact.tenant), filters, after=after, upto=upto)
        async with aclosing(batches):
            async for batch in batches:
                for recorded in await recorded_in(
                    contact.tenant, batch, keys=self._keys, only=only
                ):
                    yield recorded

    async def read_tenant(
        self, tenant: TenantName, *, after: Position, upto: Position, only: Reading = None
    ) -> AsyncGenerator[Sequence[Recorded]]:
        """Yield batches of all facts of a tenant after one position, up to another.

        Where `only` names events, others come as `Unread`: not decoded, not opened.
        """
        batches = self._log.read(facts_stream(tenant), fact_filters(tenant), after=after, upto=upto)
        async with aclosing(batches):
            async for batch in batches:
                yield await recorded_in(tenant, batch, keys=self._keys, only=only)

    def read_stored(
        self,
        tenant: TenantName,
        *,
        contact_id: ContactId | None = None,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """Yield batches of a tenant's facts, or of one contact's, as the log holds them."""
        filters = fact_filters(tenant, contact_id=contact_id, lanes=lanes)
        return self._log.read(facts_stream(tenant), filters, after=after, upto=upto)

    async def key_of_originals(self, contact: ContactRef) -> Key:
        """Return what opens what was said before anything was masked.

        For who was asked whether whoever wants it may have it. `read` never opens it.

        Raises:
            KeyDestroyed: nothing unmasked is left of the contact.
        """
        return await self._keys.obtain(contact.tenant, f"{ORIGINAL}{contact.contact_id}")

    async def find_keys(self, tenant: TenantName, ids: Collection[KeyId]) -> dict[KeyId, Key]:
        """Return the keys that exist, for whoever opens what `read_stored` gave."""
        return await self._keys.find(tenant, ids) if ids else {}

    async def follow(
        self,
        tenant: TenantName,
        *,
        partitions: PartitionRange | Collection[PartitionRange] = EVERY_PARTITION,
        lanes: Collection[Lane] = LANES,
        contact_id: ContactId | None = None,
        after: Position = START,
        epoch: Epoch | None = None,
        only: Reading = None,
    ) -> AsyncGenerator[Sequence[Recorded]]:
        """Yield batches of facts after `after`, then of new ones, for ever.

        Where `only` names events, others come as `Unread`: not decoded, not opened.

        Raises:
            EpochChanged, PositionBeyondEnd: `after` was not read from this stream.
        """
        filters = fact_filters(tenant, partitions=partitions, lanes=lanes, contact_id=contact_id)
        batches = self._log.follow(facts_stream(tenant), filters, after=after, epoch=epoch)
        async with aclosing(batches):
            async for batch in batches:
                yield await recorded_in(tenant, batch, keys=self._keys, only=only)

    async def state(self, tenant: TenantName) -> StreamState:
        """Return epoch and ends of the tenant's facts.

        Raises:
            TenantUnknown: there is no such tenant.
        """
        return await self._log.state(facts_stream(tenant))

    async def _encode(self, draft: Draft, contact: ContactRef) -> bytes:
        key: Key | None = None
        if has_personal_fields(draft.event):
            holder = CODEC.holder(draft.event, tenant=contact.tenant, contact_id=contact.contact_id)
            key = await self._keys.obtain(contact.tenant, holder)
        return encode(draft, contact, key=key)


async def recorded_in(
    tenant: TenantName, batch: Sequence[Stored], *, keys: KeyStore, only: Reading = None
) -> list[Recorded]:
    """Return stored facts of contacts as events, wherever they were kept; leaves none out."""
    return [
        recorded_of(tenant, stored, envelope, event)
        for stored, envelope, event in await opened(tenant, batch, keys=keys, only=only)
    ]


def recorded_of(
    tenant: TenantName, stored: Stored, envelope: Envelope | None, event: Event
) -> Recorded:
    """Return an event of a contact with where and when it was stored."""
    # The subject says which contact and lane even where the payload says nothing.
    contact, lane = _parts_of(tenant, stored.subject)
    if type(event) in _OF_TENANTS:
        # It belongs to no contact: whatever wrote it here is not understood.
        event = Unreadable(type=event.TYPE, version=event.VERSION, problem="undecodable")
    return Recorded(
        event=event,
        id=_NO_ID if envelope is None else envelope.id,
        position=stored.position,
        recorded_at=stored.recorded_at,
        occurred_at=stored.recorded_at if envelope is None else envelope.occurred_at,
        contact=contact,
        lane=lane,
        actor="" if envelope is None else envelope.actor,
        correlation=contact.contact_id if envelope is None else envelope.correlation,
        causation=None if envelope is None else envelope.causation,
    )


@lru_cache(maxsize=_SUBJECTS_MAX)
def _parts_of(tenant: TenantName, subject: str) -> tuple[ContactRef, Lane]:
    *_, contact_id, lane = subject.split(".")
    # A newer version may write to a lane that is unknown here.
    return ContactRef(tenant, ContactId(contact_id)), cast("Lane", lane)
