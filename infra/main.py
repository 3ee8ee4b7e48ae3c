"""What runs, with what, in which order. Comes up top to bottom, goes down in reverse."""

import asyncio
import gc
import signal
import socket
import uuid
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from datetime import timedelta
from typing import Literal, get_args

import structlog
from msgspec import Struct
from msgspec.structs import asdict, replace

from ..events.progress import Progress
from ..projections.catalogue import PROJECTIONS, keyed
from ..projections.projection import Projection
from ..services.guidance.library import Library
from ..services.reactor import Service
from . import http
from .archiving import Archives
from .contact_index import ReadModelIndex
from .contact_lens import ContactLens
from .embedded.lock import DataDirectoryLock, make_data_dir
from .embedded.nats import NatsServer
from .embedded.postgres import PostgresServer
from .embedded.simulator import SimulatorServer
from .kms import kms_of
from .knowledge_base import Articles
from .loading import loading
from .models import Models, models
from .object_store.opening import object_store
from .offering import application
from .parts import Parts, connect
from .publishing import library_of
from .reader_groups import TeamGroups
from .recognizer_orders import Orders
from .retaining import Retention
from .runfile import RunFile
from .settings import Settings
from .tenancy import DEMO, add_tenant
from .tending import Tending, tend, tend_newcomers
from .wiring import Adapters, build_services

Role = Literal[
    "media",
    "transcription",
    "guidance",
    "recording",
    "knowledge",
    "summary",
    "insights",
    "webhooks",
    "translation",
    "redaction",
    "retention",
    "projections",
    "archive",
    "api",
]
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
        listener = stack.enter_context(_listening(settings, roles))
        loaded = await stack.enter_async_context(loading(settings, roles, adapters.recognizer))
        endpoints = await stack.enter_async_context(_servers(settings, listener))
        parts, archives = await stack.enter_async_context(_connected(settings, endpoints))
        await add_tenant(DEMO, parts)
        found = _models(settings, roles, closing=stack)
        library = library_of(parts, (made := await loaded).playbooks)
        articles = _articles(parts, roles, found, library)
        services = build_services(
            roles,
            parts,
            replace(adapters, recognizer=made.recognizer),
            closing=stack,
            settings=settings,
            kvs_endpoint=endpoints.simulator or settings.kvs_endpoint,
            library=library,
            models=found,
        ) + _answering(articles, roles)
        loops: list[Progress] = []
        # Left after the services have let their leases go, which the tasks do as they end.
        if services or "retention" in roles:
            await stack.enter_async_context(parts.leases.attending(owner))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        tasks.create_task(parts.tenants.run())
        tasks.create_task(parts.letters.run())
        tending = Tending(
            parts=parts,
            projections=_projections(parts) if "projections" in roles else (),
            services=services,
            past=archives,
            archives=archives if "archive" in roles else None,
            contact_lens=_contact_lens(settings, stack) if "transcription" in roles else None,
            library=library if roles & {"api", "guidance", "knowledge", "transcription"} else None,
            articles=articles if "knowledge" in roles else None,
            retention=_retention(parts, archives, settings, roles, stack),
            loops=loops,
        )
        # Those there are at once: readiness must not be asked before there are loops.
        for tenant in sorted(known := set(parts.tenants.names())):
            await tend(tenant, tending, tasks)
        tasks.create_task(tend_newcomers(tending, tasks, known=known))

        app = application(parts, archives, settings, loops, articles, roles=roles, closing=stack)
        tasks.create_task(http.serve(app, listener))
        if "api" in roles:
            stack.enter_context(RunFile(**asdict(endpoints)).published(settings.data_dir))
        _say_ready(endpoints, roles, on_ready)
        if articles is not None:
            tasks.create_task(articles.warm_up())  # two seconds of a core: not before all answers
        await asyncio.Future()  # until a task fails or somebody cancels


def _say_ready(
    endpoints: Endpoints, roles: frozenset[Role], on_ready: Callable[[Endpoints], None] | None
) -> None:
    log.info("antiphon_up", roles=sorted(roles), url=endpoints.http, listening_on=http.HOST)
    calm_the_collector()
    if on_ready is not None:
        on_ready(endpoints)


def _listening(settings: Settings, roles: frozenset[Role]) -> AbstractContextManager[socket.socket]:
    listen = http.listen if "api" in roles else http.listen_beside
    return listen(settings.http_port)


def _answering(articles: Articles | None, roles: frozenset[Role]) -> tuple[Service, ...]:
    return () if articles is None or "knowledge" not in roles else (articles.service,)


@asynccontextmanager
async def _connected(
    settings: Settings, endpoints: Endpoints
) -> AsyncGenerator[tuple[Parts, Archives]]:
    """Connect to the servers, and yield with them where the past is kept, as the settings say."""
    days = settings.archive_retention_days
    async with (
        object_store(
            settings.archive_url, data_dir=settings.data_dir, locked=days is not None
        ) as store,
        connect(
            nats_url=endpoints.nats,
            postgres_url=endpoints.postgres,
            data_dir=settings.data_dir,
            kms=kms_of(settings),
            recording_url=settings.recording_url,
            archive=store,
        ) as parts,
    ):
        archives = Archives(
            store=store,
            log=parts.log,
            keys=parts.keys,
            index=ReadModelIndex(parts.databases),
            retention=None if days is None else timedelta(days=days),
        )
        yield parts, archives


def _models(
    settings: Settings, roles: frozenset[Role], *, closing: AsyncExitStack
) -> Models | None:
    """Return the models of this process; None where none of its roles asks one."""
    if not roles & {"api", "guidance", "insights", "knowledge", "summary", "translation"}:
        return None
    return models(settings, closing=closing)


def _articles(
    parts: Parts, roles: frozenset[Role], found: Models | None, library: Library
) -> Articles | None:
    """Return what answers from articles; None where no role of this process asks."""
    if found is None or not roles & {"knowledge", "api"}:
        return None
    return Articles(parts, embedder=found.embedder, models=found.texts, groups=TeamGroups(library))


def _contact_lens(settings: Settings, closing: AsyncExitStack) -> ContactLens:
    return ContactLens(settings, is_text_only=Orders(settings).is_text_only, closing=closing)


def _retention(
    parts: Parts,
    archives: Archives,
    settings: Settings,
    roles: frozenset[Role],
    closing: AsyncExitStack,
) -> Retention | None:
    return Retention(parts, archives, settings, closing=closing) if "retention" in roles else None


def _projections(parts: Parts) -> tuple[Projection, ...]:
    return tuple(keyed(one, parts.index_key) for one in PROJECTIONS)


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
