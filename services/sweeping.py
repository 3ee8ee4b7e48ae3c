"""Objects of a contact's folder: found, and deleted."""

from collections.abc import Collection
from contextlib import aclosing

from .recording_store import RecordingStore


async def keys_in(folder: str, store: RecordingStore) -> list[str]:
    """Return the keys of all objects of a folder.

    Raises:
        ArchiveUnavailable: the store does not answer.
    """
    async with aclosing(store.list(folder)) as pages:
        return [one.key async for page in pages for one in page]


async def delete_all(folder: str, store: RecordingStore, *, keep: Collection[str] = ()) -> int:
    """Delete every object of a folder but those to be kept, and return how many there were.

    Raises:
        ArchiveUnavailable: the store does not answer. What was deleted, stays deleted.
    """
    keys = [key for key in await keys_in(folder, store) if key not in keep]
    for key in keys:
        await store.delete(key)
    return len(keys)
