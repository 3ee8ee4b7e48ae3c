"""Two things at once, of which one says when both are over."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def beside(*companions: Coroutine[Any, Any, None], main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end, and `companions` for as long as that takes.

    The first exception of any of them ends them all and is raised as it is, where a TaskGroup
    would wrap it. A companion that ends by itself ends nothing.
    """
    leading = asyncio.ensure_future(main)
    tasks = {leading, *(asyncio.ensure_future(companion) for companion in companions)}
    waiting = set(tasks)
    try:
        while not leading.done():
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        # Their own cleaning up is waited for; what went wrong is already on its way up.
        await asyncio.gather(*tasks, return_exceptions=True)
