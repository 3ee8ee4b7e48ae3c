"""The call simulator as our child: it stands for Kinesis, so it is no part of our process."""

import asyncio
import sys
from pathlib import Path
from signal import SIGTERM
from types import TracebackType
from typing import Self

from .process import Launch, StopStep, on_free_port
from .supervisor import Supervised

STOP = (StopStep(SIGTERM, 3.0),)  # it keeps nothing


class SimulatorServer:
    """A GetMedia-compatible server that plays recordings, on a free port of 127.0.0.1.

    With `session_s` it takes the sessions of its own STS alone, each for so long.
    """

    def __init__(self, data_dir: Path, *, session_s: float | None = None) -> None:
        self._session_s = session_s
        self._home = data_dir.resolve()
        self._port = 0
        self._server = Supervised("simulator", launch=self._launch, probe=self._answers)

    @property
    def url(self) -> str:
        """Where GetDataEndpoint and the control of calls are. Known once started."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        await on_free_port(self._start_on)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    async def _start_on(self, port: int) -> None:
        self._port = port
        await self._server.start()

    async def _launch(self) -> Launch:
        module = "antiphon.infra.simulator"
        sessions = [] if self._session_s is None else ["--session-s", str(self._session_s)]
        return Launch(
            argv=[sys.executable, "-m", module, "--port", str(self._port), *sessions],
            cwd=self._home,
            log_file=self._home / "simulator.log",
            stop_steps=STOP,
        )

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True
