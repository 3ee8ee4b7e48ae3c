"""Sources outlast a real broker that is killed in mid-call."""

import asyncio
import hashlib
from random import Random

from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams
from antiphon.infra.memory_keys import MemoryKeys

from ...projections.world import TENANT
from ...waiting import until
from .source import bring, frames_of, hello
from .world import Cell, two_processes


async def test_nothing_is_lost_or_twice_when_the_broker_is_killed(nats_server: NatsServer) -> None:
    chance = Random(7)
    spoken = {track: chance.randbytes(30 * 16_000) for track in ("from_customer", "to_customer")}
    cuts = [chance.randrange(50, 400) for _ in range(4)]

    async with connected(nats_server.url, name="test") as nc, asyncio.timeout(60):
        await Streams(nc).create_tenant(TENANT)
        cell = Cell(JetStreamLog(nc), MemoryKeys())
        async with two_processes(cell) as urls:
            bringing = asyncio.create_task(
                bring(lambda: chance.choice(urls), hello(), frames_of(spoken), cut_after=cuts)
            )
            await until(lambda: _has_audio(cell), what="audio stored")
            still_bringing = not bringing.done()
            await nats_server.kill()
            await nats_server.restart()
            connections = await bringing
        heard = await cell.heard()
        agree, kinds = await cell.sums_agree(), await cell.kinds()

    assert still_bringing
    assert connections > 4
    assert {track: _sha(one) for track, one in heard.items()} == {
        track: _sha(one) for track, one in spoken.items()
    }
    assert agree
    assert kinds.count("audio_stream_closed") == 1
    assert "audio_gap" not in kinds


async def _has_audio(cell: Cell) -> bool:
    return len((await cell.heard()).get("from_customer", b"")) > 16_000


def _sha(samples: bytes) -> str:
    return hashlib.sha256(samples).hexdigest()
