"""One role of the workload in a process of its own, so that it can be killed."""

import asyncio
import os
import signal
from collections import Counter
from pathlib import Path

import uvloop
from msgspec import Struct

from ...events.base import TenantName
from ...events.faultpoints import FaultPoint, Strike, arm
from ..logs import set_up_logs
from ..parts import connect
from .roles import Role, play


class Job(Struct, frozen=True, kw_only=True):
    """What a worker is to do, and where it dies."""

    role: Role
    tenant: TenantName
    nats_url: str
    postgres_url: str
    directory: Path
    owner: str
    strikes_at: FaultPoint | None = None
    nth: int = 1  # time it gets there
    victim: int | None = None  # the process that is killed there; None: the worker itself


def work(job: Job) -> None:
    """Do the job until it is done, or until terminated."""
    set_up_logs("warning")
    if job.strikes_at is not None:
        arm(_killing(job.victim or os.getpid(), at=job.strikes_at, nth=job.nth))
    uvloop.run(_work(job))


def _killing(victim: int, *, at: FaultPoint, nth: int) -> Strike:
    reached: Counter[FaultPoint] = Counter()

    async def strike(point: FaultPoint) -> None:
        reached[point] += 1
        if point == at and reached[point] == nth:
            os.kill(victim, signal.SIGKILL)

    return strike


async def _work(job: Job) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with connect(
        nats_url=job.nats_url, postgres_url=job.postgres_url, data_dir=job.directory
    ) as parts:
        playing = play(
            job.role, tenant=job.tenant, owner=job.owner, parts=parts, home=job.directory
        )
        working = asyncio.create_task(playing)
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})
        if not working.cancelled():
            working.result()
