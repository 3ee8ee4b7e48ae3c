"""A peer's own virtual environment: made at its first use, kept until its lock changes.

None of what peers need is installed beside Antiphon, and none of Antiphon beside them, so
neither is held back by the other's versions. pip is configured as it is for the user.
"""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from rich.console import Console

PEERS = Path(__file__).parent / "peers"  # scripts and locks
ENVIRONMENTS = Path(__file__).parents[2] / ".peers"  # gone with `make clean`
INSTALL_S_MAX = 600.0  # a slow mirror; a stuck one must not hang the benchmarks for ever
RUN_S_MAX = 120.0
TAIL_CHARS = 2_000  # of what a failed program said

_Found = TypeVar("_Found")
_STAMP = "installed"


class PeerFailedError(RuntimeError):
    """A peer could not be installed or did not finish; its figure is not to be had."""


def python_of(peer: str, *, lock: Path | None = None) -> Path:
    """Return the interpreter of a peer's environment, made now unless it is there.

    Every package is checked against the hashes of `lock`, by default of `peers/PEER.lock`.

    Raises:
        PeerFailedError: pip could not install it; says what pip said.
    """
    lock = lock or PEERS / f"{peer}.lock"
    wanted = _digest(lock)
    home = ENVIRONMENTS / peer
    python = home / "bin" / "python"
    with _alone(ENVIRONMENTS / f"{peer}.busy"):
        stamp = home / _STAMP
        if not stamp.exists() or stamp.read_text() != wanted:
            _install(peer, lock, home)
            stamp.write_text(wanted)
    return python


def is_made(peer: str, *, lock: Path | None = None) -> bool:
    """Tell whether a peer's environment is there as its lock says."""
    stamp = ENVIRONMENTS / peer / _STAMP
    return stamp.exists() and stamp.read_text() == _digest(lock or PEERS / f"{peer}.lock")


async def run_peer(
    peer: str, script: str, told: Mapping[str, Any], *, answer: type[_Found]
) -> _Found:
    """Run `peers/SCRIPT.py` in a peer's environment and return what it printed.

    `told` is given to it as JSON on its standard input; the last line it prints is its answer.

    Raises:
        PeerFailedError: it ended otherwise, said nothing to the point, or took too long.
    """
    python = await asyncio.to_thread(python_of, peer)
    process = await asyncio.create_subprocess_exec(
        str(python),
        *("-I", str(PEERS / f"{script}.py")),
        env=_environ(),
        stdin=subprocess.PIPE,  # where no process list shows a password
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(RUN_S_MAX):
            out, err = await process.communicate(msgspec.json.encode(told))
    except TimeoutError as error:
        raise PeerFailedError(f"{script} took longer than {RUN_S_MAX:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise PeerFailedError(f"{script} failed:\n{err.decode()[-TAIL_CHARS:]}")
    try:
        return msgspec.json.decode(out.strip().rpartition(b"\n")[2], type=answer)
    except msgspec.MsgspecError as error:
        raise PeerFailedError(f"{script} printed {out[-TAIL_CHARS:]!r}") from error


def _install(peer: str, lock: Path, home: Path) -> None:
    Console(stderr=True).print(f"▸ installing {peer} in an environment of its own (only once)")
    if home.exists():
        shutil.rmtree(home)
    venv.create(home)  # our pip fills it: one of its own takes seconds to make
    done = subprocess.run(  # noqa: S603 (our own argv)
        [
            *(sys.executable, "-m", "pip", "--python", str(home / "bin" / "python")),
            *("install", "--quiet", "--no-input", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "-r", str(lock)),
        ],
        env=_environ(),
        capture_output=True,
        text=True,
        timeout=INSTALL_S_MAX,
        check=False,
    )
    if done.returncode:
        raise PeerFailedError(f"pip could not install {peer}:\n{done.stderr[-TAIL_CHARS:]}")


def _environ() -> dict[str, str]:
    # What configures pip stays; what would lead the peer's Python to our packages does not.
    ours = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in ours}


def _digest(lock: Path) -> str:
    # Another Python needs an environment of its own making.
    about = f"{sys.version_info[:2]} {sys.base_prefix}\n".encode()
    return hashlib.sha256(about + lock.read_bytes()).hexdigest()


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """Keep out whoever would make the same environment at the same time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
