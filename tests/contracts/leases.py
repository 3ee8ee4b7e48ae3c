"""What leases promise, over any log. Run by `tests/infra/test_leases.py`."""

import asyncio
import uuid
from typing import Self

import pytest
import pytest_asyncio
from antiphon.errors import LeaseLost
from antiphon.infra.jetstream.leases import LEASE_TTL_S, Lease, Leases

from ..infra.places import Place

ASKERS = 20


class Clock:
    """Monotonic seconds that pass when told to."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds

    def after(self, seconds: float) -> Self:
        self.seconds += seconds
        return self


def held(lease: Lease | None) -> Lease:
    assert lease is not None
    return lease


class LeasesContract:
    @pytest_asyncio.fixture
    async def name(self, place: Place) -> str:
        return f"guidance.{place.tenant}.00-15.{uuid.uuid4().hex}"

    async def test_a_new_lease_is_free_and_has_no_state(self, place: Place, name: str) -> None:
        lease = held(await Leases(place.log).acquire(name, owner="one"))

        assert lease.state == b""
        assert lease.name == name

    async def test_a_held_lease_is_refused_to_others(self, place: Place, name: str) -> None:
        clock = Clock()
        await Leases(place.log).acquire(name, owner="one")
        others = Leases(place.log, clock=clock)

        refused = [await others.acquire(name, owner="two")]
        clock.after(LEASE_TTL_S - 0.1)
        refused.append(await others.acquire(name, owner="two"))

        assert refused == [None, None]

    async def test_of_many_askers_one_gets_it(self, place: Place, name: str) -> None:
        asking = [Leases(place.log).acquire(name, owner=f"{n}") for n in range(ASKERS)]

        answers = await asyncio.gather(*asking)

        assert sum(answer is not None for answer in answers) == 1

    async def test_leases_of_other_names_are_apart(self, place: Place, name: str) -> None:
        leases = Leases(place.log)

        one = await leases.acquire(name, owner="one")
        other = await leases.acquire(f"{name}.other", owner="two")

        assert held(one).name != held(other).name

    async def test_a_silent_holder_is_replaced_and_its_state_goes_on(
        self, place: Place, name: str
    ) -> None:
        clock = Clock()
        lost = held(await Leases(place.log).acquire(name, owner="one"))
        await lost.renew(b"\x00bookmark 17\xff")
        others = Leases(place.log, clock=clock)
        assert await others.acquire(name, owner="two") is None

        clock.after(LEASE_TTL_S)
        taken = held(await others.acquire(name, owner="two"))

        assert taken.state == b"\x00bookmark 17\xff"
        with pytest.raises(LeaseLost):
            await lost.renew(b"bookmark 18")
        await taken.renew(b"bookmark 19")
        assert taken.state == b"bookmark 19"

    async def test_a_renewed_lease_is_not_taken_however_long_it_is_held(
        self, place: Place, name: str
    ) -> None:
        clock = Clock()
        lease = held(await Leases(place.log).acquire(name, owner="one"))
        others = Leases(place.log, clock=clock)

        for n in range(10):
            assert await others.acquire(name, owner="two") is None
            await lease.renew(f"{n}".encode())
            clock.after(LEASE_TTL_S - 0.1)

        assert lease.state == b"9"

    async def test_only_what_an_asker_has_itself_seen_counts_as_silence(
        self, place: Place, name: str
    ) -> None:
        clock = Clock()
        await Leases(place.log).acquire(name, owner="one")
        clock.after(100 * LEASE_TTL_S)

        answer = await Leases(place.log, clock=clock).acquire(name, owner="two")

        assert answer is None

    async def test_two_askers_of_a_silent_lease_do_not_both_get_it(
        self, place: Place, name: str
    ) -> None:
        clock = Clock()
        await Leases(place.log).acquire(name, owner="one")
        askers = [Leases(place.log, clock=clock) for _ in range(5)]
        for n, asker in enumerate(askers):
            assert await asker.acquire(name, owner=f"asker {n}") is None

        clock.after(LEASE_TTL_S)
        answers = await asyncio.gather(
            *(asker.acquire(name, owner=f"asker {n}") for n, asker in enumerate(askers))
        )

        assert sum(answer is not None for answer in answers) == 1

    async def test_a_released_lease_is_free_at_once_with_its_state(
        self, place: Place, name: str
    ) -> None:
        lease = held(await Leases(place.log).acquire(name, owner="one"))

        await lease.release(b"done so far")
        taken = held(await Leases(place.log).acquire(name, owner="two"))

        assert taken.state == b"done so far"
        with pytest.raises(LeaseLost):
            await lease.renew(b"more")

    async def test_an_owner_takes_its_own_lease_back_at_once(self, place: Place, name: str) -> None:
        before = held(await Leases(place.log).acquire(name, owner="one"))
        await before.renew(b"state")

        after = held(await Leases(place.log).acquire(name, owner="one"))

        assert after.state == b"state"
        with pytest.raises(LeaseLost):
            await before.release(b"old")

    async def test_a_renewal_that_was_cancelled_is_settled_by_the_next(
        self, place: Place, name: str
    ) -> None:
        lease = held(await Leases(place.log).acquire(name, owner="one"))
        renewing = asyncio.create_task(lease.renew(b"interrupted"))
        await asyncio.sleep(0)
        renewing.cancel()
        await asyncio.wait([renewing])

        await lease.renew(b"next")
        await lease.release(b"last")

        taken = held(await Leases(place.log).acquire(name, owner="two"))
        assert taken.state == b"last"
