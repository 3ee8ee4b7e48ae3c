"""What may be asked of a webhook: register it, rotate its secret, disable, enable, remove it.

Ids and secrets are handed in. A secret is told to whoever registers or rotates, and to nobody
after that; it is kept under the tenant's key.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from ..errors import Malformed, WebhookUnknown
from ..events.base import START, Position, RegisterEvent, TenantName
from ..events.register import Register, Registered
from ..events.sealed import Sealed
from ..events.webhook import (
    KIND,
    DisabledBecause,
    WebhookDisabled,
    WebhookEnabled,
    WebhookGivenUp,
    WebhookRegistered,
    WebhookRemoved,
    WebhookSecretRotated,
    WebhookTopic,
)
from .handle import Outcome
from .publishing import Folds, append, fact_id
from .racing import decided

SECRET_PREFIX = "whsec_"  # noqa: S105 (what a secret begins with, by the specification)
SECRET_BYTES = (24, 64)  # Source: Standard Webhooks, "signature scheme"
PREVIOUS_SECRET_S = 24 * 3_600  # for receivers to learn the next one
PREVIOUS_SECRETS_MAX = 3
URL_CHARS_MAX = 2_048
WEBHOOKS_MAX = 20  # of a tenant: each is told every fact

_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
# All that is given out of version 6 for the internet. Source: IANA, IPv6 address space.
_GIVEN_OUT = ipaddress.IPv6Network("2000::/3")
# Addresses that pass for public ones, and lead to one of version 4 wherever that is, to nobody,
# or to the cloud that the machine runs in.
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        ("2001::/32", "2002::/16", "3fff::/20", "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16"),
    )
)


class RegisterWebhook(Struct, frozen=True, kw_only=True):
    """Have a tenant's facts told at an address."""

    webhook_id: str
    url: Sealed
    topics: tuple[WebhookTopic, ...]
    secret: Sealed


class RotateSecret(Struct, frozen=True, kw_only=True):
    """Sign with another secret; for a day with the one before as well."""

    webhook_id: str
    secret: Sealed


class DisableWebhook(Struct, frozen=True, kw_only=True):
    """Tell nothing there until it is enabled."""

    webhook_id: str
    reason: DisabledBecause = "asked"
    failing_since: datetime | None = None


class EnableWebhook(Struct, frozen=True, kw_only=True):
    """Tell what happens from now on."""

    webhook_id: str


class RemoveWebhook(Struct, frozen=True, kw_only=True):
    """Tell nothing there ever again."""

    webhook_id: str


WebhookCommand = RegisterWebhook | RotateSecret | DisableWebhook | EnableWebhook | RemoveWebhook


