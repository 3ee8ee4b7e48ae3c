"""What a call costs the media role in memory: idle, and while it speaks.

Resident memory of the role's process, before and after so many calls more. Some calls went
before, so that what is needed once is there already. An idle call has spoken for two seconds and
says nothing more, and nobody has hung up: its stream stays open. A busy one speaks on both tracks.
Whether it stays flat over hours is for `antiphon soak`.
"""

import asyncio

import psutil
import uvloop

from ..logs import set_up_logs
from .rows import Row
from .under_way import Site, roles, site

WARM_CALLS = 20
CALLS = 100  # of each kind
SPOKEN_S = 2.0  # of an idle call, so that its stream was opened and its clock is set
CALL_S = 90  # longer than the whole run
SETTLED_S = 12.0  # a fact is made of ten seconds of audio
KIB = 1_024


def run() -> list[Row]:
    """Return the memory of an idle and of a busy call."""
    set_up_logs("warning")
    before, idle, busy = uvloop.run(_measure(CALLS, settled_s=SETTLED_S))
    return [
        Row(
            what=f"memory of {what} call, of {CALLS}",
            value=grown / CALLS / KIB,
            unit="KiB",
            beside=f"the role's process: {before / KIB / KIB:.0f} MiB with {WARM_CALLS} calls "
            f"under way, {(before + idle + busy) / KIB / KIB:.0f} MiB at the end",
        )
        for what, grown in (("an idle", idle), ("a busy", busy))
    ]


async def _measure(calls: int, *, settled_s: float) -> tuple[int, int, int]:
    """Return resident bytes before, and what so many idle and then busy calls added."""
    async with site() as on, roles(on, "media") as process:
        await _placed(on, WARM_CALLS, seconds=CALL_S, settled_s=settled_s)
        before = _resident(process)
        await _placed(on, calls, seconds=SPOKEN_S, settled_s=settled_s)
        idle = _resident(process)
        await _placed(on, calls, seconds=CALL_S, settled_s=settled_s)
        return before, idle - before, _resident(process) - idle


async def _placed(on: Site, calls: int, *, seconds: float, settled_s: float) -> None:
    await on.place_many(calls, seconds=seconds)
    await asyncio.sleep(settled_s)


def _resident(process: psutil.Process) -> int:
    return process.memory_info().rss
