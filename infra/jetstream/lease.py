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
        proven_in: int,
        forget: Callable[["Lease"], None],
    ) -> None:
        self._log = log
        self._owner = owner
        self._position = position
        self._forget = forget
        self._unsettled: tuple[Held, Entry] | None = None  # sent, and perhaps stored
        self._writing = asyncio.Lock()
        self._lost = asyncio.Event()
        self._to_release: bytes | None = None  # what a release should have saved
        self._releasing = False
        self._let_go = False
        self.proven_in = proven_in  # the silence of this process after which it was its own
        self.name = name
        self.state = state  # what this or the previous holder saved last; b"" at first

    @property
    def is_lost(self) -> bool:
        """Whether another has it, or may have."""
        return self._lost.is_set()

    async def save(self, state: bytes) -> None:
        """Save what the next holder shall go on from; proves that the lease is ours.

        Raises:
            LeaseLost: another took it over.
            LogUnavailable: nobody knows; repeating is safe.
        """
        await self._write(Held(self._owner, released=False, state=state))

    async def renew(self) -> None:
        """Prove that nobody took it since we wrote last, and nobody can who decided to before.

        What is saved stays as it is. Does nothing to a lease that was let go of.

        Raises:
            LeaseLost: another took it over.
            LogUnavailable: nobody knows; repeating is safe.
        """
        await self._write(None)

    async def release(self, state: bytes) -> None:
        """Let anybody have it at once, with what was saved.

        Raises:
            LeaseLost: another took it over, or may have.
            LogUnavailable: nobody knows; it is tried again until it is known.
        """
        self._to_release, self._releasing, self._let_go = state, True, True
        self._forget(self)
        try:
            await self._write(Held(self._owner, released=True, state=state))
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
            LeaseLost: another took it over, or may have, and nobody can tell.
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

    async def _write(self, held: Held | None) -> None:
        """Write the key if it is as we wrote it last; None: once more what it holds."""
        try:
            async with self._writing:
                if self._lost.is_set():
                    raise LeaseLost(self.name)
                if held is None and self._let_go:
                    return
                if self._unsettled is not None:
                    # Repeated as it was: the log knows whether it has it.
                    await self._put(*self._unsettled)
                elif held is None:
                    held = Held(self._owner, released=False, state=self.state)
                if held is not None:
                    await self._put(held, held.entry())
        except StreamMoved as error:
            self.lose()
            raise LeaseLost(self.name) from error

    async def _put(self, held: Held, entry: Entry) -> None:
        self._unsettled = (held, entry)
        self._position = await put(self._log, self.name, entry, expected=self._position)
        self._unsettled = None
        self.state = held.state


decode = msgspec.json.Decoder(Held).decode


async def put(log: EventLog, name: str, entry: Entry, *, expected: Position) -> Position:
    """Write a lease's key, if it is as expected.

    Raises:
        StreamMoved: it is not.
        LogUnavailable: nobody knows.
    """
    return await log.append(STREAM, key_subject(BUCKET, name), [entry], expected=expected)
