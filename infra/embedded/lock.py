"""One Antiphon per data directory."""

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Self

from ...errors import DataDirectoryBusy
from .accounts import is_root

LOCK_FILE = "lock"


class DataDirectoryLock:
    """Held from entering to leaving the block; the kernel lets go of it when we die."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._handle = -1

    def __enter__(self) -> Self:
        """Take the lock, making the directory if it is new.

        Raises:
            DataDirectoryBusy: another process holds it; names that process.
        """
        make_data_dir(self._data_dir)
        path = self._data_dir / LOCK_FILE
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(handle, 20)
            os.close(handle)
            pid = int(holder) if holder.isdigit() else None  # empty: it took the lock just now
            raise DataDirectoryBusy(str(self._data_dir), pid=pid) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._handle = handle
        return self

    def __exit__(self, *_: object) -> None:
        # The file stays: deleting it would let two processes lock two files of one name.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
        os.close(self._handle)


def make_data_dir(data_dir: Path) -> None:
    """Make the directory, if it is new, for us alone.

    As root it may be entered, not listed: PostgreSQL's service account has its own
    directory inside, and every secret beside it is a file of mode 0600.
    """
    if not data_dir.is_dir():
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        data_dir.mkdir(mode=0o711 if is_root() else 0o700, exist_ok=True)
