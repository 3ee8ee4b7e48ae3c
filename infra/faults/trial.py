"""Lets one fault strike while the workload runs, waits until all is done, and judges."""

import asyncio
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct
from msgspec.structs import replace

from ...events.base import TenantName
from ..embedded.nats import NatsServer
from ..embedded.postgres import PostgresServer
from ..parts import Parts, connect
from ..tenancy import add_tenant
from .catalogue import FAULTS, Fault
from .finishing import Finish
from .judging import archive_problems, log_problems, read_model_problems
from .scene import check_of
from .wires import Doubling, Losing, Slow, wire
from .worker import Job
from .workload import CONTACTS, FACTS, HALF, publish

DONE_S_MAX = 60.0  # after the fault, for everything to be caught up; a takeover takes five
LOOK_EVERY_S = 0.05
TRICKLE_EVERY_S = 0.5  # between contacts: a process that joins gets its share in three
STOP_S_MAX = 15.0
DEATHS_MAX = 5  # of one worker, none of which was asked for

log = structlog.get_logger()


class Verdict(Struct, frozen=True, kw_only=True):
    """What became of one fault."""

    fault: Fault
    struck: bool  # it really happened
    problems: tuple[str, ...]  # that must not be
    seconds: float

    @property
    def held(self) -> bool:
        """Whether everything is as it must be."""
        return self.struck and not self.problems


class Servers(Struct, frozen=True, kw_only=True):
    """A broker and a database of our own, and this process's connections to them."""

    nats: NatsServer
    postgres: PostgresServer
    directory: Path
    parts: Parts


@asynccontextmanager
async def servers(directory: Path) -> AsyncGenerator[Servers]:
    """Start a broker and a database that nobody else uses."""
    async with (
        NatsServer(directory) as nats,
        PostgresServer(directory) as postgres,
        connect(nats_url=nats.url, postgres_url=postgres.url, data_dir=directory) as parts,
    ):
        yield Servers(nats=nats, postgres=postgres, directory=directory, parts=parts)


async def try_fault(fault: Fault, on: Servers) -> Verdict:
    """Let the workload of a new tenant meet a fault, and return what became of it."""
    began = time.monotonic()
    tenant = TenantName(f"f{FAULTS.index(fault)}-{uuid.uuid4().hex[:8]}")
    await add_tenant(tenant, on.parts)
    async with AsyncExitStack() as stack:
        finish = Finish(on.parts, tenant, fault.role, on.directory)
        workers, strikes = await _set_up(fault, tenant, on, stack)
        with suppress(TimeoutError):  # the verdict says what is missing
            async with asyncio.timeout(DONE_S_MAX), asyncio.TaskGroup() as tasks:
                if fault.role != "publish":
                    tasks.create_task(_publish_around(strikes, on, tenant))
                if fault.trouble == "broker_killed":
                    tasks.create_task(_kill_broker(on, tenant))
                while not (strikes() and await finish.reached()):
                    workers.look_after()
                    await asyncio.sleep(LOOK_EVERY_S)
        await workers.stop()
    problems = await log_problems(on.parts.journal, tenant, answered=fault.role == "react")
    if fault.role == "project":
        problems += await read_model_problems(on.parts, tenant)
    if fault.role == "archive":
        last = (await on.parts.journal.state(tenant)).last
        problems += await archive_problems(
            await check_of(on.parts, tenant, on.directory), last=last
        )
    return Verdict(
        fault=fault, struck=strikes(), problems=tuple(problems), seconds=time.monotonic() - began
    )


