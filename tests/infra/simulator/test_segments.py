"""AWS's own client reads the simulated data stream, and knows its errors."""

import asyncio
from typing import Any

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import pytest
from antiphon.infra.simulator.segments.misbehaviour import Misbehaviour
from antiphon.infra.simulator.segments.server import READS_PER_S_MAX, SegmentsServer
from antiphon.infra.simulator.segments.stream import DataStream

from .clocks import MovableClock
from .test_botocore import client

ARN = "arn:aws:kinesis:us-east-1:111122223333:stream/lens"


class Asker:
    """The official client, off the event loop."""

    def __init__(self, server: SegmentsServer) -> None:
        self._client = client("kinesis", server.url)

    async def __call__(self, operation: str, **asked: Any) -> dict[str, Any]:
        call = getattr(self._client, operation)
        return await asyncio.to_thread(lambda: call(StreamARN=ARN, **asked))

    async def iterator(self, shard: str, kind: str = "TRIM_HORIZON", **asked: Any) -> str:
        answer = await self("get_shard_iterator", ShardId=shard, ShardIteratorType=kind, **asked)
        return answer["ShardIterator"]

    async def fails(self, operation: str, **asked: Any) -> str:
        with pytest.raises(botocore.exceptions.ClientError) as refusal:
            await self(operation, **asked)
        raised: Any = refusal.value
        answer: dict[str, Any] = raised.response
        return answer["Error"]["Code"]


async def test_the_official_client_reads_what_was_put() -> None:
    clock = MovableClock(skips=False)
    stream = DataStream(ARN, clock=clock)
    async with SegmentsServer([stream], clock=clock, secrets={"AKIDEXAMPLE": "secret"}) as server:
        ask = Asker(server)
        first = stream.put(b"one", key="c-1")
        clock.advance(7.0)
        stream.put(b"\x00\xff", key="c-2")

        (shard,) = (await ask("list_shards"))["Shards"]
        iterator = await ask.iterator(shard["ShardId"])
        answers = [await ask("get_records", ShardIterator=iterator, Limit=1)]
        iterator = answers[0]["NextShardIterator"]
        answers.append(await ask("get_records", ShardIterator=iterator))
        after = await ask.iterator(
            shard["ShardId"], "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=str(first.sequence)
        )
        answers.append(await ask("get_records", ShardIterator=after))

        told = [[(one["Data"], one["PartitionKey"]) for one in a["Records"]] for a in answers]
        assert told == [[(b"one", "c-1")], [(b"\x00\xff", "c-2")], [(b"\x00\xff", "c-2")]]
        assert [answer["MillisBehindLatest"] for answer in answers] == [7_000, 0, 0]
        assert answers[0]["Records"][0]["ApproximateArrivalTimestamp"] == first.arrived_at


async def test_a_closed_shard_ends_and_names_its_children() -> None:
    clock = MovableClock(skips=False)
    stream = DataStream(ARN, clock=clock, shards=2)
    async with SegmentsServer([stream], clock=clock) as server:
        ask = Asker(server)
        first, second = (shard.shard_id for shard in stream.shards)
        record = stream.put(b"before", key="c-1")
        (child,) = stream.merge(first, second)
        stream.put(b"after", key="c-1")

        listed = {one["ShardId"]: one for one in (await ask("list_shards"))["Shards"]}
        holder = next(one.shard_id for one in stream.shards if record in one.records)
        ended = await ask("get_records", ShardIterator=await ask.iterator(holder))
        going_on = await ask("get_records", ShardIterator=await ask.iterator(child))

        parents = {listed[child][name] for name in ("ParentShardId", "AdjacentParentShardId")}
        assert parents == {first, second}
        assert "NextShardIterator" not in ended
        assert [one["ShardId"] for one in ended["ChildShards"]] == [child]
        assert [one["Data"] for one in ended["Records"] + going_on["Records"]] == [
            b"before",
            b"after",
        ]
        assert going_on["NextShardIterator"]


async def test_it_refuses_as_the_service_does() -> None:
    clock = MovableClock(skips=False)
    stream = DataStream(ARN, clock=clock)
    async with SegmentsServer([stream], clock=clock) as server:
        ask = Asker(server)
        shard = stream.shards[0].shard_id
        iterator = await ask.iterator(shard)
        foreign: dict[str, Any] = {
            "ShardId": shard,
            "ShardIteratorType": "AT_SEQUENCE_NUMBER",
            "StartingSequenceNumber": "1",
        }

        refused = [
            await ask.fails("get_shard_iterator", **foreign),
            await ask.fails("get_shard_iterator", ShardId="none", ShardIteratorType="LATEST"),
            await ask.fails("get_records", ShardIterator="nonsense"),
        ]
        for _ in range(READS_PER_S_MAX):
            await ask("get_records", ShardIterator=iterator)
        refused.append(await ask.fails("get_records", ShardIterator=iterator))
        clock.advance(301.0)
        refused.append(await ask.fails("get_records", ShardIterator=iterator))
        server.misbehaves = lambda _operation, _number: Misbehaviour(refuse="KMSDisabledException")
        refused.append(await ask.fails("list_shards"))

        assert refused == [
            "InvalidArgumentException",
            "ResourceNotFoundException",
            "InvalidArgumentException",
            "ProvisionedThroughputExceededException",
            "ExpiredIteratorException",
            "KMSDisabledException",
        ]


async def test_what_is_signed_with_another_secret_is_refused() -> None:
    clock = MovableClock(skips=False)
    async with SegmentsServer(
        [DataStream(ARN, clock=clock)], clock=clock, secrets={"AKIDEXAMPLE": "another"}
    ) as server:
        assert await Asker(server).fails("list_shards") == "InvalidSignatureException"


def test_records_go_where_their_key_belongs_and_are_forgotten_with_their_shard() -> None:
    stream = DataStream(ARN, clock=MovableClock(skips=False), shards=3)
    kept = [stream.put(b"", key=f"c-{number}") for number in range(60)]
    held = [len(shard.records) for shard in stream.shards]

    stream.split(stream.shards[0].shard_id)
    stream.forget(before=kept[-1].sequence + 1)

    assert all(held)
    assert sum(held) == 60
    assert [shard.shard_id[-1] for shard in stream.shards] == ["1", "2", "3", "4"]
