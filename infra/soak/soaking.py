"""Soaks a system that is up: plays the calls, watches memory meanwhile, accounts for everything."""

import asyncio
from collections.abc import Sequence

import httpx
import msgspec
from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ..client import connect
from ..fleet.board import Board
from ..fleet.driver import PATIENCE_S, hanging_up_on_interrupt, run_fleet
from ..fleet.plan import PlannedCall
from ..fleet.voices import Voice
from .findings import MIB, Findings, Sessions, Told, told_of
from .memory import GROWTH_MAX, Memory, Reader, growths

SHOWN_EVERY_S = 1.0
READS_A_SECOND = 4.0  # of transcripts: one of ninety minutes is long
BAR_COLUMNS = 32


class Watched(Struct, frozen=True, kw_only=True):
    """The system that is soaked."""

    simulator_url: str
    api_url: str
    memory: Reader
    judged: frozenset[str]  # processes whose memory must not grow
    has_sessions: bool = True  # the simulator hands out credentials that expire


async def soak(
    calls: Sequence[PlannedCall],
    voices: Sequence[Voice],
    watched: Watched,
    *,
    seconds: float,
    every_s: float,
    board: Board,
    console: Console,
    growth_max: float = GROWTH_MAX,
    patience_s: float = PATIENCE_S,
) -> Findings:
    """Play the calls to their end and return what was found; memory is read every `every_s`.

    Raises:
        RequestRefused: the facts could not be read.
    """
    memory, stopping = Memory(watched.memory, every_s=every_s), asyncio.Event()
    watching = asyncio.create_task(memory.run())
    showing = asyncio.create_task(_show(memory, board, console, watched.judged, seconds=seconds))
    playing = asyncio.create_task(
        run_fleet(
            calls,
            voices,
            simulator_url=watched.simulator_url,
            api_url=watched.api_url,
            board=board,
            stopping=stopping,
            patience_s=patience_s,
            reads_a_second=READS_A_SECOND,
        )
    )
    tasks = (watching, showing, playing)
    try:
        with hanging_up_on_interrupt(stopping, board):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # the first two end by a bug alone
            await playing
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return await _found(memory, board, watched, growth_max=growth_max)


async def _found(memory: Memory, board: Board, watched: Watched, *, growth_max: float) -> Findings:
    sessions: Sessions | None = None
    if watched.has_sessions:
        async with httpx.AsyncClient(base_url=watched.simulator_url) as simulator:
            answer = (await simulator.get("/sessions")).raise_for_status()
            sessions = msgspec.json.decode(answer.content, type=Sessions)
    async with connect(watched.api_url) as api:
        told: Told = await told_of(
            api, [one.contact_id for one in board.outcomes if one.verdict != "not_placed"]
        )
    try:
        grown, unmeasured = growths(memory.samples), ""
    except ValueError as error:
        grown, unmeasured = [], str(error)
    return Findings(
        growths=grown,
        growth_max=growth_max,
        judged=watched.judged,
        told=told,
        sessions=sessions,
        unmeasured=unmeasured,
    )


async def _show(
    memory: Memory, board: Board, console: Console, judged: frozenset[str], *, seconds: float
) -> None:
    """Keep a bar and what is known so far, until cancelled."""
    clock = asyncio.get_running_loop().time
    began_at = clock()
    columns = (
        TextColumn("  soaking"),
        BarColumn(bar_width=BAR_COLUMNS),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task("soak", total=seconds, note="")
        while True:
            passed_s = min(seconds, clock() - began_at)
            bar.update(task, completed=passed_s, note=_note(memory, board, judged), refresh=True)
            await asyncio.sleep(SHOWN_EVERY_S)


def _note(memory: Memory, board: Board, judged: frozenset[str]) -> str:
    held = sum(memory.samples[-1].resident.get(name, 0) for name in judged) if memory.samples else 0
    stages, failed = board.stages, len(board.failed)
    calls = f"{stages.get('under_way', 0)} calls, {stages.get('done', 0)} over"
    return f"{held / MIB:.0f} MiB, {calls}" + (f", [red]{failed} failed[/]" if failed else "")
