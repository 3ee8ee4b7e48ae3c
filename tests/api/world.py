"""The whole reading side: projections that run, the API, and a server for streams."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import uvicorn
from antiphon.api.app import create_app
from antiphon.api.knowledge import KnowledgeBase
from antiphon.api.ports import History, Limits
from antiphon.api.signatures import MachineKeys
from antiphon.commands.privacy import PrivacyPolicies
from antiphon.commands.stream_accounts import StreamAccounts
from antiphon.commands.webhook import Webhooks
from antiphon.events.base import START, TenantName
from antiphon.events.live import Live
from antiphon.events.privacy.protection import ProtectionOf, everything
from antiphon.events.progress import Progress
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_live import MemoryLive
from antiphon.projections import desk, transcript

from ..projections.world import TENANT, Watched, World
from ..projections.world import world as make_world

BOTH = (transcript.PROJECTION, desk.PROJECTION)
QUICK = Limits(heartbeat_s=0.2, late_s=0.5, catch_up_s=5.0, summary_s=0.3, settle_s=0.0)


class OneDatabase:
    """The databases of tenants of which there is one."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def pool(self, tenant: TenantName) -> Any:
        assert tenant == TENANT
        return self._pool


class Registered:
    """Tenants by name."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def exists(self, name: TenantName) -> bool:
        return name in self._names


class Api:
    """An API over a world."""

    def __init__(
        self,
        world: World,
        *,
        limits: Limits = QUICK,
        loops: Sequence[Progress] = (),
        live: Live | None = None,
        history: History | None = None,
        register: Register | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        machine_keys: MachineKeys | None = None,
        stream_accounts: StreamAccounts | None = None,
        knowledge: KnowledgeBase | None = None,
        protection: ProtectionOf = everything,
    ) -> None:
        self.world = world
        self.tell = world.tell
        self.journal = world.journal
        self.register = register or Register(world.log, world.keys)
        self.live = live or MemoryLive()
        self.app = create_app(
            journal=world.journal,
            register=self.register,
            databases=OneDatabase(world.pool),
            tenants=Registered(TENANT),
            live=self.live,
            loops=loops,
            now=now,
            limits=limits,
            history=history,
            machine_keys=machine_keys,
            webhooks=Webhooks(self.register, now=now),
            stream_accounts=stream_accounts,
            knowledge=knowledge,
            protection=protection,
            privacy_policies=PrivacyPolicies(self.register, now=now),
        )
        asgi: Any = self.app  # the two frameworks write the protocol's types differently
        transport = httpx.ASGITransport(asgi)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://localhost")
        self.shown: list[Watched] = []

    async def project(self) -> None:
        """Let the read models show everything."""
        await self.world.project(*BOTH)

    @asynccontextmanager
    async def projecting(self) -> AsyncGenerator[None]:
        """Keep the read models up to date meanwhile."""
        async with AsyncExitStack() as stack:
            self.shown = [await stack.enter_async_context(self.world.running(one)) for one in BOTH]
            for progress in self.shown:
                await progress.until_alive()
            yield

    async def facts(self) -> list[Any]:
        """Return every fact of the tenant."""
        end = (await self.journal.state(TENANT)).last
        return [
            fact
            async for batch in self.journal.read_tenant(TENANT, after=START, upto=end)
            for fact in batch
        ]

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[str]:
        """Serve on a free port meanwhile; yield the base URL."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = QuietServer(
            uvicorn.Config(
                self.app, log_config=None, lifespan="on", timeout_graceful_shutdown=1, ws="none"
            )
        )
        task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
            listener.close()


class QuietServer(uvicorn.Server):
    def install_signal_handlers(self) -> None:
        """Leave signals to pytest."""


@asynccontextmanager
async def api(postgres_url: str, **given: Any) -> AsyncGenerator[Api]:
    async with make_world(postgres_url) as world:
        await world.log.create(configuration_stream(TENANT))
        made = Api(world, **given)
        async with made.http:
            yield made
