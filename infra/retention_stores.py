"""The object stores that the settings name, held against a policy of retention."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from ..events.base import TenantName
from ..events.retention import DataKind, Stay
from ..services.retention.agreeing import Disagreement
from .object_store.opening import object_store, recording_store
from .object_store.s3 import S3Store
from .retention_check import Contradiction, Place, contradictions
from .settings import Settings


class StoresAsSet:
    """See `services.retention.agreeing.Stores`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def disagreements(
        self, tenant: TenantName, kinds: Mapping[DataKind, Stay]
    ) -> list[Disagreement]:
        """See `Stores.disagreements`."""
        found = await looked_at(tenant, kinds, self._settings)
        return [Disagreement(code=one.code, place=one.place) for one in found]


async def looked_at(
    tenant: TenantName, kinds: Mapping[DataKind, Stay], settings: Settings
) -> list[Contradiction]:
    """Return in what the stores that the settings name contradict a policy.

    Raises:
        ArchiveUnavailable: a bucket does not answer, or may not be asked.
        SettingWrong: a setting names no store.
    """
    days = settings.archive_retention_days
    async with AsyncExitStack() as stack:
        recordings = recording_store(
            settings.recording_url, data_dir=settings.data_dir, closing=stack
        )
        archive = await stack.enter_async_context(
            object_store(settings.archive_url, data_dir=settings.data_dir)
        )
        return contradictions(
            tenant,
            kinds,
            recordings=await _place(recordings),
            archive=await _place(archive),
            archive_retention=None if days is None else timedelta(days=days),
        )


async def _place(store: Any) -> Place:
    if isinstance(store, S3Store):
        return Place(place=store.place, prefix=store.prefix, rules=await store.rules())
    return Place(place=store.place, prefix="", rules=None)
