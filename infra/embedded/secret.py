"""Files that only we can read."""

import os
import secrets
import tempfile
from pathlib import Path

SECRET_BYTES = 32


def secret_in(path: Path) -> str:
    """Return the secret kept in a file, made now if there was none. URL-safe text."""
    if not path.exists():
        create_private(path, secrets.token_urlsafe(SECRET_BYTES).encode())
    return path.read_text()


def create_private(path: Path, content: bytes) -> bool:
    """Make a file of mode 0600, whole and kept; return False if it was already there."""
    beside = _write_beside(path, content)
    try:
        os.link(beside, path)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    _keep(path.parent)
    return True


def replace_private(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 over whatever was there, whole or not at all."""
    _write_beside(path, content).replace(path)
    _keep(path.parent)


def _write_beside(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _keep(directory: Path) -> None:
    # A new name is on disk only when its directory is.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
