"""The parts that every tenant's loops are made of, connected to their servers."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ..commands.eraser import Eraser
from ..commands.erasure_told import tell_erased
from ..commands.hold import Holds
from ..events.audio import AudioLog
from ..events.base import ContactRef, TenantName
from ..events.erasure import INDEX_HOLDER
from ..events.journal import Journal
from ..events.keys import KeyStore
from ..events.live import Live
from ..events.log import EventLog
from ..events.register import Register
from ..events.retention import expiry_id
from ..events.sharing import SharedJournal
from ..services.archive.store import ObjectStore
from .archived_register import ArchivedRegister
from .erased_first import ErasedFirst, Tell
from .erasing.assembly import eraser_of
from .jetstream import attendance as process_bucket
from .jetstream import delivery_notes
from .jetstream import leases as lease_bucket
from .jetstream import letters as letter_bucket
from .jetstream import tenants as tenant_bucket
from .jetstream.connection import connected
from .jetstream.leases import Leases
from .jetstream.letters import LetterBox
from .jetstream.live import NatsLive
from .jetstream.log import JetStreamLog
from .jetstream.presence import NatsPresence
from .jetstream.streams import Streams
from .jetstream.subjects_kept import SubjectsKept
from .jetstream.tenants import Tenants
from .key_store import PostgresKeys
from .kms import KmsKey
from .object_store.opening import recording_store
from .postgres import Databases
from .tenant_keys import TenantKeys

ROOT_KEY_FILE = "root.key"


class Parts(Struct, frozen=True, kw_only=True):
    """One process's connections and what stands on them."""

    log: EventLog
    journal: Journal
    register: Register
    keys: ErasedFirst
    tenant_keys: TenantKeys  # what the key store's keys are wrapped by
    holds: Holds  # what must not be deleted
    eraser: Eraser
    audio: AudioLog
    live: Live
    databases: Databases
    tenants: Tenants
    leases: Leases
    letters: LetterBox

    async def index_key(self, tenant: TenantName) -> bytes:
        """Return the key of the index from customers to contacts; the same for ever."""
        return (await self.keys.obtain(tenant, INDEX_HOLDER)).secret


@asynccontextmanager
async def connect(
    *,
    nats_url: str,
    postgres_url: str,
    data_dir: Path,
    kms: KmsKey | None = None,
    recording_url: str | None = None,
    archive: ObjectStore | None = None,
) -> AsyncGenerator[Parts]:
    """Connect to the log and the stores, making what is missing there; close at the end.

    Who is erased is erased from the recordings at `recording_url` (`ANTIPHON_RECORDING_URL`), too.
    No key is given out that `archive` says is destroyed; None: nothing is archived.

    Raises:
        LogUnavailable, StoreUnavailable: a server does not answer.
        RootKeyMissing: keys exist that this data directory's root key did not wrap.
        KeysUnavailable: KMS does not answer.
        SettingWrong: `recording_url` is none.
    """
    async with AsyncExitStack() as stack:
        nc = await stack.enter_async_context(connected(nats_url, name="antiphon"))
        databases = Databases(postgres_url)
        stack.push_async_callback(databases.close)
        stored = await PostgresKeys.open(databases, root_key_file=data_dir / ROOT_KEY_FILE, kms=kms)
        log, streams = JetStreamLog(nc), Streams(nc)
        archived = None if archive is None else ArchivedRegister(archive, log=log, keys=stored)
        keys = _erased_first(stored, log, archived, databases)
        await _make_buckets(streams)
        tenants = Tenants(log, streams.create_tenant)
        await tenants.load()
        journal, register = SharedJournal(log, keys), Register(log, keys)
        holds = Holds(register, facts=journal, keys=keys, now=now)
        letters = LetterBox(log)
        yield Parts(
            log=log,
            journal=journal,
            register=register,
            keys=keys,
            tenant_keys=stored.tenant_keys,
            holds=holds,
            eraser=eraser_of(
                journal=journal,
                register=register,
                keys=keys,
                databases=databases,
                subjects=SubjectsKept(nc),
                objects=recording_store(recording_url, data_dir=data_dir, closing=stack),
                letters=letters,
                holds=holds,
                now=now,
                archived=archived,
            ),
            audio=AudioLog(log, keys),
            live=NatsLive(nc),
            databases=databases,
            tenants=tenants,
            leases=Leases(log, presence=NatsPresence(nc)),
            letters=letters,
        )


async def _make_buckets(streams: Streams) -> None:
    for bucket in (lease_bucket.BUCKET, letter_bucket.BUCKET, tenant_bucket.BUCKET):
        await streams.create_bucket(bucket)
    await streams.create_bucket(process_bucket.BUCKET, **process_bucket.BUCKET_SETTINGS)
    await streams.create_bucket(delivery_notes.BUCKET, **delivery_notes.BUCKET_SETTINGS)


def _erased_first(
    stored: KeyStore, log: EventLog, archived: ArchivedRegister | None, databases: Databases
) -> ErasedFirst:
    return ErasedFirst(
        stored,
        register=Register(log, stored),
        databases=databases,
        archived=archived,
        tell=_telling(Journal(log, stored)),
    )


def _telling(journal: Journal) -> Tell:
    async def tell(contact: ContactRef, why: str) -> None:
        by = "retention" if why == expiry_id(contact.contact_id) else "erasure"
        await tell_erased(contact, why, journal=journal, now=now(), by=by)

    return tell


def now() -> datetime:
    """The clock of everything that is not decided."""
    return datetime.now(UTC)
