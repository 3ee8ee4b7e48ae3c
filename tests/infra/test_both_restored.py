"""Log and database put back from one older backup: the archive remembers who was erased since."""

import asyncio
import itertools
import shutil
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.commands.erasure import Erasure, RequestErasure
from antiphon.errors import ArchiveBehind, ArchiveCorrupt, ArchiveUnavailable, KeyDestroyed
from antiphon.events.base import START, ContactId, ContactRef, TenantName
from antiphon.events.contact import ContactErased
from antiphon.events.erasure import Counted
from antiphon.events.progress import Progress
from antiphon.events.register import Register
from antiphon.events.retention import KeysExpired
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream
from antiphon.infra.archived_register import ArchivedRegister
from antiphon.infra.archiving import Archives
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.erased_first import AWAY_S, ErasedFirst
from antiphon.infra.erasing.in_archive import Archived
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.parts import ROOT_KEY_FILE, Parts
from antiphon.infra.tenancy import add_tenant
from antiphon.services.archive.layout import Layout
from antiphon.services.archive.store import ObjectFound
from msgspec import Struct

from ..builders import contact_started, draft
from ..waiting import until
from .erasure_site import Site, control_database, restored, saved

BOTH = ["contact", "original"]
_numbers = itertools.count(1)


class Household(Struct, frozen=True):
    """Contacts of a tenant of the test's own."""

    tenant: TenantName

    @property
    def gone(self) -> ContactRef:
        return ContactRef(self.tenant, ContactId("c-gone"))

    @property
    def expired(self) -> ContactRef:
        return ContactRef(self.tenant, ContactId("c-expired"))

    @property
    def kept(self) -> ContactRef:
        return ContactRef(self.tenant, ContactId("c-kept"))


class Away(DirectoryStore):
    """A directory that does not answer while it is away."""

    away = True

    def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[Sequence[ObjectFound]]:
        if self.away:
            raise ArchiveUnavailable(f"no answer about {prefix}")
        return super().list(prefix, after=after)


@pytest_asyncio.fixture
async def site(nats_server: NatsServer, postgres_url: str, private_dir: Path) -> Site:
    archive = DirectoryStore(private_dir / "archive")
    control = await control_database(postgres_url)
    return Site(nats_server.url, control, private_dir, archive=archive)


@pytest.fixture
def of() -> Household:
    return Household(TenantName(f"twice-{next(_numbers)}"))


@asynccontextmanager
async def archiving(
    parts: Parts, store: DirectoryStore, tenant: TenantName
) -> AsyncGenerator[None]:
    """Archive as a process does, which otherwise lets facts wait for an hour."""
    archives = Archives(store=store, log=parts.log, keys=parts.keys)
    loops = await archives.loops(
        tenant, progress=lambda name, kind: Progress(name, tenant, of=kind)
    )
    tasks = [asyncio.create_task(one) for one in loops]
    try:
        yield
    finally:
        for one in tasks:
            one.cancel()
        await asyncio.wait(tasks)


async def called(parts: Parts, *contacts: ContactRef) -> None:
    await add_tenant(contacts[0].tenant, parts)
    for one in contacts:
        await parts.journal.append(one, [draft(contact_started())], expected=START)
        await parts.keys.obtain(one.tenant, f"original/{one.contact_id}")


async def approved(parts: Parts, contact: ContactRef) -> Erasure:
    command = RequestErasure(
        erasure_id="er-1",
        by_id=(contact.contact_id,),
        reason=Sealed("Ada Winter asked for it"),
        identity_proof=Sealed("ticket 4711"),
    )
    wish = await parts.eraser.request(contact.tenant, command, actor="person:one")
    return await parts.eraser.approve(
        contact.tenant, wish, contact_ids=wish.contact_ids, partial=False, actor="person:two"
    )


async def expired(parts: Parts, contact: ContactRef) -> None:
    event = KeysExpired(holders=("contact", "original"), policy_version="1")
    await parts.register.append(
        contact.tenant, id=contact.contact_id, drafts=[draft(event)], expected=START
    )


async def left(parts: Parts, contact: ContactRef) -> list[str]:
    """Return of which holders a contact has a key."""
    found: list[str] = []
    for name in BOTH:
        try:
            await parts.keys.obtain(contact.tenant, f"{name}/{contact.contact_id}")
        except KeyDestroyed:
            continue
        found.append(name)
    return found


async def told(parts: Parts, contact: ContactRef) -> list[tuple[str, str]]:
    """Return who told a contact's history that it was erased, and what for."""
    return [
        (fact.actor, fact.event.erasure_id)
        async for fact in parts.journal.read(contact)
        if isinstance(fact.event, ContactErased)
    ]


async def archived_upto(parts: Parts, store: DirectoryStore, tenant: TenantName) -> int:
    epoch = (await parts.register.state(tenant)).epoch
    archive = await ArchivedRegister(store, log=parts.log, keys=parts.keys).archive(tenant)
    return (await archive.chain(configuration_stream(tenant), epoch)).last


