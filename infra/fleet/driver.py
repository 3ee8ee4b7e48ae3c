"""Runs a fleet: every call a task, their transcripts read in turn, Ctrl-C a hang-up of them all."""

import asyncio
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager

import httpx

from ..client import connect
from .board import Board
from .call import Desk, FleetCall
from .plan import PlannedCall
from .transcripts import READS_A_SECOND, Transcripts
from .voices import Voice

REQUEST_S_MAX = 30.0  # of a machine that is under all the load it can bear
PATIENCE_S = 120.0  # a recogniser that cannot keep up has a minute's work left at a hang-up


async def run_fleet(
    calls: Sequence[PlannedCall],
    voices: Sequence[Voice],
    *,
    simulator_url: str,
    api_url: str,
    board: Board,
    stopping: asyncio.Event,
    patience_s: float = PATIENCE_S,
    reads_a_second: float = READS_A_SECOND,
) -> None:
    """Place the calls and return when each of them is accounted for on the board.

    `stopping` makes every call hang up, and those that have not begun stay away. Transcripts are
    read `reads_a_second` times, over all calls.
    """
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with (
        httpx.AsyncClient(
            base_url=simulator_url, timeout=REQUEST_S_MAX, limits=limits
        ) as simulator,
        connect(api_url) as api,
    ):
        desk = Desk(
            simulator=simulator,
            api=api,
            transcripts=Transcripts(api, board, reads_a_second=reads_a_second),
            board=board,
            stopping=stopping,
            began_at=asyncio.get_running_loop().time(),
            patience_s=patience_s,
        )
        reading = asyncio.create_task(desk.transcripts.run())
        living = asyncio.create_task(_live(calls, voices, desk))
        try:
            await asyncio.wait({reading, living}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()  # it ends by a bug alone
            await living
        finally:
            for task in (reading, living):
                task.cancel()
            await asyncio.gather(reading, living, return_exceptions=True)


async def _live(calls: Sequence[PlannedCall], voices: Sequence[Voice], desk: Desk) -> None:
    handed_on = {call.transfer_of for call in calls}
    fleet = [
        FleetCall(call, voices[call.voice], is_handed_on=call.ordinal in handed_on)
        for call in calls
    ]
    async with asyncio.TaskGroup() as tasks:
        for call in fleet:
            earlier = {call.plan.transfer_of, call.plan.stream_of} - {None}
            before = [fleet[ordinal] for ordinal in earlier if ordinal is not None]
            tasks.create_task(call.run(desk, before))


@contextmanager
def hanging_up_on_interrupt(stopping: asyncio.Event, board: Board) -> Generator[None]:
    """Make the first Ctrl-C hang every call up; a second one ends the process as ever."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        board.stopping = True
        stopping.set()

    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