async def _set_up(
    fault: Fault, tenant: TenantName, on: Servers, stack: AsyncExitStack
) -> tuple["_Workers", Callable[[], bool]]:
    """Start the workers; return them, and what tells whether the fault has struck."""
    job = Job(
        role=fault.role,
        tenant=tenant,
        nats_url=on.nats.url,
        postgres_url=on.postgres.url,
        directory=on.directory,
        owner=str(uuid.uuid4()),
        dies_at=fault.point,
        nth=fault.nth,
    )
    workers = _Workers(on.directory / f"{tenant}.log")
    stack.push_async_callback(workers.stop)
    strikes: Callable[[], bool] = lambda: workers.killed > 0  # noqa: E731 (one of several)
    match fault.trouble:
        case "acks_lost":
            losing = Losing(after_pieces=40, lost_pieces=4, times=3)
            url = await stack.enter_async_context(wire(on.nats.url, from_server=losing))
            job, strikes = replace(job, nats_url=url), lambda: losing.cuts > 0
        case "delivered_twice":
            doubling = Doubling(every=7)
            url = await stack.enter_async_context(wire(on.nats.url, from_server=doubling))
            job, strikes = replace(job, nats_url=url), lambda: doubling.doubled > 0
        case "database_slow":
            slow = Slow(delay_s=0.02)
            url = await stack.enter_async_context(wire(on.postgres.url, from_server=slow))
            job, strikes = replace(job, postgres_url=url), lambda: slow.pieces > 0
        case "two_at_once":
            workers.start(replace(job, owner=str(uuid.uuid4()), dies_at=None))
            strikes = (lambda: workers.killed > 0) if fault.point else (lambda: True)
        case "broker_killed":
            strikes = lambda: True  # noqa: E731 (`_kill_broker` fails otherwise)
        case "killed":
            pass
    workers.start(job)
    return workers, strikes


async def _publish_around(strikes: Callable[[], bool], on: Servers, tenant: TenantName) -> None:
    """Publish half of the facts, then contact by contact until the fault strikes, then all."""
    await publish(on.parts.journal, tenant, share=slice(HALF))
    begun = HALF
    while not strikes() and begun < CONTACTS:
        await asyncio.sleep(TRICKLE_EVERY_S)
        await publish(on.parts.journal, tenant, share=slice(begun, begun + 1))
        begun += 1
    await publish(on.parts.journal, tenant, share=slice(HALF, None))


async def _kill_broker(on: Servers, tenant: TenantName) -> None:
    """Kill the broker when some of the facts are there, and start it again."""
    while (await on.parts.journal.state(tenant)).last < FACTS // 4:  # noqa: ASYNC110 (a stream's)
        await asyncio.sleep(LOOK_EVERY_S)
    await on.nats.kill()
    await on.nats.restart()


class _Workers:
    """Processes; one that was killed is started again, without a fault."""

    def __init__(self, log_file: Path) -> None:
        self.killed = 0
        self._log_file = log_file
        self._running: list[tuple[Job, subprocess.Popen[bytes]]] = []

    def start(self, job: Job) -> None:
        with self._log_file.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 (ourselves)
                [sys.executable, "-m", "antiphon.infra.faults.worker", _encoded(job)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._running.append((job, process))

    def look_after(self) -> None:
        """Start again what died.

        Raises:
            RuntimeError: a worker ended as none should.
        """
        for job, process in list(self._running):
            code = process.poll()
            if code is None or (code == 0 and job.role == "publish"):
                continue
            self._running.remove((job, process))
            if code != -signal.SIGKILL or self.killed >= DEATHS_MAX:
                raise RuntimeError(f"a worker ended with {code}: {self._log_file.read_text()}")
            self.killed += 1
            # Under its own name, as on one machine: it takes its leases back at once.
            self.start(replace(job, dies_at=None))

    async def stop(self) -> None:
        """End what runs, as an operator would."""
        running, self._running = self._running, []
        for _, process in running:
            if process.poll() is None:
                process.terminate()
        for _, process in running:
            try:
                await asyncio.to_thread(process.wait, STOP_S_MAX)
            except subprocess.TimeoutExpired:
                log.warning("fault_worker_killed", pid=process.pid)
                process.kill()
                await asyncio.to_thread(process.wait)


def _encoded(job: Job) -> str:
    return msgspec.json.encode(job, enc_hook=str).decode()
