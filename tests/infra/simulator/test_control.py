"""Another process places calls over HTTP, and is told what is wrong with them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from antiphon.infra.simulator.simulator import Simulator

from .clocks import MovableClock
from .reading import documents_of

CALLS = Path(__file__).parents[3] / "infra" / "simulator" / "calls"
WAV = str(CALLS / "price_rise.wav")


@pytest.fixture
async def http(frozen: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=frozen.url) as client:
        yield client


async def test_a_call_is_placed_and_tells_its_progress(
    http: httpx.AsyncClient, still: MovableClock
) -> None:
    asked = {"wav": WAV, "contact_id": "c/1 ü", "speed": 2.0, "pacing": "fragment"}

    placed = await http.post("/calls", json=asked)
    still.advance(10)
    progress = await http.get("/calls/c%2F1%20%C3%BC")
    still.advance(60)
    finished = await http.get("/calls/c%2F1%20%C3%BC")

    assert placed.status_code == 201
    call = placed.json()
    assert call["contact_id"] == "c/1 ü"
    assert call["stream_arn"].startswith("arn:aws:kinesisvideo:")
    assert len(call["start_fragment_number"]) == 47
    assert datetime.fromisoformat(call["started_at"]).utcoffset() == timedelta(0)
    assert progress.json() == {
        "contact_id": "c/1 ü",
        "played_ms": 20_000,
        "duration_ms": call["duration_ms"],
        "finished": False,
    }
    assert finished.json()["finished"]
    assert finished.json()["played_ms"] == call["duration_ms"]


async def test_faults_an_instance_and_a_date_can_be_given(simulator: Simulator) -> None:
    async with httpx.AsyncClient(base_url=simulator.url) as http:
        asked = {
            "wav": WAV,
            "contact_id": "c-1",
            "instance_arn": "arn:aws:connect:eu-west-2:1:instance/i-9",
            "started_at": "2026-03-04T09:00:00Z",
            "faults": {"repeated_fragments": [0]},
        }
        placed = (await http.post("/calls", json=asked)).json()
        changed = await http.post("/calls/c-1/faults", json={"tags": "both"})

    documents = await documents_of(simulator.url, placed["stream_arn"])

    assert changed.status_code == 200
    assert documents[0].number != documents[1].number  # the second faults replaced the first
    assert documents[0].tag("InstanceId") == "i-9"
    assert documents[0].order.count("Tags") == 14
    assert placed["started_at"] == "2026-03-04T09:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param({"contact_id": ""}, "contact_id", id="without a contact"),
        pytest.param({"speed": 0}, "speed", id="at no speed"),
        pytest.param({"speed": "fast"}, "speed", id="at a speed that is no number"),
        pytest.param({"pacing": "slow"}, "pacing", id="with an unknown pacing"),
        pytest.param({"wav": "/nowhere.wav"}, "/nowhere.wav", id="of no file"),
        pytest.param({"stream_arn": "arn:none"}, "stream_arn", id="on no stream"),
        pytest.param({"started_at": "2026-03-04T09:00:00"}, "started_at", id="at no certain time"),
        pytest.param({"faults": {"tags": "none"}}, "faults.tags", id="with an unknown fault"),
        pytest.param({"velocity": 1}, "velocity", id="with an unknown field"),
    ],
)
async def test_a_call_is_refused(
    http: httpx.AsyncClient, change: dict[str, Any], named: str
) -> None:
    answer = await http.post("/calls", json={"wav": WAV, "contact_id": "c-1", **change})

    assert answer.status_code == 422
    assert answer.json()["code"] == "malformed"
    assert named in answer.json()["Message"]
    assert (await http.get("/calls/c-1")).status_code == 404


async def test_an_unknown_contact_or_path_is_not_found(http: httpx.AsyncClient) -> None:
    unknown = await http.get("/calls/nobody")
    nowhere = await http.get("/")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "contact_unknown")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_served")
