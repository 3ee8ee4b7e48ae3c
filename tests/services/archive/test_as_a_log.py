"""The log that begins in the archive keeps the contract of the log, an archiver at its heels."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest_asyncio
from antiphon.events.base import TenantName
from antiphon.events.subjects import audio_stream, configuration_stream, facts_stream
from antiphon.infra.jetstream.tenants import Tenants
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.services.archive.history import ArchivedLog
from antiphon.services.archive.pending import Bounds
from msgspec.structs import replace

from ...contracts.appending import AppendContract
from ...contracts.following import FollowContract
from ...contracts.reading import ReadContract, StateContract
from ...infra.places import Place, new_tenant
from .world import World, archiving


class TestArchivedLog(AppendContract, ReadContract, StateContract, FollowContract):
    @pytest_asyncio.fixture
    async def place(self, tmp_path: Path) -> AsyncGenerator[Place]:
        log, tenant = MemoryLog(), new_tenant()

        async def create_streams(_: TenantName) -> None:
            for name in (facts_stream, configuration_stream, audio_stream):
                await log.create(name(tenant))

        await create_streams(tenant)
        world = World(DirectoryStore(tmp_path / "archive"), log=log)
        world.stream, world.filters = facts_stream(tenant), (f"ev.{tenant}.>",)
        archiver = replace(world.archiver(), bounds=Bounds(rows_max=64, age_s_max=0.0))
        async with archiving(archiver):
            yield Place(
                ArchivedLog(log, world.archive()),
                MemoryKeys(),
                MemoryLive(),
                Tenants(log, create_streams),
                create_streams,
                tenant,
            )
