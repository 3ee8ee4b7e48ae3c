"""A contact's audio: followed while it comes, and read to its end once it is over."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from ..events.audio import AudioLog, StoredChunk
from ..events.audio_here import Hearer
from ..events.base import ContactRef, Position

_WAITING_MAX = 64  # chunks read and not taken yet: four seconds of a live call

_Here = Hearer[StoredChunk]


async def audio_until(
    over: Callable[[], Coroutine[Any, Any, None]],
    audio: AudioLog,
    contact: ContactRef,
    *,
    after: Position,
) -> AsyncGenerator[StoredChunk]:
    """Yield audio behind a position until `over` returns, then what was stored by then.

    What this process stores comes as soon as it is stored, the rest over the wire.

    Raises:
        LogUnavailable: the audio cannot be read now.
    """
    ending = asyncio.create_task(over())
    with audio.here(contact) as here:
        ending.add_done_callback(here.end)
        try:
            while not ending.done():
                async with aclosing(_followed(audio, contact, after, ending, here)) as chunks:
                    async for stored in chunks:
                        after = stored.position
                        yield stored
                async with aclosing(here.run(after)) as chunks:
                    async for stored in chunks:
                        after = stored.position
                        yield stored
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)
    # What is stored is known now, so this ends, where following would not.
    async with aclosing(audio.read(contact, after=after)) as rest:
        async for stored in rest:
            yield stored


async def _followed(
    audio: AudioLog, contact: ContactRef, after: Position, ending: asyncio.Task[None], here: _Here
) -> AsyncGenerator[StoredChunk]:
    """Yield what the log brings until `ending` is done, or what follows is told here."""
    coming = _Coming()
    following = asyncio.create_task(coming.fill(audio.follow(contact, after=after)))
    for task in (ending, following):
        task.add_done_callback(coming.stir)
    try:
        while not (ending.done() or here.goes_on(after)):
            stored = coming.take()
            if stored is not None:
                after = stored.position
                yield stored
            elif following.done():
                following.result()  # raises why: of itself it does not end
                break
            else:
                await coming.stirred()
    finally:
        ending.remove_done_callback(coming.stir)
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


class _Coming:
    """What was read and not taken yet. One task fills it, for all chunks: one each is dearer."""

    def __init__(self) -> None:
        self._waiting: deque[StoredChunk] = deque()
        self._stir = asyncio.Event()
        self._room = asyncio.Event()

    async def fill(self, following: AsyncGenerator[StoredChunk]) -> None:
        """Read on, no further ahead than is bounded."""
        async with aclosing(following):
            async for stored in following:
                self._waiting.append(stored)
                self._stir.set()
                while len(self._waiting) >= _WAITING_MAX:
                    self._room.clear()
                    await self._room.wait()

    def take(self) -> StoredChunk | None:
        """Return the next chunk, or None while there is none."""
        if not self._waiting:
            return None
        stored = self._waiting.popleft()
        self._room.set()
        return stored

    def stir(self, _: object) -> None:
        """Have whoever waits look at how things stand."""
        self._stir.set()

    async def stirred(self) -> None:
        """Return when a chunk came since, or somebody stirred."""
        self._stir.clear()
        await self._stir.wait()
