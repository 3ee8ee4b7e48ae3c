"""When marked blocks came in: written down where the bytes enter, to be held against later.

In a file that the process under test writes and the one that measures reads.
"""

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import msgspec
from msgspec import Struct

from ...services.media.source import MediaSource, Start
from .synthetic import MARK

RECEIVED_FILE = "received.jsonl"
_MARK = MARK.to_bytes(2, "little", signed=True) * 64  # found in no header and in no silence


class Received(Struct, frozen=True):
    """One line: the nth mark of a stream came in."""

    stream_arn: str
    ordinal: int
    at_s: float  # CLOCK_MONOTONIC


class NotingSource:
    """A MediaSource that writes down when the nth marked block of a stream arrived."""

    def __init__(self, source: MediaSource, notes: BinaryIO) -> None:
        self._source = source
        self._notes = notes
        self._seen: Counter[str] = Counter()

    @asynccontextmanager
    async def open(self, stream_arn: str, start: Start) -> AsyncGenerator[AsyncIterator[bytes]]:
        async with self._source.open(stream_arn, start) as pieces:
            yield self._noting(stream_arn, pieces)

    async def _noting(self, stream_arn: str, pieces: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for piece in pieces:
            if _MARK in piece:
                note = Received(stream_arn, self._seen[stream_arn], monotonic())
                self._seen[stream_arn] += 1
                self._notes.write(msgspec.json.encode(note) + b"\n")
            yield piece


def received_in(path: Path) -> dict[tuple[str, int], float]:
    """Return when each mark came in, by stream and which of its marks it was."""
    decode = msgspec.json.Decoder(Received).decode
    lines = [decode(line) for line in path.read_bytes().splitlines()]
    return {(one.stream_arn, one.ordinal): one.at_s for one in lines}
