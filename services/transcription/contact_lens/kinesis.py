"""Kinesis Data Streams as a `SegmentStream`: signed, asynchronous, four calls of its API.

boto3's client would take a thread for each shard, and repeats by itself what the reader has to
know of.

Source: Kinesis Data Streams API reference: ListShards, GetShardIterator, GetRecords, "Common
errors"; botocore's service model; developer guide, "Quotas and limits".
"""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx
import msgspec
from botocore.auth import SigV4Auth  # pyright: ignore[reportMissingTypeStubs]
from botocore.awsrequest import AWSRequest  # pyright: ignore[reportMissingTypeStubs]
from msgspec import Struct

from ....errors import MediaFailed, SegmentsFailure, SegmentsUnavailable
from ....events.decoding import decoded
from .port import Batch, Shard, StoredRecord

SERVICE = "kinesis"
_TARGET = "Kinesis_20131202"

CONNECT_S = 5.0  # a handshake, twice retransmitted
READ_S = 10.0  # an answer of 10 MB, from another continent
RECORDS_MAX = 2_000  # of one answer; more are asked for at once
ANSWER_BYTES_MAX = 16 * 1024 * 1024  # 10 MB of records, in base64
PAGES_MAX = 100  # of shards, 1,000 each: more than an account may have

_ARN = re.compile(r"arn:(aws[a-z-]*):kinesis:([a-z0-9-]+):(\d{12}):stream/([A-Za-z0-9_.-]{1,128})")
_DOMAINS = {"aws-cn": "amazonaws.com.cn"}
_OK = 200
_SERVER_ERROR = 500

# What the service's words mean for who reads. Everything else is tried again.
_KINDS: Mapping[str, SegmentsFailure] = {
    "ExpiredIteratorException": "iterator",
    "ExpiredNextTokenException": "retry",
    "ProvisionedThroughputExceededException": "throttled",
    "LimitExceededException": "throttled",
    "KMSThrottlingException": "throttled",
    "ThrottlingException": "throttled",
    "ResourceNotFoundException": "denied",
    "AccessDeniedException": "denied",
    "KMSAccessDeniedException": "denied",
    "KMSDisabledException": "denied",
    "KMSInvalidStateException": "denied",
    "KMSNotFoundException": "denied",
    "KMSOptInRequired": "denied",
    "ValidationException": "denied",
}
# Then the credentials are found anew before the next request.
_REFUSED = frozenset(
    {"ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"}
)


class Identities(Protocol):
    """Who we are to an account. Satisfied by that of the service `media`; may block."""

    def credentials(self, account: str, *, region: str) -> Any:
        """Return credentials of botocore that are good for a while yet.

        Raises:
            MediaFailed: there are none, or they cannot be renewed.
        """
        ...

    def refused(self, account: str, key_id: str) -> None:
        """Ask anew next time: the service no longer takes these credentials."""
        ...


class StreamName(Struct, frozen=True, kw_only=True):
    """What the ARN of a stream says."""

    arn: str
    region: str
    domain: str
    account: str
    name: str

    @classmethod
    def of(cls, arn: str) -> "StreamName":
        """Take an ARN apart.

        Raises:
            ValueError: it is no stream's.
        """
        found = _ARN.fullmatch(arn)
        if found is None:
            raise ValueError(f"{arn} is not the ARN of a Kinesis data stream")
        partition, region, account, name = found.groups()
        domain = _DOMAINS.get(partition, "amazonaws.com")
        return cls(arn=arn, region=region, domain=domain, account=account, name=name)


