"""One lease while a process holds it: every step is a compare-and-set of its key."""

import asyncio
import uuid
from collections.abc import Callable

import msgspec
from msgspec import Struct

from ...errors import LeaseLost, LogUnavailable, StreamMoved
from ...events.base import Position
from ...events.log import Entry, EventLog
from .streams import bucket_stream, key_subject

BUCKET = "leases"

STREAM = bucket_stream(BUCKET)


class Held(Struct, frozen=True):
    """What the key holds."""

    owner: str
    released: bool
    state: bytes

    def entry(self) -> Entry:
        """Return what to append: a new entry each time."""
        return Entry(uuid.uuid4().hex, msgspec.json.encode(self))


class Lease:
    """Held until `release`, or until it is lost."""

    def __init__(
        self,
        log: EventLog,
        name: str,
        *,
        owner: str,
        state: bytes,
        position: Position,
        forget: Callable[["Lease"], None],
    ) -> None:
        self._log = log
        self._owner = owner
        self._position = position
        self._forget = forget
        self._unsettled: Entry | None = None  # sent, and perhaps stored
        self._writing = asyncio.Lock()
        self._lost = asyncio.Event()
        self._to_release: bytes | None = None  # what a release should have saved
        self._releasing = False
        self.name = name
        self.state = state  # what this or the previous holder saved last; b"" at first

    async def save(self, state: bytes) -> None:
        """Save what the next holder shall go on from; proves that the lease is ours.

        Raises:
            LeaseLost: another took it over.
            LogUnavailable: nobody knows; repeating is safe.
        """
        await self._save(state, released=False)

    async def release(self, state: bytes) -> None:
        """Let anybody have it at once, with what was saved.

        Raises:
            LeaseLost: another took it over, or may have.
            LogUnavailable: nobody knows; it is tried again until it is known.
        """
        self._to_release, self._releasing = state, True
        self._forget(self)
        try:
            await self._save(state, released=True)
            self._to_release = None
        finally:
            self._releasing = False

    async def release_again(self) -> bool:
        """Repeat a release that got no answer; tell whether that is over."""
        if self._releasing:
            return False
        if self._to_release is not None:
            try:
                await self.release(self._to_release)
            except LeaseLost:
                return True
            except LogUnavailable:
                return False
        return True

    async def until_lost(self) -> None:
        """Return never.

        Raises:
            LeaseLost: another took it over, or may soon, because this process is not heard.
        """
        await self._lost.wait()
        raise LeaseLost(self.name)

    def lose(self) -> None:
        """Another has it, or may have it soon."""
        self._lost.set()
        self._forget(self)

    def is_contradicted_by(self, position: Position, held: Held) -> bool:
        """Tell whether the log shows that another wrote here after us."""
        return position > self._position and held.owner != self._owner

    async def _save(self, state: bytes, *, released: bool) -> None:
        try:
            async with self._writing:
                if self._lost.is_set():
                    raise LeaseLost(self.name)
                if self._unsettled is not None:
                    # Repeated as it was: the log knows whether it has it.
                    await self._put(self._unsettled)
                await self._put(Held(self._owner, released, state).entry())
        except StreamMoved as error:
            self.lose()
            raise LeaseLost(self.name) from error
        self.state = state

    async def _put(self, entry: Entry) -> None:
        self._unsettled = entry
        self._position = await put(self._log, self.name, entry, expected=self._position)
        self._unsettled = None


decode = msgspec.json.Decoder(Held).decode


async def put(log: EventLog, name: str, entry: Entry, *, expected: Position) -> Position:
    """Write a lease's key, if it is as expected.

    Raises:
        StreamMoved: it is not.
        LogUnavailable: nobody knows.
    """
    return await log.append(STREAM, key_subject(BUCKET, name), [entry], expected=expected)
