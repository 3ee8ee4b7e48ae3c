"""What leases promise to a process that was not heard for a while: stalled, or cut off."""

import asyncio
from collections.abc import Sequence
from typing import Self

import pytest
from antiphon.errors import LeaseLost
from antiphon.events.base import Position
from antiphon.events.log import Entry, EventLog
from antiphon.events.log_in_front import LogInFront
from antiphon.infra.jetstream import leases as leases_module
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import LEASE_TTL_S, UNHEARD_S_MAX
from antiphon.infra.jetstream.doubt import AWAKE_S_MAX
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.leases import Lease, Leases
from antiphon.infra.jetstream.proof import UNANSWERED_S_MAX
from antiphon.infra.jetstream.streams import bucket_stream, key_subject

from ..waiting import until
from .crowd import (
    NOTHING,
    TRIES,
    Clock,
    Crowd,
    Crowded,
    Deaf,
    Silencing,
    Watched,
    held,
    taken_over,
)

# Before anything is patched.
LOOK_EVERY_S = leases_module.LOOK_EVERY_S


class StalledLeasesContract(Crowded):
    async def test_a_holder_that_nobody_hears_loses_everything_before_others_take_it(
        self, crowd: Crowd, name: str
    ) -> None:
        stall = await Stall.of(crowd, name)

        await until(lambda: stall.is_lost_after(0.1))

        assert not stall.holder.may_hold
        with pytest.raises(LeaseLost):
            await stall.lease.until_lost()
        assert UNHEARD_S_MAX + UNANSWERED_S_MAX + LOOK_EVERY_S < LEASE_TTL_S

    async def test_what_a_holder_lost_and_nobody_took_is_left_behind_for_it_to_let_go_of(
        self, crowd: Crowd, name: str
    ) -> None:
        stall = await Stall.of(crowd, name)
        while_in_doubt = stall.holder.left_behind(name)
        await until(lambda: stall.is_lost_after(0.1))

        stall.network.silence(NOTHING)
        await until(lambda: stall.holder.may_hold)

        assert not while_in_doubt
        assert stall.holder.left_behind(name)
        await held(await stall.holder.acquire(name)).release(b"")
        assert not stall.holder.left_behind(name)

    async def test_a_holder_that_stood_still_and_was_not_replaced_goes_on(
        self, crowd: Crowd, name: str
    ) -> None:
        stall = await Stall.of(crowd, name)
        # And again, before it could ask: time that it stood still is nobody's answer.
        await stall.stands_still(100 * LEASE_TTL_S)
        await stall.stands_still(100 * LEASE_TTL_S)

        await stall.is_renewed(crowd)

        assert not stall.lease.is_lost
        assert stall.holder.may_hold
        assert await stall.holder.saved(name.rpartition(".")[0]) == {name: b"17"}
        await stall.lease.save(b"18")
        assert await stall.holder.saved(name.rpartition(".")[0]) == {name: b"18"}

    async def test_a_holder_that_stood_still_and_was_replaced_stops(
        self, crowd: Crowd, name: str
    ) -> None:
        # It hears nothing of others: what tells it is its own renewal.
        stall = await Stall.of(crowd, name, over=Deaf(crowd.place.log, LEASES))
        [taken] = await taken_over(crowd, name)
        assert not stall.lease.is_lost

        stall.network.silence(NOTHING)

        async with asyncio.timeout(20):
            with pytest.raises(LeaseLost):
                await stall.lease.until_lost()
        await taken.save(b"by the heir")
        assert taken.state == b"by the heir"

    async def test_who_decided_to_take_a_lease_before_it_was_renewed_is_refused(
        self, crowd: Crowd, name: str
    ) -> None:
        stall = await Stall.of(crowd, name)
        clock, on_its_way = Clock(), HoldingBack(crowd.place.log, LEASES)
        others = await crowd.comes("heir", clock=clock, network=on_its_way)
        on_its_way.hold_back()

        async def takes_it() -> Lease | None:
            for _ in range(TRIES):  # a last sign of life may be heard after the silence began
                answer = await others.acquire(name)
                if on_its_way.waiting.is_set():
                    return answer
                clock.after(LEASE_TTL_S)
                await until(lambda: others.may_hold)
            raise AssertionError("nobody decided to take it")

        taking = asyncio.create_task(takes_it())
        await on_its_way.waiting.wait()
        await stall.is_renewed(crowd)
        on_its_way.let_go()

        assert await taking is None
        assert not stall.lease.is_lost

    async def test_an_answer_from_before_it_stood_still_lets_it_renew_nothing(
        self, crowd: Crowd, name: str
    ) -> None:
        on_its_way = HoldingBack(crowd.place.log, PROCESSES)
        stall = await Stall.of(crowd, name, over=on_its_way)
        on_its_way.hold_back()
        stall.network.silence(NOTHING)
        await on_its_way.waiting.wait()

        await stall.stands_still(100 * LEASE_TTL_S)
        stall.network.silence(PROCESSES)
        before = await stall.written(crowd)
        on_its_way.let_go()
        await stall.clock.is_looked_at()

        assert await stall.written(crowd) == before
        assert not stall.holder.may_hold

    async def test_what_cannot_be_renewed_is_lost_though_its_holder_is_heard(
        self, crowd: Crowd, name: str
    ) -> None:
        stall = await Stall.of(crowd, name)
        stall.network.silence(LEASES)
        await until(lambda: stall.holder.may_hold)
        await stall.stands_still(AWAKE_S_MAX)
        while_asked = stall.lease.is_lost

        async def is_lost() -> bool:
            await crowd.hears("one")
            return stall.is_lost_after(AWAKE_S_MAX)

        await until(is_lost)

        assert not while_asked
        assert stall.holder.may_hold

    async def test_a_renewal_does_not_undo_a_save_that_is_under_way(
        self, crowd: Crowd, name: str
    ) -> None:
        leases = await crowd.comes("one")
        lease = held(await leases.acquire(name))
        await lease.save(b"1")

        await asyncio.gather(lease.save(b"2"), lease.renew())
        saved = await leases.saved(name.rpartition(".")[0])

        assert saved == {name: b"2"}

    async def test_a_renewal_does_not_take_back_what_is_being_let_go_of(
        self, crowd: Crowd, name: str
    ) -> None:
        lease = held(await (await crowd.comes("one")).acquire(name))
        others = await crowd.comes("two")

        await asyncio.gather(lease.release(b"1"), lease.renew())

        assert held(await others.acquire(name)).state == b"1"


