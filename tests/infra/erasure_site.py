"""An installation whose processes come and go: servers shared with other tests, keys of its own."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from antiphon.events.base import TenantName
from antiphon.infra.parts import Parts, connect
from antiphon.services.archive.store import ObjectStore

TABLES = ("holder_keys", "tenant_keys", "erasures_replayed", "archives_replayed")


class Site:
    """An installation: servers shared with other tests, a control database of its own."""

    def __init__(
        self,
        nats_url: str,
        postgres_url: str,
        data_dir: Path,
        *,
        archive: ObjectStore | None = None,
    ) -> None:
        self.archive = archive
        self.nats_url = nats_url
        self.postgres_url = postgres_url
        self.data_dir = data_dir

    @asynccontextmanager
    async def process(self, *, archived: bool = True) -> AsyncGenerator[Parts]:
        """Run a process; without `archived` it knows of no archive."""
        async with connect(
            nats_url=self.nats_url,
            postgres_url=self.postgres_url,
            data_dir=self.data_dir,
            archive=self.archive if archived else None,
        ) as parts:
            yield parts


async def control_database(postgres_url: str) -> str:
    """Return the URL of a new control database: it holds which root key is the right one."""
    name = f"control_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return postgres_url.rsplit("/", 1)[0] + f"/{name}"


async def saved(parts: Parts, tenant: TenantName) -> dict[str, list[asyncpg.Record]]:
    """Return what a backup of the tenant's keys holds."""
    async with parts.databases.connection(tenant) as connection:
        return {table: await connection.fetch(f"SELECT * FROM {table}") for table in TABLES}


async def restored(
    parts: Parts, tenant: TenantName, backup: dict[str, list[asyncpg.Record]]
) -> None:
    """Put the backup back."""
    async with parts.databases.connection(tenant) as connection:
        for table, rows in backup.items():
            await connection.execute(f"DELETE FROM {table}")
            await connection.copy_records_to_table(table, records=[tuple(row) for row in rows])
