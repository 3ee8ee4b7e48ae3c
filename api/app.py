"""The HTTP interface, put together."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Unpack

from litestar import Litestar
from litestar.datastructures import ResponseHeader, State
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler, Message, Scope

from .. import __version__
from ..commands.known import KnownContacts
from ..commands.stream_accounts import StreamAccounts
from ..events.journal import Journal
from ..events.live import Live
from ..events.privacy.protection import ProtectionOf, everything
from ..events.progress import Progress
from .audiohook.route import AudioHook, audiohook
from .audit import AuditController
from .catalogue import CatalogueController
from .contacts import ContactController
from .guidance import GuidanceController
from .health import HealthController
from .history import HistoryController
from .hubs import Hubs
from .ingest.port import Intake
from .ingest.reception import Reception
from .ingest.route import Ingest, ingest
from .insights import InsightController
from .metrics import Metrics
from .offers import Offers, named, routes_of
from .pages import CONTENT_SECURITY_POLICY, SchemaPage, page_handlers
from .ports import Databases, History, Limits, Ports, Register, Tenants
from .privacy import PrivacyController, RedactionsController
from .problems import EXCEPTION_HANDLERS
from .replay import ReplayController
from .signatures import MachineKeys, NoMachineKeys
from .streams import StreamController
from .summaries import SummaryController
from .tenancy import provide_tenant
from .translation import TranslationController
from .twilio.route import Twilio, twilio
from .twilio.signature import NoTwilioAccounts, TwilioAccounts
from .usage import UsageController

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
    machine_keys: MachineKeys | None = None,
    audiohook_keys: MachineKeys | None = None,
    twilio_accounts: TwilioAccounts | None = None,
    stream_accounts: StreamAccounts | None = None,
    protection: ProtectionOf = everything,
    intake: Intake | None = None,
    only_health: bool = False,
    **offers: Unpack[Offers],
) -> Litestar:
    """Return the application. `loops` is read at each question: it may grow meanwhile.

    Without `machine_keys` machines need sign nothing, without `twilio_accounts` Twilio neither;
    without `audiohook_keys` Genesys signs as machines do; without an `intake` nobody brings audio.
    `stream_accounts` says whose streams a tenant may have heard, `history` where the past is read,
    `protection` what is masked of what agents type: where it is not given, everything.
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
        protection=protection,
    )
    hubs, metrics, keys = Hubs(ports), Metrics(), machine_keys or NoMachineKeys()
    return Litestar(
        route_handlers=[HealthController] if only_health else _routes(intake, offers),
        dependencies=_provided(ports=ports, hubs=hubs, metrics=metrics, **named(offers))
        | _sources(ports, intake, keys=keys, hook_keys=audiohook_keys, accounts=twilio_accounts),
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


def _routes(intake: Intake | None, offers: Offers) -> list[ControllerRouterHandler]:
    return [
        HealthController,
        ContactController,
        HistoryController,
        GuidanceController,
        UsageController,
        AuditController,
        ReplayController,
        StreamController,
        SummaryController,
        InsightController,
        PrivacyController,
        RedactionsController,
        CatalogueController,
        TranslationController,
        *routes_of(offers),
        *([ingest, audiohook, twilio] if intake else []),
        *page_handlers(),
    ]


def _sources(
    ports: Ports,
    intake: Intake | None,
    *,
    keys: MachineKeys,
    hook_keys: MachineKeys | None,
    accounts: TwilioAccounts | None,
) -> dict[str, Provide]:
    """Return what the sockets need that audio is brought to."""
    reception = None if intake is None else Reception(ports, intake)
    known = accounts or NoTwilioAccounts()
    return _provided(
        ingesting=reception and Ingest(reception, keys),
        hooked=reception and AudioHook(reception, hook_keys or keys),
        streaming=reception and Twilio(ports, reception, keys=keys, accounts=known),
    )


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


def _provided(**values: Any) -> dict[str, Provide]:
    return {"tenant": Provide(provide_tenant)} | {
        name: _always(value) for name, value in values.items()
    }


def _always(value: Any) -> Provide:
    async def provide() -> Any:
        return value

    return Provide(provide)
