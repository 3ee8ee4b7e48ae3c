"""What retention needs from elsewhere. Adapters: `infra/retaining.py`."""

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from ...events.base import LANES, ContactId, ContactRef, Lane, Position, Recorded, TenantName
from ...events.retention import DataKind

Turn = tuple[datetime, ContactId]  # since when a contact counts; how lists of them go on


class Facts(Protocol):
    """What happened, of archive and log together."""

    def read(
        self, contact: ContactRef, *, lanes: Collection[Lane] = LANES
    ) -> AsyncGenerator[Recorded]:
        """Yield the facts of one contact in order, then end."""
        ...


class Objects(Protocol):
    """The object store of recordings. Every method raises `ArchiveUnavailable` if it is away."""

    async def keys(self, folder: str) -> list[str]:
        """Return the keys of all objects of a folder."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; harmless where there is none."""
        ...

    async def is_archived(self, key: str) -> bool:
        """Tell whether an object is in the store's archive tier; False where it has none."""
        ...


class Proof(Protocol):
    """What the archive can prove."""

    async def holds(self, contact: ContactRef, *, upto: Position) -> bool:
        """Tell whether the archive has every fact of a contact up to a position, byte for byte.

        Raises:
            ArchiveCorrupt: it has, and it is not what it was.
            ArchiveUnavailable, LogUnavailable: no answer.
        """
        ...


class Due(Protocol):
    """The read model of whose time may be over. Raises `StoreUnavailable` where it is away."""

    async def counting_since(
        self,
        tenant: TenantName,
        kind: DataKind,
        *,
        until: datetime,
        after: Turn | None,
        limit: int,
        unarchived: bool,
    ) -> Sequence[Turn]:
        """Return contacts that count since `until` or longer, the longest first."""
        ...

    async def held_after(
        self, tenant: TenantName, contact_id: str, *, limit: int
    ) -> Sequence[ContactId]:
        """Return contacts that were held when looked at last, in the order of their ids."""
        ...


class LegalHolds(Protocol):
    """Who is held. Adapter: `commands/hold.py`."""

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> dict[ContactId, tuple[str, ...]]:
        """Return the ids of the holds by contact that is held; raises rather than guesses."""
        ...

    async def active(self, tenant: TenantName) -> frozenset[str]:
        """Return the ids of all holds that hold anything."""
        ...
