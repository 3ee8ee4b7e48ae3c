"""Objects in a bucket of S3, or of a server that speaks its protocol.

Source: Amazon S3 API reference (conditional writes, Object Lock); behaviour tried on
SeaweedFS 4.48. botocore in threads and not obstore: of the two only botocore can set and read
the retention of an object.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Final

import structlog

from ...errors import ArchiveUnavailable
from ...services.archive.store import ObjectFound
from .keys import checked_key, checked_size
from .rules import BucketRules, rules_of

_CONNECT_S_MAX = 5
_READ_S_MAX = 30  # between two pieces of an answer
_TRIES_MAX = 3  # of botocore, with growing pauses
_CONFLICTS_MAX = 5  # of two writers of one key: the store asks the later one to try again
_THREADS = 8  # requests of one process under way at once
_PAGE_OBJECTS = 1_000
PIECE_BYTES = 8 * 1024 * 1024  # of a multipart upload; S3 wants 5 MiB at least, but for the last
_PIECES_MAX = 10_000  # of an upload, S3's own limit: 78 GB

_TAKEN: Final = frozenset({"PreconditionFailed", "412"})
_CONFLICT: Final = frozenset({"ConditionalRequestConflict", "409"})
_NOT_THERE: Final = frozenset({"NoSuchKey", "404", "NotFound"})
_BEYOND_END: Final = frozenset({"InvalidRange", "416"})
_NO_LIFECYCLE: Final = frozenset({"NoSuchLifecycleConfiguration"})
_UNLOCKED: Final = frozenset(
    {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "InvalidRequest"}
)

log = structlog.get_logger()


class S3Store:
    """See `ObjectStore` and `RecordingStore`.

    Credentials come from where AWS's own tools look for them.

    Retention is Object Lock in compliance mode: until then nobody deletes or shortens it,
    the account's owner included. It protects versions, not keys: a newer version may be put
    over an object by whoever holds credentials. `verify` finds it; the old one is still there.
    """

    def __init__(
        self, bucket: str, *, prefix: str = "", endpoint: str | None = None, region: str | None
    ) -> None:
        """Keep objects in `bucket` under `prefix`; `endpoint` None is Amazon's own."""
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")
        self._client = _client(endpoint, region)

    @property
    def place(self) -> str:
        """See `ObjectStore.place`."""
        return f"s3://{self._bucket}/{self._prefix}"

    @property
    def prefix(self) -> str:
        """What this store's keys begin with in the bucket."""
        return self._prefix

    async def aclose(self) -> None:
        """Give up connections and threads."""
        self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def locks(self) -> bool:
        """Tell whether the bucket can retain objects."""
        try:
            answer = await self._ask("get_object_lock_configuration")
        except _Refusal as refusal:
            if refusal.code in _UNLOCKED:
                return False
            raise refusal.fault from refusal
        return answer.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"

    async def put(self, key: str, body: bytes, *, retain_until: datetime | None = None) -> bool:
        """See `ObjectStore.put`.

        An answer that was lost makes botocore ask again, and then False is returned for an
        object that was stored just now: whoever is told so looks at what is there.
        """
        checked_size(key, len(body))
        lock: dict[str, Any] = {}
        if retain_until is not None:
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": retain_until}
        wanted: dict[str, Any] = {
            "Body": body,
            "IfNoneMatch": "*",
            "ChecksumAlgorithm": "SHA256",
            **lock,
        }
        for _ in range(_CONFLICTS_MAX):
            try:
                await self._ask("put_object", key, **wanted)
            except _Refusal as refusal:
                if refusal.code in _TAKEN:
                    return False
                if refusal.code not in _CONFLICT:
                    raise refusal.fault from refusal
            else:
                return True
        raise ArchiveUnavailable("two writers of one key, for too long")

    async def put_pieces(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """See `RecordingStore.put_pieces`. What was uploaded of a broken off one is given up."""
        try:
            upload = await self._ask("create_multipart_upload", key, ChecksumAlgorithm="SHA256")
            of_upload = {"UploadId": upload["UploadId"]}
            try:
                sent = [
                    await self._send(key, number, piece, of_upload)
                    async for number, piece in _numbered(_in_size(pieces))
                ]
                await self._ask(
                    "complete_multipart_upload",
                    key,
                    MultipartUpload={"Parts": sent},
                    **of_upload,
                )
            except BaseException:
                # Also when cancelled: what is left is paid for until somebody looks for it.
                await asyncio.shield(self._give_up(key, of_upload))
                raise
        except _Refusal as refusal:
            raise refusal.fault from refusal

    async def delete(self, key: str) -> None:
        """See `RecordingStore.delete`."""
        try:
            await self._ask("delete_object", key)
        except _Refusal as refusal:
            if refusal.code not in _NOT_THERE:
                raise refusal.fault from refusal

    async def get(self, key: str) -> bytes | None:
        """See `ObjectStore.get`."""
        return await self._read(key)

    async def get_range(self, key: str, *, start: int, length: int) -> bytes | None:
        """See `ObjectStore.get_range`."""
        if length == 0:
            return None if await self.head(key) is None else b""
        return await self._read(key, Range=f"bytes={start}-{start + length - 1}")

    async def head(self, key: str) -> ObjectFound | None:
        """See `ObjectStore.head`."""
        answer = await self._found("head_object", key)
        return None if answer is None else ObjectFound(key, answer["ContentLength"])

    async def retained_until(self, key: str) -> datetime | None:
        """See `ObjectStore.retained_until`."""
        answer = await self._found("head_object", key)
        return None if answer is None else answer.get("ObjectLockRetainUntilDate")

    async def storage_class(self, key: str) -> str | None:
        """Return the storage class of an object; None where it is the usual one, or none is."""
        answer = await self._found("head_object", key)
        return None if answer is None else answer.get("StorageClass")

    async def rules(self) -> BucketRules:
        """Return what the bucket does by itself. Its prefixes are of the bucket's keys.

        Raises:
            ArchiveUnavailable: it does not answer, or may not be asked.
        """
        return rules_of(
            lock=await self._configured("get_object_lock_configuration"),
            lifecycle=await self._configured("get_bucket_lifecycle_configuration"),
            versioning=await self._configured("get_bucket_versioning"),
        )

    async def _configured(self, operation: str) -> dict[str, Any]:
        try:
            return await self._ask(operation)
        except _Refusal as refusal:
            if refusal.code in _UNLOCKED or refusal.code in _NO_LIFECYCLE:
                return {}
            raise refusal.fault from refusal

    async def list(self, prefix: str, *, after: str = "") -> AsyncGenerator[Sequence[ObjectFound]]:
        """See `ObjectStore.list`."""
        wanted: dict[str, Any] = {"Prefix": self._prefix + prefix, "MaxKeys": _PAGE_OBJECTS}
        if after:
            wanted["StartAfter"] = self._prefix + after
        while True:
            try:
                answer = await self._ask("list_objects_v2", **wanted)
            except _Refusal as refusal:
                raise refusal.fault from refusal
            if page := answer.get("Contents", ()):
                yield [
                    ObjectFound(one["Key"].removeprefix(self._prefix), one["Size"]) for one in page
                ]
            if not answer["IsTruncated"]:
                return
            wanted["ContinuationToken"] = answer["NextContinuationToken"]

    async def _send(
        self, key: str, number: int, piece: bytes, of_upload: dict[str, Any]
    ) -> dict[str, Any]:
        answer = await self._ask(
            "upload_part",
            key,
            PartNumber=number,
            Body=piece,
            ChecksumAlgorithm="SHA256",
            **of_upload,
        )
        names = ("ETag", "ChecksumSHA256")
        return {"PartNumber": number, **{name: answer[name] for name in names if name in answer}}

    async def _give_up(self, key: str, of_upload: dict[str, Any]) -> None:
        try:
            await self._ask("abort_multipart_upload", key, **of_upload)
        except (_Refusal, ArchiveUnavailable) as error:
            log.warning("upload_left_behind", key=key, why=str(error))

    async def _read(self, key: str, **wanted: Any) -> bytes | None:
        def received(answer: dict[str, Any]) -> bytes:
            checked_size(key, answer["ContentLength"])
            with answer["Body"] as stream:
                return stream.read()

        try:
            return await self._ask("get_object", key, received=received, **wanted)
        except _Refusal as refusal:
            if refusal.code in _NOT_THERE:
                return None
            if refusal.code in _BEYOND_END:
                return b""
            raise refusal.fault from refusal

    async def _found(self, operation: str, key: str) -> dict[str, Any] | None:
        try:
            return await self._ask(operation, key)
        except _Refusal as refusal:
            if refusal.code in _NOT_THERE:
                return None
            raise refusal.fault from refusal

    async def _ask(
        self,
        operation: str,
        key: str | None = None,
        *,
        received: Callable[[dict[str, Any]], Any] = lambda answer: answer,
        **wanted: Any,
    ) -> Any:
        """Ask in a thread. Raises `_Refusal` or `ArchiveUnavailable`."""
        if key is not None:
            wanted["Key"] = self._prefix + checked_key(key)

        def work() -> Any:
            return received(getattr(self._client, operation)(Bucket=self._bucket, **wanted))

        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except _exceptions().ClientError as error:
            raise _Refusal(error.response) from error
        except (_exceptions().BotoCoreError, OSError) as error:
            raise ArchiveUnavailable(type(error).__name__) from error


async def _in_size(pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """Yield the same bytes in pieces of one size, of which the last may be shorter."""
    held = bytearray()
    async for piece in pieces:
        held += piece
        while len(held) >= PIECE_BYTES:
            yield bytes(held[:PIECE_BYTES])
            del held[:PIECE_BYTES]
    yield bytes(held)


async def _numbered(pieces: AsyncIterator[bytes]) -> AsyncGenerator[tuple[int, bytes]]:
    number = 0
    async for piece in pieces:
        number += 1
        if number > _PIECES_MAX:
            raise ValueError(f"an object of more than {_PIECES_MAX * PIECE_BYTES} bytes")
        yield number, piece


class _Refusal(Exception):
    """The store answered, and said no."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.code: str = response.get("Error", {}).get("Code", "")
        super().__init__(self.code)

    @property
    def fault(self) -> ArchiveUnavailable:
        return ArchiveUnavailable(self.code)


def _client(endpoint: str | None, region: str | None) -> Any:
    config = import_module("botocore.config")
    return _session().create_client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        config=config.Config(
            connect_timeout=_CONNECT_S_MAX,
            read_timeout=_READ_S_MAX,
            max_pool_connections=_THREADS,
            retries={"total_max_attempts": _TRIES_MAX, "mode": "standard"},
            # Servers other than Amazon's seldom have a name for every bucket.
            s3={"addressing_style": "auto" if endpoint is None else "path"},
        ),
    )


@cache
def _session() -> Any:
    # One for all stores: it reads the whole description of S3, which takes half a second.
    return import_module("botocore.session").get_session()


@cache
def _exceptions() -> Any:
    return import_module("botocore.exceptions")
