"""The reactor on a real nats-server: facts a second, with I/O for each, in order per contact.

The facts are made beforehand and published by another process as fast as the server takes
them, while the reactor is at work: what is measured is log to lanes to handled, not writing.
"""

import asyncio
import random
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from msgspec import Struct

from ...events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    EventId,
    GuidanceId,
    Position,
    TenantName,
)
from ...events.codec import encode
from ...events.guidance import GuidanceExpired
from ...events.journal import Journal
from ...events.progress import Progress
from ...events.subjects import fact_subject, facts_stream
from ...services.inbox import Inbox
from ...services.reactor import run as react
from ..embedded.nats import NatsServer
from ..jetstream.attendance import BUCKET as PROCESSES
from ..jetstream.attendance import BUCKET_SETTINGS
from ..jetstream.connection import connected
from ..jetstream.leases import BUCKET as LEASES
from ..jetstream.leases import Leases
from ..jetstream.letters import BUCKET as LETTERS
from ..jetstream.letters import LetterBox
from ..jetstream.log import JetStreamLog
from ..jetstream.streams import Streams
from ..logs import set_up_logs
from ..memory_keys import MemoryKeys
from .reaction_peers import faststream_rates, rows_of
from .rows import Row

TENANT = TenantName("bench")
STREAM = facts_stream(TENANT)
CONTACTS = 100
FACTS_EACH = 400  # more than an inbox holds: what does not fit is read again
FACTS = CONTACTS * FACTS_EACH
IO_S = (0.001, 0.009)  # of each fact, evenly spread
AIM_PER_S = 8_000
IN_FLIGHT_AIM = 400
FLUSH_EVERY = 500  # facts published between two looks at whether the server keeps up
GIVE_UP_S = 120.0
PUBLISH = "publish"  # the argument with which this module is the other process


class Handled(Struct):
    """What became of the facts."""

    count: int = 0
    violations: int = 0  # handled before, or after a later one of the same contact
    in_flight_max: int = 0  # in the lanes, not yet handled


class Working:
    """A service whose every fact costs some milliseconds of waiting."""

    name = "bench"
    lanes = ("guidance",)

    def __init__(self) -> None:
        self.handled = Handled()
        self.awake: set[ContactId] = set()
        self.all_awake = asyncio.Event()
        self.done = asyncio.Event()
        self._random = random.Random(7)  # noqa: S311 (the same waits in every run)
        self._last: dict[ContactId, Position] = {}

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        self.awake.add(contact.contact_id)
        if len(self.awake) == CONTACTS:
            self.all_awake.set()
        for fact in inbox.history:
            await self._handle(contact.contact_id, fact.position)
        async for fact in inbox:
            await self._handle(contact.contact_id, fact.position)

    async def _handle(self, contact_id: ContactId, position: Position) -> None:
        before = self._last.get(contact_id, START)
        await asyncio.sleep(self._random.uniform(*IO_S))
        # Another may have handled a fact of this contact while we waited.
        in_order = self._last.get(contact_id, START) == before < position
        self._last[contact_id] = position
        self.handled.count += 1
        self.handled.violations += not in_order
        if self.handled.count == FACTS + CONTACTS:
            self.done.set()


def run() -> list[Row]:
    """Return the reactor's rate, and the violations of order, which there must not be any."""
    set_up_logs("warning")
    return uvloop.run(_measure())


async def _measure() -> list[Row]:
    async with _site() as (url, journal, leases, letters):
        service, progress = Working(), Progress("bench", TENANT)
        async with leases.attending(uuid.uuid4().hex), asyncio.TaskGroup() as tasks:
            reacting = tasks.create_task(
                react(
                    service,
                    tenant=TENANT,
                    journal=journal,
                    leases=leases,
                    letters=letters,
                    progress=progress,
                )
            )
            async with asyncio.timeout(GIVE_UP_S):
                elapsed_s, cpu_s = await _timed(service, progress, url)
            reacting.cancel()
        read_per_s = await _read_alone(journal)
        peer = await faststream_rates(
            nats_url=url, tenant=TENANT, io_s=IO_S, in_flight=IN_FLIGHT_AIM
        )
    handled = service.handled
    rate = FACTS / elapsed_s
    return [
        Row(
            what=f"facts handled, {CONTACTS} contacts, 1 to 9 ms of I/O each",
            value=rate,
            unit="/s",
            beside=f"the same facts only read and decoded: {read_per_s:,.0f}/s; "
            f"the waits alone: {CONTACTS / (sum(IO_S) / 2):,.0f}/s",
            aim=f"at least {AIM_PER_S:,}/s",
            met=rate >= AIM_PER_S,
        ),
        Row(
            what="violations of order, or facts handled twice",
            value=handled.violations,
            unit=f"of {FACTS:,}",
            aim="none",
            met=handled.violations == 0 and handled.count == FACTS + CONTACTS,
        ),
        Row(
            what="most in flight at once",
            value=handled.in_flight_max,
            unit="facts",
            aim=f"at least {IN_FLIGHT_AIM}",
            met=handled.in_flight_max >= IN_FLIGHT_AIM,
        ),
        Row(what="the reactor's processor time", value=1e6 * cpu_s / FACTS, unit="µs a fact"),
        *rows_of(peer),
    ]


