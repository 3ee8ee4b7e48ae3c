"""A process that reads segments is killed in mid-call, on a real nats-server: another goes on."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from antiphon.events.base import START, Event
from antiphon.events.journal import Journal
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import BUCKET_SETTINGS
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.lease import STREAM as LEASE_STREAM
from antiphon.infra.jetstream.lease import decode
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams, key_subject
from antiphon.infra.simulator.clock import RealClock
from antiphon.infra.simulator.segments.server import SegmentsServer
from antiphon.infra.simulator.segments.stream import DataStream
from antiphon.services.ranges import share_of

from ...builders import CONTACT, contact_started, draft
from ...waiting import until
from .lens_worker import DerivedKeys
from .segments import ARN, COMPLETED, finals, record, transcript

LEASE = f"contact_lens.{CONTACT.tenant}.111122223333/eu-central-1/contact=lens"
OWNERS = ("one", "two")
(DUE,) = [one for one in OWNERS if share_of(one, OWNERS, ranges=1, what=LEASE)]

ROOT = Path(__file__).parents[3]
# As for a reader of audio: seconds in which nobody sees the words of a call go on.
TEXT_FLOWS_AGAIN_S = 5.0


async def test_killed_in_mid_call_nothing_is_lost_or_doubled_and_text_soon_flows_again(
    nats_server: NatsServer, private_dir: Path
) -> None:
    stream = DataStream(ARN, clock=RealClock())
    clock = asyncio.get_running_loop().time
    async with (
        SegmentsServer([stream]) as server,
        connected(nats_server.url, name="test") as nc,
    ):
        streams = Streams(nc)
        await streams.create_tenant(CONTACT.tenant)
        await streams.create_bucket(LEASES)
        await streams.create_bucket(PROCESSES, **BUCKET_SETTINGS)
        log = JetStreamLog(nc)
        journal = Journal(log, DerivedKeys())
        await journal.append(CONTACT, [draft(contact_started())], expected=START)

        async def speech() -> list[Event]:
            return [one.event async for one in journal.read(CONTACT, lanes=["speech"])]

        async def says(count: int) -> bool:
            return len(finals(await speech())) >= count

        async def is_over() -> bool:
            return "text_stream_closed" in [one.TYPE for one in await speech()]

        def say(first: int, last: int) -> None:
            for number in range(first, last):
                words = transcript(f"t-{number}", f"this is word w{number}", 1_000 * number)
                stream.put(record(words), key=CONTACT.contact_id)

        async def is_held_by_who_is_due() -> bool:
            last = await log.last(LEASE_STREAM, key_subject(LEASES, LEASE))
            return last is not None and decode(last.payload).owner == DUE

        urls = nats_server.url, server.url
        async with (
            working(*urls, "one", private_dir) as one,
            working(*urls, "two", private_dir) as two,
        ):
            processes = {"one": one, "two": two}
            for process in processes.values():
                await is_up(process)
            await until(is_held_by_who_is_due, what="held by the one who is due it")
            say(0, 5)
            await until(lambda: says(5), what="told by the first")
            say(5, 10)
            processes[DUE].kill()
            say(10, 15)
            killed_at = clock()
            await until(lambda: says(15), what="told by the second")
            flows_again_s = clock() - killed_at
            stream.put(COMPLETED, key=CONTACT.contact_id)
            await until(is_over, what="closed")

        told = await speech()
        assert [one[0] for one in finals(told)] == [f"t-{number}" for number in range(15)]
        assert [one.TYPE for one in told].count("text_stream_closed") == 1
        assert flows_again_s < TEXT_FLOWS_AGAIN_S
        print(f"text flowed again after {flows_again_s:.2f} s")  # noqa: T201


@asynccontextmanager
async def working(
    nats_url: str, segments_url: str, owner: str, directory: Path
) -> AsyncGenerator[Process]:
    with (directory / f"{owner}.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.services.transcription.lens_worker"),
            *(nats_url, segments_url, owner),
            cwd=ROOT,
            stdout=PIPE,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def is_up(process: Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(20):
        assert await process.stdout.readline() == b"up\n"
