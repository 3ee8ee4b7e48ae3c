"""Waiting for what other processes do: bounded, and no longer than it takes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

POLL_S = 0.01


async def until(
    condition: Callable[[], bool | Awaitable[bool]], *, within_s: float = 20.0, what: str = ""
) -> None:
    """Return when the condition holds; fail, naming `what`, when it does not in time."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + within_s
    while True:
        held = condition()
        if (await held) if inspect.isawaitable(held) else held:
            return
        assert clock() < deadline, f"not {what or 'so'} within {within_s} s"
        await _next_look()


async def _next_look() -> None:
    # A pause between two looks, not a guess at how long something takes.
    loop = asyncio.get_running_loop()
    looked = loop.create_future()
    loop.call_later(POLL_S, looked.set_result, None)
    await looked
