"""What leases promise, over any log. Run by `tests/infra/test_leases.py`."""

import asyncio

import pytest
from antiphon.errors import LeaseLost, LogUnavailable
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.attendance import LEASE_TTL_S, UNHEARD_S_MAX
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.leases import Lease, Leases

from ..waiting import until
from .crowd import NOTHING, Clock, Crowd, Crowded, Silencing, given, held, taken_over

ASKERS = 20


class LeasesContract(Crowded):
    async def test_a_new_lease_is_free_and_has_no_state(self, crowd: Crowd, name: str) -> None:
        lease = held(await (await crowd.comes("one")).acquire(name))

        assert lease.state == b""
        assert lease.name == name

    async def test_a_held_lease_is_refused_to_others(self, crowd: Crowd, name: str) -> None:
        clock = Clock()
        await (await crowd.comes("one")).acquire(name)
        others = await crowd.comes("two", clock=clock)

        refused = [await others.acquire(name)]
        clock.after(UNHEARD_S_MAX)
        refused.append(await others.acquire(name))

        assert refused == [None, None]
        assert not others.may_be_free(name)

    async def test_of_many_askers_one_gets_it(self, crowd: Crowd, name: str) -> None:
        askers = [await crowd.comes(f"{n}") for n in range(ASKERS)]

        answers = await asyncio.gather(*(asker.acquire(name) for asker in askers))

        assert sum(answer is not None for answer in answers) == 1

    async def test_leases_of_other_names_are_apart(self, crowd: Crowd, name: str) -> None:
        one = await (await crowd.comes("one")).acquire(name)
        other = await (await crowd.comes("two")).acquire(f"{name}.other")

        assert held(one).name != held(other).name

    async def test_a_silent_holder_is_replaced_and_its_state_goes_on(
        self, crowd: Crowd, name: str
    ) -> None:
        lost = await self._silent(crowd, name, state=b"\x00bookmark 17\xff")

        [taken] = await taken_over(crowd, name)

        assert taken.state == b"\x00bookmark 17\xff"
        with pytest.raises(LeaseLost):
            await lost.save(b"bookmark 18")
        await taken.save(b"bookmark 19")
        assert taken.state == b"bookmark 19"

    async def _silent(self, crowd: Crowd, name: str, *, state: bytes) -> Lease:
        """Return the lease of a process that fell silent after it saved something."""
        network = Silencing(crowd.place.log)
        lost = held(await (await crowd.comes("one", network=network)).acquire(name))
        await lost.save(state)
        network.silence(PROCESSES)
        await network.refused.wait()
        return lost

    async def test_a_holder_that_is_heard_is_not_replaced_however_long_it_saves_nothing(
        self, crowd: Crowd, name: str
    ) -> None:
        clock = Clock()
        await (await crowd.comes("one")).acquire(name)
        others = await crowd.comes("two", clock=clock)

        # It may seem silent for a moment to those whose clock jumps; the log knows better.
        for _ in range(3):
            clock.after(LEASE_TTL_S)
            await crowd.hears("one")
            assert await others.acquire(name) is None

    async def test_only_what_an_asker_has_itself_seen_counts_as_silence(
        self, crowd: Crowd, name: str
    ) -> None:
        clock = Clock()
        await (await crowd.comes("one")).acquire(name)
        clock.after(100 * LEASE_TTL_S)

        answer = await (await crowd.comes("two", clock=clock)).acquire(name)

        assert answer is None

    async def test_two_askers_of_a_silent_lease_do_not_both_get_it(
        self, crowd: Crowd, name: str
    ) -> None:
        await self._silent(crowd, name, state=b"17")

        assert len(await taken_over(crowd, name, askers=5)) == 1

    async def test_a_released_lease_is_free_at_once_with_its_state(
        self, crowd: Crowd, name: str
    ) -> None:
        lease = held(await (await crowd.comes("one")).acquire(name))
        others = await crowd.comes("two")

        await lease.release(b"done so far")
        taken = held(await others.acquire(name))

        assert taken.state == b"done so far"
        with pytest.raises(LeaseLost):
            await lease.save(b"more")

    async def test_a_release_without_an_answer_is_repeated_until_the_log_has_it(
        self, crowd: Crowd, name: str
    ) -> None:
        network = Silencing(crowd.place.log)
        lease = held(await (await crowd.comes("one", network=network)).acquire(name))
        others = await crowd.comes("two")
        network.silence(LEASES)
        with pytest.raises(LogUnavailable):
            await lease.release(b"done so far")
        assert await others.acquire(name) is None

        network.silence(NOTHING)

        await until(lambda: others.may_be_free(name))
        assert (await given(others, name)).state == b"done so far"

    async def test_who_leaves_leaves_everything_to_others_at_once(
        self, crowd: Crowd, name: str
    ) -> None:
        lease = held(await (await crowd.comes("one")).acquire(name))
        await lease.save(b"so far")
        others = await crowd.comes("two")

        await crowd.goes("one")
        await until(lambda: others.may_be_free(name))

        assert (await given(others, name)).state == b"so far"

    async def test_an_owner_takes_its_own_lease_back_at_once(self, crowd: Crowd, name: str) -> None:
        before = held(await (await crowd.comes("one")).acquire(name))
        await before.save(b"state")
        # As after a crash: nothing was released, nobody has left.
        again = Leases(crowd.place.log, clock=Clock())
        async with again.attending(crowd.named("one")):
            after = held(await again.acquire(name))

            assert after.state == b"state"
            with pytest.raises(LeaseLost):
                await before.release(b"old")

    async def test_what_one_holds_is_not_asked_for_again(self, crowd: Crowd, name: str) -> None:
        leases = await crowd.comes("one")
        assert leases.may_be_free(name)

        lease = held(await leases.acquire(name))
        while_held = leases.may_be_free(name)
        await lease.release(b"")

        assert not while_held
        assert leases.may_be_free(name)

    async def test_a_save_that_was_cancelled_is_settled_by_the_next(
        self, crowd: Crowd, name: str
    ) -> None:
        lease = held(await (await crowd.comes("one")).acquire(name))
        saving = asyncio.create_task(lease.save(b"interrupted"))
        await asyncio.sleep(0)
        saving.cancel()
        await asyncio.wait([saving])

        await lease.save(b"next")
        await lease.release(b"last")

        taken = held(await (await crowd.comes("two")).acquire(name))
        assert taken.state == b"last"

    async def test_a_holder_hears_that_another_has_its_lease(self, crowd: Crowd, name: str) -> None:
        lost = await self._silent(crowd, name, state=b"17")
        await taken_over(crowd, name)

        async with asyncio.timeout(20):
            with pytest.raises(LeaseLost):
                await lost.until_lost()

    async def test_those_who_run_a_service_know_each_other(self, crowd: Crowd) -> None:
        one, two = await crowd.comes("one"), await crowd.comes("two")
        names = (crowd.named("one"), crowd.named("two"))

        await until(lambda: tuple(one.sharers(crowd.service)) == names)
        await until(lambda: tuple(two.sharers(crowd.service)) == names)
        assert tuple(one.sharers("another")) == names[:1]
        await crowd.goes("two")

        await until(lambda: tuple(one.sharers(crowd.service)) == names[:1])

    async def test_what_was_saved_is_found_by_the_beginning_of_the_name(
        self, crowd: Crowd, name: str
    ) -> None:
        leases = await crowd.comes("one")
        prefix = name.rpartition(".")[0]
        for last in ("a", "b"):
            lease = held(await leases.acquire(f"{prefix}.{last}"))
            await lease.save(last.encode())
        await leases.acquire(f"{prefix}x.c")

        assert await leases.saved(prefix) == {f"{prefix}.a": b"a", f"{prefix}.b": b"b"}
