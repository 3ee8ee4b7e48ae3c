"""An API that a data directory says is running, for commands as a person types them."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from antiphon.events.base import TenantName
from antiphon.events.subjects import configuration_stream
from antiphon.infra.runfile import RunFile

from ..api.test_playbooks import Site
from ..api.world import QuietServer


@asynccontextmanager
async def running_on(
    folder: Path, patch: pytest.MonkeyPatch, site: Site, *names: str
) -> AsyncGenerator[Site]:
    """Serve a site of some tenants meanwhile."""
    for name in names:
        site.tenants.add(TenantName(name))
        await site.log.create(configuration_stream(TenantName(name)))
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(site.app, log_config=None, lifespan="off", ws="none")
    server = QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    patch.setenv("ANTIPHON_DATA_DIR", str(folder))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with RunFile(http=url, nats="", postgres="", simulator=None).published(folder):
        yield site
    server.should_exit = True
    await serving
    listener.close()
