"""A stream outlasts a real broker that is killed in mid-call, though nothing is said twice."""

import asyncio

from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_keys import MemoryKeys

from ...projections.world import TENANT
from ...waiting import until
from ..ingest.world import Cell
from .spoken import begun, decoded, gaps, voices
from .vendor import streaming


async def test_nothing_is_lost_when_the_broker_is_killed(nats_server: NatsServer) -> None:
    spoken = voices(11, 20)

    async with connected(nats_server.url, name="test") as nc, asyncio.timeout(60):
        await Streams(nc).create_tenant(TENANT)
        cell = Cell(JetStreamLog(nc), MemoryKeys())

        async def has_audio() -> bool:
            return bool(await cell.heard(stream.call))

        async with cell.serving() as url, streaming(url) as stream:
            await begun(stream)
            sounds = stream.sounds(spoken)
            await stream.send(sounds[:100])
            await until(has_audio, what="audio stored")
            await nats_server.kill()
            await stream.send(sounds[100:])
            await nats_server.restart()

            assert await stream.stop() == (1000, "")

        assert await cell.heard(stream.call) == decoded(spoken)
        assert await cell.sums_agree(stream.call)
        assert await gaps(cell, stream.call) == []
