"""What was begun in a thread ends before whoever began it is gone."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

FINISH_S_MAX = 5.0  # that a put in a thread holds up who is to stop


async def finished(putting: Coroutine[Any, Any, T]) -> T:
    """Let what was begun end, also when cancelled: who deletes after us shall find it."""
    task = asyncio.ensure_future(putting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        done, _ = await asyncio.wait({task}, timeout=FINISH_S_MAX)
        await asyncio.gather(*done, return_exceptions=True)
        raise
