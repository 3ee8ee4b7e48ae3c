"""The ObjectStore port: what is put stays as it was put.

Adapters: `infra/object_store/directory.py`, `infra/object_store/s3.py`. One contract suite for
both: `tests/contracts/object_store.py`.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

# One object is one request and fits into memory: a segment is half of it at most.
OBJECT_BYTES_MAX = 64 * 1024 * 1024
KEY_PATTERN = r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$"
KEY_CHARACTERS_MAX = 512  # S3 takes 1,024 bytes, a directory 255 a part


class ObjectFound(Struct, frozen=True):
    """What a listing tells of an object."""

    key: str
    size: int  # bytes


class ObjectStore(Protocol):
    """Objects by key. Offers no way to change or delete one.

    Every method raises `ArchiveUnavailable` where the store does not answer, and ValueError
    for a key that is none (`KEY_PATTERN`).
    """

    @property
    def place(self) -> str:
        """Say where this is, for people: a directory or a bucket, never a credential."""
        ...

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        """Store an object, whole or not at all, and return True; False if the key is taken.

        Once True is returned it is kept. Where the store can, it refuses to delete it until
        `retain_until`. After an error the object may be there: put it again and see.

        Raises:
            ValueError: `body` is larger than `OBJECT_BYTES_MAX`.
        """
        ...

    async def get(self, key: str) -> bytes | None:
        """Return an object, or None.

        Raises:
            ValueError: it is larger than `OBJECT_BYTES_MAX`: nothing of ours is.
        """
        ...

    async def get_range(self, key: str, *, start: int, length: int) -> bytes | None:
        """Return up to `length` bytes from `start` (less at the end), or None: no such object."""
        ...

    async def head(self, key: str) -> ObjectFound | None:
        """Return what a listing would tell, or None."""
        ...

    async def retained_until(self, key: str) -> datetime | None:
        """Return until when the store itself refuses to delete an object, or None."""
        ...

    def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[Sequence[ObjectFound]]:
        """Yield pages of the objects whose keys begin with `prefix`.

        Keys of one folder (equal up to their last slash) come in their order; whether folders do
        is the store's affair (SeaweedFS sorts them otherwise than S3). `after`, a key of the
        only folder that `prefix` means, leaves out that key and those before it.
        """
        ...
