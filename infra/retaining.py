"""What retention is put together of: the store of recordings, the archive's proof, who is due."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from datetime import datetime

from ..commands.expiry import ACTOR
from ..commands.hold import Holds
from ..commands.retention import RetentionPolicies
from ..errors import ArchiveCorrupt
from ..events.base import START, ContactId, ContactRef, Position, TenantName
from ..events.log import EventLog, Stored
from ..events.progress import Progress
from ..events.retention import DataKind
from ..events.subjects import fact_filters, facts_stream
from ..projections import retention as due
from ..projections.store import store_faults
from ..services.archive.chain import Archive
from ..services.archive.history import ArchivedLog
from ..services.retention import service
from ..services.retention.acting import Retainer
from ..services.retention.agreeing import Agreeing
from ..services.retention.ports import Turn
from .archive_key import archive_signer
from .archiving import Archives, Past
from .expiring import expirer_of
from .object_store.directory import DirectoryStore
from .object_store.opening import recording_store
from .object_store.s3 import S3Store
from .parts import Parts, now
from .postgres import Databases
from .retention_stores import StoresAsSet
from .settings import Settings


class RecordingObjects:
    """See `Objects`: recordings as they stand in a directory or a bucket."""

    def __init__(self, store: DirectoryStore | S3Store) -> None:
        self._store = store

    async def keys(self, folder: str) -> list[str]:
        """See `Objects.keys`."""
        async with aclosing(self._store.list(folder)) as pages:
            return [one.key async for page in pages for one in page]

    async def delete(self, key: str) -> None:
        """See `Objects.delete`."""
        await self._store.delete(key)

    async def is_archived(self, key: str) -> bool:
        """See `Objects.is_archived`. A directory has no tiers."""
        if isinstance(self._store, DirectoryStore):
            return False
        return await self._store.storage_class(key) not in {None, "STANDARD"}


class ArchiveProof:
    """See `Proof`: what the archive holds of a contact is compared with what the log holds."""

    def __init__(self, archives: Archives) -> None:
        self._archives = archives
        self._known: dict[TenantName, Archive] = {}  # each remembers its chain

    async def holds(self, contact: ContactRef, *, upto: Position) -> bool:
        """See `Proof.holds`."""
        stream, log = facts_stream(contact.tenant), self._archives.log
        state = await log.state(stream)
        archive = await self._archive(contact.tenant)
        if (await archive.chain(stream, state.epoch)).last < upto:
            return False
        filters = fact_filters(contact.tenant, contact_id=contact.contact_id)
        archived = [
            one
            async for batch, _ in ArchivedLog(log, archive).archived(
                stream, state.epoch, filters, upto=upto
            )
            for one in batch
        ]
        kept = {one.position: one for one in archived}
        for one in await _in_log(log, stream, filters, upto=upto):
            same = kept.get(one.position)
            if same is None or (same.subject, same.payload) != (one.subject, one.payload):
                raise ArchiveCorrupt(stream, f"differs from the log at {one.position}")
        return bool(kept)

    async def _archive(self, tenant: TenantName) -> Archive:
        if tenant not in self._known:
            signer = await archive_signer(self._archives.keys, tenant)
            self._known[tenant] = Archive(self._archives.store, trusted=[signer.public_key])
        return self._known[tenant]


class DueContacts:
    """See `Due`: the read model `retention` of each tenant's database."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases

    async def counting_since(
        self,
        tenant: TenantName,
        kind: DataKind,
        *,
        until: datetime,
        after: Turn | None,
        limit: int,
        unarchived: bool,
    ) -> Sequence[Turn]:
        """See `Due.counting_since`."""
        with store_faults():
            async with self._databases.connection(tenant) as connection:
                return await due.counting_since(
                    connection, kind, until=until, after=after, limit=limit, unarchived=unarchived
                )

    async def held_after(
        self, tenant: TenantName, contact_id: str, *, limit: int
    ) -> Sequence[ContactId]:
        """See `Due.held_after`."""
        with store_faults():
            async with self._databases.connection(tenant) as connection:
                return await due.held_after(connection, contact_id, limit=limit)


class Retention:
    """The role `retention`: its loop for every tenant."""

    def __init__(
        self, parts: Parts, archives: Archives, settings: Settings, *, closing: AsyncExitStack
    ) -> None:
        """`closing` closes the store of recordings.

        Raises:
            SettingWrong: the settings name no place for recordings.
        """
        self._parts = parts
        self._archives = archives
        self._stores = StoresAsSet(settings)
        self._store = recording_store(
            settings.recording_url, data_dir=settings.data_dir, closing=closing
        )

    async def run(self, tenant: TenantName, *, progress: Progress) -> None:
        """Do what is due of a tenant, for ever; see `services/retention/service.py`."""
        sweeper = self.sweeper(tenant, beat=progress.beat)
        await service.run(tenant, sweeper=sweeper, leases=self._parts.leases, progress=progress)

    def sweeper(
        self, tenant: TenantName, *, beat: Callable[[], None] = lambda: None
    ) -> service.Sweeper:
        """Return what looks at everyone of a tenant who may be due, each time it is asked to."""
        parts, past = self._parts, Past(self._archives)
        policies = RetentionPolicies(parts.register, now=now)
        holds = Holds(parts.register, facts=past, keys=parts.keys, now=now)
        retainer = Retainer(
            journal=parts.journal,
            facts=past,
            policies=policies,
            holds=holds,
            expirer=expirer_of(parts, actor=ACTOR),
            objects=RecordingObjects(self._store),
            proof=ArchiveProof(self._archives),
            now=now,
        )
        return service.Sweeper(
            tenant,
            retainer=retainer,
            policies=policies,
            holds=holds,
            due=DueContacts(parts.databases),
            now=now,
            agreeing=Agreeing(tenant, self._stores, now=now),
            beat=beat,
        )


async def _in_log(
    log: EventLog, stream: str, filters: Sequence[str], *, upto: Position
) -> list[Stored]:
    batches = log.read(stream, filters, after=START, upto=upto)
    async with aclosing(batches):
        return [one async for batch in batches for one in batch]
