"""What processes promise to know of each other. Run by `tests/infra/test_attendance.py`."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from antiphon.infra.jetstream.attendance import LEASE_TTL_S, UNHEARD_S_MAX, Attendance

from ..infra.places import Place
from ..waiting import until
from .leases import Clock


def process(place: Place, name: str, service: str, clock: Clock) -> Attendance:
    made = Attendance(place.log, clock=clock)
    made.owner = f"{service}-{name}"
    made.offer(service)
    return made


@asynccontextmanager
async def hearing(one: Attendance) -> AsyncGenerator[None]:
    listening = asyncio.create_task(one.listen_for_ever())
    try:
        await one.until_heard()
        yield
    finally:
        listening.cancel()
        await asyncio.wait([listening])


def two_processes(place: Place) -> tuple[str, Clock, Attendance, Attendance]:
    """Return a service that nobody else offers, its clock, and two processes that offer it."""
    service, clock = f"s{uuid.uuid4().hex[:8]}", Clock()
    return (
        service,
        clock,
        process(place, "one", service, clock),
        process(place, "two", service, clock),
    )


@asynccontextmanager
async def one_has_heard_two(one: Attendance, two: Attendance, service: str) -> AsyncGenerator[None]:
    await two.beat()
    async with hearing(one):
        await until(lambda: two.owner in one.running(service))
        yield


class AttendanceContract:
    async def test_who_has_beaten_is_there_for_the_others(self, place: Place) -> None:
        service, _, one, two = two_processes(place)

        async with one_has_heard_two(one, two, service):
            assert one.running(service) == (one.owner, two.owner)
            assert one.running("another") == (one.owner,)
            assert not await one.is_silent(two.owner)

    async def test_who_leaves_is_gone_at_once(self, place: Place) -> None:
        service, _, one, two = two_processes(place)
        async with one_has_heard_two(one, two, service):
            await two.leave()
            await until(lambda: two.owner not in one.running(service))

            assert await one.is_silent(two.owner)

    async def test_who_is_silent_long_enough_is_gone(self, place: Place) -> None:
        service, clock, one, two = two_processes(place)
        async with one_has_heard_two(one, two, service):
            clock.after(LEASE_TTL_S)

            assert one.running(service) == (one.owner,)
            assert await one.is_silent(two.owner)

    async def test_before_it_is_declared_silent_the_log_is_asked(self, place: Place) -> None:
        service, clock, one, two = two_processes(place)
        async with one_has_heard_two(one, two, service):
            pass
        clock.after(LEASE_TTL_S)

        await two.beat()  # which `one`, who listens no more, has not heard

        assert not one.is_there(two.owner)
        assert not await one.is_silent(two.owner)

    async def test_a_beat_that_is_answered_lets_a_process_hold(self, place: Place) -> None:
        service, clock = f"s{uuid.uuid4().hex[:8]}", Clock()
        one = process(place, "one", service, clock)
        clock.after(UNHEARD_S_MAX + 1)
        before = one.heard_of_late

        await one.beat()

        assert not before
        assert one.heard_of_late
