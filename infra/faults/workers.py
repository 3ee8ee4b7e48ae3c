"""The processes of a trial: started, looked after, started again when they were killed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import structlog
from msgspec.structs import replace

from .nursery import Born, Ended, Task, line_of
from .roles import AFTER_DEATH, ENDING
from .worker import Job

STOP_S_MAX = 15.0
DEATHS_MAX = 5  # of one worker, none of which was asked for

log = structlog.get_logger()


class Child:
    """A worker's process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        return self.ended.result() if self.ended.done() else None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if not self.ended.done():
            os.kill(self.pid, number)


class Nursery:
    """Starts workers. Made by `nursery`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._expected: deque[asyncio.Future[Child]] = deque()
        self._running: dict[int, Child] = {}

    async def start(self, job: Job, *, log_file: Path) -> Child:
        """Start a process on a job."""
        assert self._process.stdin is not None
        born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._expected.append(born)
        self._process.stdin.write(line_of(Task(job, log_file)))
        return await born

    async def listen(self) -> None:
        """Hear what becomes of them, until there is nobody to hear.

        Raises:
            RuntimeError: the nursery ended.
        """
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told: Born | Ended = msgspec.json.decode(line, type=Born | Ended)
            match told:
                case Born(pid=pid):
                    self._running[pid] = child = Child(pid)
                    self._expected.popleft().set_result(child)
                case Ended(pid=pid, code=code):
                    self._running.pop(pid).ended.set_result(code)
        raise RuntimeError("the process that starts workers ended")


@asynccontextmanager
async def nursery() -> AsyncGenerator[Nursery]:
    """Start what starts workers; at the end they end with it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "antiphon.infra.faults.nursery", stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    made = Nursery(process)
    try:
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(made.listen())
            yield made
            listening.cancel()
    finally:
        process.stdin.close()
        await process.wait()


class Workers:
    """Processes; one that was killed is started again, without a fault."""

    def __init__(self, nursery: Nursery, *, log_file: Path) -> None:
        self.killed = 0
        self._nursery = nursery
        self._log_file = log_file
        self._running: list[tuple[Job, Child]] = []

    @property
    def are_done(self) -> bool:
        """Whether none runs any more: their work had an end, and they came to it."""
        return not self._running

    async def start(self, job: Job) -> None:
        """Start a process on a job."""
        self._running.append((job, await self._nursery.start(job, log_file=self._log_file)))

    async def look_after(self) -> None:
        """Start again what died.

        Raises:
            RuntimeError: a worker ended as none should.
        """
        for job, child in list(self._running):
            code = child.code
            if code is None:
                continue
            self._running.remove((job, child))
            if code == 0 and job.role in ENDING:
                continue
            if code != -signal.SIGKILL or self.killed >= DEATHS_MAX:
                raise RuntimeError(f"a worker ended with {code}: {self._log_file.read_text()}")
            self.killed += 1
            # Under its own name, as on one machine: it takes its leases back at once.
            await self.start(
                replace(job, role=AFTER_DEATH.get(job.role, job.role), strikes_at=None)
            )

    async def stop(self) -> None:
        """End what runs, as an operator would."""
        running, self._running = self._running, []
        for _, child in running:
            child.signal(signal.SIGTERM)
        for _, child in running:
            try:
                async with asyncio.timeout(STOP_S_MAX):
                    await asyncio.shield(child.ended)
            except TimeoutError:
                log.warning("fault_worker_killed", pid=child.pid)
                child.signal(signal.SIGKILL)
                await child.ended
