"""The commands about read models, as a person runs them, against real servers."""

import asyncio
import signal
import sys
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from antiphon.events.base import START, ContactRef, Event, Position, TenantName
from antiphon.events.journal import Journal
from antiphon.events.progress import Progress
from antiphon.events.subjects import facts_stream
from antiphon.infra.archiving import Archives
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.object_store.opening import object_store
from antiphon.infra.parts import Parts, connect
from antiphon.infra.rebuild_commands import app
from antiphon.infra.tenancy import add_tenant
from antiphon.infra.terminal import EXIT_INTERRUPTED
from antiphon.projections import runner, transcript
from antiphon.projections.generations import one_at_a_time
from antiphon.projections.rebuilding import Rebuilt
from msgspec import Struct
from typer.testing import CliRunner, Result

from ..builders import contact, contact_ended, contact_started, draft, utterance_finalized
from ..waiting import until

SECRET = "nobody must read this in a terminal"


class Site(Struct, frozen=True):
    """A tenant of the test's own, and the command line on it."""

    parts: Parts
    nc: Connection
    data_dir: Path
    tenant: TenantName
    contact: ContactRef

    async def tell(self, *events: Event) -> Position:
        position = START
        for event in events:
            end = await self.parts.journal.lane_end(self.contact, event.LANE)
            position = await self.parts.journal.append(self.contact, [draft(event)], expected=end)
        return position

    async def project(self, *, history: Journal | None = None) -> None:
        pool = await self.parts.databases.pool(self.tenant)
        end = (await self.parts.journal.state(self.tenant)).last
        progress = Progress("projection_transcript", self.tenant)
        running = asyncio.create_task(
            runner.run(
                transcript.PROJECTION,
                tenant=self.tenant,
                journal=self.parts.journal,
                history=history,
                pool=pool,
                progress=progress,
            )
        )
        try:
            await until(lambda: progress.position >= end)
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def archive(self, *, upto: Position) -> None:
        """Let everything be archived, then let the log forget it."""
        log = JetStreamLog(self.nc)
        async with object_store(None, data_dir=self.data_dir) as store:
            archives = Archives(store=store, log=log, keys=self.parts.keys)
            made = list[Progress]()

            def progress(name: str, _: Any) -> Progress:
                made.append(Progress(name, self.tenant))
                return made[-1]

            loops = await archives.loops(self.tenant, progress=progress, age_s_max=0.1)
            running = [asyncio.create_task(loop) for loop in loops]
            try:
                await until(lambda: any(one.position >= upto for one in made), what="archived")
            finally:
                for task in running:
                    task.cancel()
                await asyncio.wait(running)
        purge = f"$JS.API.STREAM.PURGE.{facts_stream(self.tenant)}"
        await self.nc.request(purge, msgspec.json.encode({"seq": upto + 1}), timeout=5)

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(
            CliRunner().invoke, app, [*arguments, "--tenant", self.tenant]
        )

    async def execute(self, statement: str) -> None:
        pool = await self.parts.databases.pool(self.tenant)
        await pool.execute(statement)


@pytest_asyncio.fixture
async def control_url(postgres_url: str) -> str:
    """A control database of the test's own: a root key belongs to one for ever."""
    name = f"control_{uuid.uuid4().hex[:10]}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{postgres_url.rsplit('/', 1)[0]}/{name}"


@pytest_asyncio.fixture
async def site(
    nats_url: str, control_url: str, private_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Site]:
    monkeypatch.setenv("ANTIPHON_NATS_URL", nats_url)
    monkeypatch.setenv("ANTIPHON_POSTGRES_URL", control_url)
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(private_dir))
    monkeypatch.setenv("COLUMNS", "200")
    tenant = TenantName(f"t{uuid.uuid4().hex[:10]}")
    async with (
        connect(nats_url=nats_url, postgres_url=control_url, data_dir=private_dir) as parts,
        connected(nats_url, name="test") as nc,
    ):
        await add_tenant(tenant, parts)
        yield Site(parts, nc, private_dir, tenant, contact(tenant=tenant))


async def test_a_read_model_is_rebuilt_and_told_of(site: Site) -> None:
    await site.tell(contact_started(), utterance_finalized(SECRET), contact_ended())
    await site.project()

    done = await site.run("rebuild", "transcript")

    assert done.exit_code == 0, done.output
    assert "transcript: 3 events in" in done.output
    assert "exchanged; the generation before is kept" in done.output
    assert SECRET not in done.output


async def test_what_the_log_let_go_of_is_read_from_the_archive(site: Site) -> None:
    end = await site.tell(contact_started(), utterance_finalized(), contact_ended())
    await site.project()
    await site.archive(upto=end)
    left = await site.parts.journal.state(site.tenant)

    done = await site.run("rebuild", "transcript", "--compare")

    assert done.exit_code == 0, done.output
    assert "transcript: 3 events in" in done.output
    assert left.first > left.last


