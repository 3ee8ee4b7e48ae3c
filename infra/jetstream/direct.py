"""Direct gets: what their answers hold, and entries whose positions are known.

Source: ADR-31; nats-server 2.15.1.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from ...events.base import Position
from ...events.log import Stored
from .client import Connection, headers_of
from .connection import send
from .inbox import Inbox
from .requests import Requests, stored_message

_AT_ONCE = 256  # gets under way: more gains nothing, and an answer may be 1 MB
_SILENCE_S_MAX = 2.0  # between two answers


class Points:
    """Reads entries one by one, many at a time."""

    def __init__(self, nc: Connection, requests: Requests) -> None:
        self._nc = nc
        self._requests = requests
        self._inbox = Inbox(nc)

    async def read(self, stream: str, positions: Sequence[Position]) -> list[Stored]:
        """See `PositionReads.read_at`."""
        if not self._inbox.opened:
            await self._inbox.open()
        found: dict[Position, Stored] = {}
        for start in range(0, len(positions), _AT_ONCE):
            some = positions[start : start + _AT_ONCE]
            await self._get(stream, some, found)
            for missing in [one for one in some if one not in found]:
                # Gone, not yet on the server that answered, or lost on the way: the leader knows.
                message = await self._requests.message(stream, seq=missing)
                if message is not None:
                    found[missing] = stored_message(message)
        return [found[one] for one in positions if one in found]

    async def _get(
        self, stream: str, positions: Sequence[Position], found: dict[Position, Stored]
    ) -> None:
        answered, every = 0, asyncio.Event()

        def receive(payload: bytes, headers: bytes) -> None:
            nonlocal answered
            answered += 1
            told = headers_of(headers)
            if b"Nats-Sequence" in told:
                stored = stored_of(told, payload)
                found[stored.position] = stored
            if answered == len(positions):
                every.set()

        reply = self._inbox.expect(receive)
        try:
            for position in positions:
                wanted = msgspec.json.encode({"seq": position})
                await send(self._nc, f"$JS.API.DIRECT.GET.{stream}", wanted, reply=reply)
            await until_quiet(every, lambda: answered, silence_s=_SILENCE_S_MAX)
        finally:
            self._inbox.forget(reply)


def stored_of(headers: dict[bytes, bytes], payload: bytes) -> Stored:
    """Return the entry that a direct get answered."""
    return Stored(
        Position(int(headers[b"Nats-Sequence"])),
        datetime.fromisoformat(headers[b"Nats-Time-Stamp"].decode()),
        headers[b"Nats-Subject"].decode(),
        payload,
    )


async def until_quiet(
    done: asyncio.Event, progress: Callable[[], int], *, silence_s: float
) -> None:
    """Return when it is done, or when there was no progress for so long."""
    seen = -1
    while not done.is_set() and seen != progress():
        seen = progress()
        try:
            async with asyncio.timeout(silence_s):
                await done.wait()
        except TimeoutError:
            continue  # whether anything came meanwhile, the loop looks
