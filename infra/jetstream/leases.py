"""Who does what: a lease is held by one owner, renewed, and taken over when its owner is silent.

Every step is a compare-and-set of one key in a key-value bucket. No two clocks are compared: an
asker takes over what it has itself seen unchanged for `LEASE_TTL_S`. A lease is no fence: for a
moment two may believe they hold it, and the conditional appends on each lane keep one out.
"""

import time
import uuid
from collections.abc import Callable

import msgspec
from msgspec import Struct

from ...errors import LeaseLost, StreamMoved
from ...events.base import START, Position
from ...events.log import Entry, EventLog
from .streams import bucket_stream, key_subject

BUCKET = "leases"
LEASE_TTL_S = 5.0  # a restart of the broker fits; a dead process is replaced soon after
LEASE_RENEW_S = LEASE_TTL_S / 3  # so that one lost renewal costs nothing

_STREAM = bucket_stream(BUCKET)


class _Held(Struct, frozen=True):
    """What the key holds."""

    owner: str
    released: bool
    state: bytes


class Lease:
    """Held until `release`, or until a `renew` finds it lost."""

    def __init__(
        self, log: EventLog, name: str, *, owner: str, state: bytes, position: Position
    ) -> None:
        self._log = log
        self._owner = owner
        self._position = position
        self._unsettled: Entry | None = None  # sent, and perhaps stored
        self.name = name
        self.state = state  # what this or the previous holder saved last; b"" at first

    async def renew(self, state: bytes) -> None:
        """Stay the holder, and save what the next one shall go on from.

        Raises:
            LeaseLost: another took it over.
            LogUnavailable: nobody knows; repeating is safe, going on for `LEASE_TTL_S` is not.
        """
        await self._save(state, released=False)

    async def release(self, state: bytes) -> None:
        """Let anybody have it at once, with what was saved.

        Raises:
            LeaseLost: another took it over.
            LogUnavailable: nobody knows; the lease runs out by itself.
        """
        await self._save(state, released=True)

    async def _save(self, state: bytes, *, released: bool) -> None:
        try:
            if self._unsettled is not None:
                # Repeated as it was: the log knows whether it has it.
                await self._put(self._unsettled)
            await self._put(_entry(_Held(self._owner, released, state)))
        except StreamMoved as error:
            raise LeaseLost(self.name) from error
        self.state = state

    async def _put(self, entry: Entry) -> None:
        self._unsettled = entry
        self._position = await _put(self._log, self.name, entry, expected=self._position)
        self._unsettled = None


class Leases:
    """Asks for leases. Remembers what it has seen of others' to know when one is silent."""

    def __init__(self, log: EventLog, *, clock: Callable[[], float] = time.monotonic) -> None:
        """The bucket `BUCKET` must exist (`Streams.create_bucket`). `clock`: monotonic seconds."""
        self._log = log
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    async def acquire(self, name: str, *, owner: str) -> Lease | None:
        """Return the lease, or None while another holds it: ask again, about once a second.

        Free are a new, a released and a silent lease, and the owner's own. `name` may hold
        letters, digits, `-`, `_`, `=`, `/` and dots.

        Raises:
            LogUnavailable: nobody knows.
        """
        last = await self._log.last(_STREAM, key_subject(BUCKET, name))
        state, end = b"", START
        if last is not None:
            end = last.position
        if last is not None and last.payload:  # empty is the mark of a key removed by hand
            held = _decode(last.payload)
            free = held.released or held.owner == owner
            if not free and not self._silent(name, end):
                return None
            state = held.state
        try:
            held = _Held(owner, released=False, state=state)
            position = await _put(self._log, name, _entry(held), expected=end)
        except StreamMoved:
            return None  # another asker was faster
        self._seen.pop(name, None)
        return Lease(self._log, name, owner=owner, state=state, position=position)

    def _silent(self, name: str, position: Position) -> bool:
        seen = self._seen.get(name)
        if seen is None or seen.position != position:
            self._seen[name] = _Seen(position, self._clock())
            return False
        return self._clock() - seen.since >= LEASE_TTL_S


class _Seen(Struct, frozen=True):
    position: Position
    since: float


_decode = msgspec.json.Decoder(_Held).decode


def _entry(held: _Held) -> Entry:
    return Entry(uuid.uuid4().hex, msgspec.json.encode(held))


async def _put(log: EventLog, name: str, entry: Entry, *, expected: Position) -> Position:
    return await log.append(_STREAM, key_subject(BUCKET, name), [entry], expected=expected)
