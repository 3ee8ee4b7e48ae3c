"""A process that was killed is replaced as soon as the broker has no connection of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream import attendance
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import (
    BUCKET_SETTINGS,
    GONE_S,
    LEASE_TTL_S,
    OVERDUE_S,
    Attendance,
)
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.presence import NatsPresence
from antiphon.infra.jetstream.streams import Streams

from ..waiting import until


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attendance, "LOOK_EVERY_S", 0.01)


@pytest.fixture
async def url(nats_server: NatsServer) -> str:
    async with connected(nats_server.url, name="setup") as nc:
        await Streams(nc).create_bucket(LEASES)
        await Streams(nc).create_bucket(PROCESSES, **BUCKET_SETTINGS)
    return nats_server.url


async def test_who_listens_is_connected_and_who_never_came_is_not(url: str) -> None:
    async with connected(url, name="one") as one, connected(url, name="two") as two:
        await NatsPresence(one).announce("one")

        assert await NatsPresence(two).is_connected("one") is True
        assert await NatsPresence(two).is_connected("three") is False


async def test_who_withdrew_is_not_connected(url: str) -> None:
    async with connected(url, name="one") as one, connected(url, name="two") as two:
        presence = NatsPresence(one)
        await presence.announce("one")
        await presence.withdraw()
        await one.flush()

        assert await NatsPresence(two).is_connected("one") is False


async def test_who_is_cut_off_himself_cannot_tell(url: str) -> None:
    async with connected(url, name="two") as two:
        asking = NatsPresence(two)
        await two.close()

        assert await asking.is_connected("one") is None


class Asked:
    """Counts how often it was asked."""

    def __init__(self, presence: NatsPresence) -> None:
        self._presence = presence
        self.announce, self.withdraw = presence.announce, presence.withdraw
        self.times = 0

    async def is_connected(self, owner: str) -> bool | None:
        self.times += 1
        return await self._presence.is_connected(owner)

    async def again(self) -> None:
        before = self.times
        await until(lambda: self.times >= before + 3, what="asked again")


class Onlooker:
    """Two processes: one that said once that it is there, and one that looks on."""

    def __init__(self, one: Connection, two: Connection) -> None:
        self.seconds = 0.0
        self.asked = Asked(NatsPresence(two))
        self._silent = Attendance(JetStreamLog(one), presence=NatsPresence(one))
        self._looking = Attendance(
            JetStreamLog(two), clock=lambda: self.seconds, presence=self.asked
        )
        self._silent.owner, self._looking.owner = "one", "two"
        self._silent.offer("service")

    @asynccontextmanager
    async def looking_on(self) -> AsyncGenerator[None]:
        await self._silent.announce()
        await self._silent.beat()
        loops = (self._looking.listen_for_ever(), self._looking.look_for_ever())
        tasks = [asyncio.create_task(one) for one in loops]
        await until(self.sees)
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def sees(self) -> bool:
        return "one" in self._looking.running("service")

    async def beats(self) -> None:
        await self._silent.beat()


@pytest.fixture
async def onlooker(url: str) -> AsyncGenerator[tuple[Onlooker, Connection]]:
    async with connected(url, name="one") as one, connected(url, name="two") as two:
        onlooker = Onlooker(one, two)
        async with onlooker.looking_on():
            yield onlooker, one


async def test_who_is_silent_and_not_connected_any_more_is_gone_long_before_its_time_is_up(
    onlooker: tuple[Onlooker, Connection],
) -> None:
    looking, one = onlooker
    await one.close()  # as the kernel does for a process that was killed

    looking.seconds += OVERDUE_S + 0.01
    await looking.asked.again()
    assert looking.sees(), "asked once: it may be about to come back"
    looking.seconds += GONE_S

    await until(lambda: not looking.sees())
    assert looking.seconds < LEASE_TTL_S / 2


async def test_who_is_silent_and_still_connected_is_given_its_time(
    onlooker: tuple[Onlooker, Connection],
) -> None:
    looking, _ = onlooker

    looking.seconds += LEASE_TTL_S - 0.1
    await looking.asked.again()
    looking.seconds += 0.05
    await looking.asked.again()

    assert looking.sees()
    looking.seconds += 0.1
    assert not looking.sees()


async def test_who_was_gone_and_is_heard_again_is_there_again(
    onlooker: tuple[Onlooker, Connection], url: str
) -> None:
    looking, one = onlooker
    await one.close()
    looking.seconds += OVERDUE_S + 0.01
    await looking.asked.again()
    looking.seconds += GONE_S
    await until(lambda: not looking.sees())

    async with connected(url, name="one again") as back:
        again = Attendance(JetStreamLog(back))
        again.owner = "one"
        again.offer("service")
        await again.beat()

        await until(looking.sees)


async def test_who_is_heard_in_time_is_not_asked_after(
    onlooker: tuple[Onlooker, Connection],
) -> None:
    looking, _ = onlooker

    looking.seconds += OVERDUE_S - 0.01
    await looking.beats()
    for _ in range(200):
        await asyncio.sleep(0)

    assert looking.asked.times == 0
