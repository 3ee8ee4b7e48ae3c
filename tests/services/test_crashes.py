"""Two processes at once on a real nats-server of the test's own; one is killed, or paused.

Whatever happens: every fact is answered once, in the order of its contact's facts.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import psutil
import pytest
from antiphon.events.base import ContactRef, EventId
from antiphon.events.codec import decode_envelope
from antiphon.events.journal import Journal
from antiphon.events.log import EventLog
from antiphon.events.subjects import fact_subject
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import BUCKET_SETTINGS
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.letters import BUCKET as LETTERS
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_keys import MemoryKeys

from ..builders import contact, draft, guidance_shown
from ..waiting import until
from .site import STREAM, one_of_each_range
from .worker import LANES, TENANT, TTL_S

KILLS = 2
PASSES = 1_000  # through the gate, once it is open
ROOT = Path(__file__).parents[2]


class Workers:
    """Processes on a log that nobody else uses, and what they made of its facts."""

    def __init__(self, nc: Connection, url: str, directory: Path) -> None:
        self.log: EventLog = JetStreamLog(nc)
        self.journal = Journal(self.log, MemoryKeys())
        self.processes: dict[str, Process] = {}
        self._nc = nc
        self._url = url
        self._directory = directory
        self._environ = {**os.environ, "GATE": str(directory / "gate")}

    async def start(self, owner: str) -> Process:
        with (self._directory / f"{owner}.log").open("wb") as log:
            self.processes[owner] = process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.services.worker", self._url, owner),
                cwd=ROOT,
                env=self._environ,
                stdout=PIPE,
                stderr=log,
            )
        return process

    async def kill(self, owner: str) -> None:
        process = self.processes.pop(owner)
        assert process.returncode is None, f"{owner} ended by itself"
        process.kill()
        await process.wait()

    async def stop(self, owner: str) -> int:
        process = self.processes.pop(owner)
        process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode is not None
        return process.returncode

    async def all_end(self) -> None:
        for owner, process in list(self.processes.items()):
            if process.returncode is None:
                await self.kill(owner)

    async def happens(self, of: ContactRef) -> None:
        """Append a fact to a contact."""
        end = await self.journal.lane_end(of, "life")
        await self.journal.append(of, [draft(guidance_shown())], expected=end)

    async def story(self, of: ContactRef) -> tuple[list[EventId], list[EventId], list[str]]:
        """Return a contact's facts, the facts that answers are to, and who gave the answers."""
        history = [one async for one in self.journal.read(of, lanes=LANES)]
        answers = [one for one in history if one.lane == "guidance"]
        causes = [one.causation.event_id for one in answers if one.causation is not None]
        facts = [one.id for one in history if one.lane == "life"]
        return facts, causes, [one.correlation for one in answers]

    async def all_answered(self, contacts: Sequence[ContactRef]) -> bool:
        stories = [await self.story(one) for one in contacts]
        return all(len(causes) >= len(facts) for facts, causes, _ in stories)

    async def answerers(self, contacts: Sequence[ContactRef]) -> set[str]:
        """Return who answered last, of each contact."""
        last = [await self.log.last(STREAM, fact_subject(one, "guidance")) for one in contacts]
        envelopes = [decode_envelope(one.payload) for one in last if one is not None]
        return {envelope.correlation for envelope in envelopes}

    async def pollers(self) -> int:
        """Return how many read the tenant's facts now."""
        answer = await self._nc.request(f"$JS.API.CONSUMER.NAMES.{STREAM}", b"", timeout=5)
        return int(msgspec.json.decode(answer.data)["total"])


@pytest.fixture
async def workers(nats_server: NatsServer, private_dir: Path) -> AsyncGenerator[Workers]:
    async with connected(nats_server.url, name="test") as nc:
        streams = Streams(nc)
        await streams.create_tenant(TENANT)
        for bucket in (LEASES, LETTERS):
            await streams.create_bucket(bucket)
        await streams.create_bucket(PROCESSES, **BUCKET_SETTINGS)
        workers = Workers(nc, nats_server.url, private_dir)
        assert await workers.pollers() == 0, "a stray worker polls this server"
        async with AsyncExitStack() as stack:
            stack.push_async_callback(workers.all_end)
            yield workers


