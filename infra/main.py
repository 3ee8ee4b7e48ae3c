"""What runs, with what, in which order. Comes up top to bottom, goes down in reverse."""

import asyncio
import gc
import signal
import socket
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Literal, get_args

import structlog
from litestar import Litestar
from msgspec import Struct
from msgspec.structs import asdict

from ..api.app import create_app
from ..events.base import TenantName
from ..events.progress import Progress
from ..projections import runner as projection_runner
from ..projections.catalogue import PROJECTIONS, keyed
from ..projections.projection import Projection
from ..services import erasure, reactor
from ..services.media.pushed import PushedAudio
from . import http
from .archiving import Archives, Past
from .contact_index import ReadModelIndex
from .embedded.lock import DataDirectoryLock, make_data_dir
from .embedded.nats import NatsServer
from .embedded.postgres import PostgresServer
from .embedded.simulator import SimulatorServer
from .kms import kms_of
from .kvs_roles import stream_accounts_in
from .machine_keys import MachineKeyFile
from .object_store.opening import object_store
from .parts import Parts, connect, now
from .runfile import RunFile
from .settings import Settings
from .tenancy import DEMO, add_tenant
from .wiring import AWS, Adapters, build_services

Role = Literal["media", "transcription", "guidance", "projections", "archive", "api"]
ROLES: tuple[Role, ...] = get_args(Role)

OWNER_FILE = "owner"

# Most of what a call leaves behind has no cycles and goes by itself.
GC_ALLOCATIONS = 10_000  # objects made, beyond those freed, before the youngest are looked at
GC_YOUNG = 20  # such looks before a look at the middle generation
GC_MIDDLE = 50  # such looks before a look at everything

log = structlog.get_logger()


class Endpoints(Struct, frozen=True, kw_only=True):
    """Where what runs here can be reached."""

    http: str  # without the role `api`, of liveness, readiness and metrics alone
    nats: str
    postgres: str
    simulator: str | None  # None: audio comes from ANTIPHON_KVS_ENDPOINT


async def serve(
    settings: Settings,
    *,
    roles: frozenset[Role],
    on_ready: Callable[[Endpoints], None] | None = None,
    adapters: Adapters | None = None,
) -> None:
    """Run the roles until SIGINT or SIGTERM, or until cancelled.

    `on_ready` is told once everything answers. `adapters` take the place of those that the
    settings name.
    """
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, stopped.set)
    running = asyncio.create_task(_run(settings, roles, on_ready, adapters or Adapters()))
    stopping = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        running.cancel()
        await asyncio.wait({running})
    if not running.cancelled():
        running.result()


async def _run(
    settings: Settings,
    roles: frozenset[Role],
    on_ready: Callable[[Endpoints], None] | None,
    adapters: Adapters,
) -> None:
    async with AsyncExitStack() as stack:
        # Before any server: a taken port or directory must not cost a start and a stop.
        owner = stack.enter_context(_owner(settings))
        listen = http.listen if "api" in roles else http.listen_beside
        listener = stack.enter_context(listen(settings.http_port))
        endpoints = await stack.enter_async_context(_servers(settings, listener))
        parts = await stack.enter_async_context(
            connect(
                nats_url=endpoints.nats,
                postgres_url=endpoints.postgres,
                data_dir=settings.data_dir,
                kms=kms_of(settings),
            )
        )
        await add_tenant(DEMO, parts)
        kvs_endpoint = endpoints.simulator or settings.kvs_endpoint
        services = build_services(
            roles,
            parts,
            adapters,
            closing=stack,
            settings=settings,
            kvs_endpoint=None if kvs_endpoint == AWS else kvs_endpoint,
        )
        archives = await stack.enter_async_context(_archives(settings, parts))
        loops: list[Progress] = []
        # Left after the services have let their leases go, which the tasks do as they end.
        if services:
            await stack.enter_async_context(parts.leases.attending(owner))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(parts.tenants.run())
        tasks.create_task(parts.letters.run())
        tending = _Tending(
            parts=parts,
            projections=_projections(parts) if "projections" in roles else (),
            services=services,
            past=archives,
            archives=archives if "archive" in roles else None,
            loops=loops,
        )
        # Those there are at once: readiness must not be asked before there are loops.
        known = set(parts.tenants.names())
        for tenant in sorted(known):
            await _tend(tenant, tending, tasks)
        tasks.create_task(_tend_newcomers(tending, tasks, known=known))

        tasks.create_task(http.serve(_app(parts, archives, settings, loops, roles=roles), listener))
        if "api" in roles:
            stack.enter_context(RunFile(**asdict(endpoints)).published(settings.data_dir))
        log.info("antiphon_up", roles=sorted(roles), url=endpoints.http, listening_on=http.HOST)
        calm_the_collector()
        if on_ready is not None:
            on_ready(endpoints)
        await asyncio.Future()  # until a task fails or somebody cancels


def _projections(parts: Parts) -> tuple[Projection, ...]:
    return tuple(keyed(one, parts.index_key) for one in PROJECTIONS)


