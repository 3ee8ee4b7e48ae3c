"""`antiphon letters` against servers that run: what waits, why, and trying it again."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import structlog
from antiphon.events.base import START, ContactId, ContactRef, Position, TenantName
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, EventLog
from antiphon.events.progress import Progress
from antiphon.events.subjects import fact_subject, facts_stream
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.jetstream.tenants import Tenants
from antiphon.infra.letters_commands import letters as commands
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.postgres import Databases
from antiphon.projections.runner import run as project
from antiphon.projections.transcript import PROJECTION
from antiphon.services.letters import Problem
from antiphon.services.reactor import Inbox
from antiphon.services.reactor import run as react
from typer.testing import CliRunner, Result

from ..builders import draft, guidance_shown
from ..waiting import until
from .places import BUCKETS, new_tenant

PROBLEM = Problem(code="ValueError", position=Position(7), attempts=1, where=("case.py:12",))


class Desk:
    """Somebody at a terminal, and the servers that the environment names."""

    def __init__(
        self, environ: dict[str, str], log: EventLog, databases: Databases, tenant: TenantName
    ) -> None:
        self.environ = environ
        self.log = log
        self.journal = Journal(log, MemoryKeys())
        self.letters = LetterBox(log)
        self.databases = databases
        self.tenant = tenant
        self.contact = ContactRef(tenant, ContactId("c-1"))

    async def types(self, *words: str) -> Result:
        """Run a command as `antiphon letters` would."""
        return await asyncio.to_thread(CliRunner().invoke, commands, list(words), env=self.environ)


@pytest.fixture
def logs_apart() -> Iterator[None]:
    """Keep our log lines off the standard output, as the command line does."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    yield
    structlog.reset_defaults()


@pytest.fixture
async def desk(
    logs_apart: None, nats_server: NatsServer, postgres_url: str
) -> AsyncGenerator[Desk]:
    environ = {
        "ANTIPHON_NATS_URL": nats_server.url,
        "ANTIPHON_POSTGRES_URL": postgres_url,
        "COLUMNS": "200",
    }
    databases = Databases(postgres_url)
    async with connected(nats_server.url, name="test") as nc:
        log, streams = JetStreamLog(nc), Streams(nc)
        for bucket in BUCKETS:
            await streams.create_bucket(bucket)
        tenant = await Tenants(log, streams.create_tenant).add(new_tenant())
        await databases.create(tenant)
        yield Desk(environ, log, databases, tenant)
    await databases.close()


async def test_a_list_names_who_waits_and_for_what(desk: Desk) -> None:
    nothing = await desk.types("list")
    await desk.letters.write("guidance", desk.contact, PROBLEM)

    table, lines = await desk.types("list"), await desk.types("list", "--json")

    assert (nothing.exit_code, nothing.output) == (0, "no letters\n")
    assert all(word in table.output for word in ("guidance", "c-1", "ValueError", "7"))
    [line] = [msgspec.json.decode(one) for one in lines.output.splitlines()]
    assert line["by"] == "guidance"
    assert (line["contact_id"], line["tenant"]) == ("c-1", desk.tenant)
    assert (line["problem"], line["position"], line["times"]) == ("ValueError", 7, 1)


async def test_a_list_can_be_narrowed(desk: Desk) -> None:
    await desk.letters.write("guidance", desk.contact, PROBLEM)

    others = [
        await desk.types("list", "--service", "media"),
        await desk.types("list", "--tenant", "nobody"),
    ]

    assert [(one.exit_code, one.output) for one in others] == [(0, "no letters\n")] * 2
    assert "c-1" in (await desk.types("list", "--tenant", desk.tenant)).output


