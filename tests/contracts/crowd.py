"""Many that hold and ask for leases of one log, and a clock for each."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from typing import Self

import pytest
import pytest_asyncio
from antiphon.errors import LogUnavailable
from antiphon.events.base import START, Epoch, Position
from antiphon.events.log import Entry, EventLog, Stored
from antiphon.events.log_in_front import LogInFront
from antiphon.infra.jetstream import attendance
from antiphon.infra.jetstream import leases as leases_module
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import LEASE_TTL_S
from antiphon.infra.jetstream.leases import Lease, Leases
from antiphon.infra.jetstream.streams import bucket_stream, key_subject

from ..infra.places import Place
from ..waiting import until

TRIES = 10  # a last word may arrive after the silence has begun
LOOKED_AT = 40  # times by loops that look as often as each other: each has looked
NOTHING = "nothing"


class Clock:
    """Monotonic seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def after(self, seconds: float) -> Self:
        self.seconds += seconds
        return self


class Watched(Clock):
    """Counts how often somebody looks at it."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def __call__(self) -> float:
        self.reads += 1
        return super().__call__()

    async def is_looked_at(self) -> None:
        """Return when all of a process's loops have looked."""
        due = self.reads + LOOKED_AT
        await until(lambda: self.reads >= due)


class Silencing(LogInFront):
    """A log that refuses to write to a bucket."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(log)
        self._bucket = NOTHING
        self.refused = asyncio.Event()

    def silence(self, bucket: str) -> None:
        self._bucket = bucket

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if stream == bucket_stream(self._bucket):
            self.refused.set()
            raise LogUnavailable("silenced")
        return await self._log.append(stream, subject, entries, expected=expected)


class Deaf(LogInFront):
    """A log of which one bucket is not heard by those who follow it."""

    def __init__(self, log: EventLog, bucket: str) -> None:
        super().__init__(log)
        self._stream = bucket_stream(bucket)

    async def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        if stream == self._stream:
            await asyncio.Event().wait()
        async for batch in super().follow(stream, filters, after=after, epoch=epoch):
            yield batch


class Crowd:
    """Processes on one log, each with a clock of its own."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.service = f"s{uuid.uuid4().hex[:8]}"  # nobody else's, on a server that is shared
        self._running: dict[str, AsyncExitStack] = {}

    def named(self, owner: str) -> str:
        return f"{self.service}-{owner}"

    async def comes(
        self, owner: str, *, clock: Clock | None = None, network: EventLog | None = None
    ) -> Leases:
        """Start a process that runs the crowd's service."""
        leases = Leases(network or self.place.log, clock=clock or Clock())
        leases.offer(self.service)
        self._running[owner] = stack = AsyncExitStack()
        await stack.enter_async_context(leases.attending(self.named(owner)))
        return leases

    async def hears(self, owner: str) -> None:
        """Wait until a process has said once more that it is there."""
        stream, subject = bucket_stream(PROCESSES), key_subject(PROCESSES, self.named(owner))
        before = await self.place.log.last(stream, subject)
        assert before is not None

        async def said_more() -> bool:
            last = await self.place.log.last(stream, subject)
            return last is not None and last.position > before.position

        await until(said_more)

    async def goes(self, owner: str) -> None:
        await self._running.pop(owner).aclose()

    async def all_go(self) -> None:
        for owner in list(self._running):
            await self.goes(owner)


class Crowded:
    """Mixed into contracts: processes that look and beat so often that nobody has to wait."""

    @pytest_asyncio.fixture
    async def crowd(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Crowd]:
        monkeypatch.setattr(attendance, "BEAT_EVERY_S", 0.01)
        monkeypatch.setattr(leases_module, "LOOK_EVERY_S", 0.01)
        crowd = Crowd(place)
        yield crowd
        await crowd.all_go()

    @pytest_asyncio.fixture
    async def name(self, crowd: Crowd) -> str:
        return f"{crowd.service}.{crowd.place.tenant}.00-15"


async def taken_over(crowd: Crowd, name: str, *, askers: int = 1) -> list[Lease]:
    """Let so many ask at once, after longer and longer, until somebody is given the lease."""
    clock = Clock()
    others = await crowd.comes("heir", clock=clock)
    for _ in range(TRIES):
        assert await others.acquire(name) is None
        clock.after(LEASE_TTL_S)
        await until(lambda: others.may_hold)
        answers = await asyncio.gather(*(others.acquire(name) for _ in range(askers)))
        if taken := [answer for answer in answers if answer is not None]:
            return taken
    raise AssertionError("nobody was given the lease")


async def given(leases: Leases, name: str) -> Lease:
    """Ask until the lease is given: of three nodes, one that is behind may answer first."""
    taken: list[Lease] = []

    async def asked() -> bool:
        if (lease := await leases.acquire(name)) is not None:
            taken.append(lease)
        return bool(taken)

    await until(asked)
    return taken[0]


def held(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease
