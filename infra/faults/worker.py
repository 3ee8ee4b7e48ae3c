"""One role of the workload in a process of its own, so that it can be killed.

Run by `trial.py`: `python -m antiphon.infra.faults.worker JOB`, where JOB is JSON.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec
import uvloop
from msgspec import Struct

from ...events.base import TenantName
from ...events.faultpoints import FaultPoint, Strike, arm
from ...events.progress import Progress
from ...projections import runner
from ...projections.catalogue import PROJECTIONS, keyed
from ...services import reactor
from ...services.archive import archiver
from ..logs import set_up_logs
from ..parts import Parts, connect
from .scene import archiver_of
from .workload import Echo, publish

Role = Literal["publish", "project", "react", "archive"]


class Job(Struct, frozen=True, kw_only=True):
    """What a worker is to do, and where it dies."""

    role: Role
    tenant: TenantName
    nats_url: str
    postgres_url: str
    directory: Path
    owner: str
    dies_at: FaultPoint | None = None
    nth: int = 1  # time it gets there


def main() -> None:
    """Do the job until it is done, or until terminated."""
    job = msgspec.json.decode(sys.argv[1], type=Job, dec_hook=lambda kind, text: kind(text))
    set_up_logs("warning")
    if job.dies_at is not None:
        arm(_killing(job.dies_at, job.nth))
    uvloop.run(_work(job))


def _killing(point: FaultPoint, nth: int) -> Strike:
    reached: Counter[FaultPoint] = Counter()

    async def strike(at: FaultPoint) -> None:
        reached[at] += 1
        if at == point and reached[at] == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


async def _work(job: Job) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with connect(
        nats_url=job.nats_url, postgres_url=job.postgres_url, data_dir=job.directory
    ) as parts:
        working = asyncio.create_task(_role(job, parts))
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()


async def _role(job: Job, parts: Parts) -> None:
    match job.role:
        case "publish":
            await publish(parts.journal, job.tenant)
        case "project":
            await _project(job, parts)
        case "react":
            await _react(job, parts)
        case "archive":
            await archiver.run(await archiver_of(parts, job.tenant, job.directory, age_s_max=0.1))


async def _project(job: Job, parts: Parts) -> None:
    pool = await parts.databases.pool(job.tenant)
    async with asyncio.TaskGroup() as tasks:
        for projection in PROJECTIONS:
            tasks.create_task(
                runner.run(
                    keyed(projection, parts.index_key),
                    tenant=job.tenant,
                    journal=parts.journal,
                    pool=pool,
                    progress=Progress(projection.name, job.tenant),
                )
            )


async def _react(job: Job, parts: Parts) -> None:
    async with parts.leases.attending(job.owner):
        await reactor.run(
            Echo(parts.journal),
            tenant=job.tenant,
            journal=parts.journal,
            leases=parts.leases,
            letters=parts.letters,
            progress=Progress("service_guidance", job.tenant),
        )


if __name__ == "__main__":
    main()
