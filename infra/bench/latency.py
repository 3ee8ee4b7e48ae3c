"""Our own share of latency: from the bytes of a block of audio to the cue in a desk's socket.

Two processes: `synthetic_up.py` is the whole system with a recogniser that takes no time,
this one holds the simulator and the desks. Both read the same monotonic clock.

Fifty calls that last five minutes begin one in six seconds. Here they begin a dozen a second,
or the run would take as long; what is heard meanwhile is a row of its own, with no promise.
"""

import asyncio
import time
from pathlib import Path

import httpx
import msgspec
import psutil
from msgspec import Struct

from ..client import connect
from ..simulate import INSTANCE_ARN, new_contact_id
from ..simulator.simulator import Playing, Simulator
from .noting import RECEIVED_FILE, received_in
from .rows import Row, quantile
from .synthetic import marked_recording
from .system import system

SYSTEM = "antiphon.infra.bench.synthetic_up"
MARK_EVERY_S = 2.0
CALL_S = {1: 80, 50: 30}  # by calls at once: long enough for a p99 to mean something
CALM_S = 1.0  # after the last call began
STAGGER_S = 0.037  # between the calls' starts, so that their blocks do not fall together
AIM_MS = 50.0  # p95 at 50 calls on two cores
SCHEDULED_S = 1e-9  # a unit of /proc/<pid>/schedstat
DRAIN_S = 15.0  # after the call, for the last cue


class Cue(Struct, frozen=True):
    """One cue on a desk."""

    delay_ms: float
    while_calls_began: bool


class Turns(Struct, frozen=True):
    """What became of the time of the process's main thread, whose is the event loop."""

    worked: float  # share of the time on a core
    waited: float  # share of the time ready to run, while others had the cores


def run() -> list[Row]:
    """Return p50 and p95 in milliseconds at each number of concurrent calls."""
    rows: list[Row] = []
    for calls, call_s in CALL_S.items():
        cues, expected, turns = asyncio.run(_measure(calls, call_s))
        under_way_ms = [cue.delay_ms for cue in cues if not cue.while_calls_began]
        beginning_ms = [cue.delay_ms for cue in cues if cue.while_calls_began]
        label = f"{calls} call{'s' if calls > 1 else ''} under way"
        p95, p99 = (quantile(under_way_ms, share) for share in (0.95, 0.99))
        rows += [
            Row(
                what=f"p50, {label}",
                value=quantile(under_way_ms, 0.5),
                unit="ms",
                beside=f"{len(under_way_ms)} cues",
            ),
            Row(
                what=f"p95, {label}",
                value=p95,
                unit="ms",
                beside=f"p99 {p99:.0f} ms, longest {max(under_way_ms):.0f} ms",
                aim=f"under {AIM_MS:g} ms, no cue missing of {expected}",
                met=p95 < AIM_MS and len(cues) == expected,
            ),
            Row(
                what=f"event loop's share of a core, {label}",
                value=turns.worked,
                unit="",
                beside=f"and {turns.waited:.2f} waiting for one: not our share, but in the delays",
            ),
        ]
        if beginning_ms:
            rows.append(
                Row(
                    what=f"p50, while the {calls} begin",
                    value=quantile(beginning_ms, 0.5),
                    unit="ms",
                    beside=f"{len(beginning_ms)} cues, longest {max(beginning_ms):.0f} ms",
                )
            )
    return rows


async def _measure(calls: int, call_s: int) -> tuple[list[Cue], int, Turns]:
    recordings = marked_recording(seconds=call_s, every_s=MARK_EVERY_S, first_s=MARK_EVERY_S)
    marks = len([row for row in recordings[::512, 0] if row])
    async with (
        Simulator() as simulator,
        system(simulator.url, SYSTEM) as (url, directory),
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
                desks.create_task(_sit_at_desk(url, f"agent-{number}", marks, shown, call_s))
                await asyncio.sleep(STAGGER_S)
            calm_at_s = asyncio.get_running_loop().time() + CALM_S
            watching = desks.create_task(_turns(call_s / 2))
        received = received_in(directory / RECEIVED_FILE)
    cues: list[Cue] = []
    for contact_id, playing in playings.items():
        own = sorted((ms, at_s) for (contact, ms), at_s in shown.items() if contact == contact_id)
        for ms, at_s in own:
            # By when it was said: one cue that is missing must not make all that follow late.
            ordinal = round(ms / MARK_EVERY_S / 1_000) - 1
            received_s = received[playing.media.stream_arn, ordinal]
            delay_ms = (at_s - received_s) * 1_000
            cues.append(Cue(delay_ms, while_calls_began=calls > 1 and received_s < calm_at_s))
    return cues, calls * marks, watching.result()


async def _turns(seconds: float) -> Turns:
    """Watch the system that this process started, from now on."""
    (system_pid,) = [one.pid for one in psutil.Process().children() if SYSTEM in one.cmdline()]
    before, began_s = _schedule_of(system_pid), time.monotonic()
    await asyncio.sleep(seconds)
    now, took_s = _schedule_of(system_pid), time.monotonic() - began_s
    worked_s, waited_s = (after - first for after, first in zip(now, before, strict=True))
    return Turns(worked_s / took_s, waited_s / took_s)


def _schedule_of(pid: int) -> tuple[float, float]:
    """Return how long a process's main thread ran, and how long it waited for a core."""
    ran, waited, _ = Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()
    return int(ran) * SCHEDULED_S, int(waited) * SCHEDULED_S


async def _sit_at_desk(
    url: str, agent_id: str, cues: int, shown: dict[tuple[str, int], float], call_s: int
) -> None:
    """Note when each cue arrives, until all have come or the call must be over."""
    clock = asyncio.get_running_loop().time
    try:
        async with (
            asyncio.timeout(call_s + DRAIN_S),
            httpx.AsyncClient(timeout=call_s + DRAIN_S) as http,
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
