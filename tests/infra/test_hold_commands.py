"""`antiphon hold …` and `antiphon retention …`, as a person types them."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
import uvicorn
from antiphon.api.app import create_app
from antiphon.api.ports import Limits
from antiphon.commands.hold import Holds
from antiphon.commands.retention import RetentionPolicies
from antiphon.events.base import START, TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.hold_commands import hold
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.retention_commands import retention
from antiphon.infra.runfile import RunFile
from typer.testing import CliRunner, Result

from ..api.test_problems import NoDatabases
from ..api.world import QuietServer, Registered
from ..builders import contact, contact_started, draft

DEMO = TenantName("demo")


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Register]:
    """An API that a data directory says is running; yields what it records."""
    log, keys = MemoryLog(), MemoryKeys()
    for stream in (configuration_stream(DEMO), facts_stream(DEMO)):
        await log.create(stream)
    register, journal = Register(log, keys), Journal(log, keys)
    await journal.append(contact("c-1"), [draft(contact_started())], expected=START)

    def now() -> datetime:
        return datetime.now(UTC)

    app: Any = create_app(
        journal=journal,
        register=register,
        databases=NoDatabases(),
        tenants=Registered("demo"),
        live=MemoryLive(),
        loops=[],
        now=now,
        limits=Limits(),
        holds=Holds(register, facts=journal, keys=keys, now=now),
        retention_policies=RetentionPolicies(register, now=now),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = QuietServer(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
        yield register
    server.should_exit = True
    await serving
    listener.close()


async def typed(app: typer.Typer, *words: object) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, app, [*map(str, words)])


def told_id(placed: Result) -> str:
    found = re.search(r"hold ([0-9a-f]{32}):", placed.output)
    assert found is not None, placed.output
    return found[1]


@pytest.mark.usefixtures("running")
async def test_a_hold_is_placed_listed_shown_and_released() -> None:
    nothing = await typed(hold, "list")
    placed = await typed(
        hold, "place", "--reason", "Bäcker ./. Shop", "--matter", "12 C 34", "--contact", "c-1",
        "--as", "ann",
    )  # fmt: skip
    hold_id = told_id(placed)
    listed, shown = await typed(hold, "list"), await typed(hold, "show", hold_id)
    released = await typed(
        hold, "release", hold_id, "--reason", "verglichen für immer", "--as", "bob"
    )
    after, everything = await typed(hold, "list"), await typed(hold, "list", "--all")

    assert "nothing is held" in nothing.output
    assert placed.exit_code == 0
    assert "c-1 kept" in placed.output
    assert hold_id in listed.output, listed.output
    assert "12 C 34" in listed.output
    assert "person:ann" in listed.output
    assert "Bäcker" not in listed.output
    assert "why: Bäcker ./. Shop" in shown.output, (shown.output, shown.exception)
    assert "c-1" in shown.output
    assert "released by person:bob" in released.output, (released.output, released.exception)
    assert "nothing is held" in after.output
    assert hold_id in everything.output


async def test_why_a_hold_was_released_is_kept_as_it_was_written(running: Register) -> None:
    placed = await typed(hold, "place", "--reason", "why", "--contact", "c-1")
    hold_id = told_id(placed)

    await typed(hold, "release", hold_id, "--reason", "verglichen für immer")

    facts = [one.event async for one in running.read(DEMO, kind="hold")]
    assert facts[-1].reason.reveal() == "verglichen für immer"  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] (of a release)


@pytest.mark.usefixtures("running")
async def test_a_query_is_said_back_as_it_was_understood() -> None:
    placed = await typed(
        hold, "place", "--reason", "why", "--queue", "claims", "--queue", "sales",
        "--recorded-from", "2026-03-01T00:00:00+00:00", "--attribute", "plan=gold",
    )  # fmt: skip

    assert placed.exit_code == 0, placed.output
    assert "queues claims/sales" in placed.output
    assert "recorded_from 2026-03-01T00:00:00Z" in placed.output
    assert "attributes plan" in placed.output
    assert "gold" not in placed.output


SLIPS = (
    ("place", "--reason", "why"),
    ("place", "--reason", "why", "--contact", "c-9"),
    ("place", "--reason", "why", "--attribute", "plan"),
    ("place", "--reason", "why", "--recorded-from", "yesterday"),
    ("release", "h-9"),
    ("show", "h-9"),
)


@pytest.mark.usefixtures("running")
async def test_what_cannot_be_is_refused_with_a_message() -> None:
    for words in SLIPS:
        refused = await typed(hold, *words)

        assert refused.exit_code == 1
        assert "✗" in refused.output, refused.output


@pytest.mark.usefixtures("running")
async def test_a_policy_is_shown_set_from_a_file_and_shown_again(tmp_path: Path) -> None:
    policy, wrong = tmp_path / "policy.yaml", tmp_path / "wrong.yaml"
    policy.write_text("audio: {delete_after_days: 30}\ntranscript: {delete_after_days: never}\n")
    wrong.write_text("audio: {delete_after_days: 400}\n")

    before = await typed(retention, "show")
    refused = await typed(retention, "set", wrong)
    put, again = await typed(retention, "set", policy), await typed(retention, "set", policy)
    after = await typed(retention, "show")

    assert ("default" in before.output, "90 days" in before.output) == (True, True)
    assert refused.exit_code == 1
    assert "audio.delete_after_days" in refused.output
    assert "holds from now on" in put.output
    assert "held already" in again.output
    assert ("30 days" in after.output, "365 days" in after.output) == (True, False)


@pytest.mark.usefixtures("running")
async def test_the_stores_are_held_against_the_policy_and_the_exit_code_says_what_came_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreeing = await typed(retention, "check")
    policy = tmp_path / "policy.yaml"
    policy.write_text("audio: {delete_after_days: 90, archive_after_days: 30}\n")
    await typed(retention, "set", policy)
    contradicting = await typed(retention, "check")
    monkeypatch.setenv("ANTIPHON_ARCHIVE_URL", "nowhere")
    blind = await typed(retention, "check")

    assert (agreeing.exit_code, "agree" in agreeing.output) == (0, True)
    assert contradicting.exit_code == 1
    assert "never_archived" in contradicting.output
    assert "archive_unlocked" in contradicting.output
    assert (blind.exit_code, "ANTIPHON_ARCHIVE_URL" in blind.output) == (2, True)
