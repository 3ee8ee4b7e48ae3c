"""When the parent is killed, its servers go with it, or are found at the next start."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from antiphon.errors import DataDirectoryBusy
from antiphon.infra.embedded.forget import forget
from antiphon.infra.embedded.lock import DataDirectoryLock
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer

from ...waiting import until
from .conditions import is_gone
from .kept import answer, execute, last_payload, publish

PARENT = """
import asyncio, sys
from pathlib import Path
from antiphon.infra.embedded import process
from antiphon.infra.embedded.lock import DataDirectoryLock
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer

async def main(data_dir):
    with DataDirectoryLock(data_dir):
        async with NatsServer(data_dir) as nats, PostgresServer(data_dir) as postgres:
            print("up", nats.pid, postgres.pid, nats.url, postgres.url, flush=True)
            await asyncio.Event().wait()

if sys.argv[2] == "orphan":  # as on systems where children cannot be told to die
    process._die_with_parent = lambda signal: None
asyncio.run(main(Path(sys.argv[1])))
"""


HOLDER = """
import signal, sys
from pathlib import Path
from antiphon.infra.embedded.lock import DataDirectoryLock

with DataDirectoryLock(Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


class Parent:
    def __init__(self, data_dir: Path, fate: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, data_dir, fate], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        up = next(line for line in self.process.stdout if line.startswith("up "))
        _, nats_pid, postgres_pid, self.nats_url, self.postgres_url = up.split()
        self.servers = [int(nats_pid), int(postgres_pid)]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def bury(self) -> None:
        """Leave nothing of it behind, whatever the test did."""
        self.kill()
        left = [psutil.Process(pid) for pid in self.servers if not is_gone(pid)]
        _, alive = psutil.wait_procs(left, timeout=10)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=10)


@pytest.fixture
def parent(private_dir: Path, request: pytest.FixtureRequest) -> Iterator[Parent]:
    fate = getattr(request, "param", "die")
    started = Parent(private_dir, fate)
    yield started
    started.bury()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of a data directory and does nothing else."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, tmp_path], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children to die")
async def test_servers_die_with_a_parent_that_is_killed(parent: Parent) -> None:
    parent.kill()

    await until(lambda: all(is_gone(pid) for pid in parent.servers))


@pytest.mark.parametrize("parent", ["orphan"], indirect=True)
async def test_servers_left_behind_are_ended_and_their_work_is_kept(
    parent: Parent, private_dir: Path
) -> None:
    await publish(parent.nats_url, b"acknowledged")
    await execute(parent.postgres_url, "CREATE TABLE kept AS SELECT 42 AS n")
    parent.kill()
    assert not any(is_gone(pid) for pid in parent.servers)

    async with NatsServer(private_dir) as nats_server, PostgresServer(private_dir) as postgres:
        assert all(is_gone(pid) for pid in parent.servers)
        assert await last_payload(nats_server.url) == b"acknowledged"
        assert await answer(postgres.url, "SELECT n FROM kept") == 42


def test_a_second_start_on_the_directory_names_the_first(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    with pytest.raises(DataDirectoryBusy) as refusal, DataDirectoryLock(tmp_path):
        pass

    assert refusal.value.pid == holder.pid
    assert str(holder.pid) in str(refusal.value)


async def test_a_directory_in_use_is_not_forgotten(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    (tmp_path / "kept").touch()

    with pytest.raises(DataDirectoryBusy):
        await forget(tmp_path)

    assert (tmp_path / "kept").exists()


def test_the_directory_is_free_once_its_holder_was_killed(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    holder.kill()
    holder.wait()

    with DataDirectoryLock(tmp_path):
        pass


def test_a_lock_can_be_taken_again_after_it_was_given_back(tmp_path: Path) -> None:
    with DataDirectoryLock(tmp_path / "new"):
        pass

    with (
        DataDirectoryLock(tmp_path / "new"),
        pytest.raises(DataDirectoryBusy),
        DataDirectoryLock(tmp_path / "new"),
    ):
        pass
