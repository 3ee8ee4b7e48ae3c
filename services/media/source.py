"""Where audio comes from: the port that `kinesis.py` satisfies, and its words."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct


class AfterFragment(Struct, frozen=True):
    """Begin with the fragment after this one. Exclusive: the one named is not sent."""

    number: str


class FromProducerTime(Struct, frozen=True):
    """Begin with the fragment that holds this producer time."""

    at: datetime


Start = AfterFragment | FromProducerTime


Wait = Callable[[], Awaitable[None]]
# Called with a piece; where it returns a wait, that is waited before the next piece comes.
Take = Callable[[bytes], Wait | None]


class Body(Protocol):
    """What one connection brings."""

    async def give(self, take: Take) -> None:
        """Hand every piece to `take` as it comes; return at the end of the body. Once.

        What `take` raises ends it, and is raised.

        Raises:
            MediaFailed: it broke off.
        """
        ...


class Pieces:
    """A `Body` of an iterator."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def give(self, take: Take) -> None:
        """See `Body.give`."""
        async for piece in self._pieces:
            waiting = take(piece)
            if waiting is not None:
                await waiting()


class MediaSource(Protocol):
    """Gives the bytes of a stream, one EBML document a fragment, as they arrive."""

    def open(self, stream_arn: str, start: Start) -> AbstractAsyncContextManager[Body]:
        """Open one connection. The bytes end when the stream has nothing more for a while.

        Raises, on entering or while they are given:
            MediaFailed: it cannot be opened, or broke off.
        """
        ...
