"""Taking entries from a follower, and reading them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from antiphon.events.log import Stored

PATIENCE_S = 20.0


async def take(follow: AsyncGenerator[Sequence[Stored]], count: int) -> list[Stored]:
    """Return the next `count` entries; more than that, or too few in time, is a failure."""
    taken: list[Stored] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(taken) < count:
            taken += await anext(follow)
    assert len(taken) == count
    return taken


def texts(batch: Sequence[Stored]) -> list[str]:
    return [stored.payload.decode() for stored in batch]
