"""The register as the archive holds it: what a restored log may know nothing of any more."""

from collections.abc import AsyncGenerator, Mapping

from msgspec import Struct

from ..events.base import Epoch, Position, TenantName
from ..events.keys import KeyStore
from ..events.log import EventLog
from ..events.register import Register, Registered
from ..events.subjects import configuration_stream
from ..services.archive.alone import ArchiveAlone
from ..services.archive.chain import BEGINNING, Archive, Mark
from ..services.archive.store import ObjectStore
from .archive_key import archive_signer


class Unseen(Struct, frozen=True, kw_only=True):
    """What one epoch's archive holds beyond what a reader has seen."""

    epoch: Epoch
    after: Position
    upto: Mark  # where the reader is then
    register: Register

    async def facts(self, tenant: TenantName, kinds: tuple[str, ...]) -> AsyncGenerator[Registered]:
        """Yield these facts in order.

        Raises:
            ArchiveUnavailable, ArchiveCorrupt: as they say.
        """
        reading = self.register.read(tenant, kind=kinds, after=self.after, upto=self.upto.last)
        async for fact in reading:
            yield fact


class ArchivedRegister:
    """Reads the register in an object store, every epoch of it. Trusts the tenant's key alone."""

    def __init__(self, store: ObjectStore, *, log: EventLog, keys: KeyStore) -> None:
        self.log = log
        self._store = store
        self._keys = keys

    async def archive(self, tenant: TenantName) -> Archive:
        """Return the tenant's archive, of which nobody has read anything yet.

        Raises:
            StoreUnavailable: the key store does not answer.
        """
        signer = await archive_signer(self._keys, tenant)
        return Archive(self._store, trusted=[signer.public_key])

    async def register(self, tenant: TenantName, epoch: Epoch) -> Register:
        """Return what reads an epoch of the register from the archive alone.

        Raises:
            StoreUnavailable: the key store does not answer.
        """
        return self._alone(await self.archive(tenant), epoch)

    async def unseen(self, tenant: TenantName, marks: Mapping[Epoch, Mark]) -> list[Unseen]:
        """Return what is archived after these marks, the oldest epoch first; none: no archive.

        Raises:
            ArchiveUnavailable: the object store does not answer.
            ArchiveCorrupt: the chain is not what it was, or another key signed it.
            StoreUnavailable: the key store does not answer.
        """
        stream, archive = configuration_stream(tenant), await self.archive(tenant)
        found: list[Unseen] = []
        for beginning in await archive.epochs(stream):
            epoch = beginning.epoch
            after = await archive.resume(stream, epoch, marks.get(epoch, BEGINNING))
            chain = await archive.chain(stream, epoch)
            register = self._alone(archive, epoch)
            found.append(Unseen(epoch=epoch, after=after, upto=chain.mark, register=register))
        return found

    def _alone(self, archive: Archive, epoch: Epoch) -> Register:
        return Register(ArchiveAlone(self.log, archive, epoch=epoch), self._keys)
