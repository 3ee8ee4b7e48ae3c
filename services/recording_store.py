"""The port to where recordings are kept. Adapters: `infra/object_store/recordings.py`.

One contract suite for both: `tests/contracts/recording_store.py`.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Protocol


class Found(Protocol):
    """What a listing tells of an object."""

    @property
    def key(self) -> str: ...


class RecordingStore(Protocol):
    """Objects by key. Every method raises `ArchiveUnavailable` where the store does not answer."""

    async def put(self, key: str, body: bytes) -> bool:
        """Store an object, whole or not at all; False if the key is taken."""
        ...

    async def put_pieces(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """Store an object of any size as it comes, whole or not at all.

        Only a few pieces are in memory at once. The key must be one that nobody else makes.
        What `pieces` raises is raised, and then nothing is stored.
        """
        ...

    async def get(self, key: str) -> bytes | None:
        """Return an object of few megabytes, or None."""
        ...

    async def get_range(self, key: str, *, start: int, length: int) -> bytes | None:
        """Return up to `length` bytes from `start` (less at the end), or None: no such object."""
        ...

    def list(self, prefix: str) -> AsyncGenerator[Sequence[Found]]:
        """Yield pages of the objects whose keys begin with `prefix`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; harmless where there is none."""
        ...
