"""The whole path on real servers: a log on JetStream, an archive in S3 under Object Lock."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from antiphon.errors import SettingWrong
from antiphon.events.base import ContactRef, Position, Recorded, TenantName
from antiphon.events.journal import Journal
from antiphon.events.keys import KeyStore
from antiphon.events.log import EventLog
from antiphon.events.progress import Progress
from antiphon.events.speech import UtteranceFinalized
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.archive_key import archive_signer
from antiphon.infra.archiving import Archives, sources_of
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.object_store.opening import object_store
from antiphon.services.archive.archiver import Archiver, run
from antiphon.services.archive.chain import Archive
from antiphon.services.archive.pending import Bounds
from antiphon.services.archive.store import ObjectStore
from antiphon.services.archive.verify import Check, verify
from msgspec import Struct
from msgspec import json as msgspec_json
from nats.aio.client import Client

from ..builders import contact, contact_ended, contact_started, draft, utterance_finalized
from ..seaweed import ACCESS_KEY, REGION, SECRET_KEY, S3Refusal, S3Server
from ..waiting import until
from .places import new_tenant

SPOKEN = "my roof leaks and my cat is wet"


class Site(Struct, frozen=True):
    nc: Client
    log: EventLog
    keys: KeyStore
    store: ObjectStore
    tenant: TenantName
    bucket: str

    @property
    def journal(self) -> Journal:
        return Journal(self.log, self.keys)


@pytest_asyncio.fixture
async def site(
    nats_url: str, s3: S3Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncGenerator[Site]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    tenant, bucket = new_tenant(), s3.bucket(f"b-{uuid.uuid4().hex}", lock=True)
    url = s3_url(s3, bucket)
    async with (
        connected(nats_url, name="test") as nc,
        object_store(url, data_dir=tmp_path, locked=True) as store,
    ):
        streams = Streams(nc)
        for name, subjects in (
            (facts_stream(tenant), f"ev.{tenant}.>"),
            (configuration_stream(tenant), f"cf.{tenant}.>"),
        ):
            await streams.create(name, subjects, deny_delete=True)
        yield Site(nc, JetStreamLog(nc), MemoryKeys(), store, tenant, bucket)
        for name in (facts_stream(tenant), configuration_stream(tenant)):
            await nc.request(f"$JS.API.STREAM.DELETE.{name}", timeout=5)


def s3_url(s3: S3Server, bucket: str) -> str:
    return f"s3://{bucket}/antiphon?" + urlencode({"endpoint": s3.url, "region": REGION})


async def test_a_purged_log_is_read_from_s3_decoded_and_opened(site: Site) -> None:
    whole = await a_call(site, contact("c-1", tenant=site.tenant))
    await archive_all(site)
    await purge(site, whole[-1].position)

    history = await Archives(store=site.store, log=site.log, keys=site.keys).history(site.tenant)
    reading = history.read_tenant(site.tenant, after=Position(0), upto=whole[-1].position)
    found = [recorded async for page in reading for recorded in page]

    assert found == whole
    one = [one async for one in history.read(contact("c-1", tenant=site.tenant))]
    assert one == whole
    said = [one.event for one in found if isinstance(one.event, UtteranceFinalized)]
    assert [event.text.reveal() for event in said] == [SPOKEN]


async def test_what_was_said_and_the_private_key_are_nowhere_in_the_bucket(
    site: Site, s3: S3Server
) -> None:
    await a_call(site, contact("c-1", tenant=site.tenant))
    await archive_all(site)
    seed = (await site.keys.obtain(site.tenant, "archive/signing")).secret

    bodies = await asyncio.to_thread(every_body, s3, site.bucket)

    assert len(bodies) >= 5
    for body in bodies.values():
        assert SPOKEN.encode() not in body
        assert seed not in body
        assert seed.hex().encode() not in body.lower()


async def test_every_object_is_retained_and_a_deletion_is_refused(site: Site, s3: S3Server) -> None:
    await a_call(site, contact("c-1", tenant=site.tenant))
    await archive_all(site)
    client = s3.client()

    versions = client.list_object_versions(Bucket=site.bucket)["Versions"]

    assert len(versions) >= 5
    for one in versions:
        which = {"Bucket": site.bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
        until_ = client.head_object(**which)["ObjectLockRetainUntilDate"]
        assert until_ > datetime.now(UTC) + timedelta(days=29)
        with pytest.raises(S3Refusal, match="AccessDenied"):
            client.delete_object(**which)


async def test_a_version_put_over_a_segment_is_found_and_the_original_is_still_there(
    site: Site, s3: S3Server
) -> None:
    await a_call(site, contact("c-1", tenant=site.tenant))
    await archive_all(site)
    client = s3.client()
    listed = client.list_objects_v2(Bucket=site.bucket)["Contents"]
    [key] = [one["Key"] for one in listed if one["Key"].endswith(".parquet")]
    original = client.get_object(Bucket=site.bucket, Key=key)
    body = bytearray(original["Body"].read())
    body[77] ^= 0x10
    client.put_object(Bucket=site.bucket, Key=key, Body=bytes(body))

    flaws = [verdict.flaw for verdict in await verdicts(site)]

    assert flaws[0] is not None
    assert flaws[0].where == key.removeprefix("antiphon/")
    assert flaws[0].problem.startswith("byte 77 is")
    assert "earlier version of its key" in flaws[0].advice
    client.get_object(Bucket=site.bucket, Key=key, VersionId=original["VersionId"])


@pytest.mark.parametrize(
    "url",
    [
        "http://x/y",
        "s3://",
        "file://host/x",
        "file:///",
        "s3://b?colour=red",
        "archive",
        "s3://key:secret@b",
    ],
)
async def test_an_url_that_names_no_store_is_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(SettingWrong, match="ANTIPHON_ARCHIVE_URL") as caught:
        async with object_store(url, data_dir=tmp_path):
            pass

    assert "secret" not in str(caught.value)


async def test_without_an_url_it_is_a_directory_of_the_data_directory(tmp_path: Path) -> None:
    async with object_store(None, data_dir=tmp_path) as store:
        await store.put("a", b"x")
    async with object_store(f"file://{tmp_path}/elsewhere", data_dir=tmp_path) as store:
        await store.put("b", b"y")

    assert (tmp_path / "archive" / "a").read_bytes() == b"x"
    assert (tmp_path / "elsewhere" / "b").read_bytes() == b"y"


async def test_retention_is_refused_where_it_would_not_be_kept(
    site: Site, s3: S3Server, tmp_path: Path
) -> None:
    unlocked = s3_url(s3, s3.bucket(f"b-{uuid.uuid4().hex}"))

    for url in (unlocked, None):
        with pytest.raises(SettingWrong):
            async with object_store(url, data_dir=tmp_path, locked=True):
                pass


async def a_call(site: Site, ref: ContactRef) -> list[Recorded]:
    """Append a contact's facts, what was said sealed, and return them as the log gives them."""
    position = Position(0)
    for n, event in enumerate([contact_started(), contact_ended()]):
        position = await site.journal.append(ref, [draft(event, id=f"life-{n}")], expected=position)
    said = draft(utterance_finalized(SPOKEN), id="said")
    last = await site.journal.append(ref, [said], expected=Position(0))
    reading = site.journal.read_tenant(site.tenant, after=Position(0), upto=last)
    return [recorded async for page in reading for recorded in page]


