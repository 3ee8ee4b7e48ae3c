"""Waiting for what processes do, without sleeping longer than it takes."""

import asyncio
from collections.abc import Callable

import psutil

POLL_S = 0.01


async def until(condition: Callable[[], bool], *, within_s: float = 20.0) -> None:
    """Return when the condition holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 (processes set no events)
            await asyncio.sleep(POLL_S)


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended. A zombie has: whoever adopted it did not look yet."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
