"""What the tests of the reactor have in common: where it runs, and that it waits for little."""

from collections.abc import AsyncGenerator

import pytest
from antiphon.events.subjects import audio_stream, configuration_stream, facts_stream
from antiphon.infra.jetstream import attendance, leases
from antiphon.infra.jetstream.attendance import BUCKET as PROCESSES
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.leases import BUCKET as LEASES
from antiphon.infra.jetstream.letters import BUCKET as LETTERS
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams, bucket_stream
from antiphon.infra.memory_log import MemoryLog
from antiphon.services import holding, lanes, watch
from nats.aio.client import Client

from .site import PROMPT_S, STREAM, TENANT, Site


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often: what takes seconds in production takes as long as it must."""
    monkeypatch.setattr(attendance, "BEAT_EVERY_S", 0.01)
    monkeypatch.setattr(leases, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(holding, "LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(holding, "FOLLOW_AGAIN_S", 0.01)
    monkeypatch.setattr(watch, "SAVE_EVERY_S", 0.01)
    monkeypatch.setattr(lanes, "LETTER_AGAIN_S", 0.01)


@pytest.fixture
async def memory_site(quick: None) -> AsyncGenerator[Site]:
    log = MemoryLog(idle_s=0.01)
    await log.create(STREAM)
    for bucket in (PROCESSES, LEASES, LETTERS):
        await log.create(bucket_stream(bucket))
    site = Site(log)
    yield site
    await _stopped(site)


@pytest.fixture
async def jetstream_site(quick: None, nats_url: str) -> AsyncGenerator[Site]:
    async with connected(nats_url, name="test") as nc:
        await _swept(nc)  # of what other files left on the server they share
        streams = Streams(nc)
        await streams.create_tenant(TENANT)
        for bucket in (PROCESSES, LEASES, LETTERS):
            await streams.create_bucket(bucket)
        site = Site(JetStreamLog(nc))
        yield site
        await _stopped(site)
        await _swept(nc)


@pytest.fixture(params=["memory", "jetstream"])
def site(request: pytest.FixtureRequest) -> Site:
    """A site in memory, and one on a real nats-server: the reactor promises the same on both."""
    return request.getfixturevalue(f"{request.param}_site")


async def _swept(nc: Client) -> None:
    """Remove processes, leases, letters and facts: a test finds them as new as in memory."""
    own = [name(TENANT) for name in (facts_stream, audio_stream, configuration_stream)]
    for stream in [*own, *map(bucket_stream, (PROCESSES, LEASES, LETTERS))]:
        await nc.request(f"$JS.API.STREAM.DELETE.{stream}", timeout=PROMPT_S)


async def _stopped(site: Site) -> None:
    for owner in list(site.tasks):
        await site.stop(owner)
