"""Erasures end, whatever dies in between, and come before everything else after a restore."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.commands.erasure import Erasure, RequestErasure
from antiphon.errors import ContactUnknown, HistoryUnreadable, KeyDestroyed
from antiphon.events.audio import AudioBlock, AudioChunk
from antiphon.events.base import START, ContactId, ContactRef, TenantName
from antiphon.events.contact import ContactErased, ContactStarted
from antiphon.events.erasure import (
    KIND,
    ContactsDestroyed,
    DestructionBegun,
    ErasureCompleted,
    ReceiptSigned,
)
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.progress import Progress
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream, register_subject
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.key_store import PostgresKeys
from antiphon.infra.parts import ROOT_KEY_FILE, Parts, now
from antiphon.infra.postgres import Databases
from antiphon.infra.tenancy import add_tenant
from antiphon.services import erasure as erasure_service

from ..builders import FRAGMENT, contact_started, draft
from ..waiting import until
from .erasure_site import Site, control_database, restored, saved

ENDPOINT = "+4930901820"
_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def control_url(postgres_url: str) -> str:
    return await control_database(postgres_url)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("erasure")


@pytest.fixture
def site(nats_url: str, control_url: str, data_dir: Path) -> Site:
    return Site(nats_url, control_url, data_dir)


@pytest_asyncio.fixture
async def parts(site: Site) -> AsyncIterator[Parts]:
    async with site.process() as made:
        yield made


async def tenant_with(parts: Parts, *contact_ids: str) -> tuple[TenantName, list[ContactRef]]:
    tenant = TenantName(f"erased-{next(_numbers)}")
    await add_tenant(tenant, parts)
    contacts = [ContactRef(tenant, ContactId(one)) for one in contact_ids]
    for contact in contacts:
        started = contact_started(customer_endpoint=Sealed(ENDPOINT), attributes={})
        await parts.journal.append(contact, [draft(started)], expected=START)
    return tenant, contacts


def wish(contacts: list[ContactRef], erasure_id: str = "er-1") -> RequestErasure:
    return RequestErasure(
        erasure_id=erasure_id,
        by_endpoint=tuple(one.contact_id for one in contacts),
        reason=Sealed("asked for it"),
        identity_proof=Sealed("ticket 4711"),
    )


async def approve(parts: Parts, tenant: TenantName, contacts: list[ContactRef]) -> Erasure:
    asked = await parts.eraser.request(tenant, wish(contacts), actor="person:one")
    return await parts.eraser.approve(
        tenant, asked, contact_ids=asked.contact_ids, partial=False, actor="person:two"
    )


async def erase(parts: Parts, tenant: TenantName, contacts: list[ContactRef]) -> Erasure:
    return await parts.eraser.finish(tenant, await approve(parts, tenant, contacts))


async def endpoint(journal: Journal, contact: ContactRef) -> str:
    async for fact in journal.read(contact):
        if isinstance(fact.event, ContactStarted) and fact.event.customer_endpoint:
            return fact.event.customer_endpoint.reveal_or("[erased]")
    raise AssertionError("it never started")


async def erasures_told(parts: Parts, contact: ContactRef) -> int:
    return len(
        [1 async for one in parts.journal.read(contact) if isinstance(one.event, ContactErased)]
    )


async def test_an_erasure_leaves_a_receipt_and_nothing_of_the_person(parts: Parts) -> None:
    tenant, contacts = await tenant_with(parts, "c-1", "c-2", "c-3")

    done = await erase(parts, tenant, contacts[:2])

    assert (done.destroyed, done.found_by) == (("c-1", "c-2"), "customer_endpoint")
    assert (done.requested_by, done.approved_by) == ("person:one", "person:two")
    assert done.reason.reveal_or("[erased]") == "[erased]"  # somebody may be named in it
    assert not done.is_open
    assert [await endpoint(parts.journal, one) for one in contacts] == [
        "[erased]", "[erased]", ENDPOINT,
    ]  # fmt: skip
    assert await parts.eraser.erasures.known(tenant, "er-1") == done
    facts = [fact async for fact in parts.register.read(tenant, kind=KIND)]
    assert ENDPOINT not in repr(facts)


async def test_a_contact_that_never_started_is_refused_and_nothing_recorded(parts: Parts) -> None:
    tenant, contacts = await tenant_with(parts, "c-1")
    unknown = ContactRef(tenant, ContactId("c-9"))

    with pytest.raises(ContactUnknown):
        await parts.eraser.request(tenant, wish([*contacts, unknown]), actor="person:one")

    assert await parts.eraser.erasures.find(tenant, "er-1") is None


async def test_what_nobody_approved_erases_nothing_whoever_starts(site: Site) -> None:
    async with site.process() as parts:
        tenant, contacts = await tenant_with(parts, "c-1")
        asked = await parts.eraser.request(tenant, wish(contacts), actor="person:one")
        assert await parts.eraser.finish(tenant, asked) == asked

    async with site.process() as parts:
        assert await endpoint(parts.journal, contacts[0]) == ENDPOINT


async def test_its_audio_is_gone_too(parts: Parts) -> None:
    tenant, (contact,) = await tenant_with(parts, "c-1")
    block = AudioBlock(
        track="from_customer", fragment=FRAGMENT, ordinal=0, first_sample=0, samples=b"\0\1" * 80
    )
    chunk = AudioChunk(stream=1, resume_after=None, blocks=(block,))
    await parts.audio.append(contact, chunk, id="1", expected=START)
    assert await parts.audio.last(contact) is not None

    await erase(parts, tenant, [contact])

    assert await parts.audio.last(contact) is None
    with pytest.raises(KeyDestroyed):
        await parts.audio.append(contact, chunk, id="2", expected=START)


async def test_a_process_that_reads_the_log_forgets_at_once(site: Site, parts: Parts) -> None:
    tenant, (contact,) = await tenant_with(parts, "c-1")
    async with site.process() as other:
        assert await endpoint(other.journal, contact) == ENDPOINT  # its key is remembered now

        await erase(parts, tenant, [contact])

        # The very read that meets the erasure shows nothing of what stands before it.
        assert await endpoint(other.journal, contact) == "[erased]"


async def test_what_was_begun_is_finished_by_whoever_comes_next(site: Site) -> None:
    async with site.process() as parts:
        tenant, contacts = await tenant_with(parts, "c-1", "c-2")
        approved = await approve(parts, tenant, contacts)
        begun = DestructionBegun(contact_ids=approved.to_destroy, found=())
        await parts.eraser.erasures.record(tenant, approved, [begun])

    async with site.process() as parts:
        # No key that was to go is given out, even before anybody takes the erasure up.
        assert [await endpoint(parts.journal, one) for one in contacts] == ["[erased]"] * 2
        run = erasure_service.run(
            tenant,
            register=parts.register,
            eraser=parts.eraser,
            now=now,
            progress=Progress("erasure", tenant),
            grace=timedelta(0),
        )
        task = asyncio.create_task(run)

        async def signed() -> bool:
            return not (await parts.eraser.erasures.known(tenant, "er-1")).is_open

        await until(signed)
        task.cancel()
        await asyncio.wait([task])

        assert [await erasures_told(parts, one) for one in contacts] == [1, 1]
        facts = [type(fact.event) async for fact in parts.register.read(tenant, kind=KIND)]
        assert facts[2:] == [DestructionBegun, ContactsDestroyed, ErasureCompleted, ReceiptSigned]


async def test_two_that_erase_the_same_at_once_do_it_once(site: Site, parts: Parts) -> None:
    tenant, contacts = await tenant_with(parts, "c-1", "c-2")
    async with site.process() as other:
        receipts = await asyncio.gather(
            erase(parts, tenant, contacts), erase(other, tenant, contacts)
        )

    assert receipts[0] == receipts[1]
    assert [await erasures_told(parts, one) for one in contacts] == [1, 1]
    facts = [fact.event async for fact in parts.register.read(tenant, kind=KIND)]
    assert sum(isinstance(one, ErasureCompleted) for one in facts) == 1


async def wrapped(parts: Parts, tenant: TenantName, contact: ContactRef) -> bytes | None:
    async with parts.databases.connection(tenant) as connection:
        return await connection.fetchval(
            "SELECT wrapped FROM holder_keys WHERE holder = $1", f"contact/{contact.contact_id}"
        )


async def test_after_a_restore_erasures_come_before_the_first_read(site: Site) -> None:
    async with site.process() as parts:
        tenant, (erased, kept) = await tenant_with(parts, "c-1", "c-2")
        backup = await saved(parts, tenant)
        await erase(parts, tenant, [erased])
    async with site.process() as parts:
        await endpoint(parts.journal, erased)  # so that the position moves past the erasure
        await restored(parts, tenant, backup)
        assert await wrapped(parts, tenant, erased) is not None

    async with site.process() as parts:
        assert await endpoint(parts.journal, erased) == "[erased]"
        assert await endpoint(parts.journal, kept) == ENDPOINT
        assert await wrapped(parts, tenant, erased) is None


async def test_without_that_a_restore_would_bring_back_what_was_erased(site: Site) -> None:
    async with site.process() as parts:
        tenant, (erased,) = await tenant_with(parts, "c-1")
        backup = await saved(parts, tenant)
        await erase(parts, tenant, [erased])
        await restored(parts, tenant, backup)

    databases = Databases(site.postgres_url)
    unguarded = await PostgresKeys.open(databases, root_key_file=site.data_dir / ROOT_KEY_FILE)
    async with connected(site.nats_url, name="unguarded") as nc:
        assert await endpoint(Journal(JetStreamLog(nc), unguarded), erased) == ENDPOINT
    await databases.close()


async def test_what_was_replayed_is_not_replayed_again(site: Site) -> None:
    async with site.process() as parts:
        tenant, contacts = await tenant_with(parts, "c-1")
        await erase(parts, tenant, contacts)
    async with site.process() as parts:
        assert await parts.keys.replay(tenant) == 3  # a contact's two, and the erasure's own

        assert await parts.keys.replay(tenant) == 0


async def test_an_erasure_that_cannot_be_read_keeps_everything_closed(site: Site) -> None:
    async with site.process() as parts:
        tenant, (contact,) = await tenant_with(parts, "c-1")
    async with connected(site.nats_url, name="strange") as nc:
        await JetStreamLog(nc).append(
            configuration_stream(tenant),
            register_subject(tenant, kind=KIND, id="er-9"),
            [Entry("strange", b"{}")],
            expected=None,
        )

    async with site.process() as parts:
        with pytest.raises(HistoryUnreadable, match="er-9"):
            await endpoint(parts.journal, contact)