async def archive_all(site: Site) -> None:
    """Run the archiver of the tenant's facts until all is archived and the day's head signed."""
    signer = await archive_signer(site.keys, site.tenant)
    source = sources_of(site.tenant)["archive_facts"]
    last = (await site.log.state(source.stream)).last
    one = Archiver(
        source=source,
        log=site.log,
        archive=Archive(site.store, trusted=[signer.public_key]),
        signer=signer,
        now=lambda: datetime.now(UTC),
        progress=Progress("archive_facts", site.tenant),
        bounds=Bounds(age_s_max=0.0),
        retention=timedelta(days=30),
    )
    running = asyncio.create_task(run(one))
    try:
        heads = f"{source.stream}/{(await site.log.state(source.stream)).epoch}/heads/"

        async def done() -> bool:
            signed = [page async for page in site.store.list(heads)]
            return one.progress.position == last and bool(signed)

        await until(done, what="archived")
    finally:
        running.cancel()
        await asyncio.wait([running])


async def verdicts(site: Site):  # noqa: ANN201
    signer = await archive_signer(site.keys, site.tenant)
    archive = Archive(site.store, trusted=[signer.public_key])
    source = sources_of(site.tenant)["archive_facts"]
    return await verify(Check(archive=archive, source=source, log=site.log))


async def purge(site: Site, upto: Position) -> None:
    asked = msgspec_json.encode({"seq": upto + 1})
    await site.nc.request(f"$JS.API.STREAM.PURGE.{facts_stream(site.tenant)}", asked, timeout=5)


def every_body(s3: S3Server, bucket: str) -> dict[str, bytes]:
    client = s3.client()
    listed = client.list_objects_v2(Bucket=bucket)["Contents"]
    return {
        one["Key"]: client.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
        for one in listed
    }
