"""A nats-server with one tenant's streams and nobody else on it, for benchmarks of the log."""

import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from ...events.base import TenantName
from ..embedded.nats import NatsServer
from ..jetstream.client import Connection
from ..jetstream.connection import connected
from ..jetstream.streams import Streams

TENANT = TenantName("bench")
DEFAULT_SYNC = "2m"  # nats-server's own; a cluster relies on its copies
AUDIO_BYTES_MAX = 16 * 1024 * 1024  # none is written
# What an utterance with eight word timings weighs as JSON, sealed text left out.
PAYLOAD = b'{"type":"utterance_finalized","data":{"words":"%s"}}' % (b"w" * 402)


@asynccontextmanager
async def lone_log(*, sync_interval: str) -> AsyncGenerator[Connection]:
    """Yield a connection to a new server that forces its disk so often."""
    with tempfile.TemporaryDirectory() as directory:
        async with (
            NatsServer(Path(directory), sync_interval=sync_interval) as server,
            connected(server.url, name="bench") as nc,
        ):
            await Streams(nc, audio_bytes_max=AUDIO_BYTES_MAX).create_tenant(TENANT)
            yield nc
