"""What the object store keeps of contacts: recordings, redacted ones, replies that were spoken.

The services that made them delete them too (`Keeper`): theirs may be under way when this comes.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Protocol

from ...events.base import ContactId, ContactRef, TenantName
from ...events.erasure import Counted
from ...events.faultpoints import FaultPoint, reach
from ...services.sealed_recording import folder_of, folder_of_redacted
from ...services.translation.reply_audio import folder_of as folder_of_replies


class Found(Protocol):
    """What a listing tells of an object."""

    @property
    def key(self) -> str: ...


class Objects(Protocol):
    """Objects by key. Every method raises `ArchiveUnavailable` where the store does not answer."""

    def list(self, prefix: str) -> AsyncGenerator[Sequence[Found]]:
        """Yield pages of the objects whose keys begin with `prefix`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; harmless where there is none."""
        ...


class ObjectsKept:
    """See `Store`."""

    name = "objects"

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    async def count(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[Counted]:
        """See `Store.count`: by the folder they lie in."""
        counted: dict[str, int] = {}
        for folder in _folders(tenant, contact_ids):
            kind = folder.partition("/")[0]
            counted[kind] = counted.get(kind, 0) + len(await self._keys_in(folder))
        return [Counted(self.name, kind, number) for kind, number in counted.items() if number]

    async def clear(self, tenant: TenantName, contact_ids: Sequence[ContactId]) -> None:
        """See `Store.clear`."""
        for folder in _folders(tenant, contact_ids):
            for key in await self._keys_in(folder):
                await self._objects.delete(key)
        await reach(FaultPoint.OBJECTS_DELETED)

    async def _keys_in(self, folder: str) -> list[str]:
        async with aclosing(self._objects.list(folder)) as pages:
            return [one.key async for page in pages for one in page]


def _folders(tenant: TenantName, contact_ids: Sequence[ContactId]) -> list[str]:
    contacts = [ContactRef(tenant, one) for one in contact_ids]
    return [
        folder(contact)
        for folder in (folder_of, folder_of_redacted, folder_of_replies)
        for contact in contacts
    ]