async def test_killed_again_and_again_nothing_is_lost_or_done_twice_or_out_of_order(
    workers: Workers,
) -> None:
    contacts = [contact(f"c-{number}") for number in range(12)]
    going_on = asyncio.Event()

    async def write() -> None:
        while not going_on.is_set():
            await asyncio.gather(*(workers.happens(one) for one in contacts))

    await workers.start("a-0")
    await workers.start("b")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        for number in range(KILLS):

            async def both_work(newest: str = f"a-{number}") -> bool:
                return await workers.answerers(contacts) == {newest, "b"}

            await until(both_work, what=f"both at work, {number}")
            await workers.kill(f"a-{number}")
            await workers.start(f"a-{number + 1}")
        going_on.set()

    await until(lambda: workers.all_answered(contacts), what="all answered")

    for one in contacts:
        facts, causes, _ = await workers.story(one)
        assert causes == facts


async def test_a_killed_process_is_replaced_after_its_lease_and_a_stopped_one_at_once(
    workers: Workers,
) -> None:
    contacts = one_of_each_range()

    async def done_by(*owners: str) -> bool:
        if not await workers.all_answered(contacts):
            return False
        return await workers.answerers(contacts) == set(owners)

    async def next_facts_are_done_by(*owners: str) -> float:
        clock = asyncio.get_running_loop().time
        began = clock()
        for one in contacts:
            await workers.happens(one)
        await until(lambda: workers.all_answered(contacts), what="answered")
        assert await done_by(*owners)
        return clock() - began

    await workers.start("one")
    await workers.start("two")

    async def shared() -> bool:
        for one in contacts:
            await workers.happens(one)
        return await done_by("one", "two")

    await until(shared, what="shared")

    await workers.kill("one")
    assert await next_facts_are_done_by("two") > TTL_S / 2
    await workers.start("three")
    await until(lambda: _shared(workers, contacts, {"two", "three"}), what="shared again")
    await workers.stop("two")
    assert await next_facts_are_done_by("three") < TTL_S


async def _shared(workers: Workers, contacts: Sequence[ContactRef], owners: set[str]) -> bool:
    for one in contacts:
        await workers.happens(one)
    return await workers.all_answered(contacts) and await workers.answerers(contacts) == owners


async def test_a_process_paused_beyond_its_lease_is_refused_and_goes_on_as_a_newcomer(
    workers: Workers, private_dir: Path
) -> None:
    gate, others = contact("gate"), [contact(f"c-{number}") for number in range(8)]
    os.mkfifo(private_dir / "gate")
    zombie = await workers.start("zombie")
    for one in (*others, gate):
        await workers.happens(one)
    assert zombie.stdout is not None
    async with asyncio.timeout(20):
        assert await zombie.stdout.readline() == b"at the gate\n"
    zombie.send_signal(signal.SIGSTOP)
    await until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_STOPPED)

    with os.fdopen(os.open(private_dir / "gate", os.O_RDWR), "wb", buffering=0) as opened:
        opened.write(PASSES * b".")
        # The heir takes over, and answers what the zombie is about to answer, and more.
        await workers.start("heir")
        await until(lambda: workers.all_answered([gate, *others]), what="taken over")
        for one in (*others, gate):
            await workers.happens(one)
        await until(lambda: workers.all_answered([gate, *others]), what="gone on")
        zombie.send_signal(signal.SIGCONT)

        async with asyncio.timeout(20):
            assert await zombie.stdout.readline() == b"refused: stream_moved\n"
        await until(lambda: _shared(workers, [gate, *others], {"zombie", "heir"}), what="shared")
    for one in (*others, gate):
        facts, causes, _ = await workers.story(one)
        assert causes == facts
    # What the zombie was about to answer, the heir had answered.
    assert (await workers.story(gate))[2][:2] == ["heir", "heir"]
