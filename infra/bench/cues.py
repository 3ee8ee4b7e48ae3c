"""From words spoken to the cue in a desk's socket, with the embedded recogniser.

The whole system, the sample calls in real time, one at a time. A cue's delay is counted from
where the recogniser says that the words which earned it ended.
"""

import asyncio
import time
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from ..client import Client, connect
from ..simulate import INSTANCE_ARN, SAMPLE_CALLS, new_contact_id
from ..simulator.simulator import Playing, Simulator
from ..simulator.stream import Pacing
from .rows import Row, quantile
from .system import system

PACINGS: tuple[Pacing, ...] = ("block", "fragment")
AIM_S = 1.5  # p95, with block pacing
TAIL_S_MAX = 30.0  # from hang-up to a complete transcript


def run() -> list[Row]:
    """Return p50 and p95 in seconds, for each pacing, over all cues of the sample calls."""
    rows: list[Row] = []
    for pacing in PACINGS:
        delays_s = asyncio.run(_measure(pacing))
        promised = pacing == "block"
        p95 = quantile(delays_s, 0.95)
        rows += [
            Row(
                what=f"speech to cue, p50 of {len(delays_s)}, {pacing} pacing",
                value=quantile(delays_s, 0.5),
                unit="s",
            ),
            Row(
                what=f"speech to cue, p95, {pacing} pacing",
                value=p95,
                unit="s",
                beside=f"longest {max(delays_s):.2f} s",
                aim=f"under {AIM_S:g} s" if promised else "",
                met=p95 < AIM_S if promised else None,
            ),
        ]
    return rows


async def _measure(pacing: Pacing) -> list[float]:
    delays_s: list[float] = []
    async with (
        Simulator() as simulator,
        system(simulator.url, "antiphon", "up") as (url, _),
        connect(url) as api,
    ):
        for wav in sorted(SAMPLE_CALLS.glob("*.wav")):
            playing = simulator.play(wav, contact_id=new_contact_id(), pacing=pacing)
            watching = asyncio.create_task(_watch(url, playing))
            await _answer(api, playing)
            delays_s += await watching
    return delays_s


async def _answer(api: Client, playing: Playing) -> None:
    media = msgspec.to_builtins(playing.media)
    await api.start_contact(playing.contact_id, instance_arn=INSTANCE_ARN, media=media)
    await api.connect_agent(playing.contact_id, agent_id="bench", at=media["started_at"])
    await playing.finished()
    ended_at = playing.media.started_at + timedelta(milliseconds=playing.duration_ms)
    await api.end_contact(playing.contact_id, at=ended_at)


async def _watch(url: str, playing: Playing) -> list[float]:
    began_at = playing.media.started_at.timestamp()
    delays_s: list[float] = []
    limit_s = playing.duration_ms / 1_000 + TAIL_S_MAX
    async with (
        asyncio.timeout(limit_s),
        httpx.AsyncClient(timeout=limit_s) as http,
        http.stream("GET", f"{url}/v1/agents/bench/stream") as answer,
    ):
        kind = ""
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
                continue
            if not line.startswith("data:"):
                continue
            told: dict[str, Any] = msgspec.json.decode(line.removeprefix("data:"))
            if told.get("contact_id") != playing.contact_id:
                continue
            if kind == "guidance_issued":
                spoken_at = began_at + told["heard"]["ended_ms"] / 1_000
                delays_s.append(time.time() - spoken_at)
            elif kind == "transcript_completed":
                break
    return delays_s
