"""The embedded nats-server keeps what it acknowledged, and its port."""

# ruff: noqa: ASYNC220 (nothing else runs in a test while it touches a file)

import asyncio
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from antiphon.errors import ServerDown
from antiphon.infra.embedded.nats import NatsServer

from ...waiting import until
from .conditions import is_gone
from .kept import last_payload, publish


async def test_what_was_acknowledged_survives_a_crash(nats_server: NatsServer) -> None:
    await publish(nats_server.url, b"acknowledged")

    await nats_server.kill()
    await nats_server.restart()

    assert await last_payload(nats_server.url) == b"acknowledged"


async def test_a_restart_keeps_the_address(nats_server: NatsServer) -> None:
    address = nats_server.url

    await nats_server.kill()
    assert nats_server.pid is None
    await nats_server.restart()

    assert nats_server.url == address


async def test_a_server_that_dies_by_itself_is_started_again(nats_server: NatsServer) -> None:
    first = nats_server.pid
    assert first is not None
    await publish(nats_server.url, b"before")

    os.kill(first, signal.SIGKILL)
    await until(lambda: nats_server.pid not in (None, first))

    assert await last_payload(nats_server.url) == b"before"


async def test_a_stopped_server_leaves_nothing_behind(private_dir: Path) -> None:
    server = NatsServer(private_dir)
    await server.start()
    pid = server.pid
    assert pid is not None

    await server.stop()

    assert is_gone(pid)
    await server.stop()  # harmless when repeated


async def test_strangers_without_the_password_are_refused(nats_server: NatsServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", nats_server.port)

    await reader.readline()
    writer.write(b'CONNECT {"verbose":false}\r\nPING\r\n')
    answer = await reader.readline()

    assert answer == b"-ERR 'Authorization Violation'\r\n"
    writer.close()
    await writer.wait_closed()


async def test_only_this_machine_can_connect(nats_server: NatsServer) -> None:
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()

    addresses = [line.split()[1] for line in listening.splitlines() if " 0A " in line]

    port = f":{nats_server.port:04X}"
    assert [address for address in addresses if address.endswith(port)] == [f"0100007F{port}"]


async def test_its_secrets_are_readable_by_their_owner_only(
    nats_server: NatsServer, private_dir: Path
) -> None:
    home = private_dir / "nats"

    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in ("password", "nats.conf"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


async def test_a_taken_port_is_said_at_once(private_dir: Path, taken_port: int) -> None:
    server = NatsServer(private_dir, port=taken_port)

    with pytest.raises(ServerDown, match="address already in use"):
        await server.start()

    assert server.pid is None


async def test_a_stranger_in_the_same_directory_is_left_alone(private_dir: Path) -> None:
    async with NatsServer(private_dir):
        pass
    stranger = subprocess.Popen(["sleep", "600"], cwd=private_dir / "nats")

    try:
        async with NatsServer(private_dir):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
