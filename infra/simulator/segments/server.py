"""The service's side of ListShards, GetShardIterator and GetRecords, as JSON 1.1.

    async with SegmentsServer(streams=[stream]) as server:
        stream.put(content, key=contact_id)
        ...  # a reader asks at server.url

It shares no code with the client it is used against. Source: Kinesis Data Streams API reference;
developer guide, "Quotas and limits".
"""

import base64
import binascii
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

from ..authorization import authorize
from ..clock import Clock, RealClock
from ..delivery import BodyCut
from ..wire import Answer, Request, Server, Streaming
from .misbehaviour import GOOD, Misbehaviour
from .stream import DataStream, Kept, Shard, len_of

ITERATOR_S = 300.0  # how long an iterator is good
READS_PER_S_MAX = 5  # of one shard
RECORDS_MAX = 10_000  # of one answer
PAGE_SHARDS = 1_000
_TARGET = "Kinesis_20131202."
_CONTENT_TYPE = {"Content-Type": "application/x-amz-json-1.1"}
_MS_PER_S = 1_000

Misbehaves = Callable[[str, int], Misbehaviour]  # of an operation, the nth time, from 1


class SegmentsServer:
    """Listens on this machine alone."""

    def __init__(
        self,
        streams: Sequence[DataStream],
        *,
        secrets: Mapping[str, str] | None = None,
        misbehaves: Misbehaves = lambda _operation, _number: GOOD,
        clock: Clock | None = None,
        iterator_s: float = ITERATOR_S,
        reads_per_s_max: float = READS_PER_S_MAX,
        page_shards: int = PAGE_SHARDS,
    ) -> None:
        """`secrets` are known access keys and their secrets; None takes any signature."""
        self.misbehaves: Misbehaves = misbehaves
        self.streams = {stream.arn: stream for stream in streams}
        self.asked: Counter[str] = Counter()  # how often, by operation
        self.secrets = secrets
        self._clock = clock or RealClock()
        self._iterator_s = iterator_s
        self._reads_per_s_max = reads_per_s_max
        self._page_shards = page_shards
        self._server = Server(self._answer)

    async def __aenter__(self) -> Self:
        port = await self._server.start("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._server.stop()

    async def _answer(self, request: Request) -> Answer | Streaming:
        operation = request.headers.get("x-amz-target", "").removeprefix(_TARGET)
        self.asked[operation] += 1
        bad = self.misbehaves(operation, self.asked[operation])
        if bad.answers is not None:
            await bad.answers.wait()
        if bad.refuse:
            return _refusal(bad.refuse, "As was asked for.", status=bad.status)
        if bad.unreadable:
            return Answer(HTTPStatus.OK, ["not", "what", "was", "asked"], _CONTENT_TYPE)
        scope = authorize(request, self.secrets, service="kinesis")
        if isinstance(scope, Answer):
            name, message = scope.headers["x-amzn-ErrorType"], scope.content["Message"]
            return _refusal(name, message, status=scope.status)
        try:
            content = self._served(operation, json.loads(request.body), bad)
        except _Refused as refused:
            return _refusal(refused.name, str(refused))
        if bad.cut:
            return Streaming(_half(content), _CONTENT_TYPE, lambda: None)
        return Answer(HTTPStatus.OK, content, _CONTENT_TYPE)

    def _served(self, operation: str, asked: dict[str, Any], bad: Misbehaviour) -> dict[str, Any]:
        stream = self.streams.get(asked.get("StreamARN", ""))
        if stream is None:
            raise _Refused("ResourceNotFoundException", "No stream of this ARN.")
        match operation:
            case "ListShards":
                return self._list_shards(stream, asked)
            case "GetShardIterator":
                return self._get_shard_iterator(stream, asked)
            case "GetRecords":
                return self._get_records(stream, asked, repeats=bad.repeats)
            case _:
                raise _Refused("UnknownOperationException", operation)

    def _list_shards(self, stream: DataStream, asked: dict[str, Any]) -> dict[str, Any]:
        first = int(asked.get("NextToken", "0"))
        page = stream.shards[first : first + self._page_shards]
        told: dict[str, Any] = {"Shards": [_shard(one) for one in page]}
        if first + self._page_shards < len(stream.shards):
            told["NextToken"] = str(first + self._page_shards)
        return told

    def _get_shard_iterator(self, stream: DataStream, asked: dict[str, Any]) -> dict[str, Any]:
        shard = _shard_of(stream, asked["ShardId"])
        match asked["ShardIteratorType"]:
            case "TRIM_HORIZON":
                after = 0
            case "LATEST":
                after = max((one.sequence for one in shard.records), default=0)
            case "AFTER_SEQUENCE_NUMBER" | "AT_SEQUENCE_NUMBER" as kind:
                after = int(asked["StartingSequenceNumber"])
                if not stream.holds(after, shard):
                    message = "StartingSequenceNumber did not come from this stream."
                    raise _Refused("InvalidArgumentException", message)
                after -= kind == "AT_SEQUENCE_NUMBER"
            case other:
                raise _Refused("InvalidArgumentException", f"ShardIteratorType: {other}")
        return {"ShardIterator": self._iterator(shard, after)}

    def _get_records(
        self, stream: DataStream, asked: dict[str, Any], *, repeats: int
    ) -> dict[str, Any]:
        try:
            place = json.loads(base64.b64decode(asked["ShardIterator"], validate=True))
            shard_id, after, made_s = place["shard"], int(place["after"]), float(place["made_s"])
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise _Refused("InvalidArgumentException", "Invalid ShardIterator.") from None
        now_s = self._clock.monotonic()
        if now_s - made_s > self._iterator_s:
            message = "Iterator expired. The iterator was created over 5 minutes ago."
            raise _Refused("ExpiredIteratorException", message)
        shard = _shard_of(stream, shard_id)
        self._count(shard, now_s)
        rest = shard.after(after)
        limit = min(int(asked.get("Limit", RECORDS_MAX)), RECORDS_MAX)
        before = [one for one in shard.records if one.sequence <= after]
        told = [*before[len(before) - min(repeats, len(before)) :], *rest[:limit]]
        newest = rest[:limit][-1] if rest else None
        is_end = len(rest) <= limit
        behind_s = 0.0 if is_end or newest is None else now_s - newest.arrived_s
        content: dict[str, Any] = {
            "Records": [_record(one) for one in told],
            "MillisBehindLatest": round(behind_s * _MS_PER_S),
        }
        if shard.is_closed and is_end:
            content["ChildShards"] = [_child(one) for one in shard.children]
        else:
            content["NextShardIterator"] = self._iterator(
                shard, after if newest is None else newest.sequence
            )
        return content

    def _count(self, shard: Shard, now_s: float) -> None:
        shard.read_at_s = [at_s for at_s in shard.read_at_s if now_s - at_s < 1.0]
        if len(shard.read_at_s) >= self._reads_per_s_max:
            message = f"Rate exceeded for shard {shard.shard_id}"
            raise _Refused("ProvisionedThroughputExceededException", message)
        shard.read_at_s.append(now_s)

    def _iterator(self, shard: Shard, after: int) -> str:
        place = {"shard": shard.shard_id, "after": str(after), "made_s": self._clock.monotonic()}
        return base64.b64encode(json.dumps(place).encode()).decode()


class _Refused(Exception):
    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


async def _half(content: dict[str, Any]) -> AsyncGenerator[bytes]:
    encoded = json.dumps(content).encode()
    yield encoded[: len(encoded) // 2]
    raise BodyCut


def _refusal(name: str, message: str, *, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    return Answer(status, {"__type": name, "message": message}, _CONTENT_TYPE)


def _shard_of(stream: DataStream, shard_id: str) -> Shard:
    try:
        return stream.shard(shard_id)
    except KeyError:
        message = f"Shard {shard_id} in stream does not exist"
        raise _Refused("ResourceNotFoundException", message) from None


def _shard(shard: Shard) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ShardId": shard.shard_id,
        "HashKeyRange": _keys(shard),
        "SequenceNumberRange": {"StartingSequenceNumber": str(shard.first_sequence)},
    }
    for name, parent in zip(
        ("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False
    ):
        told[name] = parent.shard_id
    return told


def _child(shard: Shard) -> dict[str, Any]:
    parents = [parent.shard_id for parent in shard.parents]
    return {"ShardId": shard.shard_id, "ParentShards": parents, "HashKeyRange": _keys(shard)}


def _keys(shard: Shard) -> dict[str, str]:
    last = shard.keys.start + len_of(shard.keys) - 1
    return {"StartingHashKey": str(shard.keys.start), "EndingHashKey": str(last)}


def _record(record: Kept) -> dict[str, Any]:
    return {
        "SequenceNumber": str(record.sequence),
        "ApproximateArrivalTimestamp": round(record.arrived_at.timestamp(), 3),
        "Data": base64.b64encode(record.content).decode(),
        "PartitionKey": record.partition_key,
    }
