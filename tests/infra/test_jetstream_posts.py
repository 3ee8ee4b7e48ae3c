"""Posts when the network or the broker fails under them, and what is left to `append`."""

import asyncio

import pytest
from antiphon.events.base import START
from antiphon.events.faultpoints import FaultPoint, arm
from antiphon.events.log import Entry
from antiphon.infra.jetstream.client import POSTED_BYTES_MAX

from ..contracts.posting import Told
from ..contracts.waiting import PATIENCE_S, until
from .behind import Behind


async def test_a_post_whose_answer_is_lost_is_told_so_and_found_by_append(behind: Behind) -> None:
    end, told = await behind.append("a", "one", expected=START), Told()
    on = behind.place.stream, behind.place.subject("a")
    entry = Entry("a:two", b"two")
    behind.cable.mute()

    sent = behind.log.post(*on, entry, expected=end, told=told)
    busy = behind.log.post(*on, Entry("a:three", b"three"), expected=end, told=told)
    await until(lambda: behind.stored("a", 2))
    position = await told.came()
    await behind.cable.cut()
    found = await behind.log.append(*on, [entry], expected=end)

    assert (sent, busy, position) == (True, False, None)
    assert len(told.positions) == 1
    last = await behind.place.log.last(*on)
    assert last is not None
    assert last.position == found
    assert await behind.place.payloads("a") == ["one", "two"]


async def test_nothing_is_posted_while_the_broker_is_away(behind: Behind) -> None:
    end, told = await behind.append("a", "one", expected=START), Told()
    await behind.cable.close()
    on = behind.place.stream, behind.place.subject("a")

    async with asyncio.timeout(PATIENCE_S):
        while behind.log.post(*on, Entry("a:two", b"two"), expected=end, told=told):
            await told.came()  # on its way out when the connection went
            told = Told()

    assert told.positions == []


async def test_an_id_that_no_header_can_hold_is_left_to_append(behind: Behind) -> None:
    end, told = await behind.append("a", "one", expected=START), Told()

    sent = behind.log.post(
        behind.place.stream,
        behind.place.subject("a"),
        Entry("two\r\nNats-Rollup: all", b"two"),
        expected=end,
        told=told,
    )

    assert not sent
    assert await behind.place.payloads("a") == ["one"]


async def test_more_than_the_broker_takes_at_once_is_left_to_append(behind: Behind) -> None:
    end, told = await behind.append("a", "one", expected=START), Told()
    on = behind.place.stream, behind.place.subject("a")
    entry = Entry("a:large", bytes(64 * 1024 * 1024))

    sent = behind.log.post(*on, entry, expected=end, told=told)

    assert not sent
    with pytest.raises(ValueError, match="not to be sent"):
        await behind.log.append(*on, [entry], expected=end)


async def test_a_broker_that_takes_nothing_is_not_posted_to_without_end(behind: Behind) -> None:
    await behind.append("a", "one", expected=START)
    payload = bytes(64 * 1024)
    log, place = behind.log, behind.place

    def post(nth: int, told: Told) -> bool:
        entry = Entry(f"many:{nth}", payload)
        return log.post(place.stream, place.subject(f"n{nth}"), entry, expected=START, told=told)

    # Nothing awaits in between, so nothing leaves.
    taken = [told for nth in range(200) if post(nth, told := Told())]

    assert 0 < len(taken) * len(payload) <= POSTED_BYTES_MAX + 2 * len(payload)
    assert all([await told.came() for told in taken])
    last = Told()
    assert post(201, last)
    assert await last.came()


async def test_where_faults_are_armed_appends_pass_the_points_at_which_they_strike(
    behind: Behind,
) -> None:
    end, told = await behind.append("a", "one", expected=START), Told()

    async def pass_by(_: FaultPoint) -> None:
        """No fault."""

    arm(pass_by)
    try:
        sent = behind.log.post(
            behind.place.stream,
            behind.place.subject("a"),
            Entry("a:two", b"two"),
            expected=end,
            told=told,
        )
    finally:
        arm(None)

    assert not sent
