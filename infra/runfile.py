"""How another terminal finds the Antiphon that is running on a data directory."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Self

import msgspec
import psutil
from msgspec import Struct, field

from .embedded.secret import replace_private

FILE = "run.json"
# Start times come from the boot time, which a corrected clock shifts a little.
BORN_TOLERANCE_S = 5.0


def _born() -> float:
    return psutil.Process().create_time()


class RunFile(Struct, frozen=True, kw_only=True):
    """Where a running Antiphon is reached. Holds passwords: the file is for its owner only."""

    http: str
    nats: str
    postgres: str
    simulator: str | None = None
    pid: int = field(default_factory=os.getpid)
    born: float = field(default_factory=_born)  # seconds since 1970; tells a reused pid apart

    @classmethod
    def find(cls, data_dir: Path) -> Self | None:
        """Return what runs on the directory, or None: no file, or its process is gone."""
        try:
            found = msgspec.json.decode((data_dir / FILE).read_bytes(), type=cls)
            born = psutil.Process(found.pid).create_time()
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError, psutil.NoSuchProcess):
            return None
        return found if abs(born - found.born) < BORN_TOLERANCE_S else None

    @contextlib.contextmanager
    def published(self, data_dir: Path) -> Generator[None]:
        """Let others find this process while the block runs."""
        replace_private(data_dir / FILE, msgspec.json.encode(self))
        try:
            yield
        finally:
            # Another process may have put its own in place since.
            if RunFile.find(data_dir) == self:
                (data_dir / FILE).unlink(missing_ok=True)