async def test_a_list_holds_whom_projections_put_aside(desk: Desk) -> None:
    stream, subject = facts_stream(desk.tenant), fact_subject(desk.contact, "speech")
    await desk.log.append(stream, subject, [Entry("x", b"?")], expected=None)
    progress = Progress("projection", desk.tenant)
    pool = await desk.databases.pool(desk.tenant)
    projecting = asyncio.create_task(
        project(PROJECTION, tenant=desk.tenant, journal=desk.journal, pool=pool, progress=progress)
    )
    await until(lambda: progress.position == 1)
    projecting.cancel()
    await asyncio.wait({projecting})

    [line] = (await desk.types("list", "--json")).output.splitlines()

    found = msgspec.json.decode(line)
    assert (found["by"], found["contact_id"]) == ("projection transcript", "c-1")
    assert (found["problem"], found["position"]) == ("undecodable", 1)


async def test_read_models_that_cannot_be_looked_at_are_told_and_the_rest_is_listed(
    desk: Desk,
) -> None:
    await desk.letters.write("guidance", desk.contact, PROBLEM)
    desk.environ["ANTIPHON_POSTGRES_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"

    found = await desk.types("list")

    assert found.exit_code == 1
    assert "c-1" in found.output
    assert "read models could not be looked at" in found.output


async def test_a_letter_shows_where_it_came_from(desk: Desk) -> None:
    await desk.letters.write("guidance", desk.contact, PROBLEM)
    await desk.letters.write("guidance", desk.contact, PROBLEM)

    shown, unknown = await desk.types("show", "c-1"), await desk.types("show", "c-2")

    for words in ("guidance", "ValueError", "2 times", "case.py:12", "antiphon events c-1"):
        assert words in shown.output
    assert unknown.exit_code == 1
    assert "no service has given up on contact c-2" in unknown.output


@pytest.mark.parametrize("arguments", [["c-1"], ["--all"]])
async def test_a_redrive_that_helps_says_so(desk: Desk, arguments: list[str]) -> None:
    async with given_up(desk) as cured:
        cured.set()

        found = await desk.types("redrive", *arguments)

    assert (found.exit_code, found.output) == (0, "guidance c-1: recovered\n")
    assert await desk.letters.load() == []


async def test_a_redrive_that_does_not_help_is_an_error(desk: Desk) -> None:
    async with given_up(desk):
        found = await desk.types("redrive", "c-1")

    assert found.exit_code == 1
    assert "guidance c-1: came back\n" in found.output
    [letter] = await desk.letters.load()
    assert letter.times == 2


async def test_a_redrive_that_nobody_heeds_yet_says_so(desk: Desk) -> None:
    await desk.letters.write("guidance", desk.contact, PROBLEM)

    found = await desk.types("redrive", "c-1", "--wait", "0.1")

    assert (found.exit_code, found.output) == (0, "guidance c-1: still being tried\n")


async def test_a_redrive_of_nothing_is_an_error(desk: Desk) -> None:
    found = [
        await desk.types("redrive", "c-2"),
        await desk.types("redrive"),
        await desk.types("redrive", "c-1", "--all"),
    ]

    assert [one.exit_code for one in found] == [1, 2, 2]
    assert "no such letter" in found[0].output


@asynccontextmanager
async def given_up(desk: Desk) -> AsyncGenerator[asyncio.Event]:
    """Run a service that has given up on the contact, until the event that is yielded."""
    cured, leases = asyncio.Event(), Leases(desk.log)

    class Failing:
        name = "guidance"
        lanes = ("life",)

        async def care(self, contact: ContactRef, inbox: Inbox) -> None:
            if not cured.is_set():
                raise ValueError

    await desk.journal.append(desk.contact, [draft(guidance_shown())], expected=START)
    async with leases.attending("one"), asyncio.TaskGroup() as tasks:
        running = [
            tasks.create_task(desk.letters.run()),
            tasks.create_task(
                react(
                    Failing(),
                    tenant=desk.tenant,
                    journal=desk.journal,
                    leases=leases,
                    letters=desk.letters,
                    progress=Progress("reactor", desk.tenant),
                )
            ),
        ]
        await until(lambda: desk.letters.find("guidance", desk.contact) is not None)
        yield cured
        for one in running:
            one.cancel()