class Stall:
    """A process that saved 17 in its lease and is not heard, by its clock for too long."""

    def __init__(self, holder: Leases, lease: Lease, clock: Watched, network: Silencing) -> None:
        self.holder = holder
        self.lease = lease
        self.clock = clock
        self.network = network

    @classmethod
    async def of(cls, crowd: Crowd, name: str, *, over: EventLog | None = None) -> Self:
        clock, network = Watched(), Silencing(over or crowd.place.log)
        holder = await crowd.comes("one", clock=clock, network=network)
        lease = held(await holder.acquire(name))
        await lease.save(b"17")
        network.silence(PROCESSES)
        await network.refused.wait()
        stall = cls(holder, lease, clock, network)
        await stall.stands_still(UNHEARD_S_MAX + 0.1)
        return stall

    async def stands_still(self, seconds: float) -> None:
        """Let time pass, and then let the process look at what has become of it."""
        self.clock.after(seconds)
        await self.clock.is_looked_at()

    def is_lost_after(self, seconds: float) -> bool:
        self.clock.after(seconds)
        return self.lease.is_lost

    async def is_renewed(self, crowd: Crowd) -> None:
        """Let the process be heard again, and wait until its lease is written anew."""
        before = await self.written(crowd)
        self.network.silence(NOTHING)

        async def is_newer() -> bool:
            return await self.written(crowd) > before

        await until(is_newer)

    async def written(self, crowd: Crowd) -> Position:
        subject = key_subject(LEASES, self.lease.name)
        last = await crowd.place.log.last(bucket_stream(LEASES), subject)
        assert last is not None
        return last.position


class HoldingBack(LogInFront):
    """A log whose appends to a bucket are on their way until they are let go, if it is told to."""

    def __init__(self, log: EventLog, bucket: str) -> None:
        super().__init__(log)
        self._stream = bucket_stream(bucket)
        self._let_go = asyncio.Event()
        self._let_go.set()
        self.waiting = asyncio.Event()

    def hold_back(self) -> None:
        self._let_go.clear()

    def let_go(self) -> None:
        self._let_go.set()

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        if stream == self._stream and not self._let_go.is_set():
            self.waiting.set()
            await self._let_go.wait()
        return await super().append(stream, subject, entries, expected=expected)
