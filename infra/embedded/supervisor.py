"""Keeps one server running: readiness, restart after a death, deliberate stops."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from ...errors import ServerDown
from .process import Child, Launch, spawn

# What is stored decides: a log to replay or a crash to recover from can take a while.
READY_S_MAX = 60.0
PROBE_INTERVAL_S = 0.02  # between two attempts to reach a server that is starting

RESTART_PAUSE_S_MIN = 0.1
RESTART_PAUSE_S_MAX = 5.0  # never given up: a readiness check tells how long it has lasted
HEALTHY_S = 60.0  # a server that lived this long starts again without a pause

LOG_BYTES_MAX = 8 * 1024 * 1024  # per file, and one older file is kept
LOG_CHECK_S = 30.0
LOG_TAIL_BYTES = 2_000  # of a failed server's log, shown in the error

log = structlog.get_logger()

Probe = Callable[[], Awaitable[bool]]


class Supervised:
    """A server that is started, watched, and started again when it dies by itself."""

    def __init__(self, name: str, *, launch: Callable[[], Awaitable[Launch]], probe: Probe) -> None:
        """Take `launch`, which clears the way and says what to run, and `probe`.

        `probe` tells whether the server answers; it does not raise while it does not.
        """
        self._name = name
        self._launch = launch
        self._probe = probe
        self._child: Child | None = None
        self._log_file: Path | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The running server's process id; None while there is none."""
        return self._child.pid if self._child is not None and self._child.alive else None

    async def start(self) -> None:
        """Start the server, wait until it answers, and watch it from then on.

        Raises:
            ServerDown: it ended, or did not answer within `READY_S_MAX`.
        """
        await self._start_once()
        self._watch = asyncio.create_task(self._keep_running(), name=f"keep-{self._name}")

    async def stop(self) -> None:
        """Stop watching, then stop the server; harmless when it is not running."""
        await self._stop_watching()
        if self._child is not None and self._child.alive:
            code = await self._child.stop()
            log.info("server_stopped", server=self._name, code=code)

    async def kill(self) -> None:
        """End the server as a crash would, and leave it down until `start`."""
        await self._stop_watching()
        if self._child is not None:
            await self._child.kill()

    async def _stop_watching(self) -> None:
        if self._watch is None:
            return
        self._watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._watch
        self._watch = None

    async def _start_once(self) -> None:
        launch = await self._launch()
        self._log_file = launch.log_file
        bound_log(launch.log_file)
        try:
            self._child = child = spawn(launch)
        except OSError as error:
            raise ServerDown(
                self._name, f"cannot run {launch.argv[0]}: {error.strerror}"
            ) from error
        try:
            async with asyncio.timeout(READY_S_MAX):
                await self._until_ready(child, launch.log_file)
        except TimeoutError as error:
            await child.stop()
            why = f"no answer for {READY_S_MAX} s; see {launch.log_file}"
            raise ServerDown(self._name, why) from error
        except BaseException:
            await child.stop()
            raise
        log.info("server_ready", server=self._name, pid=child.pid)

    async def _until_ready(self, child: Child, log_file: Path) -> None:
        while not await self._probe():
            if not child.alive:
                raise ServerDown(self._name, _last_words(log_file, await child.ended()))
            await asyncio.sleep(PROBE_INTERVAL_S)

    async def _keep_running(self) -> None:
        pause_s = 0.0
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            code = await self._watch_child()
            pause_s = next_pause(pause_s, lived_s=clock() - began)
            log.warning("server_died", server=self._name, code=code, restart_in_s=pause_s)
            await asyncio.sleep(pause_s)
            try:
                await self._start_once()
            except ServerDown as error:
                log.error("server_restart_failed", server=self._name, why=str(error))  # noqa: TRY400 (its message says all)

    async def _watch_child(self) -> int:
        assert self._child is not None
        ended = asyncio.ensure_future(self._child.ended())
        try:
            while True:
                done, _ = await asyncio.wait({ended}, timeout=LOG_CHECK_S)
                if done:
                    return ended.result()
                if self._log_file is not None:
                    bound_log(self._log_file)
        finally:
            ended.cancel()


def next_pause(last_s: float, *, lived_s: float) -> float:
    """Return the seconds to wait before a server that lived so long is started again."""
    if lived_s >= HEALTHY_S:
        return 0.0
    return min(max(last_s * 2, RESTART_PAUSE_S_MIN), RESTART_PAUSE_S_MAX)


def bound_log(path: Path) -> None:
    """Set a log that has grown too long aside, over the one set aside before."""
    # The server appends, so it goes on at the new end; what it writes between the two
    # steps is lost, which a bounded log may be.
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.with_suffix(".old.log").write_bytes(path.read_bytes())
        os.truncate(path, 0)


def _last_words(log_file: Path, code: int) -> str:
    tail = log_file.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip()
    return f"ended with code {code}; {log_file} ends with:\n{tail}"