def _app(
    parts: Parts,
    archives: Archives,
    settings: Settings,
    loops: list[Progress],
    *,
    roles: frozenset[Role],
) -> Litestar:
    keys_file = settings.machine_keys_file
    return create_app(
        machine_keys=None if keys_file is None else MachineKeyFile(keys_file),
        stream_accounts=stream_accounts_in(settings.kvs_roles_file),
        intake=PushedAudio(journal=parts.journal, audio=parts.audio, now=now),
        only_health="api" not in roles,
        journal=parts.journal,
        history=Past(archives),
        register=parts.register,
        eraser=parts.eraser,
        databases=parts.databases,
        tenants=parts.tenants,
        live=parts.live,
        loops=loops,
        now=now,
    )


def calm_the_collector() -> None:
    """Keep the garbage collector from stopping every call at once.

    What was made so far stays for good and need not be looked at again; a full collection
    otherwise took 0.1 s with fifty calls under way.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, GC_YOUNG, GC_MIDDLE)


@contextmanager
def _owner(settings: Settings) -> Generator[str]:
    """Yield who holds this process's leases.

    With servers of its own, a process is alone on its data directory and keeps its name:
    after a crash the next one takes its own leases back at once.
    """
    if settings.nats_url and settings.postgres_url:
        make_data_dir(settings.data_dir)
        yield str(uuid.uuid4())
        return
    with DataDirectoryLock(settings.data_dir):
        path = settings.data_dir / OWNER_FILE
        if not path.exists():
            path.write_text(str(uuid.uuid4()))
        yield path.read_text()


@asynccontextmanager
async def _servers(settings: Settings, listener: socket.socket) -> AsyncGenerator[Endpoints]:
    """Start the servers that no setting names, all at once, and stop them at the end."""
    async with AsyncExitStack() as stack:
        nats = None if settings.nats_url else NatsServer(settings.data_dir)
        postgres = None if settings.postgres_url else PostgresServer(settings.data_dir)
        simulator = None if settings.kvs_endpoint else SimulatorServer(settings.data_dir)
        children = [child for child in (nats, postgres, simulator) if child is not None]
        async with asyncio.TaskGroup() as starting:
            for child in children:
                starting.create_task(stack.enter_async_context(child))
        yield Endpoints(
            http=http.address_of(listener),
            nats=nats.url if nats else settings.nats_url or "",
            postgres=postgres.url if postgres else settings.postgres_url or "",
            simulator=simulator.url if simulator else None,
        )


@asynccontextmanager
async def _archives(settings: Settings, parts: Parts) -> AsyncGenerator[Archives]:
    """Yield where the past is kept, as the settings say."""
    days = settings.archive_retention_days
    async with object_store(
        settings.archive_url, data_dir=settings.data_dir, locked=days is not None
    ) as store:
        yield Archives(
            store=store,
            log=parts.log,
            keys=parts.keys,
            index=ReadModelIndex(parts.databases),
            retention=None if days is None else timedelta(days=days),
        )


class _Tending(Struct, frozen=True, kw_only=True):
    """What every tenant's loops are started with."""

    parts: Parts
    projections: tuple[Projection, ...]
    services: tuple[reactor.Service, ...]
    past: Archives  # what the log has let go of
    archives: Archives | None  # None: others archive
    loops: list[Progress]  # grows: readiness and metrics read it


async def _tend_newcomers(
    tending: _Tending, tasks: asyncio.TaskGroup, *, known: set[TenantName]
) -> None:
    """Start the loops of tenants that are added while we run."""
    async for tenant in tending.parts.tenants.watch():
        if tenant not in known:
            await _tend(tenant, tending, tasks)


async def _tend(tenant: TenantName, tending: _Tending, tasks: asyncio.TaskGroup) -> None:
    log.info("tenant_tended", tenant=tenant)
    for loop in await _loops_of(tenant, tending):
        tasks.create_task(loop)


async def _loops_of(tenant: TenantName, tending: _Tending) -> list[Coroutine[Any, Any, None]]:
    parts = tending.parts
    pool = await parts.databases.pool(tenant)
    history = await tending.past.history(tenant) if tending.projections else None
    projecting = [
        projection_runner.run(
            projection,
            tenant=tenant,
            journal=parts.journal,
            history=history,
            pool=pool,
            progress=_progress(f"projection_{projection.name}", tenant, tending.loops),
        )
        for projection in tending.projections
    ]
    reacting = [
        reactor.run(
            service,
            tenant=tenant,
            journal=parts.journal,
            leases=parts.leases,
            letters=parts.letters,
            progress=_progress(f"service_{service.name}", tenant, tending.loops),
        )
        for service in tending.services
    ]
    finishing = [
        erasure.run(
            tenant,
            register=parts.register,
            eraser=parts.eraser,
            now=now,
            progress=_progress("erasure", tenant, tending.loops, of="register"),
        )
        for _ in tending.projections[:1]  # where read models are looked after
    ]
    archiving: list[Coroutine[Any, Any, None]] = []
    if tending.archives is not None:
        archiving = await tending.archives.loops(
            tenant, progress=lambda loop, of: _progress(loop, tenant, tending.loops, of=of)
        )
    return [*projecting, *reacting, *finishing, *archiving]


def _progress(
    loop: str,
    tenant: TenantName,
    loops: list[Progress],
    *,
    of: Literal["facts", "register"] = "facts",
) -> Progress:
    progress = Progress(loop, tenant, of=of)
    loops.append(progress)
    return progress
