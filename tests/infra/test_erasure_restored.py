"""What a restore brings back of people who were erased, it does not bring back to anybody."""

import itertools
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.commands.erasure import Erasure, RequestErasure
from antiphon.commands.hold import PlaceHold
from antiphon.commands.privacy import PrivacyPolicies, PublishPrivacyPolicy
from antiphon.errors import KeyDestroyed, UnderHold
from antiphon.events.base import START, ContactId, ContactRef, TenantName
from antiphon.events.erasure import ContactsSpared, Counted, DestructionBegun, Held
from antiphon.events.hold import KIND as HOLDS
from antiphon.events.hold import HoldEnforced
from antiphon.events.redaction import OriginalDestroyed
from antiphon.events.retention import KeysExpired
from antiphon.events.sealed import Sealed
from antiphon.infra.erasing.dead_rows import DeadRows
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.parts import Parts, now
from antiphon.infra.redacting import redaction_of
from antiphon.infra.settings import Settings
from antiphon.infra.tenancy import add_tenant
from antiphon.services.inbox import ContactInbox
from antiphon.services.sealed_recording import folder_of, folder_of_redacted
from antiphon.services.translation.reply_audio import folder_of as folder_of_replies

from ..builders import contact_ended, contact_started, draft, transcript_completed
from ..redaction_builders import redaction_applied, redaction_verified
from .erasure_site import Site, control_database

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


async def person_in(parts: Parts, *contact_ids: str) -> tuple[TenantName, list[ContactRef]]:
    tenant = TenantName(f"restored-{next(_numbers)}")
    await add_tenant(tenant, parts)
    contacts = [ContactRef(tenant, ContactId(one)) for one in contact_ids]
    for one in contacts:
        await parts.journal.append(one, [draft(contact_started())], expected=START)
        await parts.keys.obtain(tenant, f"original/{one.contact_id}")
    return tenant, contacts


async def asked(parts: Parts, tenant: TenantName, contacts: list[ContactRef]) -> Erasure:
    command = RequestErasure(
        erasure_id="er-1",
        by_id=tuple(one.contact_id for one in contacts),
        reason=Sealed("asked for it"),
        identity_proof=Sealed("ticket 4711"),
    )
    return await parts.eraser.request(tenant, command, actor="person:one")


async def approved(parts: Parts, tenant: TenantName, wish: Erasure, *, partial: bool) -> Erasure:
    return await parts.eraser.approve(
        tenant, wish, contact_ids=wish.contact_ids, partial=partial, actor="person:two"
    )


async def erased(parts: Parts, tenant: TenantName, contacts: list[ContactRef]) -> Erasure:
    agreed = await approved(parts, tenant, await asked(parts, tenant, contacts), partial=False)
    return await parts.eraser.finish(tenant, agreed)


async def left(parts: Parts, contact: ContactRef) -> list[str]:
    """Return of which holders a contact has a key."""
    found: list[str] = []
    for name in ("contact", "original"):
        try:
            await parts.keys.obtain(contact.tenant, f"{name}/{contact.contact_id}")
        except KeyDestroyed:
            continue
        found.append(name)
    return found


@asynccontextmanager
async def restored_after(parts: Parts, tenant: TenantName) -> AsyncGenerator[None]:
    """Back the tenant's keys up; after what happens meanwhile, put them back as they were."""
    async with parts.databases.connection(tenant) as connection:
        rows = await connection.fetch("SELECT * FROM holder_keys")
    yield
    async with parts.databases.connection(tenant) as connection:
        await connection.execute("DELETE FROM holder_keys")
        await connection.execute("DELETE FROM erasures_replayed")
        records = [tuple(row) for row in rows]
        await connection.copy_records_to_table("holder_keys", records=records)


async def test_neither_key_comes_back_with_the_database(site: Site) -> None:
    async with site.process() as parts:
        tenant, (gone, kept) = await person_in(parts, "c-1", "c-2")
        async with restored_after(parts, tenant):
            await erased(parts, tenant, [gone])

    async with site.process() as parts:
        assert await left(parts, gone) == []
        assert await left(parts, kept) == ["contact", "original"]


async def test_what_a_hold_stopped_after_it_was_begun_is_not_done_by_the_next(site: Site) -> None:
    async with site.process() as parts:
        tenant, contacts = await person_in(parts, "c-1", "c-2")
        wish = await asked(parts, tenant, contacts)
        agreed = await approved(parts, tenant, wish, partial=False)
        begun = DestructionBegun(contact_ids=agreed.to_destroy, found=())
        spared = ContactsSpared(held=(Held(ContactId("c-1"), ("h-1",)),))
        under_way = await parts.eraser.erasures.record(tenant, agreed, [begun])
        await parts.eraser.erasures.record(tenant, under_way, [spared])

    async with site.process() as parts:
        assert await left(parts, contacts[0]) == ["contact", "original"]
        assert await left(parts, contacts[1]) == []


