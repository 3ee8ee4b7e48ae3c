"""Retention on real servers: the log, the keys, the read model, and a bucket of recordings."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest
import pytest_asyncio
from antiphon.commands.hold import PlaceHold, ReleaseHold
from antiphon.commands.retention import PublishRetention, RetentionPolicies
from antiphon.errors import ArchiveCorrupt, KeyDestroyed
from antiphon.events.base import ContactId, ContactRef, Event, Position, TenantName
from antiphon.events.log import Stored
from antiphon.events.log_in_front import LogInFront
from antiphon.events.progress import Progress
from antiphon.events.retention import DataDeleted, RetentionFreed, RetentionHeld, Stay
from antiphon.events.sealed import Sealed
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import facts_stream
from antiphon.infra.archive_key import archive_signer
from antiphon.infra.archiving import Archives, sources_of
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.object_store.opening import recording_store
from antiphon.infra.parts import Parts, connect, now
from antiphon.infra.retaining import ArchiveProof, Retention
from antiphon.infra.settings import load
from antiphon.infra.tenancy import add_tenant
from antiphon.projections import retention as read_model
from antiphon.projections import runner
from antiphon.projections.projection import checkpoint_of
from antiphon.services.archive.archiver import Archiver
from antiphon.services.archive.archiver import run as archive_for_ever
from antiphon.services.archive.chain import Archive
from antiphon.services.archive.pending import Bounds
from msgspec import Struct
from msgspec.structs import replace

from ..builders import contact_ended, contact_started, draft, utterance_finalized
from ..seaweed import ACCESS_KEY, REGION, SECRET_KEY, S3Server
from ..waiting import until

SPOKEN = "my roof leaks"
_numbers = itertools.count(1)


class Kept(Struct, frozen=True):
    """A tenant whose calls are kept in a bucket, and retention over it."""

    parts: Parts
    tenant: TenantName
    store: Any
    retention: Retention
    archives: Archives

    async def call(self, contact_id: str) -> ContactRef:
        contact = ContactRef(self.tenant, ContactId(contact_id))
        await self.tell(contact, contact_started())
        await self.tell(contact, utterance_finalized(SPOKEN))
        await self.tell(contact, contact_ended())
        await self.parts.keys.obtain(self.tenant, f"original/{contact_id}")
        for folder in ("recordings", "redactions"):
            assert await self.store.put(f"{folder}/{self.tenant}/{contact_id}/one", b"sealed")
        return contact

    async def tell(self, contact: ContactRef, event: Event) -> None:
        end = await self.parts.journal.lane_end(contact, event.LANE)
        await self.parts.journal.append(contact, [draft(event)], expected=end)

    async def publish(self, **days: int | None) -> None:
        policies = RetentionPolicies(self.parts.register, now=now)
        kinds: dict[Any, Stay] = {
            kind: Stay(delete_after_days=value) for kind, value in days.items()
        }
        await policies.publish(
            self.tenant, PublishRetention(kinds=kinds), command_id=uuid.uuid4().hex, actor="a"
        )

    async def shown(self) -> None:
        """Return once the read model shows everything there is."""
        end = (await self.parts.journal.state(self.tenant)).last
        pool = await self.parts.databases.pool(self.tenant)

        async def reached() -> bool:
            async with pool.acquire() as connection:
                at = await checkpoint_of(connection, read_model.PROJECTION)
                return at is not None and at.position >= end

        await until(reached, within_s=10, what="shown")

    async def sweep(self) -> int:
        await self.shown()
        return await self.retention.sweeper(self.tenant).sweep()

    async def told(self, contact: ContactRef) -> list[Event]:
        facts = self.parts.journal.read(contact, lanes=("retention",))
        return [one.event async for one in facts]

    async def words(self, contact: ContactRef) -> list[str | None]:
        return [
            fact.event.text.reveal_or(None)
            async for fact in self.parts.journal.read(contact, lanes=("speech",))
            if isinstance(fact.event, UtteranceFinalized)
        ]

    async def objects(self) -> list[str]:
        keys = [one.key async for page in self.store.list("") for one in page]
        return sorted(key.split("/")[0] + "/" + key.split("/")[2] for key in keys)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def control_url(postgres_url: str) -> str:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE DATABASE control_of_retention")
    await connection.close()
    return postgres_url.rsplit("/", 1)[0] + "/control_of_retention"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("retention")


@pytest_asyncio.fixture
async def kept(
    nats_url: str, control_url: str, data_dir: Path, s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    query = urlencode({"endpoint": s3.url, "region": REGION})
    url = f"s3://{s3.bucket(f'r-{uuid.uuid4().hex}')}/calls?{query}"
    settings = load({"ANTIPHON_RECORDING_URL": url, "ANTIPHON_DATA_DIR": str(data_dir)})
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(
            connect(
                nats_url=nats_url, postgres_url=control_url, data_dir=data_dir, recording_url=url
            )
        )
        tenant = TenantName(f"kept-{next(_numbers)}-{uuid.uuid4().hex[:8]}")
        await add_tenant(tenant, parts)
        archives = Archives(
            store=DirectoryStore(data_dir / f"archive-{tenant}"), log=parts.log, keys=parts.keys
        )
        await stack.enter_async_context(_projecting(parts, tenant))
        yield Kept(
            parts,
            tenant,
            recording_store(url, data_dir=data_dir, closing=stack),
            Retention(parts, archives, settings, closing=stack),
            archives,
        )


@asynccontextmanager
async def _projecting(parts: Parts, tenant: TenantName) -> AsyncGenerator[None]:
    pool = await parts.databases.pool(tenant)
    ports: dict[str, Any] = {"tenant": tenant, "journal": parts.journal, "pool": pool}
    await runner.make_tables(read_model.PROJECTION, **ports)
    progress = Progress("projection_retention", tenant)
    task = asyncio.create_task(runner.run(read_model.PROJECTION, **ports, progress=progress))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_what_is_over_goes_from_bucket_keys_and_log_and_what_is_held_does_not(
    kept: Kept,
) -> None:
    free, held = await kept.call("c-1"), await kept.call("c-2")
    assert await kept.sweep() == 0
    hold = PlaceHold(reason=Sealed("why"), contact_ids=(held.contact_id,))
    await kept.parts.holds.place(kept.tenant, hold, hold_id="h-1", actor="person:o")

    await kept.publish(original=0, audio=0)
    assert await kept.sweep() == 2

    assert await kept.objects() == ["recordings/c-2", "redactions/c-2"]
    with pytest.raises(KeyDestroyed):
        await kept.parts.keys.obtain(kept.tenant, "original/c-1")
    assert await kept.words(free) == [SPOKEN]
    assert [type(one) for one in await kept.told(held)] == [RetentionHeld]

    await kept.publish(original=0, audio=0, transcript=0)
    await kept.sweep()

    assert await kept.words(free) == [None]
    assert await kept.words(held) == [SPOKEN]

    await kept.parts.holds.release(kept.tenant, ReleaseHold(hold_id="h-1"), actor="person:o")
    await kept.sweep()

    assert await kept.words(held) == [None]
    assert await kept.objects() == []
    said = [type(one) for one in await kept.told(held)]
    assert said == [RetentionHeld, RetentionHeld, RetentionFreed, *[DataDeleted] * 4]
    assert await kept.sweep() == 0


async def test_the_role_does_it_by_itself_and_of_two_processes_one(kept: Kept) -> None:
    contact = await kept.call("c-1")
    await kept.publish(original=0, audio=0)
    await kept.shown()

    async with kept.parts.leases.attending(f"test-{kept.tenant}"), asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(
                kept.retention.run(kept.tenant, progress=Progress("retention", kept.tenant))
            )
            for _ in range(2)
        ]

        async def is_done() -> bool:
            return len(await kept.told(contact)) == 2

        await until(is_done, within_s=10, what="deleted")
        for task in running:
            task.cancel()

    assert [type(one) for one in await kept.told(contact)] == [DataDeleted] * 2


async def test_the_archive_proves_a_contact_only_when_it_has_every_byte(kept: Kept) -> None:
    contact = await kept.call("c-1")
    upto = (await kept.parts.journal.state(kept.tenant)).last
    proof = ArchiveProof(kept.archives)

    assert await proof.holds(contact, upto=upto) is False
    await _archive(kept)
    assert await proof.holds(contact, upto=upto) is True
    assert await proof.holds(contact, upto=Position(upto + 1)) is False

    other = Altered(kept.parts.log)
    differing = Archives(store=kept.archives.store, log=other, keys=kept.parts.keys)
    with pytest.raises(ArchiveCorrupt, match="differs from the log"):
        await ArchiveProof(differing).holds(contact, upto=upto)

    stored = await _segment(kept)
    body = bytearray(stored.read_bytes())
    body[77] ^= 0x10
    stored.chmod(0o600)
    stored.write_bytes(bytes(body))
    with pytest.raises(ArchiveCorrupt):
        await proof.holds(contact, upto=upto)


class Altered(LogInFront):
    """The log, had somebody changed an entry of it."""

    async def read(
        self, stream: str, filters: Sequence[str], **given: Any
    ) -> AsyncGenerator[Sequence[Stored]]:
        async for batch in self._log.read(stream, filters, **given):
            yield [replace(one, payload=one.payload + b" ") for one in batch]


async def _archive(kept: Kept) -> None:
    signer = await archive_signer(kept.parts.keys, kept.tenant)
    source = sources_of(kept.tenant)["archive_facts"]
    last = (await kept.parts.log.state(facts_stream(kept.tenant))).last
    progress = Progress("archive_facts", kept.tenant)
    archiver = Archiver(
        source=source,
        log=kept.parts.log,
        archive=Archive(kept.archives.store, trusted=[signer.public_key]),
        signer=signer,
        now=now,
        progress=progress,
        bounds=Bounds(age_s_max=0.0),
    )
    task = asyncio.create_task(archive_for_ever(archiver))
    await until(lambda: progress.position >= last, within_s=10, what="archived")
    task.cancel()
    await asyncio.wait([task])


async def _segment(kept: Kept) -> Path:
    root = Path(kept.archives.store.place)
    [found] = root.rglob("*.parquet")
    return found
