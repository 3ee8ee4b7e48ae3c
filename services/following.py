"""A contact's audio: followed while it comes, and read to its end once it is over."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from ..events.audio import AudioLog, StoredChunk
from ..events.base import ContactRef, Position


async def audio_until(
    over: Callable[[], Coroutine[Any, Any, None]],
    audio: AudioLog,
    contact: ContactRef,
    *,
    after: Position,
) -> AsyncGenerator[StoredChunk]:
    """Yield audio behind a position until `over` returns, then what was stored by then.

    Raises:
        LogUnavailable: the audio cannot be read now.
    """
    ending = asyncio.create_task(over())
    try:
        async with aclosing(audio.follow(contact, after=after)) as following:
            while not ending.done():
                coming = asyncio.ensure_future(anext(following))
                try:
                    await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
                    if not coming.done():
                        break
                finally:
                    if not coming.done():
                        coming.cancel()
                        await asyncio.gather(coming, return_exceptions=True)
                after = coming.result().position
                yield coming.result()
    finally:
        ending.cancel()
    # What is stored is known now, so this ends, where following would not.
    async with aclosing(audio.read(contact, after=after)) as rest:
        async for stored in rest:
            yield stored
