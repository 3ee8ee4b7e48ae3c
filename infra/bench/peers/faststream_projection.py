# pyright: basic, reportMissingImports=false
"""FastStream consumes JetStream in batches and projects facts of calls into PostgreSQL.

As its documentation has it: a pull subscriber with `batch=True`, msgspec as its serializer, a
batch acknowledged when the handler is done. uvloop, no logger, one statement and one transaction
a batch. Several sizes of batches are tried; the fastest counts, and is named.

Told: {"nats", "stream", "subject", "facts": how many of the first,
"rows": how many they give, "type": of those that give one, "postgres", "schema", "insert",
"clear"}.
Answers: {"rate": facts a second, "configuration": text}.
"""

import asyncio
import json
import sys
import time
from importlib.metadata import version

import asyncpg
import msgspec
import uvloop
from fast_depends.msgspec import MsgSpecSerializer
from faststream.nats import JStream, NatsBroker, PullSub
from nats.js.api import ConsumerConfig

BATCHES = (250, 500, 1_000)
PROJECT_S_MAX = 30.0  # a handler that fails is tried again and again, and nobody is told


class Utterance(msgspec.Struct):
    """The fields of an utterance; of other facts those that are called the same."""

    utterance_id: str = ""
    track: str = ""
    text: str = ""  # as it is stored: sealed
    started_ms: int = 0
    ended_ms: int = 0
    confidence: float = 0.0


class Fact(msgspec.Struct):
    """One fact of a contact, as it stands in the log."""

    type: str
    aggregate: str
    data: Utterance


def row_of(fact: Fact) -> tuple:
    return (fact.aggregate, *msgspec.structs.astuple(fact.data))


async def main(told: dict) -> dict:
    found = [(await measure(told, batch), batch) for batch in BATCHES]
    rate, batch = max(found)
    name = f"faststream {version('faststream')}, uvloop, msgspec, asyncpg, no logger"
    return {"rate": rate, "configuration": f"{name}; PullSub(batch=True, batch_size={batch})"}


async def measure(told: dict, batch: int) -> float:
    """Return facts a second; there are a multiple of `batch`, or the last would wait for more."""
    connection = await asyncpg.connect(told["postgres"])
    await connection.execute(told["schema"])
    await connection.execute(told["clear"])
    broker = NatsBroker(told["nats"], logger=None, serializer=MsgSpecSerializer())
    finished = asyncio.Event()
    projected = 0

    @broker.subscriber(
        told["subject"],
        stream=JStream(told["stream"], declare=False),
        durable=f"faststream-{batch}",
        pull_sub=PullSub(batch=True, batch_size=batch),
        config=ConsumerConfig(max_ack_pending=10_000),
    )
    async def project(facts: list[Fact]) -> None:
        nonlocal projected
        if projected >= told["facts"]:
            return  # the stream goes on
        rows = [row_of(fact) for fact in facts if fact.type == told["type"]]
        if rows:
            await connection.execute(told["insert"], *zip(*rows, strict=True))
        projected += len(facts)
        if projected >= told["facts"]:
            finished.set()

    began = time.perf_counter()
    try:
        await broker.start()
        async with asyncio.timeout(PROJECT_S_MAX):
            await finished.wait()
        elapsed_s = time.perf_counter() - began
        stored = await connection.fetchval("SELECT count(*) FROM utterance")
        if stored != told["rows"]:
            raise SystemExit(f"{stored} of {told['rows']} rows were stored")
        return told["facts"] / elapsed_s
    finally:
        await broker.stop()
        await connection.close()


sys.stdout.write(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