async def _timed(service: Working, progress: Progress, url: str) -> tuple[float, float]:
    """Return how long the facts took from the first's publication, and our processor time."""
    publisher = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, PUBLISH, url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert publisher.stdin is not None
    assert publisher.stdout is not None
    # One fact a contact wakes them all; the others are ready to be sent.
    await publisher.stdout.readline()
    await service.all_awake.wait()
    began, cpu_began = time.perf_counter(), time.process_time()
    publisher.stdin.write(b"go\n")
    watching = asyncio.create_task(_watch(service, progress))
    await service.done.wait()
    elapsed_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    watching.cancel()
    if await publisher.wait() != 0:
        raise RuntimeError("the publisher failed")
    return elapsed_s, cpu_s


async def _watch(service: Working, progress: Progress) -> None:
    """Note how many facts are in the lanes: handed out, and not handled."""
    handled = service.handled
    while True:
        # The stream holds nothing else: its positions count the facts.
        handled.in_flight_max = max(handled.in_flight_max, progress.position - handled.count)
        await asyncio.sleep(0.01)


async def _read_alone(journal: Journal) -> float:
    began, count = time.perf_counter(), 0
    async with aclosing(journal.follow(TENANT, lanes=Working.lanes)) as batches:
        async for batch in batches:
            count += len(batch)
            if count >= FACTS:
                break
    return count / (time.perf_counter() - began)


@asynccontextmanager
async def _site() -> AsyncGenerator[tuple[str, Journal, Leases, LetterBox]]:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await stack.enter_async_context(NatsServer(directory, sync_interval="2m"))
        nc = await stack.enter_async_context(connected(server.url, name="bench"))
        log, streams = JetStreamLog(nc), Streams(nc)
        await streams.create_tenant(TENANT)
        for bucket in (LEASES, LETTERS):
            await streams.create_bucket(bucket)
        await streams.create_bucket(PROCESSES, **BUCKET_SETTINGS)
        yield server.url, Journal(log, MemoryKeys()), Leases(log), LetterBox(log)


async def _publish(url: str) -> None:
    """Make the facts; publish one a contact; once told to, all the others."""
    contacts = [ContactRef(TENANT, ContactId(f"contact-{n}")) for n in range(CONTACTS)]
    subjects = [fact_subject(one, "guidance") for one in contacts]
    rounds = [[_fact(one, n) for one in contacts] for n in range(FACTS_EACH + 1)]
    async with connected(url, name="publisher") as nc:
        for number, facts in enumerate(rounds):
            for subject, fact in zip(subjects, facts, strict=True):
                await nc.publish(subject, fact)
            if number == 0:
                await nc.flush()
                sys.stdout.write("ready\n")
                sys.stdout.flush()
                await asyncio.to_thread(sys.stdin.readline)
            elif number * CONTACTS % FLUSH_EVERY == 0:
                await nc.flush()
        await nc.flush()


def _fact(contact: ContactRef, number: int) -> bytes:
    made = Draft(
        event=GuidanceExpired(guidance_id=GuidanceId("g"), reason="timed_out"),
        id=EventId(f"{contact.contact_id}-{number}"),
        occurred_at=datetime.now(UTC),
        actor="service:guidance",
        correlation=contact.contact_id,
    )
    return encode(made, contact, key=None)


if __name__ == "__main__" and sys.argv[1:2] == [PUBLISH]:
    uvloop.run(_publish(sys.argv[2]))
