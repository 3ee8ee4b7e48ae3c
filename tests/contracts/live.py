"""What every Live must do. Run by `tests/infra/test_live.py` for each adapter."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

from antiphon.events.base import TenantName
from antiphon.events.live import Live, UtterancePartial

from .. import builders
from ..infra.places import Place, new_tenant

PATIENCE_S = 20.0
AGAIN_S = 0.02


class Listener:
    """Collects what a subscription yields."""

    def __init__(self, partials: AsyncGenerator[UtterancePartial]) -> None:
        self._partials = partials
        self._more = asyncio.Event()
        self.heard: list[UtterancePartial] = []

    async def listen(self) -> None:
        async for partial in self._partials:
            self.heard.append(partial)
            self._more.set()

    async def more(self) -> None:
        self._more.clear()
        await self._more.wait()


@asynccontextmanager
async def listening(place: Place, tenant: TenantName) -> AsyncGenerator[Listener]:
    """Listen, from before the body on."""
    async with aclosing(place.live.subscribe(tenant)) as partials:
        listener = Listener(partials)
        task = asyncio.create_task(listener.listen())
        try:
            await _say_until_heard(place.live, tenant, listener)
            yield listener
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _say_until_heard(live: Live, tenant: TenantName, listener: Listener) -> None:
    # When a subscription holds nobody says: whoever is heard once is heard from then on.
    hello = builders.utterance_partial("hello")
    async with asyncio.timeout(PATIENCE_S):
        while not listener.heard:
            await live.publish(builders.contact("c-0", tenant=tenant), hello)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(listener.more(), AGAIN_S)
    listener.heard.clear()


async def heard(listener: Listener, wanted: UtterancePartial) -> list[UtterancePartial]:
    async with asyncio.timeout(PATIENCE_S):
        while wanted not in listener.heard:
            await listener.more()
    return [one for one in listener.heard if one.text != "hello"]


class LiveContract:
    async def test_a_partial_comes_as_it_was_sent(self, place: Place) -> None:
        partial = builders.utterance_partial("mein Dach ist undicht — ja", revision=3)

        async with listening(place, place.tenant) as listener:
            await place.live.publish(place.contact(), partial)

            assert await heard(listener, partial) == [partial]

    async def test_partials_of_one_contact_keep_their_order(self, place: Place) -> None:
        partials = [builders.utterance_partial(revision=n) for n in range(1, 200)]

        async with listening(place, place.tenant) as listener:
            for partial in partials:
                await place.live.publish(place.contact(), partial)

            assert await heard(listener, partials[-1]) == partials

    async def test_every_listener_hears_every_contact_of_its_tenant_and_no_other(
        self, place: Place
    ) -> None:
        ours = [builders.utterance_partial(f"from {n}") for n in range(3)]
        other = new_tenant()
        theirs = builders.utterance_partial("not ours")

        async with (
            listening(place, place.tenant) as one,
            listening(place, place.tenant) as two,
            listening(place, other) as apart,
        ):
            await place.live.publish(builders.contact("c-1", tenant=other), theirs)
            for n, partial in enumerate(ours):
                await place.live.publish(place.contact(f"c-{n}"), partial)
            await heard(apart, theirs)

            assert [await heard(one, ours[-1]), await heard(two, ours[-1])] == [ours, ours]
            assert theirs not in one.heard
            assert not set(ours) & set(apart.heard)

    async def test_nobody_listening_is_no_trouble(self, place: Place) -> None:
        await place.live.publish(place.contact(), builders.utterance_partial())

        async with listening(place, place.tenant) as listener:
            assert listener.heard == []
