"""Servers that an earlier run left behind, told from strangers.

A server of ours is known by its program and its working directory, which lies inside our
own data directory. Process ids in files prove nothing: they are given out again.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from pathlib import Path
from signal import SIGKILL, Signals

import psutil
import structlog

from .process import StopStep

KILLED_S_MAX = 5.0  # for the kernel to take away what was sent SIGKILL

log = structlog.get_logger()


async def end_leftovers(program: str, *, home: Path, steps: Sequence[StopStep]) -> None:
    """End every `program` that works in `home`, and wait until all are gone."""
    found = [process for process in psutil.process_iter() if _is(process, program, home)]
    for process in found:
        log.warning("leftover_server_found", server=program, pid=process.pid)
    for signal, wait_s in [
        *((step.signal, step.wait_s) for step in steps),
        (SIGKILL, KILLED_S_MAX),
    ]:
        if not found:
            return
        for process in found:
            _send(process, signal)
        _, found = await asyncio.to_thread(psutil.wait_procs, found, timeout=wait_s)


def _is(process: psutil.Process, program: str, home: Path) -> bool:
    try:
        return (
            process.name() == program
            and process.status() != psutil.STATUS_ZOMBIE
            and process.cwd() == str(home)
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False  # gone, or another user's: not ours either way


def _send(process: psutil.Process, signal: Signals) -> None:
    # psutil compares start times first, so a process id given out again is safe.
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(signal)
