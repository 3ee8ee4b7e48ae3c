"""Where tests write: to memory where there is room, for there a forced write costs nothing.

Servers of tests force every write down, as they must in production, and a run makes hundreds of
databases and streams. What a killed process leaves behind is the same on either: the kernel
keeps what it was given.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

MEMORY = Path("/dev/shm")  # Linux has it; elsewhere tests write where temporary files lie
# A run of three workers holds two gigabytes at most. A broker promises streams three quarters of
# what is free, so that each tenant may reserve its own, which stays all but empty.
FREE_BYTES_MIN = 6 * 1024**3


def place(
    environ: Mapping[str, str], *, memory: Path = MEMORY, free_bytes_min: int = FREE_BYTES_MIN
) -> Path | None:
    """Return where to write instead of the usual place; None where that is to stay.

    Who names a place in `TMPDIR` is obeyed.
    """
    if "TMPDIR" in environ or not os.access(memory, os.W_OK):
        return None
    if os.statvfs(memory).f_flag & os.ST_NOEXEC:  # tests make environments, and run them
        return None
    return memory if shutil.disk_usage(memory).free >= free_bytes_min else None


def move() -> None:
    """Let this process, and all that it starts, write there."""
    if (there := place(os.environ)) is not None:
        os.environ["TMPDIR"] = tempfile.tempdir = str(there)
