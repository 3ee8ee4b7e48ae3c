"""The archive of each tenant, put together: its streams, its key, its loops."""

from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct

from ..events.base import (
    LANES,
    START,
    ContactId,
    ContactRef,
    Lane,
    Position,
    Recorded,
    TenantName,
)
from ..events.journal import Journal
from ..events.keys import KeyStore
from ..events.log import EventLog, PositionReads, Stored
from ..events.progress import Progress
from ..events.subjects import configuration_stream, facts_stream, register_subject
from ..services.archive import archiver
from ..services.archive.archiver import Archiver, Source
from ..services.archive.chain import Archive
from ..services.archive.history import archived_history
from ..services.archive.pending import AGE_S_MAX, Bounds
from ..services.archive.store import ObjectStore
from .archive_key import archive_signer
from .destroyed import KINDS
from .indexed_log import ContactIndex, IndexedLog
from .parts import now

Log = Literal["facts", "register"]
FACTS, REGISTER = "archive_facts", "archive_register"  # the loops


class Archives(Struct, frozen=True, kw_only=True):
    """Where tenants' facts are archived, and from which log."""

    store: ObjectStore
    log: EventLog
    keys: KeyStore
    retention: timedelta | None = None  # of every object; None: none
    index: ContactIndex | None = None  # to find one contact's facts in the log by; None: none

    async def loops(
        self,
        tenant: TenantName,
        *,
        progress: Callable[[str, Log], Progress],
        age_s_max: float = AGE_S_MAX,
    ) -> list[Coroutine[Any, Any, None]]:
        """Return the loops that archive a tenant's streams.

        `progress` makes one for a loop's name and the stream that its positions are of.
        A fact waits for `age_s_max` seconds at most for its segment to fill up.

        Raises:
            StoreUnavailable: the key store does not answer.
        """
        signer = await archive_signer(self.keys, tenant)
        return [
            archiver.run(
                Archiver(
                    source=source,
                    log=self.log,
                    archive=Archive(self.store, trusted=[signer.public_key]),
                    signer=signer,
                    now=now,
                    progress=progress(name, "facts" if name == FACTS else "register"),
                    bounds=Bounds(age_s_max=age_s_max),
                    retention=self.retention,
                )
            )
            for name, source in sources_of(tenant).items()
        ]

    async def history(self, tenant: TenantName) -> Journal:
        """Return the journal of a tenant that begins in the archive. Keep it: it remembers.

        Facts of one contact that the log holds are fetched by the index, where there is one.

        Raises:
            StoreUnavailable: the key store does not answer.
        """
        signer = await archive_signer(self.keys, tenant)
        archive = Archive(self.store, trusted=[signer.public_key])
        return archived_history(self._indexed(), archive, self.keys)

    def _indexed(self) -> EventLog:
        if self.index is None or not isinstance(self.log, PositionReads):
            return self.log
        return IndexedLog(self.log, by_position=self.log, index=self.index)


class Past:
    """What happened, for the API: of every tenant, from the archive and the log."""

    def __init__(self, archives: Archives) -> None:
        self._archives = archives
        self._journals: dict[TenantName, Journal] = {}  # as many as there are tenants

    async def read(
        self,
        contact: ContactRef,
        *,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Recorded]:
        """See `Journal.read`."""
        journal = await self._journal(contact.tenant)
        async with aclosing(journal.read(contact, lanes=lanes, after=after, upto=upto)) as facts:
            async for fact in facts:
                yield fact

    async def read_stored(
        self,
        tenant: TenantName,
        *,
        contact_id: ContactId | None = None,
        lanes: Collection[Lane] = LANES,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `Journal.read_stored`."""
        journal = await self._journal(tenant)
        batches = journal.read_stored(
            tenant, contact_id=contact_id, lanes=lanes, after=after, upto=upto
        )
        async with aclosing(batches):
            async for batch in batches:
                yield batch

    async def _journal(self, tenant: TenantName) -> Journal:
        if tenant not in self._journals:
            self._journals[tenant] = await self._archives.history(tenant)
        return self._journals[tenant]


def sources_of(tenant: TenantName) -> dict[str, Source]:
    """Return what is archived of a tenant, by the names of the loops that do it."""
    return {
        FACTS: Source(stream=facts_stream(tenant), filters=(f"ev.{tenant}.>",)),
        REGISTER: Source(
            stream=configuration_stream(tenant),
            filters=(f"cf.{tenant}.>",),
            # A receipt waits for that, and a restored log is told of it.
            soon=tuple(register_subject(tenant, kind=one, id="*") for one in KINDS),
        ),
    }
