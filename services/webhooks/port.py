"""What webhooks need: somebody who sends, and somewhere to note how far a contact was told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, field

from ...events.base import START, ContactRef, Position, TenantName

# How long what is noted is kept, at least. Of older facts nobody knows whether they were told.
NOTES_KEPT_S = 30 * 24 * 3_600

Failing = Literal["refused", "unreachable", "address_forbidden"]


class Answer(Struct, frozen=True, kw_only=True):
    """How one attempt ended."""

    status: int | None = None  # None: there was no answer
    problem: Failing | None = None  # None: it was taken
    retry_after_s: float | None = None  # as the receiver asks


class Sender(Protocol):
    """Sends one request. Never raises for what the receiver or the network does."""

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return how it ended, in bounded time; of the answer only its head is read."""
        ...


class Mark(Struct, frozen=True, kw_only=True):
    """How far one endpoint was told of one contact, and how it fares with the next fact."""

    upto: Position = START  # told, or given up
    attempts: int = 0  # at the fact after it
    next_at: datetime | None = None  # when to try that again


class Marks(Struct, frozen=True):
    """Of one contact, by endpoint; and where they stand, for who replaces them."""

    marks: dict[str, Mark] = field(default_factory=dict[str, Mark])
    position: Position = START


class Health(Struct, frozen=True, kw_only=True):
    """How an endpoint fares, whichever process tells it."""

    failing_since: datetime | None = None  # None: it takes what it is told


class Notes(Protocol):
    """Where is noted how far contacts were told. Adapter: `infra/jetstream/delivery_notes.py`."""

    async def marks(self, contact: ContactRef) -> Marks:
        """Return a contact's marks; none at first, and again after `NOTES_KEPT_S`.

        Raises:
            LogUnavailable: no answer.
        """
        ...

    async def keep(self, contact: ContactRef, marks: Marks) -> Marks:
        """Replace a contact's marks; return them with where they stand now.

        Raises:
            StreamMoved: somebody else did since.
            LogUnavailable: no answer; reading them again tells.
        """
        ...

    async def health(self, tenant: TenantName, webhook_id: str) -> Health:
        """Return how an endpoint fares.

        Raises:
            LogUnavailable: no answer.
        """
        ...

    async def note_health(self, tenant: TenantName, webhook_id: str, health: Health) -> None:
        """Replace it; the last to say so is right.

        Raises:
            LogUnavailable: no answer; repeating is safe.
        """
        ...
