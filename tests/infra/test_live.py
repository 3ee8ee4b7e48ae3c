"""The contract of partials, in memory and on a real node, and what a slow listener misses."""

import asyncio
from contextlib import aclosing

from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.live import NatsLive

from .. import builders
from ..contracts.live import LiveContract
from .places import InMemory, OnJetStream, Place

PATIENCE_S = 20.0


class TestLiveInMemory(InMemory, LiveContract):
    async def test_a_slow_listener_misses_the_oldest(self, place: Place) -> None:
        async with aclosing(place.live.subscribe(place.tenant)) as partials:
            first = asyncio.ensure_future(anext(partials))
            await asyncio.sleep(0)
            for revision in range(1, 5_001):
                partial = builders.utterance_partial(revision=revision)
                await place.live.publish(place.contact(), partial)

            await first
            heard = [await anext(partials)]
            while heard[-1].revision < 5_000:
                heard.append(await anext(partials))

        assert len(heard) <= 1_024
        assert [one.revision for one in heard] == list(range(5_001 - len(heard), 5_001))


class TestLiveOnNats(OnJetStream, LiveContract):
    async def test_what_is_no_partial_is_passed_over(self, place: Place, nats_url: str) -> None:
        before, after = (builders.utterance_partial(revision=n) for n in (1, 2))
        async with (
            connected(nats_url, name="other version") as nc,
            aclosing(place.live.subscribe(place.tenant)) as partials,
        ):
            hearing = asyncio.ensure_future(anext(partials))
            await asyncio.sleep(0)  # it subscribes on the connection that then publishes
            await place.live.publish(place.contact(), before)
            async with asyncio.timeout(PATIENCE_S):
                assert await hearing == before

            await nc.publish(f"live.{place.tenant}.c-1", b"{}")
            await nc.publish(f"live.{place.tenant}.c-1", b"\xff")
            await NatsLive(nc).publish(place.contact(), after)

            async with asyncio.timeout(PATIENCE_S):
                assert await anext(partials) == after
