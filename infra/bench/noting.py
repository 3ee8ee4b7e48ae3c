"""When marked blocks came by: written down where bytes enter, and where a recogniser hears them.

In files that the process under test writes and the one that measures reads.
"""

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import BinaryIO

import msgspec
from msgspec import Struct

from ...services.media.kinesis import Kinesis
from ...services.media.pump import Pump
from ...services.media.source import Body, Start, Take, Wait
from .synthetic import MARK

RECEIVED_FILE = "received.jsonl"
HEARD_FILE = "heard.jsonl"
_MARK = MARK.to_bytes(2, "little", signed=True) * 64  # found in no header and in no silence


class Noted(Struct, frozen=True):
    """One line: the nth mark of a stream, or of a contact, came by."""

    of: str  # the stream's ARN, or the contact's id
    ordinal: int
    at_s: float  # CLOCK_MONOTONIC


def is_marked(piece: bytes) -> bool:
    """Tell whether there is a marked block in a piece of bytes."""
    return _MARK in piece


class Notes:
    """Writes down when marks come by."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._seen: Counter[str] = Counter()

    def look(self, of: str, piece: bytes, *, at_s: float | None = None) -> None:
        """Note it if there is a marked block in a piece of bytes, which came now or `at_s`."""
        if is_marked(piece):
            note = Noted(of, self._seen[of], monotonic() if at_s is None else at_s)
            self._seen[of] += 1
            self._file.write(msgspec.json.encode(note) + b"\n")


class NotingSource:
    """A MediaSource that writes down when the nth marked block of a stream arrived.

    What is read at ticks may have come right after the tick before: that is what is noted, and
    so a whole tick of waiting is part of every delay that is told.
    """

    def __init__(self, source: Kinesis, notes: BinaryIO) -> None:
        self._source = source
        self._notes = Notes(notes)

    @asynccontextmanager
    async def open(self, stream_arn: str, start: Start) -> AsyncGenerator[Body]:
        async with self._source.open(stream_arn, start) as body:
            yield _NotedBody(body, stream_arn, self._notes, self._source.pump)


class _NotedBody:
    def __init__(self, body: Body, of: str, notes: Notes, pump: Pump) -> None:
        self._body, self._of, self._notes, self._pump = body, of, notes, pump

    async def give(self, take: Take) -> None:
        """See `Body.give`."""

        def noted(piece: bytes) -> Wait | None:
            self._notes.look(self._of, piece, at_s=self._pump.looked_at_s)
            return take(piece)

        await self._body.give(noted)


def received_in(path: Path) -> dict[tuple[str, int], float]:
    """Return when each mark came by, by what it is of and which of its marks it was."""
    decode = msgspec.json.Decoder(Noted).decode
    lines = [decode(line) for line in path.read_bytes().splitlines()]
    return {(one.of, one.ordinal): one.at_s for one in lines}
