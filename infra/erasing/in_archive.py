"""What the archive keeps of contacts: sealed facts, which stay, and that their keys are gone."""

import asyncio
import time
from collections.abc import Collection, Sequence
from contextlib import aclosing

from ...errors import ArchiveBehind
from ...events.base import ContactId, TenantName
from ...events.erasure import KIND, Counted, DestructionBegun
from ...events.register import Register
from ...events.subjects import fact_filters, facts_stream
from ...services.archive.history import ArchivedLog
from ..archived_register import ArchivedRegister

ARCHIVED_S_MAX = 6.0  # an archiver that runs writes of an erasure within two seconds
_LOOK_EVERY_S = 0.1  # each look lists a folder


class ArchiveKept:
    """See `Store`. Nothing is ever deleted there: what was personal is sealed."""

    name = "archive"

    def __init__(self, archived: ArchivedRegister) -> None:
        self._archived = archived

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`; 0 as well: that there is an archive is to be told."""
        stream, archive = facts_stream(tenant), await self._archived.archive(tenant)
        filters = [one for id_ in contact_ids for one in fact_filters(tenant, contact_id=id_)]
        number = 0
        for beginning in await archive.epochs(stream) if filters else ():
            epoch = beginning.epoch
            last = (await archive.chain(stream, epoch)).last
            # Asks the log wherever that holds the same: a segment takes longer to search.
            history = ArchivedLog(self._archived.log, archive, epoch=epoch)
            async with aclosing(history.read(stream, filters, upto=last)) as batches:
                async for batch in batches:
                    number += len(batch)
        return [Counted(self.name, "sealed_facts", number)]

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`: the keys are gone, and that is enough."""


class Archived:
    """See `ArchivedErasures`. Waits for an archiver that is about to write it."""

    def __init__(
        self,
        archived: ArchivedRegister,
        register: Register,
        *,
        archived_s_max: float = ARCHIVED_S_MAX,
    ) -> None:
        self._archived = archived
        self._register = register
        self._archived_s_max = archived_s_max

    async def hold(
        self, tenant: TenantName, erasure_id: str, contact_ids: Collection[ContactId]
    ) -> None:
        """See `ArchivedErasures.hold`."""
        epoch = (await self._register.state(tenant)).epoch
        archived = await self._archived.register(tenant, epoch)
        until = time.monotonic() + self._archived_s_max
        while not await _says(archived, tenant, erasure_id, contact_ids):
            if time.monotonic() >= until:
                raise ArchiveBehind(erasure_id)
            await asyncio.sleep(_LOOK_EVERY_S)


async def _says(
    archived: Register, tenant: TenantName, erasure_id: str, contact_ids: Collection[ContactId]
) -> bool:
    # What it says and not how far it is: after a restore of the log its end means nothing.
    begun: set[ContactId] = set()
    async for fact in archived.read(tenant, kind=KIND, id=erasure_id):
        if isinstance(fact.event, DestructionBegun):
            begun.update(fact.event.contact_ids)
    return begun.issuperset(contact_ids)
