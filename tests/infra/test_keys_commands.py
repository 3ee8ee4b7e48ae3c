"""`antiphon keys …`, as a person types them."""

import asyncio
from pathlib import Path

import pytest
import typer
from antiphon.events.base import TenantName
from antiphon.infra.keys_commands import keys
from antiphon.infra.parts import ROOT_KEY_FILE, connect
from antiphon.infra.tenancy import add_tenant
from typer.testing import CliRunner, Result

ACME = TenantName("acme-of-commands")


@pytest.fixture
async def running(
    nats_url: str, keys_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Servers that settings name, and a tenant with one key."""
    for name, value in {
        "NATS_URL": nats_url,
        "POSTGRES_URL": keys_server,
        "DATA_DIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(f"ANTIPHON_{name}", value)
    monkeypatch.setenv("COLUMNS", "200")
    async with connect(nats_url=nats_url, postgres_url=keys_server, data_dir=tmp_path) as parts:
        await add_tenant(ACME, parts)
        await parts.keys.obtain(ACME, "contact/c1")
    return tmp_path


async def typed(app: typer.Typer, *words: str) -> Result:
    # Commands run a loop of their own.
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))


async def test_keys_are_listed_rotated_and_the_root_key_replaced(running: Path) -> None:
    before = (running / ROOT_KEY_FILE).read_text()

    listed = await typed(keys, "list", ACME)
    rotated = await typed(keys, "rotate", ACME)
    staged = await typed(keys, "rotate-root", "--stage")
    replaced = await typed(keys, "rotate-root")
    rewrapped = await typed(keys, "rewrap", ACME)
    unknown = await typed(keys, "rotate", "nobody")

    assert [one.exit_code for one in (listed, rotated, staged, replaced, rewrapped)] == [0] * 5
    assert "active" in listed.output
    assert "version 2 is active, 1 keys re-wrapped, versions destroyed: 1" in rotated.output
    assert "copy it" in staged.output
    assert before not in (running / ROOT_KEY_FILE).read_text()
    assert "0 keys newly wrapped" in rewrapped.output
    assert (unknown.exit_code, "no tenant nobody" in unknown.output) == (1, True)
