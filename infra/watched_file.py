"""A file of settings that may change while a process runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from ..errors import Refused

log = structlog.get_logger()

Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """What a file says, read anew when it changes: a change needs no restart."""

    def __init__(self, path: Path, read: Callable[[Path], Content], *, variable: str) -> None:
        """Read the file, which the setting `variable` names.

        Raises:
            Refused: whatever `read` raises at the start.
        """
        self._path = path
        self._read = read
        self._variable = variable
        self._seen = self._state()
        self._content = read(path)

    @property
    def content(self) -> Content:
        """What the file says now.

        One that has become unreadable changes nothing and is logged, once: what it said before
        holds until it can be read again.
        """
        state = self._state()
        if state != self._seen:
            self._seen = state
            try:
                self._content = self._read(self._path)
                log.info("settings_file_read", variable=self._variable)
            except Refused as refusal:
                # A stack would say no more than the problem does.
                problem = str(refusal)
                log.error("settings_file_refused", variable=self._variable, problem=problem)  # noqa: TRY400
        return self._content

    def _state(self) -> tuple[int, int, int] | None:
        try:
            now = self._path.stat()
        except OSError:
            return None
        return (now.st_mtime_ns, now.st_size, now.st_ino)
