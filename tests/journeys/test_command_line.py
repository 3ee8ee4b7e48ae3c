"""What a person types in another terminal, while Antiphon runs in the first."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio
from antiphon.infra.http import listen
from antiphon.infra.runfile import RunFile

from ..waiting import until
from .antiphon import Antiphon, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADDED_S_MAX = 30.0
STOPPED_S_MAX = 20.0  # servers that were told to
START: dict[str, Any] = {"contact_id": "c-1", "instance_arn": "arn:aws:connect:::instance/1"}
TOLD: dict[str, Any] = START | {"contact_id": "c-told"}


def free_port() -> int:
    with listen(0) as listener:
        return listener.getsockname()[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def antiphon(servers_dir: Path) -> AsyncGenerator[Antiphon]:
    """One that runs, for tests that do it no harm: name contacts and tenants of your own."""
    async with running(servers_dir / "up", port=free_port()) as up:
        yield up


async def typed(antiphon: Antiphon, *words: str) -> tuple[int, str]:
    """Run `antiphon WORDS` as in another terminal; return its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", *words),
        env={**os.environ, "ANTIPHON_DATA_DIR": str(antiphon.data_dir), "COLUMNS": "200"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, printed.decode()


async def test_a_tenant_is_added_while_others_are_served(antiphon: Antiphon) -> None:
    acme = httpx.AsyncClient(base_url=antiphon.url, headers={"Host": "acme.localhost"})
    async with acme, httpx.AsyncClient(base_url=antiphon.url) as demo:
        assert (await acme.post("/v1/contacts", json=START)).status_code == 404

        code, printed = await typed(antiphon, "tenant", "add", "acme")

        assert code == 0, printed

        async def is_served() -> bool:
            return (await acme.get("/v1/contacts/c-1/transcript")).status_code == 404 and (
                await acme.post("/v1/contacts", json=START)
            ).is_success

        await until(is_served, within_s=ADDED_S_MAX, what="served")
        assert (await acme.get("/v1/contacts/c-1/transcript")).status_code == 200
        assert (await demo.get("/v1/contacts/c-1/transcript")).status_code == 404


async def test_a_history_is_told_and_an_unknown_contact_is_refused(antiphon: Antiphon) -> None:
    async with httpx.AsyncClient(base_url=antiphon.url) as http:
        await http.post("/v1/contacts", json=TOLD)

    code, printed = await typed(antiphon, "events", "c-told")

    assert code == 0, printed
    assert "contact_started" in printed
    code, printed = await typed(antiphon, "events", "never-heard-of")
    assert code == 1
    assert "no contact never-heard-of has started" in printed


async def test_a_tenants_policy_holds_for_what_an_agent_types(antiphon: Antiphon) -> None:
    policy = {
        "exemptions": [{"kind": "phone_number", "shown_in": ["summary"]}],
        "patterns": [{"name": "customer-number", "expression": "K[0-9]{6}"}],
    }
    note = {"code": "resolved", "note": "K123456, phone 555 123 4567, PIN is 4821"}
    async with httpx.AsyncClient(base_url=antiphon.url) as http:
        assert (await http.put("/v1/privacy", json=policy)).is_success
        await http.post("/v1/contacts", json=START | {"contact_id": "c-note"})

        chosen = await http.put("/v1/contacts/c-note/disposition", json=note)
        told = await http.get("/v1/contacts/c-note/events")

    assert chosen.status_code == 202
    assert "[other], phone 555 123 4567, PIN is [pin]" in told.text


async def test_a_second_antiphon_on_the_same_directory_is_refused_by_name(
    antiphon: Antiphon,
) -> None:
    code, printed = await typed(antiphon, "up")

    assert code == 1
    assert str(antiphon.pid) in printed


async def test_the_doctor_finds_a_healthy_machine(private_dir: Path) -> None:
    antiphon = Antiphon(private_dir, port=free_port(), kvs_endpoint=None)

    code, printed = await typed(antiphon, "doctor")

    assert "recogniser's weights" in printed
    assert code == (1 if "✗" in printed else 0)


async def test_ctrl_c_stops_every_child(private_dir: Path) -> None:
    antiphon = Antiphon(private_dir, port=free_port(), kvs_endpoint=None)
    await antiphon.start()
    children = psutil.Process(antiphon.pid).children(recursive=True)

    assert {"nats-server", "postgres"} <= {child.name() for child in children}
    assert await antiphon.stop(signal.SIGINT) == 0

    await until(
        lambda: not any(child.is_running() for child in children),
        within_s=STOPPED_S_MAX,
        what="all gone",
    )


async def test_a_process_without_the_api_tells_how_it_is_beside_one_that_has_it(
    antiphon: Antiphon,
) -> None:
    found = RunFile.find(antiphon.data_dir)
    assert found is not None
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "run", "guidance"),
        env={
            **os.environ,
            "ANTIPHON_DATA_DIR": str(antiphon.data_dir),
            "ANTIPHON_HTTP_PORT": antiphon.url.rpartition(":")[2],  # taken
            "ANTIPHON_NATS_URL": found.nats,
            "ANTIPHON_POSTGRES_URL": found.postgres,
            "ANTIPHON_KVS_ENDPOINT": str(found.simulator),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            url = ""
            async for line in process.stdout:
                told = json.loads(line)
                if told["event"] == "antiphon_up":
                    url = told["url"]
                    break

            async with httpx.AsyncClient(base_url=url) as other:
                ready = (await other.get("/readyz")).json()
                assert {loop["loop"] for loop in ready["loops"]} == {"library", "service_guidance"}
                assert "antiphon_loop_position" in (await other.get("/metrics")).text
                assert (await other.post("/v1/contacts", json=START)).status_code == 404
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0
