"""Where audio comes from: the port that `kinesis.py` satisfies, and its words."""

from collections.abc import AsyncIterator
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


class MediaSource(Protocol):
    """Gives the bytes of a stream, one EBML document a fragment, as they arrive."""

    def open(
        self, stream_arn: str, start: Start
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open one connection. The bytes end when the stream has nothing more for a while.

        Raises, on entering or while iterating:
            MediaFailed: it cannot be opened, or broke off.
        """
        ...
