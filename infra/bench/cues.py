"""From words spoken to what they earn on a desk, with the embedded recogniser.

The whole system, the sample calls in real time, one at a time. What they earn are cues and
ticks of the checklist; the delay is counted from where the recogniser says that the words
which earned it ended. Each round begins with a little more silence, so that the words fall
differently into blocks and partials.
"""

import asyncio
import time
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from ...events.base import SAMPLES_PER_MS
from ..client import Client, connect
from ..simulate import INSTANCE_ARN, SAMPLE_CALLS, new_contact_id
from ..simulator.recording import recording_of
from ..simulator.simulator import Playing, Simulator
from ..simulator.stream import Pacing
from .rows import Row, quantile
from .system import system

ROUNDS: dict[Pacing, int] = {"block": 3, "fragment": 1}  # a round takes a hundred seconds
ROUND_SHIFT_MS = 250  # a recogniser's partials come about every second
EARNED = ("guidance_issued", "checklist_item_ticked")
AIM_S = 1.5  # p95, with block pacing
TAIL_S_MAX = 30.0  # from hang-up to a complete transcript


def run() -> list[Row]:
    """Return p50 and p95 in seconds, for each pacing, over all that the sample calls earn."""
    rows: list[Row] = []
    for pacing, rounds in ROUNDS.items():
        delays_s = asyncio.run(_measure(pacing, rounds))
        promised = pacing == "block"
        p95 = quantile(delays_s, 0.95)
        rows += [
            Row(
                what=f"speech to cue or tick, p50 of {len(delays_s)}, {pacing} pacing",
                value=quantile(delays_s, 0.5),
                unit="s",
            ),
            Row(
                what=f"speech to cue or tick, p95, {pacing} pacing",
                value=p95,
                unit="s",
                beside=f"longest {max(delays_s):.2f} s",
                aim=f"under {AIM_S:g} s" if promised else "",
                met=p95 < AIM_S if promised else None,
            ),
        ]
    return rows


async def _measure(pacing: Pacing, rounds: int) -> list[float]:
    delays_s: list[float] = []
    async with (
        Simulator() as simulator,
        system(simulator.url, "antiphon", "up") as (url, _),
        connect(url) as api,
    ):
        for number, wav in product(range(rounds), sorted(SAMPLE_CALLS.glob("*.wav"))):
            recording = _after_silence(wav, silence_ms=number * ROUND_SHIFT_MS)
            playing = simulator.play(recording, contact_id=new_contact_id(), pacing=pacing)
            watching = asyncio.create_task(_watch(url, playing))
            await _answer(api, playing)
            delays_s += await watching
    return delays_s


def _after_silence(wav: Path, *, silence_ms: int) -> NDArray[np.int16]:
    recording = recording_of(wav)
    tracks = [np.frombuffer(track, dtype=np.int16) for track in recording.tracks]
    silence = np.zeros((silence_ms * SAMPLES_PER_MS, len(tracks)), dtype=np.int16)
    return np.concatenate([silence, np.stack(tracks, axis=1)])


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
            if kind in EARNED:
                spoken_at = began_at + told["heard"]["ended_ms"] / 1_000
                delays_s.append(time.time() - spoken_at)
            elif kind == "transcript_completed":
                break
    return delays_s
