"""Waiting for what nothing announces: looked at again and again, never longer than it takes."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 40.0
_LOOK_S = 0.02  # between two looks


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Return when the condition holds; TimeoutError when it does not in time."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_S):
        while not await holds():
            look_again = asyncio.Event()
            loop.call_later(_LOOK_S, look_again.set)
            await look_again.wait()
