"""PostgreSQL as our child, listening on 127.0.0.1 only, with a password."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from signal import SIGINT, SIGQUIT
from types import TracebackType
from typing import Self

import asyncpg
import psutil

from ...errors import ServerDown
from .leftovers import end_leftovers
from .placement import SERVICE_ROOT, Placement, place
from .process import Launch, Owner, StopStep, on_free_port
from .secret import secret_in
from .supervisor import Supervised

# "Fast": clients are cut and a checkpoint is written. "Immediate": recovery at the next start.
STOP = (StopStep(SIGINT, 10.0), StopStep(SIGQUIT, 5.0))

USER = "antiphon"
CONTROL_DATABASE = "postgres"
INITDB_S_MAX = 60.0
PROBE_S_MAX = 5.0  # for one attempt to log in on this machine

CONFIGURATION = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    # A file of it that is used again keeps what it held, such as rows of who was erased.
    "wal_recycle": "off",
    "max_wal_senders": "0",
    "io_method": "sync",  # no worker processes for a database this small
    "jit": "off",  # short queries: compiling them costs more than it saves
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The log must hold nobody's words: no statements, no values.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class PostgresServer:
    """One cluster; what it committed is on disk. Keeps its port for the life of the object."""

    def __init__(self, data_dir: Path, *, port: int = 0, service_root: Path = SERVICE_ROOT) -> None:
        """Keep everything where `place` says; port 0 takes a free one at the first start."""
        self.port = port
        self._data_dir = data_dir.resolve()
        self._service_root = service_root
        self._placement: Placement | None = None
        self._password = ""
        self._server = Supervised("postgres", launch=self._launch, probe=self._answers)

    @property
    def url(self) -> str:
        """Where clients connect, password included; names the control database."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}/{CONTROL_DATABASE}"

    @property
    def pid(self) -> int | None:
        return self._server.pid

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the server and return when it answers; end one that an earlier run left.

        Raises:
            ServerDown: it cannot run or does not answer; says where its log is.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._placement = placement = place(self._data_dir, service_root=self._service_root)
        self._password = self._password_of(placement.home / "cluster")
        if not (placement.home / "cluster").exists():
            await asyncio.to_thread(_make_cluster, placement, self._password)
        if self.port:
            await self._server.start()
        else:
            await on_free_port(self._start_on)

    async def stop(self) -> None:
        await self._server.stop()

    async def kill(self) -> None:
        """End the server by SIGKILL and leave it down until `restart`. For tests."""
        await self._server.kill()

    async def restart(self) -> None:
        """Start again, on the same port and data, whether or not it is running."""
        await self._server.stop()
        await self.start()

    def _password_of(self, cluster: Path) -> str:
        path = self._data_dir / "postgres.password"
        if cluster.exists() and not path.exists():
            raise ServerDown("postgres", f"its password file {path} is gone; put it back")
        return secret_in(path)

    async def _start_on(self, port: int) -> None:
        self.port = port
        try:
            await self._server.start()
        except ServerDown:
            self.port = 0
            raise

    async def _launch(self) -> Launch:
        assert self._placement is not None
        cluster = self._placement.home / "cluster"
        await _clear_the_way(cluster)
        settings = {**CONFIGURATION, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Launch(
            argv=[str(self._placement.programs / "postgres"), "-D", str(cluster), *options],
            cwd=cluster,
            log_file=self._data_dir / "postgres.log",
            stop_steps=STOP,
            owner=self._placement.owner,
        )

    async def _answers(self) -> bool:
        assert self._placement is not None
        try:
            connection = await asyncpg.connect(self.url, timeout=PROBE_S_MAX, ssl=False)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        try:
            where: str = await connection.fetchval("SHOW data_directory")
            return where == str(self._placement.home / "cluster")
        finally:
            await connection.close(timeout=PROBE_S_MAX)


async def _clear_the_way(cluster: Path) -> None:
    # Also ends backends whose postmaster was killed: they still write to the cluster.
    await end_leftovers("postgres", home=cluster, steps=STOP)
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    # None of ours runs, so whoever has this process id is a stranger, whom PostgreSQL
    # would take for itself. (A free id it sees through by itself.)
    if psutil.pid_exists(pid):
        pid_file.unlink()


def _make_cluster(placement: Placement, password: str) -> None:
    unfinished = placement.home / "cluster.new"
    if unfinished.exists():  # an earlier attempt was interrupted
        shutil.rmtree(unfinished)
    password_file = _lend(password, placement)
    try:
        _run_initdb(placement, unfinished, password_file)
    finally:
        password_file.unlink()
    unfinished.rename(placement.home / "cluster")


def _lend(password: str, placement: Placement) -> Path:
    handle, name = tempfile.mkstemp(prefix=".password-", dir=placement.home)
    with os.fdopen(handle, "w") as file:
        file.write(password)
        if placement.owner is not None:
            os.fchown(handle, placement.owner.uid, placement.owner.gid)
    return Path(name)


def _run_initdb(placement: Placement, cluster: Path, password_file: Path) -> None:
    owner: Owner | None = placement.owner
    done = subprocess.run(  # noqa: S603 (our own argv)
        [
            str(placement.programs / "initdb"),
            *("-D", str(cluster), "--username", USER, "--pwfile", str(password_file)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            # The same order of text on every machine, whatever its C library.
            *("--locale-provider", "builtin", "--locale", "C.UTF-8"),
        ],
        cwd=placement.home,
        env={"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INITDB_S_MAX,
        check=False,
        user=None if owner is None else owner.uid,
        group=None if owner is None else owner.gid,
        extra_groups=None if owner is None else [],
    )
    if done.returncode != 0:
        raise ServerDown("postgres", f"initdb failed: {done.stderr.strip()}")
