"""Installations of their own, a KMS, and a log behind a cable."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog

from .. import kms_server
from ..kms_server import KmsServer
from .behind import Behind
from .cable import cable_to
from .installation import Site
from .places import jetstream_place


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keys_server(servers_dir: Path) -> AsyncIterator[str]:
    # Whoever rotates a root key looks at every tenant's database of the server.
    directory = servers_dir / f"keys-{len(list(servers_dir.iterdir()))}"
    directory.mkdir(mode=0o711)
    async with PostgresServer(directory) as server:
        yield server.url


@pytest.fixture(scope="module")
def root_key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("root") / "root.key"


@pytest_asyncio.fixture
async def site(keys_server: str, root_key_file: Path) -> AsyncIterator[Site]:
    made = Site(keys_server, root_key_file)
    yield made
    await made.close()


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[KmsServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", kms_server.ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", kms_server.SECRET_KEY)
    with KmsServer() as running:
        yield running


@pytest_asyncio.fixture
async def behind(nats_url: str) -> AsyncIterator[Behind]:
    async with (
        jetstream_place(nats_url) as place,
        cable_to(nats_url) as cable,
        connected(cable.url, name="behind") as nc,
    ):
        yield Behind(JetStreamLog(nc), cable, place)
