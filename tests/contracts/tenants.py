"""What the registry of tenants promises, over any log. Run by `tests/infra/test_tenants.py`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import pytest
from antiphon.errors import Malformed
from antiphon.events.base import START, TenantName
from antiphon.events.subjects import audio_stream, configuration_stream, facts_stream
from antiphon.infra.jetstream.tenants import Tenants

from ..infra.places import Place, new_tenant
from .waiting import PATIENCE_S, until


@asynccontextmanager
async def running(tenants: Tenants) -> AsyncGenerator[None]:
    task = asyncio.create_task(tenants.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def until_known(tenants: Tenants, name: TenantName) -> None:
    async def known() -> bool:
        return tenants.exists(name)

    await until(known)


class TenantsContract:
    async def test_an_added_tenant_is_known_and_has_its_streams(self, place: Place) -> None:
        name = new_tenant()

        added = await place.tenants.add(name)

        assert added == name
        assert place.tenants.exists(name)
        assert name in place.tenants.names()
        for stream in (facts_stream, configuration_stream, audio_stream):
            assert (await place.log.state(stream(name))).last == START

    async def test_a_repeated_addition_changes_nothing(self, place: Place) -> None:
        before = await place.log.state(place.stream)
        await place.append("a", "kept")

        await place.tenants.add(place.tenant)
        again = await asyncio.gather(*(place.tenants.add(place.tenant) for _ in range(5)))

        assert set(again) == {place.tenant}
        assert await place.payloads() == ["kept"]
        assert (await place.log.state(place.stream)).epoch == before.epoch

    @pytest.mark.parametrize("name", ["", "Acme", "a.b", "a*", "1st", "a_b", "a b", "a" * 32])
    async def test_a_name_that_cannot_be_a_tenants_is_refused(
        self, place: Place, name: str
    ) -> None:
        before = place.tenants.names()

        with pytest.raises(Malformed):
            await place.tenants.add(name)

        assert place.tenants.names() == before

    async def test_an_unregistered_name_does_not_exist(self, place: Place) -> None:
        assert not place.tenants.exists(new_tenant())

    async def test_another_process_learns_what_is_there_by_loading(self, place: Place) -> None:
        other = Tenants(place.log, place.create_streams)
        assert not other.exists(place.tenant)

        await other.load()

        assert other.exists(place.tenant)
        assert set(place.tenants.names()) <= set(other.names())

    async def test_another_process_learns_what_comes_while_it_runs(self, place: Place) -> None:
        other = Tenants(place.log, place.create_streams)

        async with running(other):
            await until_known(other, place.tenant)
            late = await place.tenants.add(new_tenant())
            await until_known(other, late)

        assert {place.tenant, late} <= set(other.names())

    async def test_a_watcher_is_told_each_name_once(self, place: Place) -> None:
        present = place.tenant
        late, last = new_tenant(), new_tenant()
        told: list[TenantName] = []

        async with asyncio.timeout(PATIENCE_S), aclosing(place.tenants.watch()) as names:
            async for name in names:
                told.append(name)
                if name == present:
                    for one in (late, present, late, last):
                        await place.tenants.add(one)
                if name == last:
                    break

        assert [name for name in told if name in (present, late, last)] == [present, late, last]
        assert len(told) == len(set(told))
