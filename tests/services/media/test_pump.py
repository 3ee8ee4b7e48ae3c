"""Many sockets are read at one tick, by plain calls; none is forgotten, and none after it left."""

import asyncio
import socket
from collections.abc import Iterator

import pytest
from antiphon.services.media.pump import TICK_S_MAX, TICK_S_MIN, Pump

from ...waiting import until


class Reader:
    """Reads what is there, so much at a time, and remembers it."""

    def __init__(self, pump: Pump, *, bytes_max: int = 1_024) -> None:
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.heard = b""
        self.looks = 0
        self._bytes_max = bytes_max
        self.more = False
        self._pump = pump
        self.leaves: Reader | None = None  # is taken away by our reading

    def read(self) -> bool:
        self.looks += 1
        if self.leaves is not None:
            self._pump.remove(self.leaves.near)
        try:
            self.heard += self.near.recv(self._bytes_max)
        except BlockingIOError:
            return False
        return self.more

    def close(self) -> None:
        self._pump.remove(self.near)
        self.near.close()
        self.far.close()


@pytest.fixture
def pump() -> Iterator[Pump]:
    made = Pump(tick_s=0.001)
    yield made
    made.close()


@pytest.fixture
def readers(pump: Pump) -> Iterator[list[Reader]]:
    made = [Reader(pump) for _ in range(3)]
    yield made
    for one in made:
        one.close()


async def test_what_came_on_any_of_them_is_read_at_a_tick(
    pump: Pump, readers: list[Reader]
) -> None:
    for one in readers:
        pump.add(one.near, one.read)
    await until(lambda: all(one.looks for one in readers))

    readers[0].far.send(b"first")
    readers[2].far.send(b"third")
    await until(lambda: readers[0].heard == b"first" and readers[2].heard == b"third")

    assert readers[1].heard == b""
    assert readers[1].looks == 1  # when it was added; after that it had nothing


async def test_one_that_may_hold_more_is_read_again_though_its_socket_shows_nothing(
    pump: Pump, readers: list[Reader]
) -> None:
    reader = readers[0]
    reader.more = True
    reader.far.send(b"all there was")

    pump.add(reader.near, reader.read)
    await until(lambda: reader.looks == 2)

    assert reader.heard == b"all there was"


async def test_one_that_was_removed_is_not_read_even_at_the_same_tick(
    pump: Pump, readers: list[Reader]
) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
    one, other, third = readers
    one.leaves, other.leaves = other, one
    for reader in readers:
        reader.far.send(b"x")
        pump.add(reader.near, reader.read)

    await until(lambda: third.looks > 0 and one.looks + other.looks > 0)

    assert one.looks + other.looks == 1
    assert reported == []
    pump.remove(one.near)  # harmless when repeated


async def test_a_socket_may_come_back(pump: Pump, readers: list[Reader]) -> None:
    reader = readers[0]
    pump.add(reader.near, reader.read)
    pump.remove(reader.near)
    reader.far.send(b"meanwhile")

    pump.add(reader.near, reader.read)
    await until(lambda: reader.heard == b"meanwhile")


async def test_it_rests_without_sockets_and_wakes_for_the_next(
    pump: Pump, readers: list[Reader]
) -> None:
    pump.add(readers[0].near, readers[0].read)
    pump.remove(readers[0].near)
    await until(lambda: pump._timer is None)  # pyright: ignore[reportPrivateUsage]

    readers[1].far.send(b"next")
    pump.add(readers[1].near, readers[1].read)
    await until(lambda: readers[1].heard == b"next")


async def test_a_read_that_breaks_is_reported_and_ends_nobody_elses(
    pump: Pump, readers: list[Reader]
) -> None:
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))

    def broken() -> bool:
        pump.remove(readers[0].near)
        raise ZeroDivisionError

    pump.add(readers[0].near, broken)
    pump.add(readers[1].near, readers[1].read)
    readers[1].far.send(b"heard")
    await until(lambda: readers[1].heard == b"heard" and bool(reported))

    assert isinstance(reported[0]["exception"], ZeroDivisionError)


async def test_what_is_read_came_after_the_look_before(pump: Pump, readers: list[Reader]) -> None:
    clock = asyncio.get_running_loop().time
    looked: list[tuple[float, float]] = []

    def read() -> bool:
        looked.append((pump.looked_at_s, clock()))
        return True

    began = clock()
    pump.add(readers[0].near, read)
    await until(lambda: len(looked) > 3)

    before = began
    for looked_at, now in looked:
        assert before - 0.001 <= looked_at <= now
        before = looked_at
    assert looked[-1][0] > looked[0][0]


async def test_the_more_sockets_there_are_the_sooner_they_are_looked_at_again() -> None:
    pump = Pump()
    made = [Reader(pump) for _ in range(130)]
    ticks: list[float] = [pump.tick_s]
    try:
        for one in made:
            pump.add(one.near, one.read)
            ticks.append(pump.tick_s)
    finally:
        for one in made:
            one.close()
        pump.close()

    assert ticks[0] == ticks[50] == TICK_S_MAX
    assert ticks == sorted(ticks, reverse=True)
    assert ticks[100] == pytest.approx(0.010)
    assert ticks[125] == ticks[-1] == pytest.approx(TICK_S_MIN)
