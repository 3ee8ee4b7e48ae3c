# pyright: basic, reportMissingImports=false
"""nats-py's `fetch`, tuned, projects facts of calls into PostgreSQL.

uvloop, msgspec, large batches, the next one fetched while this one is written, one statement and
one transaction a batch, one acknowledgement for all of it once it is committed. Several sizes of
batches are tried; the fastest counts, and is named.

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
import nats
import uvloop
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

BATCHES = (500, 1_000, 2_000)
FETCH_S_MAX = 5.0


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


decoder = msgspec.json.Decoder(Fact)


async def main(told: dict) -> dict:
    found = [(await measure(told, batch), batch) for batch in BATCHES]
    rate, batch = max(found)
    name = f"nats-py {version('nats-py')}, uvloop, msgspec, asyncpg"
    return {
        "rate": rate,
        "configuration": f"{name}; fetch({batch}) ahead of the write, AckAll once a batch",
    }


async def measure(told: dict, batch: int) -> float:
    nc = await nats.connect(told["nats"])
    connection = await asyncpg.connect(told["postgres"])
    try:
        await connection.execute(told["schema"])
        await connection.execute(told["clear"])
        subscription = await nc.jetstream().pull_subscribe(
            told["subject"],
            durable=f"fetch-{batch}",
            stream=told["stream"],
            config=ConsumerConfig(ack_policy=AckPolicy.ALL, max_ack_pending=4 * batch),
        )
        began = time.perf_counter()
        await project(told, subscription, connection, batch)
        elapsed_s = time.perf_counter() - began
        stored = await connection.fetchval("SELECT count(*) FROM utterance")
        if stored != told["rows"]:
            raise SystemExit(f"{stored} of {told['rows']} rows were stored")
        return told["facts"] / elapsed_s
    finally:
        await connection.close()
        await nc.close()


async def project(
    told: dict,
    subscription: JetStreamContext.PullSubscription,
    connection: asyncpg.Connection,
    batch: int,
) -> None:
    left = told["facts"]
    ahead = asyncio.create_task(subscription.fetch(min(batch, left), timeout=FETCH_S_MAX))
    while left:
        messages = await ahead
        left -= len(messages)
        if left:
            fetching = subscription.fetch(min(batch, left), timeout=FETCH_S_MAX)
            ahead = asyncio.create_task(fetching)
        facts = [decoder.decode(one.data) for one in messages]
        rows = [row_of(fact) for fact in facts if fact.type == told["type"]]
        if rows:
            await connection.execute(told["insert"], *zip(*rows, strict=True))
        await messages[-1].ack()


sys.stdout.write(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
