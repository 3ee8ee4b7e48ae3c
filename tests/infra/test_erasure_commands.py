"""`antiphon erasure …`, as two people type it."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
import uvicorn
from antiphon.api.app import create_app
from antiphon.commands.eraser import Eraser
from antiphon.commands.erasure_ports import Signer
from antiphon.commands.erasures import Erasures
from antiphon.errors import ReceiptRefused
from antiphon.events.base import START, ContactId, ContactRef, TenantName
from antiphon.events.journal import Journal
from antiphon.events.keys import holders_of
from antiphon.events.register import Register
from antiphon.infra.archive_key import Ed25519Signer
from antiphon.infra.erasure_commands import check_destroyed, erasure
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.runfile import RunFile
from typer.testing import CliRunner, Result

from ..api.test_problems import NoDatabases
from ..api.world import QuietServer, Registered
from ..builders import contact_started, draft
from ..erasing import Shelf

SIGNER = Ed25519Signer(bytes(32))
CONTACT = ContactId("c-1")


@pytest.fixture
async def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Path]:
    """An API that a data directory says is running, with a contact."""
    log, keys = MemoryLog(), MemoryKeys()
    for name in ("EV_DEMO", "CF_DEMO"):
        await log.create(name)
    journal, register = Journal(log, keys), Register(log, keys)
    contact = ContactRef(TenantName("demo"), CONTACT)
    await journal.append(contact, [draft(contact_started())], expected=START)

    async def signer(_: TenantName) -> Signer:
        return SIGNER

    def now() -> datetime:
        return datetime.now(UTC)

    eraser = Eraser(
        journal=journal,
        erasures=Erasures(register, now=now),
        keys=keys,
        now=now,
        signers=signer,
        stores=(Shelf(CONTACT),),
    )
    app = create_app(
        journal=journal,
        register=register,
        databases=NoDatabases(),
        tenants=Registered("demo"),
        live=MemoryLive(),
        loops=[],
        now=now,
        eraser=eraser,
    )
    listener = socket.create_server(("127.0.0.1", 0))
    server = QuietServer(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    monkeypatch.setenv("ANTIPHON_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with RunFile(http=url, nats="", postgres="", simulator=None).published(tmp_path):
        yield tmp_path
    server.should_exit = True
    await serving
    listener.close()


async def typed(*words: object) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, erasure, [str(one) for one in words])


async def asked_for() -> str:
    """Return the id of an erasure that `ann` asked for."""
    told = await typed(
        "request", "--contact", CONTACT, "--reason", "r", "--proof", "ticket 4711", "--as", "ann"
    )
    assert told.exit_code == 0, told.output
    [line] = [one for one in told.output.splitlines() if one.startswith("erasure_id ")]
    return line.split()[1]


async def test_one_asks_another_approves_and_a_stranger_checks_the_receipt(running: Path) -> None:
    key_file, receipt = running / "public.key", running / "receipt.json"
    key_file.write_text(SIGNER.public_key.hex())

    id_ = await asked_for()
    waiting = await typed("list", "--state", "requested")
    scope = await typed("show", id_)
    alone = await typed("approve", id_, "--as", "ann")
    early = await typed("receipt", id_)
    approved = await typed("approve", id_, "--as", "bob")
    written = await typed("receipt", id_, "--out", receipt)
    checked = await typed("verify-receipt", receipt, "--offline", "--public-key", key_file)

    assert id_ in waiting.output
    assert "recordings" in scope.output
    assert "stays: backups" in scope.output
    assert (alone.exit_code, "another person" in alone.output) == (1, True)
    assert (early.exit_code, "once it is completed" in early.output) == (1, True)
    assert (approved.exit_code, "completed" in approved.output) == (0, True)
    assert (written.exit_code, checked.exit_code) == (0, 0)
    assert "1 contacts destroyed, 0 kept" in checked.output


async def test_a_receipt_that_was_changed_is_refused(running: Path) -> None:
    key_file, receipt = running / "public.key", running / "receipt.json"
    key_file.write_text(SIGNER.public_key.hex())
    id_ = await asked_for()
    await typed("approve", id_, "--as", "bob")
    await typed("receipt", id_, "--out", receipt)
    told = msgspec.json.decode(receipt.read_bytes())
    told["receipt"]["approved_by"] = "person:eve"
    receipt.write_bytes(msgspec.json.encode(told))

    checked = await typed("verify-receipt", receipt, "--offline", "--public-key", key_file)

    assert (checked.exit_code, "not what was signed" in checked.output) == (1, True)


async def test_what_is_not_to_be_is_refused_or_withdrawn(running: Path) -> None:
    id_ = await asked_for()
    refused = await typed("refuse", id_, "--reason", "another person", "--as", "bob")
    again = await asked_for()
    withdrawn = await typed("withdraw", again, "--reason", "a mistake", "--as", "ann")

    assert running.exists()
    assert again != id_
    assert "refused" in refused.output
    assert "withdrawn" in withdrawn.output


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["request", "--reason", "r", "--proof", "p"], id="nobody"),
        pytest.param(["request", "--proof", "p", "--contact", "c"], id="no reason"),
        pytest.param(["request", "--reason", "r", "--contact", "c"], id="no proof"),
        pytest.param(["refuse", "er-1"], id="refused without a reason"),
        pytest.param(["verify-receipt", "/nowhere"], id="no such receipt"),
    ],
)
async def test_what_lacks_a_part_is_not_sent(words: list[str]) -> None:
    assert (await typed(*words)).exit_code == 2


async def test_a_receipt_is_believed_only_while_no_key_is_there_of_originals_neither() -> None:
    tenant, keys = TenantName("demo"), MemoryKeys()
    for holder in holders_of(CONTACT):
        await keys.obtain(tenant, holder)
        with pytest.raises(ReceiptRefused, match=holder):
            await check_destroyed(holder, keys, tenant)
        await keys.destroy(tenant, holder)

    for holder in holders_of(CONTACT):
        await check_destroyed(holder, keys, tenant)
