"""Reads ahead: the next facts are fetched and decoded while those before are written."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")

# A larger transaction writes no faster, and holds its rows for longer.
BATCH_FACTS_MAX = 2_000

# Between transactions while facts trickle in: under load they get larger instead of more.
GATHER_S = 0.05


async def ahead(
    batches: AsyncGenerator[Sequence[T]],
    *,
    most: int = BATCH_FACTS_MAX,
    gather_s: float = GATHER_S,
) -> AsyncGenerator[Sequence[T]]:
    """Yield the facts of `batches`, in order, in batches of at most `most`.

    At most `most` and one batch are held. The first facts come at once; later ones when there
    are `most` of them, or `gather_s` after the caller came back for more. An empty batch is
    handed on when there is nothing else. What ends `batches` ends this, after the last fact.
    """
    held = _Held[T](most)
    reading = asyncio.create_task(held.fill_from(batches))
    try:
        while (batch := await held.take()) is not None:
            yield batch
            await held.gather(gather_s)
        await reading  # raises what ended it
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([reading])


class _Held(Generic[T]):
    """What was read and not yet taken."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._facts: list[T] = []
        self._is_alive = False  # an empty batch came
        self._is_over = False
        self._stirred = asyncio.Event()
        self._full = asyncio.Event()
        self._room = asyncio.Event()

    async def fill_from(self, batches: AsyncGenerator[Sequence[T]]) -> None:
        try:
            async for batch in batches:
                self._facts += batch
                self._is_alive = True
                self._stirred.set()
                if len(self._facts) >= self._most:
                    self._full.set()
                    self._room.clear()
                    await self._room.wait()
        finally:
            self._is_over = True
            self._stirred.set()
            self._full.set()

    async def take(self) -> Sequence[T] | None:
        """Return what there is, or wait for something; None when it is over."""
        while not self._facts and not self._is_alive:
            if self._is_over:
                return None
            self._stirred.clear()
            await self._stirred.wait()
        taken, self._facts = self._facts[: self._most], self._facts[self._most :]
        self._is_alive = False
        if len(self._facts) < self._most and not self._is_over:
            self._full.clear()
            self._room.set()
        return taken

    async def gather(self, within_s: float) -> None:
        """Wait until there are enough for a full batch, but not for longer."""
        if not self._full.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._full.wait()
