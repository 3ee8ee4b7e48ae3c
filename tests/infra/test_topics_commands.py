"""`antiphon topics …`, as a person types it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from antiphon.api.app import create_app
from antiphon.commands.topics import TopicLists
from antiphon.events.base import TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.runfile import RunFile
from antiphon.infra.topics_commands import topics
from typer.testing import CliRunner, Result

from ..api.test_problems import NoDatabases
from ..api.world import QuietServer, Registered

OWN = '[[topics]]\nname = "cats"\ntitle = "Cats"\nphrases = ["cat"]\n'


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[None]:
    """An API that a data directory says is running."""
    log, keys = MemoryLog(), MemoryKeys()
    for name in ("demo", "acme"):
        await log.create(configuration_stream(TenantName(name)))
    register = Register(log, keys)
    app = create_app(
        journal=Journal(log, keys),
        register=register,
        databases=NoDatabases(),
        tenants=Registered("demo", "acme"),
        live=MemoryLive(),
        loops=[],
        now=lambda: datetime.now(UTC),
        topic_lists=TopicLists(register, now=lambda: datetime.now(UTC)),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = QuietServer(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
        yield
    server.should_exit = True
    await serving
    listener.close()


async def typed(*words: object) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, topics, [*map(str, words)])


@pytest.mark.usefixtures("running")
async def test_a_list_in_a_file_holds_from_now_on_for_its_tenant(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(OWN)

    before = await typed("list")
    published = await typed("publish", own)
    again = await typed("publish", own)
    after, elsewhere = await typed("list"), await typed("list", "--tenant", "acme")

    assert "version built-in-" in before.output
    assert "1 topics, holds from now on" in published.output
    assert "held already" in again.output
    assert ("cats" in after.output, "refund" in after.output) == (True, False)
    assert ("cats" in elsewhere.output, "refund" in elsewhere.output) == (False, True)


@pytest.mark.usefixtures("running")
async def test_a_file_that_is_no_list_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text(OWN * 2)

    refused = await typed("publish", broken)

    assert refused.exit_code == 1
    assert "broken.toml: topics: `cats` stands 2 times" in refused.output
    assert "version built-in-" in (await typed("list")).output
