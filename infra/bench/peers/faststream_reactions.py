# pyright: basic, reportMissingImports=false
"""FastStream handles facts whose handling waits for something, many at a time.

As its documentation has it, in each way that it offers: a pull subscriber that handles what it
fetched all at once, a subscriber with `max_workers`, and one that takes one fact after the
other. uvloop, no logger, its type conversion off (it costs two thirds of the pace), a fact
acknowledged when its handler is done.

Told: {"nats", "stream", "subject", "facts": how many of the first there, "in_flight": how many
at once, "sequential_facts": how many for the slow way, "io_s": [shortest, longest] wait}; a
fact is JSON whose `id` is `<contact>-<ordinal in it>`.
Answers: {"ways": [{"way": text, "rate": facts a second, "violations": n}], "configuration": text};
a violation is a fact handled before or after a later one of its contact, or beside another.
"""

import asyncio
import json
import random
import sys
import time
from importlib.metadata import version

import uvloop
from faststream.nats import JStream, NatsBroker, PullSub
from nats.js.api import ConsumerConfig

REACT_S_MAX = 30.0


async def main(told: dict) -> dict:
    at_once = told["in_flight"]
    pulled = {"durable": "pulled", "pull_sub": PullSub(batch_size=at_once)}
    worked = {**pulled, "durable": "worked", "max_workers": at_once}
    ways = [
        await measure(told, f"all of a fetch of {at_once} at once", pulled, told["facts"]),
        await measure(told, f"max_workers={at_once}", worked, told["facts"]),
        await measure(told, "one after the other", {}, told["sequential_facts"]),
    ]
    name = f"faststream {version('faststream')}"
    return {"ways": ways, "configuration": f"{name}, uvloop, no logger, apply_types=False"}


async def measure(told: dict, way: str, options: dict, facts: int) -> dict:
    broker = NatsBroker(told["nats"], logger=None, apply_types=False)
    finished = asyncio.Event()
    waits = random.Random(7)  # noqa: S311 (the same waits in every run)
    latest: dict[str, int] = {}
    violations = handled = 0

    @broker.subscriber(
        told["subject"],
        stream=JStream(told["stream"], declare=False),
        config=ConsumerConfig(max_ack_pending=10 * told["in_flight"]),
        **options,
    )
    async def react(fact: dict) -> None:
        nonlocal violations, handled
        contact_id, _, ordinal = fact["id"].rpartition("-")
        position = int(ordinal)
        before = latest.get(contact_id, -1)
        await asyncio.sleep(waits.uniform(*told["io_s"]))
        violations += not latest.get(contact_id, -1) == before < position
        latest[contact_id] = position
        handled += 1
        if handled == facts:
            finished.set()

    began = time.perf_counter()
    try:
        await broker.start()
        async with asyncio.timeout(REACT_S_MAX):
            await finished.wait()
        return {
            "way": way,
            "rate": facts / (time.perf_counter() - began),
            "violations": violations,
        }
    finally:
        await broker.stop()


sys.stdout.write(json.dumps(uvloop.run(main(json.load(sys.stdin)))))
