"""Who does what: a lease is held by one owner until it lets go, leaves, or falls silent.

Every step is a compare-and-set of one key in a key-value bucket. Holding costs nothing: a
process says once for all its leases that it is there (`attendance.py`), and writes a lease only
to take it, to save what its next holder shall know, and to let it go. A lease is no fence: for
a moment two may believe they hold it, and the conditional appends on each lane keep one out.

Whoever was not heard for a while may have been replaced, or not. Once it is heard again it
writes each of its leases anew, if that is as it wrote it last: then nobody took it, and its
work goes on as if nothing had been. Whoever gets no answer lets go of everything.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager, suppress

import structlog
from msgspec import Struct

from ...errors import Fault, StreamMoved
from ...events.base import START, Position
from ...events.log import EventLog, Stored
from .attendance import LEASE_TTL_S, Attendance
from .lease import BUCKET, STREAM, Held, Lease, decode, put
from .presence import Presence
from .proof import Proof
from .streams import key_subject

__all__ = ["BUCKET", "LEASE_TTL_S", "Lease", "Leases"]

LOOK_EVERY_S = 0.25  # for processes that fell silent, this one included
_FOLLOW_AGAIN_S = 1.0


log = structlog.get_logger()


class Leases:
    """One process's leases, and what it knows of those of others."""

    def __init__(
        self,
        log: EventLog,
        *,
        clock: Callable[[], float] = time.monotonic,
        presence: Presence | None = None,
    ) -> None:
        """`BUCKET` and the bucket of `attendance` must exist. `clock`: monotonic seconds.

        With `presence` a process that was killed is replaced sooner than a silent one.
        """
        self._log = log
        self._attendance = Attendance(log, clock=clock, on_change=self._stir, presence=presence)
        self._seen: dict[str, _Seen] = {}  # of others, as far as the bucket was heard
        self._held: dict[str, Lease] = {}
        self._proof = Proof(self._held, self._attendance, clock=clock)
        self._ever_held: set[str] = set()  # in this life of the process
        self._leaving: list[Lease] = []  # let go, which the log may not know yet
        self._changed = asyncio.Event()

    @property
    def owner(self) -> str:
        """Who this process is; empty while it does not attend."""
        return self._attendance.owner

    @property
    def may_hold(self) -> bool:
        """Whether the others count on this process: it attends and is heard."""
        return bool(self.owner) and self._attendance.heard_of_late

    @asynccontextmanager
    async def attending(self, owner: str) -> AsyncGenerator[None]:
        """Be there under this name, for others to see, while the block runs.

        Whoever holds leases lets go of them before the block ends; then the process has left.
        """
        attendance = self._attendance
        attendance.owner = owner
        await attendance.announce()
        await attendance.beat()
        try:
            async with asyncio.TaskGroup() as tasks:
                loops = (
                    attendance.beat_for_ever(),
                    attendance.listen_for_ever(),
                    attendance.look_for_ever(),
                    self._listen_for_ever(),
                    self._watch_for_ever(),
                    self._renew_for_ever(),
                    self._release_for_ever(),
                )
                running = [tasks.create_task(one) for one in loops]
                await attendance.until_heard()
                yield
                for one in running:
                    one.cancel()
        finally:
            await attendance.leave()
            attendance.owner = ""

    def offer(self, service: str) -> None:
        """Tell the others that this process runs a service."""
        self._attendance.offer(service)

    def sharers(self, service: str) -> tuple[str, ...]:
        """Return the owners that run a service now, this process included, in one order."""
        return self._attendance.running(service)

    def may_be_free(self, name: str) -> bool:
        """Tell whether asking for a lease is worth while, without asking the log."""
        if name in self._held:
            return False
        seen = self._seen.get(name)
        return seen is None or self._is_free(seen) or not self._attendance.is_there(seen.owner)

    def left_behind(self, name: str) -> bool:
        """Tell whether an earlier life of this process held a lease and never let go of it.

        Or this one, before it had to stop. Nobody else takes it while this process is there
        under that name.
        """
        seen = self._seen.get(name)
        if seen is None or seen.released or name in self._ever_held:
            return False
        return seen.owner == self.owner

    async def acquire(self, name: str) -> Lease | None:
        """Return the lease, or None while another holds it.

        Free are a new and a released lease, the owner's own that nothing here holds, and those
        of processes that left or fell silent. `name` may hold letters, digits, `-`, `_`, `=`,
        `/` and dots.

        Raises:
            LogUnavailable: nobody knows.
        """
        last = await self._log.last(STREAM, key_subject(BUCKET, name))
        state, end = b"", START
        if last is not None:
            end = last.position
        if last is not None and last.payload:  # empty is the mark of a key removed by hand
            held = decode(last.payload)
            seen = self._see(name, end, held)
            if not self._is_free(seen) and not await self._attendance.is_silent(held.owner):
                return None
            state = held.state
        return await self._take(name, state, end)

    async def saved(self, prefix: str) -> dict[str, bytes]:
        """Return what was last saved with each lease whose name is `prefix` and one word more.

        Raises:
            LogUnavailable: no answer.
        """
        found: dict[str, bytes] = {}
        pattern = key_subject(BUCKET, f"{prefix}.*")
        async with aclosing(self._log.read(STREAM, [pattern])) as batches:
            async for batch in batches:
                for stored in batch:
                    if stored.payload:
                        found[_name_of(stored)] = decode(stored.payload).state
        return found

    async def changed(self, *, within_s: float) -> None:
        """Return when who is there, or what is free, may have changed, or time is up."""
        changed = self._changed
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await changed.wait()

    async def _take(self, name: str, state: bytes, end: Position) -> Lease | None:
        owner = self.owner
        assert owner, "a process attends before it asks for leases"
        silences = self._attendance.silences
        try:
            held = Held(owner, released=False, state=state)
            position = await put(self._log, name, held.entry(), expected=end)
        except StreamMoved:
            return None  # another asker was faster
        lease = Lease(
            self._log,
            name,
            owner=owner,
            state=state,
            position=position,
            proven_in=silences,
            forget=self._forget,
        )
        self._held[name] = lease
        self._ever_held.add(name)
        return lease

    def _forget(self, lease: Lease) -> None:
        if lease.is_lost:
            self._ever_held.discard(lease.name)
        if self._held.get(lease.name) is lease:
            del self._held[lease.name]
            self._leaving.append(lease)
            self._stir()

    def _is_free(self, seen: "_Seen") -> bool:
        return seen.released or seen.owner == self.owner

    def _see(self, name: str, position: Position, held: Held) -> "_Seen":
        before = self._seen.get(name)
        if before is not None and before.position > position:
            return before
        seen = self._seen[name] = _Seen(position, held.owner, held.released)
        if before is None or (before.owner, before.released) != (seen.owner, seen.released):
            self._stir()
        return seen

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                following = self._log.follow(STREAM, [f"{key_subject(BUCKET, '>')}"])
                async with aclosing(following) as batches:
                    async for batch in batches:
                        for stored in batch:
                            self._hear(stored)
            except Fault as fault:
                log.warning("leases_not_heard", problem=fault.code)
            await asyncio.sleep(_FOLLOW_AGAIN_S)

    def _hear(self, stored: Stored) -> None:
        name = _name_of(stored)
        if not stored.payload:
            self._seen.pop(name, None)
            return
        held = decode(stored.payload)
        self._see(name, stored.position, held)
        lease = self._held.get(name)
        if lease is not None and lease.is_contradicted_by(stored.position, held):
            lease.lose()

    async def _watch_for_ever(self) -> None:
        """Notice who fell silent: nobody is told, so we look."""
        there: frozenset[str] = frozenset()
        while True:
            self._proof.look()
            owners = {seen.owner for seen in self._seen.values() if not seen.released}
            now_there = frozenset(one for one in owners if self._attendance.is_there(one))
            if now_there != there:
                there = now_there
                self._stir()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _renew_for_ever(self) -> None:
        """Prove that what is held is our own, after nobody heard us for a while."""
        while True:
            await self._proof.renew()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _release_for_ever(self) -> None:
        """Repeat what the log did not answer: until it knows, nobody else may have the lease."""
        while True:
            leaving, self._leaving = self._leaving, []
            self._leaving += [one for one in leaving if not await one.release_again()]
            await asyncio.sleep(2 * LOOK_EVERY_S)

    def _stir(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class _Seen(Struct, frozen=True):
    position: Position
    owner: str
    released: bool


def _name_of(stored: Stored) -> str:
    return stored.subject.removeprefix(key_subject(BUCKET, ""))
