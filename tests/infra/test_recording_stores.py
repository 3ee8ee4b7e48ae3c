"""Every RecordingStore: files of a directory, and a real S3 server."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.errors import SettingWrong
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.object_store.opening import recording_store
from antiphon.infra.object_store.s3 import S3Store

from ..contracts.recording_store import MIB, RecordingStoreContract, given
from ..seaweed import ACCESS_KEY, REGION, SECRET_KEY, S3Server


class TestDirectory(RecordingStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> DirectoryStore:
        return DirectoryStore(tmp_path / "objects")

    async def test_what_broke_off_leaves_no_file(
        self, store: DirectoryStore, tmp_path: Path
    ) -> None:
        with pytest.raises(RuntimeError):
            await store.put_pieces("a/b", given([b"x"], fails=True))

        assert [one for one in (tmp_path / "objects").rglob("*") if one.is_file()] == []

    async def test_objects_are_for_us_alone_and_read_only(
        self, store: DirectoryStore, tmp_path: Path
    ) -> None:
        await store.put_pieces("a/b", given([b"x"]))

        assert (tmp_path / "objects" / "a" / "b").stat().st_mode & 0o777 == 0o400


async def test_a_url_or_the_data_directory_says_where_recordings_are_kept(tmp_path: Path) -> None:
    async with AsyncExitStack() as closing:
        opened = [
            recording_store(url, data_dir=tmp_path, closing=closing).place
            for url in (None, "file:///srv/calls", "s3://calls/all?region=eu-west-2")
        ]

    assert opened == [str(tmp_path / "recordings"), "/srv/calls", "s3://calls/all/"]


@pytest.mark.parametrize("url", ["calls", "file://calls", "ftp://calls/a", "s3://u:p@calls"])
async def test_a_url_that_names_no_place_is_refused_by_its_variable(
    tmp_path: Path, url: str
) -> None:
    async with AsyncExitStack() as closing:
        with pytest.raises(SettingWrong, match="ANTIPHON_RECORDING_URL"):
            recording_store(url, data_dir=tmp_path, closing=closing)


class TestS3(RecordingStoreContract):
    @pytest_asyncio.fixture
    async def store(self, s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[S3Store]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        bucket = s3.bucket(f"b-{uuid.uuid4().hex}")
        store = S3Store(bucket, prefix="calls", endpoint=s3.url, region=REGION)
        yield store
        await store.aclose()

    async def test_no_upload_that_broke_off_is_left_to_be_paid_for(
        self, store: S3Store, s3: S3Server
    ) -> None:
        with pytest.raises(RuntimeError):
            await store.put_pieces("a/b", given([bytes(9 * MIB)], fails=True))

        bucket = store.place.removeprefix("s3://").partition("/")[0]
        left = await asyncio.to_thread(s3.client().list_multipart_uploads, Bucket=bucket)
        assert left.get("Uploads", []) == []
