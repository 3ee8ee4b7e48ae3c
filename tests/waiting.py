"""Waiting for what other processes do: bounded, and no longer than it takes."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable

POLL_S = 0.01
# What takes long is looked at less often: a look costs, to a server as much as to us, and a
# twentieth of the wait is no delay worth speaking of.
WAITED_PER_POLL = 20
POLL_S_MAX = 0.1


async def until(
    condition: Callable[[], bool | Awaitable[bool]], *, within_s: float = 20.0, what: str = ""
) -> None:
    """Return when the condition holds; fail, naming `what`, when it does not in time."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while True:
        held = condition()
        if (await held) if inspect.isawaitable(held) else held:
            return
        waited_s = clock() - began
        assert waited_s < within_s, f"not {what or 'so'} within {within_s} s"
        await _next_look(min(POLL_S_MAX, max(POLL_S, waited_s / WAITED_PER_POLL)))


async def _next_look(pause_s: float) -> None:
    # A pause between two looks, not a guess at how long something takes.
    loop = asyncio.get_running_loop()
    looked = loop.create_future()
    loop.call_later(pause_s, looked.set_result, None)
    await looked
