"""Our own share of latency: from the bytes of a block of audio to the cue in a desk's socket.

Two processes: `synthetic_up.py` is the whole system with a recogniser that takes no time,
this one holds the simulator and the desks. Both read the same monotonic clock.
"""

import asyncio
from pathlib import Path

import httpx
import msgspec
from msgspec import Struct

from ..client import connect
from ..simulate import INSTANCE_ARN, new_contact_id
from ..simulator.simulator import Playing, Simulator
from .rows import Row, quantile
from .synthetic import marked_recording
from .system import system

CALL_S = 24  # of each call
MARK_EVERY_S = 2.0
STAGGER_S = 0.037  # between the calls' starts, so that their blocks do not fall together
CONCURRENT = (1, 50)
AIM_MS = 50.0  # p99 at 50 calls on two cores
DRAIN_S = 15.0  # after the call, for the last cue
RECEIVED_FILE = "received.jsonl"


class Received(Struct, frozen=True):
    """One line of what the system under test writes: the nth mark of a stream came in."""

    stream_arn: str
    ordinal: int
    at_s: float  # CLOCK_MONOTONIC


def run() -> list[Row]:
    """Return p50 and p99 in milliseconds at each number of concurrent calls."""
    rows: list[Row] = []
    for calls in CONCURRENT:
        delays_ms, expected = asyncio.run(_measure(calls))
        label = f"{calls} call{'s' if calls > 1 else ''}, {len(delays_ms)} of {expected} cues"
        p99 = quantile(delays_ms, 0.99)
        complete = len(delays_ms) == expected
        rows += [
            Row(what=f"p50, {label}", value=quantile(delays_ms, 0.5), unit="ms"),
            Row(
                what=f"p99, {label}",
                value=p99,
                unit="ms",
                beside=f"longest {max(delays_ms):.0f} ms",
                aim=f"under {AIM_MS:g} ms, no cue missing",
                met=p99 < AIM_MS and complete,
            ),
        ]
    return rows


async def _measure(calls: int) -> tuple[list[float], int]:
    recordings = marked_recording(seconds=CALL_S, every_s=MARK_EVERY_S, first_s=2.0)
    marks = len([row for row in recordings[::512, 0] if row])
    async with (
        Simulator() as simulator,
        system(simulator.url, "antiphon.infra.bench.synthetic_up") as (url, directory),
    ):
        playings: dict[str, Playing] = {}
        shown: dict[tuple[str, int], float] = {}
        async with connect(url) as api, asyncio.TaskGroup() as desks:
            for number in range(calls):
                contact_id = new_contact_id()
                playing = simulator.play(recordings, contact_id=contact_id)
                playings[contact_id] = playing
                media = msgspec.to_builtins(playing.media)
                await api.start_contact(contact_id, instance_arn=INSTANCE_ARN, media=media)
                await api.connect_agent(
                    contact_id, agent_id=f"agent-{number}", at=media["started_at"]
                )
                desks.create_task(_sit_at_desk(url, f"agent-{number}", marks, shown))
                await asyncio.sleep(STAGGER_S)
        received = _received(directory / RECEIVED_FILE)
    delays_ms: list[float] = []
    for contact_id, playing in playings.items():
        cues = sorted((ms, at_s) for (contact, ms), at_s in shown.items() if contact == contact_id)
        for ordinal, (_, at_s) in enumerate(cues):
            delays_ms.append((at_s - received[playing.media.stream_arn, ordinal]) * 1_000)
    return delays_ms, calls * marks


async def _sit_at_desk(
    url: str, agent_id: str, cues: int, shown: dict[tuple[str, int], float]
) -> None:
    """Note when each cue arrives, until all have come or the call must be over."""
    clock = asyncio.get_running_loop().time
    try:
        async with (
            asyncio.timeout(CALL_S + DRAIN_S),
            httpx.AsyncClient(timeout=CALL_S + DRAIN_S) as http,
            http.stream("GET", f"{url}/v1/agents/{agent_id}/stream") as answer,
        ):
            kind = ""
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    kind = line.removeprefix("event:").strip()
                elif line.startswith("data:") and kind == "guidance_issued":
                    cue = msgspec.json.decode(line.removeprefix("data:"))
                    shown.setdefault((cue["contact_id"], cue["heard"]["started_ms"]), clock())
                    if sum(contact == cue["contact_id"] for contact, _ in shown) == cues:
                        return
    except TimeoutError:
        return  # the row says how many are missing


def _received(path: Path) -> dict[tuple[str, int], float]:
    decode = msgspec.json.Decoder(Received).decode
    lines = [decode(line) for line in path.read_bytes().splitlines()]
    return {(one.stream_arn, one.ordinal): one.at_s for one in lines}
