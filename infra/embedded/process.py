"""One server process as our child: it logs to a file, it is stopped in steps, it dies with us."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from msgspec import Struct

from ...errors import ServerDown

_PR_SET_PDEATHSIG = 1  # Source: linux/prctl.h

PORT_TRIES = 3  # losing the race for a port once is rare enough


class Owner(Struct, frozen=True):
    """The account a server runs under when it is not ours."""

    name: str
    uid: int
    gid: int


class StopStep(Struct, frozen=True):
    """A signal, and how long the process has to obey before the next one is sent."""

    signal: signal.Signals
    wait_s: float


class Launch(Struct, frozen=True, kw_only=True):
    """How to start a server and how to stop it."""

    argv: Sequence[str]
    cwd: Path
    log_file: Path  # stdout and stderr are appended to it
    stop_steps: Sequence[StopStep]  # SIGKILL follows the last one
    owner: Owner | None = None  # None: the account we run under


class Child:
    """A running process. Made by `spawn`."""

    def __init__(self, process: subprocess.Popen[bytes], launch: Launch) -> None:
        self._process = process
        self._launch = launch
        self._ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        # A thread that only waits: unlike child watchers and pidfds it works under
        # every event loop, on every system.
        threading.Thread(
            target=self._await_end, args=(loop,), name=f"wait-{process.pid}", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended.is_set()

    async def ended(self) -> int:
        """Wait for the process to end and return its exit code, negative for a signal."""
        await self._ended.wait()
        return self._process.wait()

    async def stop(self) -> int:
        """End the process as its launch says, by SIGKILL if it will not, and return its code."""
        for step in self._launch.stop_steps:
            self._process.send_signal(step.signal)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(self.ended(), step.wait_s)
        return await self.kill()

    async def kill(self) -> int:
        """End the process at once, as a crash would."""
        self._process.kill()
        return await self.ended()

    def _await_end(self, loop: asyncio.AbstractEventLoop) -> None:
        self._process.wait()
        # The loop may be gone: then nobody is waiting either.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(self._ended.set)


def spawn(launch: Launch) -> Child:
    """Start a process that ends when this thread's process does, even by kill -9 (Linux).

    Call it on a thread that lives as long as the server should: the kernel ties the
    child to the thread. Elsewhere than on Linux, `leftovers` cleans up at the next start.

    Raises:
        OSError: the program cannot be run.
    """
    owner = launch.owner
    with launch.log_file.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (our own argv)
            list(launch.argv),
            cwd=launch.cwd,
            # Nothing of ours is theirs to know, and no PG… variable ours to inherit.
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is ours to handle; servers stop last, in order.
            start_new_session=True,
            user=None if owner is None else owner.uid,
            group=None if owner is None else owner.gid,
            extra_groups=None if owner is None else [],
            preexec_fn=_die_with_parent(launch.stop_steps[0].signal),  # noqa: PLW1509
        )
    return Child(process, launch)


async def on_free_port(start: Callable[[int], Awaitable[None]]) -> int:
    """Call `start` with a free port of 127.0.0.1 and return that port.

    Between the choice and the server's own bind another program may take the port: then
    the next one is tried, `PORT_TRIES` in all.
    """
    for _ in range(PORT_TRIES - 1):
        port = _free_port()
        try:
            await start(port)
        except ServerDown:
            if not _is_taken(port):
                raise
        else:
            return port
    port = _free_port()
    await start(port)
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _die_with_parent(signal_: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def preexec() -> None:
        # Runs between fork and exec, after the change of user (which would clear it).
        prctl(_PR_SET_PDEATHSIG, int(signal_), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the call above
            os._exit(1)

    return preexec
