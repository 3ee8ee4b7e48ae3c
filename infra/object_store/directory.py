"""Objects as files of one directory: for one machine, or a file system that many share."""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ...errors import ArchiveUnavailable
from ...services.archive.store import ObjectFound
from .keys import checked_key, checked_size

T = TypeVar("T")

_UNFINISHED = ".unfinished"  # keys do not begin with a dot: it is never listed
_UNFINISHED_S_MAX = 3_600.0  # a write takes seconds; what is older, a crash left behind
_PAGE_OBJECTS = 1_000
_MODE_UNFINISHED = 0o600
_MODE = 0o400  # read by us alone and written by nobody: against slips, not against an attacker


class DirectoryStore:
    """See `ObjectStore` and `RecordingStore`. Several processes may share the directory.

    It can retain nothing: whoever owns the directory may delete from it, and `verify` finds
    out. Where that is too little, use S3 with Object Lock.
    """

    def __init__(self, root: Path) -> None:
        """Keep objects under `root`, which is made with the first of them."""
        self._root = root

    @property
    def place(self) -> str:
        """See `ObjectStore.place`."""
        return str(self._root)

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        """See `ObjectStore.put`. `retain_until` is not kept: a directory has no such thing."""
        del retain_until
        path = self._path(key)
        checked_size(key, len(body))
        return await _in_thread(lambda: _put(self._root, path, body))

    async def put_pieces(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """See `RecordingStore.put_pieces`.

        Raises:
            ArchiveUnavailable: also where the key is taken, which then keeps what it had.
        """
        path = self._path(key)
        beside = await _in_thread(lambda: _begun(self._root))
        try:
            async for piece in pieces:
                await _in_thread(lambda more=piece: _add(beside, more))
            await _in_thread(lambda: _finish(beside, path))
        finally:
            await _in_thread(lambda: beside.unlink(missing_ok=True))

    async def delete(self, key: str) -> None:
        """See `RecordingStore.delete`."""
        path = self._path(key)
        await _in_thread(lambda: _delete(path))

    async def get(self, key: str) -> bytes | None:
        """See `ObjectStore.get`."""
        path = self._path(key)
        found = await self.head(key)
        if found is None:
            return None
        checked_size(key, found.size)
        return await _in_thread(lambda: _read(path, 0, -1))

    async def get_range(self, key: str, *, start: int, length: int) -> bytes | None:
        """See `ObjectStore.get_range`."""
        path = self._path(key)
        return await _in_thread(lambda: _read(path, start, length))

    async def head(self, key: str) -> ObjectFound | None:
        """See `ObjectStore.head`."""
        path = self._path(key)
        size = await _in_thread(lambda: _size(path))
        return None if size is None else ObjectFound(key, size)

    async def retained_until(self, key: str) -> datetime | None:
        """Return None: a directory retains nothing."""
        self._path(key)
        return None

    async def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[Sequence[ObjectFound]]:
        """See `ObjectStore.list`."""
        walking = _walk(self._root, "", prefix=prefix, after=after)
        while page := await _in_thread(lambda: list(islice(walking, _PAGE_OBJECTS))):
            yield page

    def _path(self, key: str) -> Path:
        return self._root / checked_key(key)


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        # The system's words without the path: it may be logged.
        raise ArchiveUnavailable(error.strerror or type(error).__name__) from error


def _put(root: Path, path: Path, body: bytes) -> bool:
    if path.exists():
        return False
    unfinished = root / _UNFINISHED
    for directory in (unfinished, path.parent):
        _make(directory)
    _sweep(unfinished)
    beside = unfinished / uuid.uuid4().hex
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link never replaces what is there.
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _keep(path.parent)
    return True


def _begun(root: Path) -> Path:
    unfinished = root / _UNFINISHED
    _make(unfinished)
    _sweep(unfinished)
    beside = unfinished / uuid.uuid4().hex
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE_UNFINISHED))
    return beside


def _add(beside: Path, piece: bytes) -> None:
    with beside.open("ab") as file:
        file.write(piece)


def _finish(beside: Path, path: Path) -> None:
    _make(path.parent)
    handle = os.open(beside, os.O_RDONLY)
    try:
        os.fchmod(handle, _MODE)
        os.fsync(handle)
    finally:
        os.close(handle)
    os.link(beside, path)
    _keep(path.parent)


def _delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        _keep(path.parent)


def _make(directory: Path) -> None:
    """Make a directory with all above it, each one's name on disk before it is used."""
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
        _keep(one.parent)


def _keep(directory: Path) -> None:
    # A new name is on disk only when its directory is.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(unfinished: Path) -> None:
    oldest = time.time() - _UNFINISHED_S_MAX
    for left in list(unfinished.iterdir()):
        try:
            if left.stat().st_mtime < oldest:
                left.unlink()
        except FileNotFoundError:
            continue  # another process finished it, or swept it


def _read(path: Path, start: int, length: int) -> bytes | None:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read(length)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _walk(directory: Path, key: str, *, prefix: str, after: str) -> Iterator[ObjectFound]:
    """Yield what lies below in the order of whole keys, entering no directory in vain."""
    try:
        entries = [one for one in os.scandir(directory) if not one.name.startswith(".")]
    except FileNotFoundError:
        return
    # A directory sorts as its keys do: with the slash that follows its name.
    named = sorted((f"{key}{one.name}{'/' if one.is_dir() else ''}", one) for one in entries)
    for name, entry in named:
        if entry.is_dir():
            related = name.startswith(prefix) or prefix.startswith(name)
            if related and (name >= after or after.startswith(name)):
                yield from _walk(Path(entry.path), name, prefix=prefix, after=after)
        elif name.startswith(prefix) and name > after:
            yield ObjectFound(name, entry.stat().st_size)
