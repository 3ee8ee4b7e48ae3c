"""Where a trial takes place: a tenant of its own, and the archive its facts are written to."""

from pathlib import Path

from msgspec import Struct

from ...events.base import ContactId, Position, TenantName
from ...events.journal import Journal
from ...events.progress import Progress
from ...events.subjects import facts_stream
from ...services.archive.archiver import Archiver
from ...services.archive.chain import Archive
from ...services.archive.history import archived_history
from ...services.archive.pending import Bounds
from ...services.archive.verify import Check
from ..archive_key import archive_signer
from ..archiving import FACTS, sources_of
from ..object_store.directory import DirectoryStore
from ..parts import Parts, now


class Scene(Struct, frozen=True, kw_only=True):
    """One trial's tenant, and what was done to its keys."""

    parts: Parts
    tenant: TenantName
    home: Path  # what the processes of the trial keep
    erased: tuple[ContactId, ...] = ()
    rotated: bool = False  # the tenant's key

    async def check(self) -> Check:
        """Return what to hold the archive of the tenant's facts against: the log."""
        return Check(
            archive=await _archive(self.parts, self.tenant, self.home),
            source=sources_of(self.tenant)[FACTS],
            log=self.parts.log,
        )

    async def archived_upto(self) -> Position:
        """Return the position of the last fact that is archived."""
        state = await self.parts.journal.state(self.tenant)
        archive = await _archive(self.parts, self.tenant, self.home)
        return (await archive.chain(facts_stream(self.tenant), state.epoch)).last

    async def history(self) -> Journal:
        """Return what tells the facts from the archive first, as a rebuild reads them."""
        archive = await _archive(self.parts, self.tenant, self.home)
        return archived_history(self.parts.log, archive, self.parts.keys)


async def archiver_of(
    parts: Parts, tenant: TenantName, home: Path, *, age_s_max: float
) -> Archiver:
    """Return an archiver of a tenant's facts, whose segments are short."""
    return Archiver(
        source=sources_of(tenant)[FACTS],
        log=parts.log,
        archive=await _archive(parts, tenant, home),
        signer=await archive_signer(parts.keys, tenant),
        now=now,
        progress=Progress(FACTS, tenant),
        bounds=Bounds(age_s_max=age_s_max),
    )


async def _archive(parts: Parts, tenant: TenantName, home: Path) -> Archive:
    signer = await archive_signer(parts.keys, tenant)
    return Archive(DirectoryStore(home / "archive"), trusted=[signer.public_key])
