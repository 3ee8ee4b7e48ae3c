"""Every ObjectStore: files of a directory, and a real S3 server with Object Lock."""

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.errors import ArchiveUnavailable
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.object_store.s3 import S3Store

from ..contracts.object_store import ObjectStoreContract, keys
from ..seaweed import ACCESS_KEY, REGION, SECRET_KEY, S3Refusal, S3Server

# Writes one large object over and over, saying so before each write.
WRITER = """
import asyncio, os, pathlib, sys
from antiphon.infra.object_store.directory import DirectoryStore

async def main():
    store = DirectoryStore(pathlib.Path(sys.argv[1]))
    n = 0
    while True:
        print(n, flush=True)
        await store.put(f"k/{n}", bytes([n % 251]) * 8_000_000)
        n += 1

asyncio.run(main())
"""


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


def s3_store(server: S3Server, bucket: str, prefix: str = "") -> S3Store:
    return S3Store(bucket, prefix=prefix, endpoint=server.url, region=REGION)


class TestDirectory(ObjectStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> DirectoryStore:
        return DirectoryStore(tmp_path / "objects")

    async def test_a_writer_killed_at_any_moment_leaves_whole_objects_only(
        self, store: DirectoryStore, tmp_path: Path
    ) -> None:
        root = tmp_path / "objects"
        with subprocess.Popen(  # noqa: ASYNC220 (nobody else runs here)
            [sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                if int(line) == 3:
                    writer.kill()
                    break

        assert len(await keys(store, "k/")) >= 3
        for key in await keys(store, "k/"):
            n = int(key.removeprefix("k/"))
            assert await store.get(key) == bytes([n % 251]) * 8_000_000

    async def test_what_a_crash_left_unfinished_is_swept_once_it_is_old(
        self, store: DirectoryStore, tmp_path: Path
    ) -> None:
        await store.put("a", b"x")
        old, young = (tmp_path / "objects" / ".unfinished" / name for name in ("old", "young"))
        for left in (old, young):
            left.write_bytes(b"half")
        os.utime(old, (0, 0))

        await store.put("b", b"x")

        assert not old.exists()
        assert young.exists()
        assert await keys(store, "") == ["a", "b"]

    async def test_objects_are_for_us_alone_and_read_only(
        self, store: DirectoryStore, tmp_path: Path
    ) -> None:
        await store.put("a/b", b"x")

        assert (tmp_path / "objects" / "a" / "b").stat().st_mode & 0o777 == 0o400
        assert (tmp_path / "objects" / "a").stat().st_mode & 0o777 == 0o700

    async def test_a_place_that_cannot_be_written_is_a_fault(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("no directory")
        store = DirectoryStore(tmp_path / "file" / "objects")

        with pytest.raises(ArchiveUnavailable):
            await store.put("a", b"x")


@pytest.mark.usefixtures("credentials")
class TestS3(ObjectStoreContract):
    @pytest_asyncio.fixture
    async def store(self, s3: S3Server) -> AsyncGenerator[S3Store]:
        store = s3_store(s3, s3.bucket(f"b-{uuid.uuid4().hex}"), prefix="antiphon/archive")
        yield store
        await store.aclose()

    async def test_prefixes_of_one_bucket_are_apart(self, s3: S3Server) -> None:
        bucket = s3.bucket(f"b-{uuid.uuid4().hex}")
        one, other, whole = (s3_store(s3, bucket, prefix) for prefix in ("one", "other", ""))

        await one.put("a", b"1")
        await other.put("a", b"2")

        assert [await one.get("a"), await other.get("a")] == [b"1", b"2"]
        assert await keys(whole, "") == ["one/a", "other/a"]

    async def test_a_bucket_that_is_not_there_is_a_fault_and_not_an_empty_archive(
        self, s3: S3Server
    ) -> None:
        store = s3_store(s3, "missing-bucket")

        with pytest.raises(ArchiveUnavailable, match="NoSuchBucket"):
            await store.get("a")
        with pytest.raises(ArchiveUnavailable):
            await keys(store, "")

    async def test_a_server_that_is_down_is_a_fault(self) -> None:
        store = S3Store("b", endpoint="http://127.0.0.1:1", region=REGION)

        with pytest.raises(ArchiveUnavailable, match="EndpointConnectionError"):
            await store.get("a")


@pytest.mark.usefixtures("credentials")
class TestObjectLock:
    """What SeaweedFS 4.48 enforces; Amazon's documentation promises the same."""

    @pytest_asyncio.fixture
    async def store(self, s3: S3Server) -> AsyncGenerator[S3Store]:
        store = s3_store(s3, s3.bucket(f"b-{uuid.uuid4().hex}", lock=True))
        yield store
        await store.aclose()

    async def test_a_retained_object_tells_until_when(self, store: S3Store) -> None:
        until = in_days(3)

        await store.put("kept", b"x", retain_until=until)

        assert await store.locks()
        assert await store.retained_until("kept") == until

    @pytest.mark.parametrize("bypass", [False, True])
    async def test_the_server_refuses_to_delete_it(
        self, s3: S3Server, store: S3Store, *, bypass: bool
    ) -> None:
        version = await retained(s3, store)

        with pytest.raises(S3Refusal, match="AccessDenied"):
            await asyncio.to_thread(
                s3.client().delete_object, **version, BypassGovernanceRetention=bypass
            )

        assert await store.get("kept") == b"x"

    @pytest.mark.parametrize(("mode", "days"), [("COMPLIANCE", 1), ("GOVERNANCE", 30)])
    async def test_the_server_refuses_to_shorten_or_weaken_it(
        self, s3: S3Server, store: S3Store, mode: str, days: int
    ) -> None:
        version = await retained(s3, store)

        with pytest.raises(S3Refusal, match="AccessDenied"):
            await asyncio.to_thread(
                s3.client().put_object_retention,
                **version,
                Retention={"Mode": mode, "RetainUntilDate": in_days(days)},
            )

    async def test_the_server_lets_it_be_prolonged(self, s3: S3Server, store: S3Store) -> None:
        version, until = await retained(s3, store), in_days(9)

        longer = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
        await asyncio.to_thread(s3.client().put_object_retention, **version, Retention=longer)

        assert await store.retained_until("kept") == until

    async def test_a_newer_version_may_hide_it_but_it_stays(
        self, s3: S3Server, store: S3Store
    ) -> None:
        version = await retained(s3, store)

        await asyncio.to_thread(
            s3.client().put_object, Bucket=version["Bucket"], Key="kept", Body=b"forged"
        )

        assert await store.get("kept") == b"forged"
        original = await asyncio.to_thread(s3.client().get_object, **version)
        assert original["Body"].read() == b"x"

    async def test_a_bucket_without_lock_says_so_and_retains_nothing(self, s3: S3Server) -> None:
        store = s3_store(s3, s3.bucket(f"b-{uuid.uuid4().hex}"))

        assert not await store.locks()
        with pytest.raises(ArchiveUnavailable, match="InvalidRequest"):
            await store.put("a", b"x", retain_until=in_days(1))


def in_days(days: int) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)


async def retained(s3: S3Server, store: S3Store) -> dict[str, str]:
    """Put an object that is kept for three days and return how to name its version."""
    await store.put("kept", b"x", retain_until=in_days(3))
    bucket = store.place.removeprefix("s3://").partition("/")[0]
    head = await asyncio.to_thread(s3.client().head_object, Bucket=bucket, Key="kept")
    return {"Bucket": bucket, "Key": "kept", "VersionId": head["VersionId"]}