async def test_keys_whose_time_was_over_go_again(site: Site) -> None:
    async with site.process() as parts:
        tenant, (contact,) = await person_in(parts, "c-1")
        expired = KeysExpired(holders=("original",), policy_version="1")
        await parts.register.append(tenant, id="c-1", drafts=[draft(expired)], expected=START)

    async with site.process() as parts:
        assert await left(parts, contact) == ["contact"]


async def test_originals_that_a_policy_destroyed_do_not_come_back_with_the_database(
    site: Site, data_dir: Path
) -> None:
    async with site.process() as parts, AsyncExitStack() as closing:
        tenant, (contact,) = await person_in(parts, "c-1")
        wanted = PublishPrivacyPolicy(originals="destroy")
        policies = PrivacyPolicies(parts.register, now=now)
        await policies.publish(tenant, wanted, command_id="1", actor="person:one")
        life = await parts.journal.lane_end(contact, "life")
        await parts.journal.append(contact, [draft(contact_ended())], expected=life)
        await parts.journal.append(contact, [draft(transcript_completed())], expected=START)
        upto = (await parts.journal.state(tenant)).last
        applied = redaction_applied(heard_upto=upto, audio=None, reason="not_recorded")
        verified = [draft(applied), draft(redaction_verified(attempt=1))]
        await parts.journal.append(contact, verified, expected=START)
        store = DirectoryStore(data_dir / "recordings")
        service = redaction_of(Settings(data_dir=data_dir), parts, store=store, closing=closing)
        inbox = ContactInbox(contact, parts.journal, service.lanes)
        await inbox.open(reach=upto)
        async with restored_after(parts, tenant):
            await service.care(contact, inbox)
            assert await left(parts, contact) == ["contact"]

    async with site.process() as parts:
        assert await left(parts, contact) == ["contact"]
        told = [one.event async for one in parts.journal.read(contact, lanes=("redaction",))]
        assert told[-1] == OriginalDestroyed(objects=0, by="policy")


async def test_objects_that_come_back_cannot_be_opened_and_are_swept(site: Site) -> None:
    store = DirectoryStore(site.data_dir / "recordings")
    async with site.process() as parts:
        tenant, (gone, kept) = await person_in(parts, "c-1", "c-2")
        keys = [f"{of(gone)}1" for of in (folder_of, folder_of_redacted, folder_of_replies)]
        for key in (*keys, f"{folder_of(kept)}1"):
            await store.put(key, b"sealed")
        done = await erased(parts, tenant, [gone])
        assert not done.is_open
        assert [one.key async for page in store.list("") for one in page] == [f"{folder_of(kept)}1"]
        for key in keys:
            await store.put(key, b"sealed")

        swept = [one async for one in parts.eraser.sweep(tenant) if one.store == "objects"]

        assert {(one.what, one.number) for one in swept} == {
            ("recordings", 1), ("redactions", 1), ("replies", 1),
        }  # fmt: skip
        assert [one.key async for page in store.list("") for one in page] == [f"{folder_of(kept)}1"]
        assert await left(parts, gone) == []


async def test_a_real_hold_is_kept_to_and_says_who_wanted_what(site: Site) -> None:
    async with site.process() as parts:
        tenant, contacts = await person_in(parts, "c-1", "c-2")
        placed, _ = await parts.holds.place(
            tenant,
            PlaceHold(reason=Sealed("a lawsuit"), contact_ids=(ContactId("c-1"),)),
            hold_id="h-1",
            actor="person:lawyer",
        )
        wish = await asked(parts, tenant, contacts)

        with pytest.raises(UnderHold):
            await approved(parts, tenant, wish, partial=False)
        agreed = await approved(parts, tenant, wish, partial=True)
        done = await parts.eraser.finish(tenant, agreed)

        assert (done.destroyed, done.held) == (("c-2",), (Held(ContactId("c-1"), ("h-1",)),))
        assert placed.hold_id == "h-1"
        assert await left(parts, contacts[0]) == ["contact", "original"]
        facts = [fact async for fact in parts.register.read(tenant, kind=HOLDS)]
        told = [one for one in facts if isinstance(one.event, HoldEnforced)]
        assert [one.actor for one in told] == ["person:two"]


async def test_tables_that_are_too_large_to_be_rewritten_are_told_of(site: Site) -> None:
    async with site.process() as parts:
        tenant, _ = await person_in(parts, "c-1")
        small, large = (DeadRows(parts.databases, rewritten_bytes_max=n) for n in (2**30, 0))

        await large.clear(tenant, ())

        assert await small.count(tenant, ()) == []
        assert await large.count(tenant, ()) == [Counted("dead_rows", "large_tables", 1)]
