"""A whole Antiphon as a child process, for tests that kill it."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from ..waiting import until

READY_S_MAX = 60.0  # the first start makes a database cluster
STOP_S_MAX = 30.0


class Antiphon:
    """`antiphon up` on a data directory, with its own port; started, killed, started again."""

    def __init__(self, data_dir: Path, *, port: int, kvs_endpoint: str | None) -> None:
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{port}"
        self._environ = {
            **os.environ,
            "ANTIPHON_DATA_DIR": str(data_dir),
            "ANTIPHON_HTTP_PORT": str(port),
            **({} if kvs_endpoint is None else {"ANTIPHON_KVS_ENDPOINT": kvs_endpoint}),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir / "up.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "antiphon", "up"),
                env=self._environ,
                stdout=log,
                stderr=log,
            )
        async with httpx.AsyncClient() as http:
            await until(lambda: self._is_ready(http), within_s=READY_S_MAX, what="ready")

    async def kill(self) -> None:
        """Kill it as the kernel's out-of-memory killer would."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as an operator would; return its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(by)
        async with asyncio.timeout(STOP_S_MAX):
            return await self._process.wait()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        return (self.data_dir / "up.log").read_text()

    async def _is_ready(self, http: httpx.AsyncClient) -> bool:
        assert self._process is not None
        assert self._process.returncode is None, f"it ended:\n{self.log()[-3000:]}"
        try:
            return (await http.get(f"{self.url}/readyz")).is_success
        except httpx.TransportError:
            return False


@asynccontextmanager
async def running(
    data_dir: Path, *, port: int, kvs_endpoint: str | None = None
) -> AsyncGenerator[Antiphon]:
    antiphon = Antiphon(data_dir, port=port, kvs_endpoint=kvs_endpoint)
    await antiphon.start()
    try:
        yield antiphon
    finally:
        await antiphon.stop()
