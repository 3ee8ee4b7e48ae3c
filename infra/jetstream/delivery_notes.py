"""How far contacts were told to webhooks, in a key-value bucket: state, not history.

Every value is small and is forgotten in time. A contact's is replaced on the condition that
nobody else did since, so a process that lost its lease cannot move it.
"""

import uuid

import msgspec

from ...events.base import ContactRef, Position, TenantName
from ...events.log import Entry, EventLog
from ...services.webhooks.port import NOTES_KEPT_S, Health, Mark, Marks
from .streams import bucket_stream, key_subject

BUCKET = "deliveries"
BUCKET_SETTINGS = {"max_age": NOTES_KEPT_S * 1_000_000_000}  # ns

_STREAM = bucket_stream(BUCKET)


class DeliveryNotes:
    """See `services.webhooks.port.Notes`. The bucket `BUCKET` must exist."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    async def marks(self, contact: ContactRef) -> Marks:
        """See `Notes.marks`."""
        stored = await self._log.last(_STREAM, _of_contact(contact))
        if stored is None:
            return Marks()
        return Marks(_marks(stored.payload), stored.position)

    async def keep(self, contact: ContactRef, marks: Marks) -> Marks:
        """See `Notes.keep`."""
        position = await self._put(
            _of_contact(contact), msgspec.json.encode(marks.marks), expected=marks.position
        )
        return Marks(marks.marks, position)

    async def health(self, tenant: TenantName, webhook_id: str) -> Health:
        """See `Notes.health`."""
        stored = await self._log.last(_STREAM, _of_endpoint(tenant, webhook_id))
        return Health() if stored is None else _health(stored.payload)

    async def note_health(self, tenant: TenantName, webhook_id: str, health: Health) -> None:
        """See `Notes.note_health`."""
        payload = msgspec.json.encode(health)
        await self._put(_of_endpoint(tenant, webhook_id), payload, expected=None)

    async def _put(self, subject: str, payload: bytes, *, expected: Position | None) -> Position:
        entry = Entry(uuid.uuid4().hex, payload)
        return await self._log.append(_STREAM, subject, [entry], expected=expected)


_marks = msgspec.json.Decoder(dict[str, Mark]).decode
_health = msgspec.json.Decoder(Health).decode


def _of_contact(contact: ContactRef) -> str:
    return key_subject(BUCKET, f"contact.{contact.tenant}.{contact.contact_id}")


def _of_endpoint(tenant: TenantName, webhook_id: str) -> str:
    return key_subject(BUCKET, f"endpoint.{tenant}.{webhook_id}")
