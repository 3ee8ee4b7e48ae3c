"""A whole Antiphon in a process of its own, for benchmarks that look at it from outside."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from ..http import listen

READY_S_MAX = 60.0
POLL_S = 0.1
TAIL_CHARS = 2_000  # of what it said before it failed


@asynccontextmanager
async def system(
    kvs_endpoint: str,
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> AsyncGenerator[tuple[str, Path]]:
    """Yield the URL and the directory of `python -m ARGUMENTS`, once it is ready.

    `environ` are settings beside those that every such system is given. Without a `directory`
    it has one of its own. It may be killed meanwhile.

    Raises:
        RuntimeError: it ended before it was ready; says what it said last.
        TimeoutError: it never was.
    """
    with tempfile.TemporaryDirectory() as own, listen(0) as listener:
        home = str(directory or own)
        port = listener.getsockname()[1]
        listener.close()
        whole = {
            **os.environ,
            **(environ or {}),
            "ANTIPHON_DATA_DIR": home,
            "ANTIPHON_HTTP_PORT": str(port),
            "ANTIPHON_KVS_ENDPOINT": kvs_endpoint,
        }
        log = (Path(home) / "bench.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", *arguments),
            env=whole,
            stdout=log,
            stderr=log,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await _ready(url, process, Path(log.name).read_text)
            yield url, Path(home)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()
            log.close()


async def _ready(url: str, process: asyncio.subprocess.Process, log: Callable[[], str]) -> None:
    async with asyncio.timeout(READY_S_MAX), httpx.AsyncClient() as http:
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"it ended:\n{log()[-TAIL_CHARS:]}")
            # Not listening yet is no failure: the timeout bounds it.
            with suppress(httpx.TransportError):
                if (await http.get(f"{url}/readyz")).is_success:
                    return
            await asyncio.sleep(POLL_S)
