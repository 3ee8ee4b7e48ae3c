"""What there is to do in a trial. A fault strikes one of these; the others go on beside it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Literal

from ...events.base import TenantName
from ...events.progress import Progress
from ...projections import runner
from ...projections.catalogue import PROJECTIONS, keyed
from ...services import erasure, reactor
from ...services.archive import archiver
from ..jetstream.leases import Leases
from ..key_rotation import rotate_tenant
from ..parts import Parts, now
from .scene import archiver_of
from .workload import ERASURE_ID, Echo, publish
from .workload import erasure as wish

Role = Literal["publish", "project", "react", "archive", "erase", "finish_erasures", "rotate"]

# Their work has an end, and so have they.
ENDING: tuple[Role, ...] = ("publish", "rotate")

# They follow the log for ever. Whichever a fault does not strike runs beside it all the same.
FOLLOWING: tuple[Role, ...] = ("project", "react", "archive")

# What comes after the death of a worker is the same again, but here: who had asked is gone.
AFTER_DEATH: dict[Role, Role] = {"erase": "finish_erasures"}

REWRAPPED_AT_ONCE = 5  # keys; a few batches of what the workload has
_SEGMENT_S = 0.1  # that a fact waits for its segment at most


async def play(role: Role, *, tenant: TenantName, owner: str, parts: Parts, home: Path) -> None:
    """Play a role until its work is done, or until cancelled where it never is.

    `owner` names the process: one that comes back under its name takes its leases back.
    """
    match role:
        case "publish":
            await publish(parts.journal, tenant)
        case "project":
            await _project(tenant, parts)
        case "react":
            await _react(tenant, owner, parts)
        case "archive":
            await archiver.run(await archiver_of(parts, tenant, home, age_s_max=_SEGMENT_S))
        case "erase":
            await parts.eraser.request(tenant, wish(tenant), actor="person:one")
            await _finish_erasures(tenant, parts)
        case "finish_erasures":
            await _finish_erasures(tenant, parts)
        case "rotate":
            await rotate_tenant(parts.tenant_keys, tenant, batch_keys=REWRAPPED_AT_ONCE)


async def _project(tenant: TenantName, parts: Parts) -> None:
    pool = await parts.databases.pool(tenant)
    async with asyncio.TaskGroup() as tasks:
        for projection in PROJECTIONS:
            tasks.create_task(
                runner.run(
                    keyed(projection, parts.index_key),
                    tenant=tenant,
                    journal=parts.journal,
                    pool=pool,
                    progress=Progress(projection.name, tenant),
                )
            )


async def _react(tenant: TenantName, owner: str, parts: Parts) -> None:
    leases = Leases(parts.log)  # its own: trials run side by side
    async with leases.attending(owner):
        await reactor.run(
            Echo(parts.journal, tenant),
            tenant=tenant,
            journal=parts.journal,
            leases=leases,
            letters=parts.letters,
            progress=Progress("service_echo", tenant),
        )


async def _finish_erasures(tenant: TenantName, parts: Parts) -> None:
    asked = await parts.eraser.erasures.known(tenant, ERASURE_ID)
    # The second person does not know either whether it was taken down: they say it again.
    await parts.eraser.approve(
        tenant, asked, contact_ids=asked.by_id, partial=False, actor="person:two"
    )
    await erasure.run(
        tenant,
        register=parts.register,
        eraser=parts.eraser,
        now=now,
        progress=Progress("erasure", tenant, of="register"),
        grace=timedelta(0),
    )