class Webhook(Struct, frozen=True, kw_only=True):
    """An endpoint as far as its facts tell. Without a URL it was never registered."""

    webhook_id: str
    url: Sealed | None = None
    topics: tuple[WebhookTopic, ...] = ()
    secret: Sealed = Sealed("")
    previous: tuple[tuple[Sealed, datetime], ...] = ()  # until when each signs as well
    since: datetime | None = None  # what the log stored from then on is told
    registered_at: datetime | None = None
    disabled: DisabledBecause | None = None
    removed: bool = False
    given_up: int = 0  # facts that could not be told
    end: Position = START

    @property
    def is_there(self) -> bool:
        """Whether it was registered and not removed."""
        return self.url is not None and not self.removed

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Return what to sign with, the newest first."""
        previous = [secret for secret, until in self.previous[::-1] if now < until]
        return tuple(one.reveal() for one in (self.secret, *previous))


def evolve(webhook: Webhook, fact: Registered) -> Webhook:  # noqa: PLR0911 (one return a fact)
    """Return the endpoint as it stands after a fact."""
    webhook = replace(webhook, end=fact.position)
    match fact.event:
        case WebhookRegistered(url=url, topics=topics, secret=secret):
            webhook = replace(webhook, url=url, topics=topics, secret=secret)
            return replace(webhook, since=fact.recorded_at, registered_at=fact.recorded_at)
        case WebhookSecretRotated(secret=secret, previous_until=until):
            # Whose answer was lost rotates again: the one the receiver knows must sign on.
            previous = (*webhook.previous, (webhook.secret, until))[-PREVIOUS_SECRETS_MAX:]
            return replace(webhook, secret=secret, previous=previous)
        case WebhookDisabled(reason=reason):
            return replace(webhook, disabled=reason)
        case WebhookEnabled():
            return replace(webhook, disabled=None, since=fact.recorded_at)
        case WebhookRemoved():
            return replace(webhook, removed=True)
        case WebhookGivenUp():
            return replace(webhook, given_up=webhook.given_up + 1)
        case _:
            return webhook  # of no other kind there are


def decide(
    webhook: Webhook, command: WebhookCommand, *, now: datetime, private_allowed: bool
) -> RegisterEvent | None:
    """Return the fact that a command makes true; None if it is so already.

    Raises:
        WebhookUnknown: it is not there.
        Malformed: the URL or the secret cannot be one, or no topic is asked for.
    """
    if isinstance(command, RegisterWebhook):
        if webhook.url is not None:
            return None
        check_url(command.url.reveal(), private_allowed=private_allowed)
        _check_secret(command.secret.reveal())
        if not command.topics:
            raise Malformed("topics", "has to name one at least")
        topics = tuple(dict.fromkeys(command.topics))
        return WebhookRegistered(url=command.url, topics=topics, secret=command.secret)
    if not webhook.is_there:
        raise WebhookUnknown(command.webhook_id)
    match command:
        case RotateSecret(secret=secret):
            _check_secret(secret.reveal())
            until = now + timedelta(seconds=PREVIOUS_SECRET_S)
            return WebhookSecretRotated(secret=secret, previous_until=until)
        case DisableWebhook(reason=reason, failing_since=failing_since):
            disabled = WebhookDisabled(reason=reason, failing_since=failing_since)
            return None if webhook.disabled else disabled
        case EnableWebhook():
            return WebhookEnabled(enabled_at=now) if webhook.disabled else None
        case RemoveWebhook():
            return WebhookRemoved(removed_at=now)
        case _:
            assert_never(command)


class Webhooks:
    """Handles commands about webhooks, and knows those of every tenant."""

    def __init__(
        self, register: Register, *, now: Callable[[], datetime], private_allowed: bool = False
    ) -> None:
        """`private_allowed`: addresses of no public network may be told, and without TLS."""
        self.private_allowed = private_allowed
        self._register = register
        self._now = now
        self._folds = Folds(
            register, kind=KIND, begin=lambda id_: Webhook(webhook_id=id_), evolve=evolve
        )

    async def of(self, tenant: TenantName) -> Mapping[str, Webhook]:
        """Return a tenant's webhooks by id, as the log has them now; none that was removed.

        Raises:
            LogUnavailable, HistoryUnreadable, TenantUnknown: see `Folds.of`.
        """
        found = await self._folds.of(tenant)
        return {id_: one for id_, one in found.items() if one.is_there}

    async def handle(
        self, tenant: TenantName, command: WebhookCommand, *, command_id: str, actor: str
    ) -> Outcome:
        """Decide on the latest facts and append; decide anew whenever a race was lost.

        Raises:
            Refused: see `decide`; Malformed also where there are too many.
            LogUnavailable: no answer; repeating the command with its id is safe.
        """
        id_ = command.webhook_id

        async def attempt() -> Outcome:
            known = await self._folds.of(tenant)
            webhook = known.get(id_, Webhook(webhook_id=id_))
            if isinstance(command, RegisterWebhook) and webhook.url is None:
                _check_room(known)
            now = self._now()
            event = decide(webhook, command, now=now, private_allowed=self.private_allowed)
            if event is None:
                return Outcome(position=webhook.end, repeated=True)
            return await append(
                self._register,
                tenant,
                id_,
                event,
                id_=fact_id(KIND, id_, command_id),
                actor=actor,
                now=now,
                expected=webhook.end,
            )

        return await decided(attempt)


def check_url(url: str, *, private_allowed: bool) -> None:
    """Do nothing where something may be told there, as far as the URL itself says.

    Where its name leads is looked at each time it is told something.

    Raises:
        Malformed: it may not.
    """
    if len(url) > URL_CHARS_MAX or not url.isascii() or not url.isprintable() or " " in url:
        raise Malformed("url", f"has to be ASCII of {URL_CHARS_MAX} characters at most")
    found = _URL.fullmatch(url)
    if found is None or int(found["port"] or 1) not in range(1, 65_536):
        raise Malformed("url", "has to be one with a host, and neither a user nor a fragment")
    if found["scheme"].casefold() != "https" and not private_allowed:
        raise Malformed("url", "has to begin with https://")
    if not private_allowed and not _may_be_public(found["host"].strip("[]")):
        raise Malformed("url", "has to lead to a public address")


_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?"
    r"(?:[/?][^#\\]*)?",
    re.IGNORECASE,
)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip not in _GIVEN_OUT:
            return False
    if any(ip in network for network in _NOT_PUBLIC):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _may_be_public(host: str) -> bool:
    name = host.casefold().rstrip(".")
    try:
        return is_public(str(ipaddress.ip_address(name)))
    except ValueError:
        # Numbers that are no address (2130706433, 0x7f.1) are one to many resolvers.
        last = name.rpartition(".")[2]
        return (
            "." in name
            and not last.isdigit()
            and not last.startswith("0x")
            and not f".{name}".endswith(_PRIVATE_NAMES)
        )


def _check_secret(secret: str) -> None:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    shortest, longest = SECRET_BYTES
    if not secret.startswith(SECRET_PREFIX) or not shortest <= len(key) <= longest:
        raise Malformed(
            "secret", f"has to be `{SECRET_PREFIX}` and base64 of {shortest} to {longest} bytes"
        )


def _check_room(known: Mapping[str, Webhook]) -> None:
    if sum(one.is_there for one in known.values()) >= WEBHOOKS_MAX:
        raise Malformed("url", f"would be one more than the {WEBHOOKS_MAX} a tenant may have")