class KinesisSegments:
    """One stream. `endpoint` is AWS's own of the stream's region when None."""

    def __init__(
        self,
        stream: StreamName,
        *,
        http: httpx.AsyncClient,
        identities: Identities,
        endpoint: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._stream = stream
        self._http = http
        self._identities = identities
        address = endpoint or f"https://kinesis.{stream.region}.{stream.domain}"
        self._url = address.rstrip("/") + "/"
        self._now = now

    @property
    def name(self) -> str:
        """See `SegmentStream.name`."""
        # A dot parts the words of a lease's name, and may stand twice in a stream's.
        name = self._stream.name.replace(".", "=")
        return f"{self._stream.account}/{self._stream.region}/{name}"

    async def shards(self) -> Sequence[Shard]:
        """See `SegmentStream.shards`."""
        shards: list[Shard] = []
        asked: dict[str, Any] = {"StreamARN": self._stream.arn}
        for _ in range(PAGES_MAX):
            page = await self._ask("ListShards", asked, _shards)
            shards += [
                Shard(shard_id=one.shard_id, parents=tuple(filter(None, one.parents)))
                for one in page.shards
            ]
            if page.next_token is None:
                return shards
            # With a token nothing else may name the stream, its ARN but for the access.
            asked = {"StreamARN": self._stream.arn, "NextToken": page.next_token}
        raise SegmentsUnavailable("retry", "too_many_shards")

    async def begin(self, shard_id: str, *, after: str | None) -> str:
        """See `SegmentStream.begin`."""
        asked: dict[str, Any] = {
            "StreamARN": self._stream.arn,
            "ShardId": shard_id,
            "ShardIteratorType": "TRIM_HORIZON",
        }
        if after is not None:
            asked |= {
                "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
                "StartingSequenceNumber": after,
            }
        try:
            answer = await self._ask("GetShardIterator", asked, _iterator)
        except SegmentsUnavailable as failure:
            if after is not None and failure.problem == "InvalidArgumentException":
                # The stream was made anew, or the number is none of this shard's.
                raise SegmentsUnavailable("position", failure.problem) from failure
            raise
        return answer.shard_iterator

    async def read(self, iterator: str) -> Batch:
        """See `SegmentStream.read`."""
        asked = {
            "StreamARN": self._stream.arn,
            "ShardIterator": iterator,
            "Limit": RECORDS_MAX,
        }
        try:
            answer = await self._ask("GetRecords", asked, _records)
        except SegmentsUnavailable as failure:
            if failure.problem == "InvalidArgumentException":
                raise SegmentsUnavailable("iterator", failure.problem) from failure
            raise
        return Batch(
            records=tuple(_stored(one, now=self._now) for one in answer.records),
            following=answer.next_shard_iterator,
            behind_ms=answer.millis_behind_latest or 0,
        )

    async def _ask(self, operation: str, asked: dict[str, Any], decoder: Any) -> Any:
        body = json.dumps(asked, separators=(",", ":")).encode()
        headers, key_id = await asyncio.to_thread(self._signed, operation, body)
        asking = self._http.stream("POST", self._url, content=body, headers=headers)
        try:
            async with asking as answer:
                content = await _content_of(answer)
        except httpx.TransportError as error:
            raise SegmentsUnavailable("retry", type(error).__name__) from error
        if answer.status_code != _OK:
            raise self._failure(answer, content, key_id)
        try:
            return decoded(decoder, content)
        except msgspec.MsgspecError as error:
            raise SegmentsUnavailable("retry", "answer_unreadable") from error

    def _signed(self, operation: str, body: bytes) -> tuple[dict[str, str], str]:
        try:
            found = self._identities.credentials(self._stream.account, region=self._stream.region)
        except MediaFailed as failure:
            kind: SegmentsFailure = "denied" if failure.kind == "denied" else "retry"
            raise SegmentsUnavailable(kind, failure.problem) from failure
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_TARGET}.{operation}",
        }
        request = AWSRequest("POST", self._url, data=body, headers=headers)
        signer: Any = SigV4Auth(found, SERVICE, self._stream.region)
        signer.add_auth(request)
        return dict(request.headers.items()), str(found.access_key)

    def _failure(self, answer: httpx.Response, content: bytes, key_id: str) -> SegmentsUnavailable:
        problem = _error_type(answer.headers, content)
        if problem in _REFUSED:
            self._identities.refused(self._stream.account, key_id)
            return SegmentsUnavailable("retry", problem)
        if answer.status_code >= _SERVER_ERROR:
            return SegmentsUnavailable("retry", problem or f"http_{answer.status_code}")
        kind = _KINDS.get(problem, "retry")
        return SegmentsUnavailable(kind, problem or f"http_{answer.status_code}")


class _Shard(Struct, rename="pascal"):
    shard_id: str
    parent_shard_id: str | None = None
    adjacent_parent_shard_id: str | None = None

    @property
    def parents(self) -> tuple[str | None, str | None]:
        return self.parent_shard_id, self.adjacent_parent_shard_id


class _Shards(Struct, rename="pascal"):
    shards: list[_Shard]
    next_token: str | None = None


class _Iterator(Struct, rename="pascal"):
    shard_iterator: str


class _Record(Struct, rename="pascal"):
    sequence_number: str
    data: str
    approximate_arrival_timestamp: float | None = None  # seconds since 1970


class _Records(Struct, rename="pascal"):
    records: list[_Record]
    next_shard_iterator: str | None = None
    millis_behind_latest: int | None = None


def _stored(record: _Record, *, now: Callable[[], datetime]) -> StoredRecord:
    try:
        content = base64.b64decode(record.data, validate=True)
    except binascii.Error as error:
        raise SegmentsUnavailable("retry", "answer_unreadable") from error
    arrived_s = record.approximate_arrival_timestamp
    arrived_at = now() if arrived_s is None else datetime.fromtimestamp(arrived_s, UTC)
    return StoredRecord(sequence=record.sequence_number, arrived_at=arrived_at, content=content)


async def _content_of(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > ANSWER_BYTES_MAX:
            raise SegmentsUnavailable("retry", "answer_too_long")
    return bytes(content)


def _error_type(headers: Mapping[str, str], content: bytes) -> str:
    named = headers.get("x-amzn-ErrorType", "")
    if not named:
        try:
            named = str(json.loads(content).get("__type", ""))
        except (ValueError, AttributeError, RecursionError):
            return ""
    # Seen as `Name`, `Name:http://…` and `namespace#Name`.
    return named.partition(":")[0].rpartition("#")[2].strip()


_shards = msgspec.json.Decoder(_Shards)
_iterator = msgspec.json.Decoder(_Iterator)
_records = msgspec.json.Decoder(_Records)
