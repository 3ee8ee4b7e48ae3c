"""How long `antiphon up` takes until it is ready, embedded servers included."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from ..http import listen
from .rows import Row

RUNS = 5  # of a second start; the first one creates the data directory
AIM_S = 4.0
GIVE_UP_S = 60.0
POLL_S = 0.02


def run() -> list[Row]:
    """Return the first start's time and the median of those after it, in seconds."""
    with tempfile.TemporaryDirectory() as directory:
        first_s = _start_and_stop(Path(directory))
        later = [_start_and_stop(Path(directory)) for _ in range(RUNS)]
    bare_s = _bare_interpreter_s()
    median_s = statistics.median(later)
    return [
        Row(what="first start, empty data directory", value=first_s, unit="s"),
        Row(
            what=f"start, median of {RUNS}",
            value=median_s,
            unit="s",
            beside=f"the same imports alone: {bare_s:.2f} s",
            aim=f"under {AIM_S:g} s",
            met=median_s < AIM_S,
        ),
    ]


def _start_and_stop(directory: Path) -> float:
    with listen(0) as listener:
        port = listener.getsockname()[1]
    environ = os.environ | {"ANTIPHON_DATA_DIR": str(directory), "ANTIPHON_HTTP_PORT": str(port)}
    with (directory / "bench.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "antiphon", "up"], env=environ, stdout=log, stderr=log
        )
        try:
            _wait_until_ready(f"http://127.0.0.1:{port}/readyz", process)
            return time.perf_counter() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(GIVE_UP_S)


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.perf_counter() + GIVE_UP_S
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError("`antiphon up` ended before it was ready; see bench.log")
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 (our own address)
                if answer.status == 200:  # noqa: PLR2004
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(POLL_S)
    raise TimeoutError("`antiphon up` did not become ready")


def _bare_interpreter_s() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import antiphon.infra.main"], check=True)
    return time.perf_counter() - began
