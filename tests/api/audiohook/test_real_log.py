"""A session outlasts a real broker that is killed in mid-call: its audio is sent only once."""

import asyncio

from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_keys import MemoryKeys

from ...projections.world import TENANT
from ...waiting import until
from ..ingest.world import Cell
from .client import CONVERSATION, FRAME_SAMPLES, hooked, interleaved
from .spoken import heard_of, voices


async def test_nothing_is_lost_or_twice_when_the_broker_is_killed(nats_server: NatsServer) -> None:
    external, internal = voices(11, 25 * FRAME_SAMPLES)
    audio = interleaved(external, internal)
    frames = [audio[at : at + 2 * FRAME_SAMPLES] for at in range(0, len(audio), 2 * FRAME_SAMPLES)]

    async with connected(nats_server.url, name="test") as nc, asyncio.timeout(60):
        await Streams(nc).create_tenant(TENANT)
        cell = Cell(JetStreamLog(nc), MemoryKeys())
        async with cell.serving() as url, hooked(url) as session:
            await session.open()
            for frame in frames[:5]:
                await session.send(frame)
            await until(lambda: _has_audio(cell), what="audio stored")
            await nats_server.kill()
            for frame in frames[5:20]:
                await session.send(frame)
            await session.ping()
            await nats_server.restart()
            for frame in frames[20:]:
                await session.send(frame)
            await session.close()
        heard = await cell.heard(CONVERSATION)
        agree, kinds = await cell.sums_agree(CONVERSATION), await cell.kinds(CONVERSATION)

    assert heard == heard_of(external, internal)
    assert agree
    assert "audio_gap" not in kinds
    assert kinds.count("audio_stream_closed") == 1


async def _has_audio(cell: Cell) -> bool:
    return bool(await cell.heard(CONVERSATION))
