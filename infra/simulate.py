"""Place a call: have the simulator play a recording, and do the commands Connect would cause."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ..services.recording.standing import CONSENT_ATTRIBUTE
from .client import AGENT, Client, RequestRefused, connect

INSTANCE_ARN = (
    "arn:aws:connect:eu-west-2:111122223333:instance/00000000-0000-4000-8000-000000000001"
)
POLL_S = 0.25  # how often the progress bar moves
NOT_FOUND = 404
BAR_COLUMNS = 32
COMPLETION_S_MAX = 60.0  # the last finals follow hang-up by about two seconds

SAMPLE_CALLS = Path(__file__).parent / "simulator" / "calls"
SAMPLE_ARTICLES = SAMPLE_CALLS.parent / "articles.jsonl"  # of the company that is called


class Call(Struct, frozen=True, kw_only=True):
    """A recording to be played, and how."""

    wav: Path
    contact_id: str
    agent_id: str = AGENT
    speed: float = 1.0
    pacing: str = "block"
    consents: bool = True  # to being recorded, as the flow would have asked


def new_contact_id() -> str:
    """Return an id as Connect makes them."""
    return str(uuid.uuid4())


async def place(call: Call, *, simulator_url: str, api_url: str, console: Console) -> None:
    """Play one call from ring to hang-up, and wait until its transcript is complete.

    Raises:
        RequestRefused: the simulator or the API did not take it.
    """
    async with (
        httpx.AsyncClient(base_url=simulator_url, timeout=15) as simulator,
        connect(api_url) as api,
    ):
        playing = await _play(simulator, call)
        media = {
            name: playing[name] for name in ("stream_arn", "start_fragment_number", "started_at")
        }
        consent = {CONSENT_ATTRIBUTE: "yes" if call.consents else "no"}
        await api.start_contact(
            call.contact_id, instance_arn=INSTANCE_ARN, media=media, attributes=consent
        )
        await api.connect_agent(call.contact_id, agent_id=call.agent_id, at=media["started_at"])
        await _watch(simulator, api, call, playing, console=console)


async def _play(simulator: httpx.AsyncClient, call: Call) -> dict[str, Any]:
    answer = await simulator.post(
        "/calls",
        json={
            "wav": str(call.wav.resolve()),
            "contact_id": call.contact_id,
            "instance_arn": INSTANCE_ARN,
            "speed": call.speed,
            "pacing": call.pacing,
        },
    )
    if answer.is_error:
        detail = answer.json().get("Message", answer.text)
        raise RequestRefused(answer.status_code, {"detail": detail})
    return answer.json()


async def _watch(
    simulator: httpx.AsyncClient,
    api: Client,
    call: Call,
    playing: dict[str, Any],
    *,
    console: Console,
) -> None:
    duration_ms: int = playing["duration_ms"]
    started_at = datetime.fromisoformat(playing["started_at"]).astimezone(UTC)
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(bar_width=BAR_COLUMNS),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=False) as bar:
        task = bar.add_task("call", total=duration_ms, note="")
        while True:
            state = (await simulator.get(f"/calls/{call.contact_id}")).json()
            lines = len((await _transcript(api, call.contact_id)).get("lines", []))
            bar.update(task, completed=state["played_ms"], note=f"{lines} utterances")
            if state["finished"]:
                break
            await asyncio.sleep(POLL_S)
        ended_at = started_at + timedelta(milliseconds=duration_ms)
        await api.end_contact(call.contact_id, at=ended_at)
        transcript = await _completed(api, call.contact_id)
        bar.update(task, note=f"{len(transcript['lines'])} utterances, transcript complete")


async def _transcript(api: Client, contact_id: str) -> dict[str, Any]:
    try:
        return await api.transcript(contact_id)
    except RequestRefused as refusal:
        if refusal.status != NOT_FOUND:
            raise
        return {}  # the projection has not got to the contact yet


async def _completed(api: Client, contact_id: str) -> dict[str, Any]:
    async with asyncio.timeout(COMPLETION_S_MAX):
        while True:
            transcript = await _transcript(api, contact_id)
            if transcript.get("state") == "completed":
                return transcript
            await asyncio.sleep(POLL_S)