async def test_a_running_read_model_reads_the_same_there_and_goes_on_with_the_log(
    site: Site,
) -> None:
    await site.tell(contact_started())
    await site.project()
    purged = await site.tell(utterance_finalized())
    await site.archive(upto=purged)
    end = await site.tell(contact_ended())
    async with object_store(None, data_dir=site.data_dir) as store:
        archives = Archives(store=store, log=site.parts.log, keys=site.parts.keys)

        await site.project(history=await archives.history(site.tenant))

    done = await site.run("rebuild", "transcript", "--compare")
    pool = await site.parts.databases.pool(site.tenant)
    assert await pool.fetchval("SELECT position FROM transcript_checkpoint") == end
    assert await pool.fetchval("SELECT count(*) FROM transcript_line") == 1
    assert (await site.parts.journal.state(site.tenant)).first == purged + 1
    assert done.exit_code == 0, done.output


async def test_a_changed_row_is_named_and_its_words_are_not(site: Site) -> None:
    await site.tell(contact_started(), utterance_finalized(SECRET), contact_ended())
    await site.project()
    await site.execute("UPDATE transcript_line SET text = text || ' twice'")

    compared = await site.run("rebuild", "transcript", "--compare")
    refused = await site.run("rebuild", "transcript")
    told = await site.run("rebuild", "transcript", "--accept-differences", "--json")

    where = "transcript_line contact_id=c-1 utterance_id=from_customer-1: differs in text"
    assert (compared.exit_code, refused.exit_code, told.exit_code) == (1, 1, 0)
    assert where in compared.output
    assert where in refused.output
    assert "--accept-differences" in refused.output
    assert SECRET not in compared.output + refused.output + told.output
    assert msgspec.json.decode(told.stdout, type=Rebuilt).exchanged


async def test_an_equal_read_model_compares_well(site: Site) -> None:
    await site.tell(contact_started(), contact_ended())
    await site.project()

    done = await site.run("rebuild", "transcript", "--compare")

    assert done.exit_code == 0, done.output
    assert "exchanged; the generation" not in done.output


async def test_parked_contacts_are_listed_and_stay_while_nothing_was_mended(site: Site) -> None:
    await site.tell(contact_started(), utterance_finalized("a \x00 no text can hold"))
    await site.project()

    listed = await site.run("parked")
    still = await site.run("resume", "transcript")

    assert listed.exit_code == 0, listed.output
    for word in ("transcript", "c-1", "unstorable", "1 facts"):
        assert word in listed.output
    assert still.exit_code == 1
    assert "unstorable" in still.output


async def test_parked_contacts_are_taken_up_once_they_can_be(site: Site) -> None:
    second = await site.tell(contact_started(), utterance_finalized())
    await site.project()
    # As an older release left it, which could not read the second fact.
    await site.execute("DELETE FROM transcript_line")
    await site.execute(
        "INSERT INTO transcript_parked (contact_id, position, problem, detail, waiting) "
        f"VALUES ('c-1', {second}, 'newer_version', 'utterance_finalized v1', 1)"
    )
    await site.execute("UPDATE transcript_checkpoint SET parked = 1")

    resumed = await site.run("resume", "transcript", "c-1")
    listed = await site.run("parked")

    assert (resumed.exit_code, listed.exit_code) == (0, 0), resumed.output
    assert "transcript c-1: resumed" in resumed.output
    assert "nobody is parked" in listed.output
    pool = await site.parts.databases.pool(site.tenant)
    assert await pool.fetchval("SELECT count(*) FROM transcript_line") == 1


async def test_ctrl_c_ends_a_rebuild_and_says_how_to_go_on(site: Site) -> None:
    await site.tell(contact_started())
    pool = await site.parts.databases.pool(site.tenant)
    program = "from antiphon.infra.rebuild_commands import app; app()"
    command = [sys.executable, "-c", program, "rebuild", "transcript", "--tenant", site.tenant]
    async with pool.acquire() as connection, connection.transaction():
        await one_at_a_time(connection)  # so it waits, at the beginning

        running = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        waits = "SELECT true FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

        async def is_waiting() -> bool:
            return bool(await connection.fetchval(waits))

        await until(is_waiting, what="the rebuild waiting")
        running.send_signal(signal.SIGINT)
        told, complaint = await running.communicate()

    assert running.returncode == EXIT_INTERRUPTED
    assert "stopped; the same command goes on from here" in complaint.decode()
    assert b"Traceback" not in complaint + told


async def test_an_unknown_read_model_is_refused_and_the_known_are_named(site: Site) -> None:
    done = await site.run("rebuild", "transcripts")

    assert done.exit_code == 2
    assert "transcript, desk" in done.output
