"""Which audio stands in finals already, as a position to resume after. Pure."""

from collections import deque
from collections.abc import Mapping

from ...events.base import START, Position, Track

# Chunks that end within a second of each other are remembered as one: an hour takes 3,600.
_GRAIN_MS = 1_000


class Trail:
    """Remembers where chunks of the audio stream end, until finals have passed them."""

    def __init__(self, resume_after: Position = START) -> None:
        self._resume_after = resume_after
        self._marks: deque[_Mark] = deque()

    def passed(self, position: Position, ended_ms: Mapping[Track, int]) -> None:
        """Remember that the chunk at `position` ends there on each of its tracks."""
        if not ended_ms:
            return
        newest = self._marks[-1] if self._marks else None
        if newest is None or max(ended_ms.values()) - newest.began_ms > _GRAIN_MS:
            newest = _Mark(began_ms=max(ended_ms.values()))
            self._marks.append(newest)
        newest.position = position
        newest.ended_ms.update(ended_ms)

    def closed(self, closed_ms: Mapping[Track, int]) -> Position:
        """Return the last position up to which all audio lies before `closed_ms`."""
        while self._marks and self._marks[0].lies_before(closed_ms):
            self._resume_after = self._marks.popleft().position
        return self._resume_after


class _Mark:
    __slots__ = ("began_ms", "ended_ms", "position")

    def __init__(self, *, began_ms: int) -> None:
        self.began_ms = began_ms
        self.position: Position = START
        self.ended_ms: dict[Track, int] = {}

    def lies_before(self, closed_ms: Mapping[Track, int]) -> bool:
        return all(end <= closed_ms[track] for track, end in self.ended_ms.items())
