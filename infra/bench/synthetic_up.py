"""`antiphon up` with a recogniser that takes no time, noting when each mark came in.

Run by `latency.py`: `python -m antiphon.infra.bench.synthetic_up`.
"""

import os
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

import msgspec
import uvloop

from ...services.guidance.playbook import parse_playbook
from ...services.media.kinesis import Kinesis
from ...services.media.source import MediaSource, Start
from ..logs import set_up_logs
from ..main import ROLES, serve
from ..settings import load
from ..wiring import Adapters
from .latency import RECEIVED_FILE, Received
from .synthetic import MARK, SyntheticRecognizer

# One rule that every mark earns anew.
PLAYBOOK = """
playbook: bench
version: "1"
language: en
moments:
  cancellation:
    track: from_customer
    heard: [want to cancel]
cues:
  retention:
    on: cancellation
    kind: hint
    title: They may want to leave
    body: Ask why.
    cooldown_s: 0
    lasts_s: 1
"""
_MARK = MARK.to_bytes(2, "little", signed=True) * 64  # found in no header and in no silence


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
                note = Received(stream_arn, self._seen[stream_arn], time.monotonic())
                self._seen[stream_arn] += 1
                self._notes.write(msgspec.json.encode(note) + b"\n")
            yield piece


def main() -> None:
    """Serve until terminated."""
    settings = load(os.environ)
    set_up_logs("warning")
    with (settings.data_dir / RECEIVED_FILE).open("wb", buffering=0) as notes:
        adapters = Adapters(
            recognizer=SyntheticRecognizer(),
            source=NotingSource(Kinesis(endpoint=settings.kvs_endpoint), notes),
            playbook=parse_playbook(PLAYBOOK, file="bench.yaml"),
        )
        uvloop.run(serve(settings, roles=frozenset(ROLES), adapters=adapters))


main()
