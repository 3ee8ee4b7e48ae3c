"""Follows a stream for ever: a cursor of our own, made anew whenever anything is in doubt.

The cursor is an ephemeral consumer without acknowledgements, started after the last position
we handed out. The server counts what it delivered; we count what arrived. When the counts
differ, or the server restarted, or the signs of life stop, the cursor is thrown away and
another is made after the last position: nothing is skipped, and nothing comes twice.

Own pull requests and a tap instead of nats-py's `fetch` (12k/s, two cores).
Source: ADR-13 (pull consumers), ADR-37 (heartbeats of pulls); nats-server 2.15.1.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

import structlog

from ...errors import EpochChanged, LogUnavailable, PositionBeyondEnd
from ...events.base import Epoch, Position
from ...events.log import IDLE_S, Stored, StreamState
from .client import Connection
from .cursor import Cursor
from .requests import Requests

log = structlog.get_logger()

_SILENCE_S_MAX = 3 * IDLE_S  # one sign of life may be late, two are not
_LOOK_S = 0.5  # how soon a reconnection is noticed while nothing arrives
_PAUSE_S_MIN = 0.1  # between cursors, doubled up to the longest while none works
_PAUSE_S_MAX = 2.0

StateOf = Callable[[str], Awaitable[StreamState]]


async def follow(
    nc: Connection,
    requests: Requests,
    state_of: StateOf,
    stream: str,
    filters: Sequence[str],
    *,
    after: Position,
    epoch: Epoch | None,
) -> AsyncGenerator[Sequence[Stored]]:
    """See `EventLog.follow`."""
    position, pause_s = after, _PAUSE_S_MIN
    while True:
        try:
            # Each time anew: a broker that lost its disk must not be read as if it had not.
            state = await state_of(stream)
            _check(stream, state, position=position, epoch=epoch)
            epoch = state.epoch
            async with (
                Cursor(nc, requests, stream, filters, after=position) as cursor,
                aclosing(batches_of(nc, cursor, after=position)) as batches,
            ):
                async for batch in batches:
                    if batch:
                        position = batch[-1].position
                    pause_s = _PAUSE_S_MIN
                    yield batch
            log.info("cursor_broken", stream=stream, position=position, why=cursor.broken)
        except LogUnavailable as error:
            if nc.is_closed:
                raise
            log.warning("log_away", stream=stream, position=position, error=str(error))
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _PAUSE_S_MAX)


async def batches_of(
    nc: Connection, cursor: Cursor, *, after: Position
) -> AsyncGenerator[Sequence[Stored]]:
    """Yield what one cursor brings, until it breaks; an empty batch is a sign of life."""
    clock = asyncio.get_running_loop().time
    reconnects = nc.stats["reconnects"]
    heard_at = yielded_at = clock()
    while not cursor.broken:
        await cursor.pull_if_low()
        stirred = await cursor.stirred(timeout_s=_LOOK_S)
        if stirred:
            heard_at = clock()
        batch = cursor.take()
        if batch and batch[0].position <= after:
            # A server whose copy does not reach so far yet begins at that copy's end.
            batch = [one for one in batch if one.position > after]
        if batch or (stirred and clock() - yielded_at >= IDLE_S / 2 and not cursor.broken):
            yield batch
            heard_at = yielded_at = clock()
        elif nc.stats["reconnects"] != reconnects:
            cursor.broken = "reconnected"
        elif clock() - heard_at > _SILENCE_S_MAX:
            cursor.broken = "silent"


def _check(stream: str, state: StreamState, *, position: Position, epoch: Epoch | None) -> None:
    if epoch is not None and epoch != state.epoch:
        raise EpochChanged(stream, asked=epoch, current=state.epoch)
    if position > state.last:
        raise PositionBeyondEnd(stream, asked=position, last=state.last)
