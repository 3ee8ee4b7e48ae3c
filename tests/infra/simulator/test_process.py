"""As a process of its own it says where it is, and ends when told or left alone."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import psutil
import pytest

MODULE = "antiphon.infra.simulator"
ENDED_S_MAX = 20
WAV = Path(__file__).parents[3] / "infra" / "simulator" / "calls" / "price_rise.wav"

# Starts the simulator, passes on what it says, and dies without a word.
CARELESS_PARENT = f"""
import os, subprocess, sys
child = subprocess.Popen([sys.executable, "-m", "{MODULE}"], stdout=subprocess.PIPE)
line = child.stdout.readline().decode().strip()
print(child.pid, line, flush=True)
sys.stdin.read()
os._exit(1)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_tells_its_address_plays_a_call_and_ends_on_a_signal(
    number: signal.Signals,
) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", MODULE, stdout=PIPE)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(ENDED_S_MAX):
            url = json.loads(await process.stdout.readline())["url"]
            async with httpx.AsyncClient(base_url=url) as http:
                placed = await http.post("/calls", json={"wav": str(WAV), "contact_id": "c-1"})

            process.send_signal(number)
            code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert placed.status_code == 201
    assert code == 0


async def test_it_ends_when_its_parent_is_no_more() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CARELESS_PARENT, stdin=PIPE, stdout=PIPE
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    async with asyncio.timeout(ENDED_S_MAX):
        pid, _, ready = (await parent.stdout.readline()).decode().partition(" ")
        assert json.loads(ready)["url"]
        orphan = psutil.Process(int(pid))

        parent.stdin.close()
        await parent.wait()

        await asyncio.to_thread(orphan.wait, ENDED_S_MAX)
    assert not orphan.is_running()
