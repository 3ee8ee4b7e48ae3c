"""The HTTP interface, put together."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from litestar import Litestar
from litestar.datastructures import ResponseHeader, State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler, Message, Scope

from .. import __version__
from ..commands.erasure import Eraser
from ..commands.known import KnownContacts
from ..commands.stream_accounts import StreamAccounts
from ..events.journal import Journal
from ..events.live import Live
from ..events.progress import Progress
from .audit import AuditController
from .catalogue import CatalogueController
from .contacts import ContactController
from .erasure import ErasureController
from .health import HealthController
from .history import HistoryController
from .hubs import Hubs
from .ingest.port import Intake
from .ingest.route import Ingest, ingest
from .metrics import Metrics
from .pages import CONTENT_SECURITY_POLICY, SchemaPage, page_handlers
from .ports import Databases, History, Limits, Ports, Register, Tenants
from .problems import EXCEPTION_HANDLERS
from .replay import ReplayController
from .signatures import MachineKeys, NoMachineKeys
from .streams import StreamController
from .tenancy import provide_tenant

BODY_BYTES_MAX = 256 * 1024  # attributes of a contact are 32 KiB at most

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(
    *,
    journal: Journal,
    register: Register,
    databases: Databases,
    tenants: Tenants,
    live: Live,
    loops: Sequence[Progress],
    now: Callable[[], datetime],
    limits: Limits | None = None,
    history: History | None = None,
    eraser: Eraser | None = None,
    machine_keys: MachineKeys | None = None,
    stream_accounts: StreamAccounts | None = None,
    intake: Intake | None = None,
    only_health: bool = False,
) -> Litestar:
    """Return the application. `loops` is read at each question: it may grow meanwhile.

    Without an `eraser` nobody can be erased through it; without `machine_keys` machines need
    sign nothing; without an `intake` nobody brings audio. `stream_accounts` says whose streams a
    tenant may have heard, `history` where the past is read from: by default the log alone.
    `only_health` is for a process without the role `api`: liveness, readiness and metrics.
    """
    ports = Ports(
        journal=journal,
        history=history or journal,
        register=register,
        databases=databases,
        tenants=tenants,
        live=live,
        known=KnownContacts(writer=uuid.uuid4().hex),
        loops=loops,
        now=now,
        limits=limits or Limits(),
        stream_accounts=stream_accounts,
    )
    hubs, metrics, keys = Hubs(ports), Metrics(), machine_keys or NoMachineKeys()
    return Litestar(
        route_handlers=[HealthController]
        if only_health
        else _routes(can_erase=eraser is not None, can_ingest=intake is not None),
        dependencies={
            "ports": _always(ports),
            "hubs": _always(hubs),
            "metrics": _always(metrics),
            "eraser": _always(eraser),
            "ingesting": _always(intake and Ingest(ports, intake, keys)),
            "tenant": Provide(provide_tenant),
        },
        # Guards are handed no dependencies.
        state=State({"ports": ports, "machine_keys": keys}),
        exception_handlers=EXCEPTION_HANDLERS,
        response_headers=[ResponseHeader(name=n, value=v) for n, v in _HEADERS.items()],
        openapi_config=_openapi(),
        request_max_body_size=BODY_BYTES_MAX,
        before_send=[_counting(metrics)],
        on_shutdown=[hubs.close],
        logging_config=None,
    )


def _routes(*, can_erase: bool, can_ingest: bool) -> list[ControllerRouterHandler]:
    return [
        HealthController,
        ContactController,
        HistoryController,
        AuditController,
        ReplayController,
        StreamController,
        CatalogueController,
        *([ErasureController] if can_erase else []),
        *([ingest] if can_ingest else []),
        *page_handlers(),
    ]


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Antiphon",
        version=__version__,
        description="Real-time help for contact-centre agents. The host names the tenant.",
        path="/schema",
        render_plugins=[SchemaPage(), JsonRenderPlugin()],
    )


def _counting(metrics: Metrics) -> Callable[[Message, Scope], Awaitable[None]]:
    async def count(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.start" and scope["type"] == "http":
            route = str(scope.get("path_template") or "none")
            metrics.requests.labels(scope["method"], route, str(message["status"])).inc()

    return count


def _always(value: Any) -> Provide:
    async def provide() -> Any:
        return value

    return Provide(provide)
