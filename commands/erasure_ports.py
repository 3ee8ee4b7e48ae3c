"""What an erasure asks of others: holds, stores that keep something of contacts, who signs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from ..events.base import ContactId, TenantName
from ..events.erasure import Counted
from ..events.hold import Attempted


class Holds(Protocol):
    """Legal holds. Who places and releases them is told elsewhere."""

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> Mapping[ContactId, tuple[str, ...]]:
        """Return the ids of the holds on each held contact; one that is free is left out.

        Raises:
            LogUnavailable, StoreUnavailable: nobody knows; asking again is safe.
        """
        ...

    async def enforced(
        self,
        tenant: TenantName,
        *,
        what: Attempted,
        attempt: str,
        held: Mapping[ContactId, tuple[str, ...]],
        actor: str,
    ) -> None:
        """Record that somebody wanted to delete what is held, and was told so.

        Raises:
            LogUnavailable, StoreUnavailable: it could not be recorded; repeating it is safe.
        """
        ...


class Store(Protocol):
    """Something beside the log that keeps of contacts what has to go, or has to be counted."""

    @property
    def name(self) -> str: ...

    async def count(
        self, tenant: TenantName, contact_ids: Sequence[ContactId]
    ) -> Sequence[Counted]:
        """Return how much there is of these contacts; of what there is nothing, nothing.

        Raises:
            Fault: it does not answer.
        """
        ...

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """Let go of what must not stay; harmless when repeated.

        Raises:
            Fault: it does not answer, or is not ready; what is gone, is gone.
        """
        ...


class ArchivedErasures(Protocol):
    """What the archive says of erasures: it outlives the log and its backups."""

    async def hold(
        self, tenant: TenantName, erasure_id: str, contact_ids: Collection[ContactId]
    ) -> None:
        """Return when the archive says that the keys of these contacts are gone, for good.

        Raises:
            ArchiveBehind: it does not yet; ask again.
            Fault: it does not answer.
        """
        ...


class Signer(Protocol):
    """Signs by Ed25519 for a tenant."""

    @property
    def public_key(self) -> bytes: ...

    def sign(self, message: bytes) -> bytes: ...


class Signers(Protocol):
    """Whose signature a tenant's receipts bear."""

    async def __call__(self, tenant: TenantName, /) -> Signer:
        """Return the tenant's signer.

        Raises:
            StoreUnavailable: the key store does not answer.
        """
        ...


class NoHolds:
    """Where nobody can place a hold, nothing is held."""

    async def covering(
        self, tenant: TenantName, contact_ids: Collection[ContactId]
    ) -> Mapping[ContactId, tuple[str, ...]]:
        """See `Holds.covering`."""
        del tenant, contact_ids
        return {}

    async def enforced(
        self,
        tenant: TenantName,
        *,
        what: Attempted,
        attempt: str,
        held: Mapping[ContactId, tuple[str, ...]],
        actor: str,
    ) -> None:
        """See `Holds.enforced`: nothing is ever held."""
        del tenant, what, attempt, actor
        assert not held, "nothing is held"
