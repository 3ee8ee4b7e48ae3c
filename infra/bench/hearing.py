"""Media and transcription in one process, with a remote recogniser that costs nothing.

From the bytes of GetMedia, over the audio stream in the log, to the recogniser and to finals in
the log: calls a core, and the delay from the block's arrival to its being handed over. In the
same run Pipecat carries the same two tracks to a recogniser that costs as much.
"""

import asyncio
from collections.abc import Mapping, Sequence

import uvloop
from msgspec import Struct

from ..logs import set_up_logs
from .hearing_peers import PipecatRates, pipecat_rates, rows_of
from .noting import HEARD_FILE, RECEIVED_FILE, received_in
from .rows import Row, quantile
from .under_way import Placed, Window, is_real_pace, load, roles, site, window

CALLS = (50, 100)
WINDOW_S = 20.0  # of measuring, at each number of calls
CALM_S = 3.0  # after the last of them
CALL_S = 90  # longer than the whole run
CALLS_A_CORE_MIN = 250.0
TIMES_PIPECAT_MIN = 5.0
DELAY_P99_MS_MAX = 20.0
DELAY_CALLS = 100  # at which the delay is promised
MS_PER_S = 1_000


class _Measured(Struct, frozen=True):
    windows: list[Window]
    heard: list[tuple[float, float]]  # when a mark reached the recogniser, and after how many ms


def run() -> list[Row]:
    """Return calls a core and the added delay, and Pipecat's calls a core."""
    set_up_logs("warning")
    measured = uvloop.run(_measure(CALLS, window_s=WINDOW_S))
    rates = uvloop.run(pipecat_rates())
    ours = [row for one in measured.windows for row in _rows(one, measured, rates)]
    return [*ours, *rows_of(rates)]


def _rows(one: Window, measured: _Measured, rates: PipecatRates) -> list[Row]:
    share = one.share(at_s for at_s, _ in measured.heard)
    held = is_real_pace(share)
    unheld = "" if held else ", which was not held"
    delays_ms = [ms for at_s, ms in measured.heard if one.began_s <= at_s < one.ended_s]
    p99 = quantile(delays_ms, 0.99)
    times = one.calls_a_core / rates.best.calls_a_core
    is_promised = one.calls == DELAY_CALLS
    return [
        Row(
            what=f"calls a core, {one.calls} calls at real pace{unheld}",
            value=one.calls_a_core,
            unit="calls",
            beside=f"{share:.0%} of the audio reached the recogniser; the sender, another "
            f"process, {one.sender_cpu_s / one.lasted_s:.2f} of a core; {load()}",
            aim=f"{CALLS_A_CORE_MIN:g}, of all the audio",
            met=one.calls_a_core >= CALLS_A_CORE_MIN and held,
        ),
        Row(
            what=f"the same, beside Pipecat, {one.calls} calls{unheld}",
            value=times,
            unit="times",
            beside=f"{rates.best.calls_a_core:.0f} calls a core: {rates.best.way}, "
            f"{rates.best.pace}",
            aim=f"{TIMES_PIPECAT_MIN:g} times",
            met=times >= TIMES_PIPECAT_MIN and held,
        ),
        Row(
            what=f"block received to block at the recogniser, p99, {one.calls} calls",
            value=p99,
            unit="ms",
            beside=f"p50 {quantile(delays_ms, 0.5):.1f} ms, longest {max(delays_ms):.0f} ms, "
            f"of {len(delays_ms):,} blocks",
            aim=f"under {DELAY_P99_MS_MAX:g} ms" if is_promised else "",
            met=p99 < DELAY_P99_MS_MAX and held if is_promised else None,
        ),
    ]


async def _measure(steps: Sequence[int], *, window_s: float) -> _Measured:
    windows: list[Window] = []
    async with site() as on, roles(on, "media", "transcription") as process:
        placed: list[Placed] = []
        for step in steps:
            placed += await on.place_many(step - len(placed), seconds=CALL_S)
            await asyncio.sleep(CALM_S)
            windows.append(await window(process, calls=step, seconds=window_s))
        # The calls go on: what was heard by now had come in by then.
        heard = received_in(on.directory / HEARD_FILE)
        received = received_in(on.directory / RECEIVED_FILE)
    return _Measured(windows, delays_of(placed, received, heard))


def delays_of(
    placed: Sequence[Placed],
    received: Mapping[tuple[str, int], float],
    heard: Mapping[tuple[str, int], float],
) -> list[tuple[float, float]]:
    """Return when each mark was heard, and how many milliseconds after it had come in.

    Raises:
        ValueError: one was heard before it came in: the notes do not belong together.
    """
    arn_of: dict[str, str] = {call.contact.contact_id: call.stream_arn for call in placed}
    found: list[tuple[float, float]] = []
    for (contact_id, ordinal), at_s in heard.items():
        delay_ms = (at_s - received[arn_of[contact_id], ordinal]) * MS_PER_S
        if delay_ms < 0:
            raise ValueError(f"mark {ordinal} was heard {-delay_ms:.1f} ms before it came")
        found.append((at_s, delay_ms))
    return found