async def test_what_the_archive_says_is_gone_stays_gone_though_both_come_back(
    site: Site, of: Household, nats_server: NatsServer, private_dir: Path
) -> None:
    store = site.archive
    assert isinstance(store, DirectoryStore)
    async with site.process() as parts:
        await called(parts, of.gone, of.expired, of.kept)
        tables = await saved(parts, of.tenant)
    await nats_server.stop()
    shutil.copytree(private_dir / "nats", private_dir / "backup")
    await nats_server.start()
    async with site.process() as parts, archiving(parts, store, of.tenant):
        done = await parts.eraser.finish(of.tenant, await approved(parts, of.gone))
        await expired(parts, of.expired)
        end = (await parts.register.state(of.tenant)).last

        async def archived() -> bool:
            return await archived_upto(parts, store, of.tenant) == end

        await until(archived)
        assert done.is_archived
        assert not done.is_open
    async with site.process() as parts:
        await restored(parts, of.tenant, tables)
    await nats_server.stop()
    shutil.rmtree(private_dir / "nats")
    shutil.move(private_dir / "backup", private_dir / "nats")
    await nats_server.start()

    # Log and keys agree with each other, so that without an archive nobody would notice.
    async with site.process(archived=False) as parts:
        assert await parts.eraser.erasures.all(of.tenant) == []
        assert await left(parts, of.gone) == await left(parts, of.expired) == BOTH

    async with site.process() as parts:
        assert await left(parts, of.gone) == await left(parts, of.expired) == []
        assert await left(parts, of.kept) == BOTH
        assert await told(parts, of.gone) == [("service:erasure", "er-1")]
        assert await told(parts, of.expired) == [
            ("service:retention", f"expiry-{of.expired.contact_id}")
        ]
        assert await told(parts, of.kept) == []
        assert await parts.keys.replay(of.tenant) == 0  # what was read once is not read again


async def test_a_register_that_is_lost_whole_is_read_from_its_older_epoch(
    site: Site, of: Household
) -> None:
    assert isinstance(site.archive, DirectoryStore)
    async with site.process() as parts:
        await called(parts, of.gone, of.kept)
        tables = await saved(parts, of.tenant)
        async with archiving(parts, site.archive, of.tenant):
            await parts.eraser.finish(of.tenant, await approved(parts, of.gone))
        await restored(parts, of.tenant, tables)
    async with connected(site.nats_url, name="test") as nc:
        streams = nc.jetstream()  # pyright: ignore[reportUnknownMemberType]
        await streams.delete_stream(configuration_stream(of.tenant))

    async with site.process() as parts:
        await add_tenant(of.tenant, parts)

        assert await left(parts, of.gone) == []
        assert await left(parts, of.kept) == BOTH


async def test_no_key_is_given_out_while_the_archive_does_not_answer(
    site: Site, of: Household, private_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with site.process() as parts:
        await called(parts, of.kept)
        store, instants = Away(private_dir / "archive"), [0.0]
        stored = await PostgresKeys.open(parts.databases, root_key_file=private_dir / ROOT_KEY_FILE)
        keys = ErasedFirst(
            stored,
            register=Register(parts.log, stored),
            databases=parts.databases,
            archived=ArchivedRegister(store, log=parts.log, keys=stored),
            clock=lambda: instants[-1],
        )

        with pytest.raises(ArchiveUnavailable):
            await keys.obtain(of.tenant, f"contact/{of.kept.contact_id}")
        assert keys.held(of.tenant, f"contact/{of.kept.contact_id}") is None
        assert "keys_closed" in capsys.readouterr().out
        store.away = False
        # Nor is it asked again at once.
        with pytest.raises(ArchiveUnavailable):
            await keys.find(of.tenant, [])
        instants.append(AWAY_S)
        assert await keys.obtain(of.tenant, f"contact/{of.kept.contact_id}") is not None


async def test_an_archive_that_another_key_signed_opens_nothing(site: Site, of: Household) -> None:
    assert isinstance(site.archive, DirectoryStore)
    async with site.process() as parts:
        await called(parts, of.kept)
        async with archiving(parts, site.archive, of.tenant):
            await parts.eraser.finish(of.tenant, await approved(parts, of.kept))
        async with parts.databases.connection(of.tenant) as connection:
            await connection.execute("DELETE FROM holder_keys WHERE holder = 'archive/signing'")

    async with site.process() as parts:
        with pytest.raises(ArchiveCorrupt):
            await left(parts, of.kept)


async def test_an_erasure_waits_for_its_archive_and_tells_what_that_holds(
    site: Site, of: Household
) -> None:
    assert isinstance(site.archive, DirectoryStore)
    async with site.process() as parts:
        await called(parts, of.gone, of.kept)
        agreed = await approved(parts, of.gone)
        archived = ArchivedRegister(site.archive, log=parts.log, keys=parts.keys)
        impatient = Archived(archived, parts.register, archived_s_max=0.0)
        with pytest.raises(ArchiveBehind):
            await impatient.hold(of.tenant, "er-1", agreed.to_destroy)
        async with archiving(parts, site.archive, of.tenant):
            done = await parts.eraser.finish(of.tenant, agreed)

        await impatient.hold(of.tenant, "er-1", agreed.to_destroy)
        with pytest.raises(ArchiveBehind):
            await impatient.hold(of.tenant, "er-1", [of.gone.contact_id, of.kept.contact_id])
        assert done.signed is not None
        # The contact's facts are a few and wait for their segment; that there is one is told.
        assert Counted("archive", "sealed_facts", 0) in done.left
        assert done.own_key_id is not None
        assert done.reason.reveal_or("gone") == "gone"
        held = await archived.archive(of.tenant)
        epoch = (await parts.register.state(of.tenant)).epoch
        layout = Layout(configuration_stream(of.tenant), epoch)
        assert [key async for page in held.store.list(layout.segments) for key in page] != []
