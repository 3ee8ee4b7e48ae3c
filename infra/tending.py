"""The loops of every tenant: its read models, its services, its archive."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal

import structlog
from msgspec import Struct

from ..errors import ArchiveUnavailable
from ..events.base import TenantName
from ..events.progress import Progress
from ..projections import runner as projection_runner
from ..projections.projection import Projection
from ..services import erasure, reactor
from ..services.guidance.library import Library
from .archiving import Archives
from .contact_lens import ContactLens
from .knowledge_base import Articles
from .parts import Parts, now
from .retaining import Retention

ARCHIVE_AWAY_S = 2.0  # between two questions to an archive that does not answer

log = structlog.get_logger()


class Tending(Struct, frozen=True, kw_only=True):
    """What every tenant's loops are started with."""

    parts: Parts
    projections: tuple[Projection, ...]
    services: tuple[reactor.Service, ...]
    past: Archives  # what the log has let go of
    archives: Archives | None  # None: others archive
    contact_lens: ContactLens | None  # None: others read those streams
    library: Library | None = None  # None: nobody here asks for playbooks
    articles: Articles | None = None  # None: others fill their shelves
    retention: Retention | None = None  # None: others look whose time is over
    loops: list[Progress]  # grows: readiness and metrics read it


async def tend_newcomers(
    tending: Tending, tasks: asyncio.TaskGroup, *, known: set[TenantName]
) -> None:
    """Start the loops of tenants that are added while we run."""
    async for tenant in tending.parts.tenants.watch():
        if tenant not in known:
            await tend(tenant, tending, tasks)


async def tend(tenant: TenantName, tending: Tending, tasks: asyncio.TaskGroup) -> None:
    """Start the loops of a tenant, once it is known whose keys are to be gone."""
    await _opened(tenant, tending.parts)
    log.info("tenant_tended", tenant=tenant)
    for loop in await _loops_of(tenant, tending):
        tasks.create_task(loop)


async def _opened(tenant: TenantName, parts: Parts) -> None:
    """Return when the archive has answered: an outage of it ends no process, and opens nothing."""
    while True:
        try:
            return await parts.keys.ready(tenant)
        except ArchiveUnavailable:
            await asyncio.sleep(ARCHIVE_AWAY_S)  # the key store has said so


async def _loops_of(tenant: TenantName, tending: Tending) -> list[Coroutine[Any, Any, None]]:
    parts = tending.parts
    pool = await parts.databases.pool(tenant)
    history = await tending.past.history(tenant) if tending.projections else None
    for projection in tending.projections:
        await projection_runner.make_tables(
            projection, tenant=tenant, journal=parts.journal, pool=pool
        )
    projecting = [
        projection_runner.run(
            projection,
            tenant=tenant,
            journal=parts.journal,
            history=history,
            pool=pool,
            progress=_progress(f"projection_{projection.name}", tenant, tending.loops),
        )
        for projection in tending.projections
    ]
    reacting = [
        reactor.run(
            service,
            tenant=tenant,
            journal=parts.journal,
            leases=parts.leases,
            letters=parts.letters,
            progress=_progress(f"service_{service.name}", tenant, tending.loops),
        )
        for service in tending.services
    ]
    finishing = [
        erasure.run(
            tenant,
            register=parts.register,
            eraser=parts.eraser,
            now=now,
            progress=_progress("erasure", tenant, tending.loops, of="register"),
        )
        for _ in tending.projections[:1]  # where read models are looked after
    ]
    archiving: list[Coroutine[Any, Any, None]] = []
    if tending.archives is not None:
        archiving = await tending.archives.loops(
            tenant, progress=lambda loop, of: _progress(loop, tenant, tending.loops, of=of)
        )
    keeping = _keeping(tenant, tending)
    return [*projecting, *reacting, *finishing, *archiving, *keeping]


def _keeping(tenant: TenantName, tending: Tending) -> list[Coroutine[Any, Any, None]]:
    """Return the loops of what a process reads, keeps and lets go of for itself."""
    parts = tending.parts
    loops: list[Coroutine[Any, Any, None]] = []
    if tending.contact_lens is not None:
        loops = tending.contact_lens.loops(
            tenant,
            parts=parts,
            progress=lambda loop: _progress(loop, tenant, tending.loops, of="segments"),
        )
    if tending.library is not None:
        progress = _progress("library", tenant, tending.loops, of="register")
        loops.append(tending.library.run(tenant, progress=progress))
    if tending.articles is not None:
        progress = _progress("articles", tenant, tending.loops, of="register")
        loops.append(tending.articles.indexing(tenant, progress=progress))
    if tending.retention is not None:
        progress = _progress("retention", tenant, tending.loops)
        loops.append(tending.retention.run(tenant, progress=progress))
    return loops


def _progress(
    loop: str,
    tenant: TenantName,
    loops: list[Progress],
    *,
    of: Literal["facts", "register", "segments"] = "facts",
) -> Progress:
    progress = Progress(loop, tenant, of=of)
    loops.append(progress)
    return progress
