"""An installation whose processes come and go: servers shared with other tests, keys of its own."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from antiphon.infra.parts import Parts, connect


class Site:
    """An installation: servers shared with other tests, a control database of its own."""

    def __init__(self, nats_url: str, postgres_url: str, data_dir: Path) -> None:
        self.nats_url = nats_url
        self.postgres_url = postgres_url
        self.data_dir = data_dir

    @asynccontextmanager
    async def process(self) -> AsyncGenerator[Parts]:
        async with connect(
            nats_url=self.nats_url, postgres_url=self.postgres_url, data_dir=self.data_dir
        ) as parts:
            yield parts


async def control_database(postgres_url: str) -> str:
    """Return the URL of a new control database: it holds which root key is the right one."""
    name = f"control_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return postgres_url.rsplit("/", 1)[0] + f"/{name}"
