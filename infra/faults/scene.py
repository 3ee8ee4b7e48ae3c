"""The archive that the workload of a tenant is written to: a directory of its own."""

from pathlib import Path

from ...events.base import Position, TenantName
from ...events.progress import Progress
from ...events.subjects import facts_stream
from ...services.archive.archiver import Archiver
from ...services.archive.chain import Archive
from ...services.archive.pending import Bounds
from ...services.archive.verify import Check
from ..archive_key import archive_signer
from ..archiving import FACTS, sources_of
from ..object_store.directory import DirectoryStore
from ..parts import Parts, now


async def archiver_of(
    parts: Parts, tenant: TenantName, directory: Path, *, age_s_max: float
) -> Archiver:
    """Return an archiver of a tenant's facts, whose segments are short."""
    signer = await archive_signer(parts.keys, tenant)
    return Archiver(
        source=sources_of(tenant)[FACTS],
        log=parts.log,
        archive=_archive(directory, trusted=signer.public_key),
        signer=signer,
        now=now,
        progress=Progress(FACTS, tenant),
        bounds=Bounds(age_s_max=age_s_max),
    )


async def check_of(parts: Parts, tenant: TenantName, directory: Path) -> Check:
    """Return what to hold the archive of a tenant's facts against: the log."""
    signer = await archive_signer(parts.keys, tenant)
    return Check(
        archive=_archive(directory, trusted=signer.public_key),
        source=sources_of(tenant)[FACTS],
        log=parts.log,
    )


async def archived_upto(parts: Parts, tenant: TenantName, directory: Path) -> Position:
    """Return the position of the last fact that is archived."""
    signer = await archive_signer(parts.keys, tenant)
    state = await parts.journal.state(tenant)
    archive = _archive(directory, trusted=signer.public_key)
    return (await archive.chain(facts_stream(tenant), state.epoch)).last


def _archive(directory: Path, *, trusted: bytes) -> Archive:
    return Archive(DirectoryStore(directory / "archive"), trusted=[trusted])
