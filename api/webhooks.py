"""Webhooks: where a tenant's own systems are told what happens to its contacts.

Messages follow Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature` (v1).
A secret is in the answer that makes it, and in no other.
"""

import base64
import secrets
import uuid
from datetime import datetime
from typing import Annotated, Any, get_args

import structlog
from litestar import Controller, Request, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody
from msgspec import Meta, Struct

from ..commands.webhook import (
    SECRET_PREFIX,
    URL_CHARS_MAX,
    DisableWebhook,
    EnableWebhook,
    RegisterWebhook,
    RemoveWebhook,
    RotateSecret,
    Webhook,
    WebhookCommand,
    Webhooks,
)
from ..errors import WebhookUnknown
from ..events.base import TenantName
from ..events.sealed import Sealed
from ..events.webhook import DisabledBecause, WebhookTopic
from .bodies import checked_id
from .contacts import ACTOR
from .fields import check_body
from .idempotency import HEADER, command_id

log = structlog.get_logger()

TOPICS: tuple[WebhookTopic, ...] = get_args(WebhookTopic)
_SECRET_BYTES = 32

_Url = Annotated[str, Meta(min_length=1, max_length=URL_CHARS_MAX, pattern=r"^[^\x00]*$")]

KeyHeader = Annotated[
    str | None,
    HeaderParameter(name=HEADER, description="Requests with the same key are one command."),
]


class WebhookBody(Struct, frozen=True, kw_only=True):
    """Where to tell, and what; everything, when left out."""

    url: _Url
    topics: tuple[WebhookTopic, ...] = TOPICS


class WebhookShown(Struct, frozen=True, kw_only=True):
    """An endpoint, without its secret."""

    webhook_id: str
    url: str
    topics: tuple[WebhookTopic, ...]
    disabled: DisabledBecause | None
    registered_at: datetime | None
    given_up: int  # facts that could not be told


class WebhookMade(Struct, frozen=True, kw_only=True):
    """An endpoint, and what its messages are signed with: shown this once."""

    webhook_id: str
    secret: str | None  # None: a repeat; it was shown before


class WebhookController(Controller):
    path = "/v1/webhooks"
    tags = ["webhooks"]  # noqa: RUF012 (the framework declares it so)

    @post(status_code=201, before_request=check_body)
    async def register(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[WebhookBody],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
        idempotency_key: KeyHeader = None,
    ) -> Response[WebhookMade]:
        """Have what happens from now on told at a URL. The answer holds the secret, once."""
        key = idempotency_key or uuid.uuid4().hex
        id_ = command_id(key, tenant=tenant, path=request.url.path, told=None, tells_when=True)[:32]
        secret = _new_secret()
        repeated = await _handle(
            webhooks,
            tenant,
            RegisterWebhook(
                webhook_id=id_, url=Sealed(data.url), topics=data.topics, secret=Sealed(secret)
            ),
        )
        made = WebhookMade(webhook_id=id_, secret=None if repeated else secret)
        return Response(made, status_code=200 if repeated else 201, headers=_UNKEPT)

    @get()
    async def all(
        self, tenant: NamedDependency[TenantName], webhooks: NamedDependency[Webhooks]
    ) -> list[WebhookShown]:
        """Return every endpoint of the tenant."""
        return [_shown(one) for one in (await webhooks.of(tenant)).values()]

    @get("/{webhook_id:str}")
    async def one(
        self,
        webhook_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
    ) -> WebhookShown:
        """Return one endpoint."""
        found = (await webhooks.of(tenant)).get(checked_id("webhook_id", webhook_id))
        if found is None:
            raise WebhookUnknown(webhook_id)
        return _shown(found)

    @post("/{webhook_id:str}/rotate", status_code=200)
    async def rotate(
        self,
        webhook_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
    ) -> Response[WebhookMade]:
        """Sign with another secret, which the answer holds; for a day with the last as well."""
        id_, secret = checked_id("webhook_id", webhook_id), _new_secret()
        await _handle(webhooks, tenant, RotateSecret(webhook_id=id_, secret=Sealed(secret)))
        return Response(WebhookMade(webhook_id=id_, secret=secret), headers=_UNKEPT)

    @post("/{webhook_id:str}/disable", status_code=204)
    async def disable(
        self,
        webhook_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
    ) -> None:
        """Tell nothing there until it is enabled; what happens meanwhile is not told later."""
        id_ = checked_id("webhook_id", webhook_id)
        await _handle(webhooks, tenant, DisableWebhook(webhook_id=id_))

    @post("/{webhook_id:str}/enable", status_code=204)
    async def enable(
        self,
        webhook_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
    ) -> None:
        """Tell what happens from now on."""
        id_ = checked_id("webhook_id", webhook_id)
        await _handle(webhooks, tenant, EnableWebhook(webhook_id=id_))

    @delete("/{webhook_id:str}")
    async def remove(
        self,
        webhook_id: FromPath[str],
        tenant: NamedDependency[TenantName],
        webhooks: NamedDependency[Webhooks],
    ) -> None:
        """Tell nothing there ever again."""
        id_ = checked_id("webhook_id", webhook_id)
        await _handle(webhooks, tenant, RemoveWebhook(webhook_id=id_))


_UNKEPT = {"Cache-Control": "no-store"}


async def _handle(webhooks: Webhooks, tenant: TenantName, command: WebhookCommand) -> bool:
    """Handle a command; return whether it was so already."""
    # A registration's id is that of its endpoint. The others can be meant more than once.
    is_new = isinstance(command, RegisterWebhook)
    id_ = command.webhook_id if is_new else uuid.uuid4().hex
    outcome = await webhooks.handle(tenant, command, command_id=id_, actor=ACTOR)
    log.info(
        "command_handled",
        command=type(command).__name__,
        tenant=tenant,
        webhook_id=command.webhook_id,
        position=outcome.position,
        repeated=outcome.repeated,
    )
    return outcome.repeated


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _shown(webhook: Webhook) -> WebhookShown:
    return WebhookShown(
        webhook_id=webhook.webhook_id,
        url="" if webhook.url is None else webhook.url.reveal(),
        topics=webhook.topics,
        disabled=webhook.disabled,
        registered_at=webhook.registered_at,
        given_up=webhook.given_up,
    )
