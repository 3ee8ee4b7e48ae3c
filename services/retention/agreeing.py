"""Whether the object stores do what the policy says, as they are set up: looked at again and again.

A lifecycle rule deletes what a legal hold keeps, and Object Lock keeps what is to be deleted, and
neither tells anybody. What to do about it is told by `antiphon retention check`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from msgspec import Struct

from ...errors import Fault
from ...events.base import TenantName
from ...events.retention import DataKind, RetentionPublished, Stay
from .figures import CONTRADICTED

LOOK_EVERY = timedelta(days=1)  # people change buckets seldom; another policy is looked at at once

log = structlog.get_logger()


class Disagreement(Struct, frozen=True, kw_only=True):
    """Something that a store does, or does not, against the policy."""

    code: str
    place: str  # for people


class Stores(Protocol):
    """The object stores, as they are set up."""

    async def disagreements(
        self, tenant: TenantName, kinds: Mapping[DataKind, Stay]
    ) -> Sequence[Disagreement]:
        """Return everything in which they contradict a policy.

        Raises:
            ArchiveUnavailable: one does not answer, or may not be asked.
        """
        ...


class Agreeing:
    """Remembers for a tenant when the stores were looked at, and by which policy."""

    def __init__(self, tenant: TenantName, stores: Stores, *, now: Callable[[], datetime]) -> None:
        self._tenant = tenant
        self._stores = stores
        self._now = now
        self._looked: tuple[str, datetime] | None = None  # policy's version, and when

    async def look(self, policy: RetentionPublished) -> None:
        """Count and log what contradicts the policy, where that is due.

        A store that cannot be looked at is logged, and asked again the next time.
        """
        now = self._now()
        if self._looked is not None:
            version, at = self._looked
            if version == policy.version and now - at < LOOK_EVERY:
                return
        try:
            found = await self._stores.disagreements(self._tenant, policy.kinds)
        except Fault as error:
            log.warning("retention_stores_not_looked_at", tenant=self._tenant, problem=error.code)
            return
        self._looked = policy.version, now
        CONTRADICTED.labels(self._tenant).set(len(found))
        for one in found:
            log.error(
                "retention_contradicted", tenant=self._tenant, problem=one.code, place=one.place
            )
