"""What the tests of the reactor have in common."""

from collections.abc import AsyncGenerator

import pytest
from antiphon.infra.jetstream.streams import bucket_stream
from antiphon.infra.memory_log import MemoryLog
from antiphon.services import lease as lease_module
from antiphon.services import reactor

from .site import STREAM, Site


@pytest.fixture
def quick_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reactor, "RENEW_EVERY_S", 0.01)
    monkeypatch.setattr(reactor, "ACQUIRE_EVERY_S", 0.01)
    monkeypatch.setattr(lease_module, "ACQUIRE_EVERY_S", 0.01)


@pytest.fixture
async def site(quick_leases: None) -> AsyncGenerator[Site]:
    log = MemoryLog(idle_s=0.01)
    await log.create(STREAM)
    await log.create(bucket_stream("leases"))
    site = Site(log)
    yield site
    for owner in list(site.tasks):
        await site.stop(owner)
