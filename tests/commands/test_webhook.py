"""What may be asked of a webhook, and what it makes true."""

from datetime import timedelta
from typing import Any

import pytest
from antiphon.commands.webhook import (
    WEBHOOKS_MAX,
    DisableWebhook,
    EnableWebhook,
    RegisterWebhook,
    RemoveWebhook,
    RotateSecret,
    Webhook,
    WebhookCommand,
    Webhooks,
    check_url,
    decide,
)
from antiphon.errors import Malformed, Refused, WebhookUnknown
from antiphon.events.base import RegisterEvent, TenantName
from antiphon.events.register import Register
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import NOON
from ..summary_builders import (
    SECRET,
    webhook_disabled,
    webhook_enabled,
    webhook_registered,
    webhook_removed,
    webhook_secret_rotated,
)

URL = "https://crm.example/hooks/antiphon"
OTHER = "whsec_" + "QUJD" * 10
THERE = Webhook(webhook_id="w-1", url=Sealed(URL), secret=Sealed(SECRET))
OFF = Webhook(webhook_id="w-1", url=Sealed(URL), secret=Sealed(SECRET), disabled="gone")
NOBODY = Webhook(webhook_id="w-1")


def register(**given: Any) -> RegisterWebhook:
    defaults: dict[str, Any] = {
        "webhook_id": "w-1",
        "url": Sealed(URL),
        "topics": ("contact.ended", "summary.written", "contact.ended"),
        "secret": Sealed(SECRET),
    }
    return RegisterWebhook(**defaults | given)


@pytest.mark.parametrize(
    ("webhook", "command", "news"),
    [
        (NOBODY, register(), webhook_registered()),
        (THERE, register(), None),
        (
            THERE,
            RotateSecret(webhook_id="w-1", secret=Sealed(OTHER)),
            webhook_secret_rotated(secret=Sealed(OTHER), previous_until=NOON + timedelta(days=1)),
        ),
        (THERE, DisableWebhook(webhook_id="w-1", reason="gone"), webhook_disabled()),
        (OFF, DisableWebhook(webhook_id="w-1"), None),
        (OFF, EnableWebhook(webhook_id="w-1"), webhook_enabled()),
        (THERE, EnableWebhook(webhook_id="w-1"), None),
        (THERE, RemoveWebhook(webhook_id="w-1"), webhook_removed()),
    ],
)
def test_what_is_asked_becomes_a_fact_unless_it_is_one(
    webhook: Webhook, command: WebhookCommand, news: RegisterEvent | None
) -> None:
    assert decide(webhook, command, now=NOON, private_allowed=False) == news


@pytest.mark.parametrize(
    ("webhook", "command", "refusal"),
    [
        (NOBODY, RemoveWebhook(webhook_id="w-1"), WebhookUnknown),
        (
            Webhook(webhook_id="w-1", url=Sealed(URL), removed=True),
            EnableWebhook(webhook_id="w-1"),
            WebhookUnknown,
        ),
        (NOBODY, register(topics=()), Malformed),
        (NOBODY, register(secret=Sealed("whsec_c2hvcnQ=")), Malformed),
        (NOBODY, register(secret=Sealed(SECRET.removeprefix("whsec_"))), Malformed),
        (THERE, RotateSecret(webhook_id="w-1", secret=Sealed("whsec_%%%")), Malformed),
    ],
)
def test_what_cannot_be_is_refused(
    webhook: Webhook, command: WebhookCommand, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        decide(webhook, command, now=NOON, private_allowed=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/",
        "ftp://crm.example/",
        "//crm.example/",
        "https://",
        "https://user:pw@crm.example/",
        "https://crm.example/#part",
        "https://crm.example:99999/",
        "https://crm.example/a b",
        "https://crm.example/" + "x" * 2_100,
        "https://bücher.example/",
        "https://localhost/",
        "https://db.internal/",
        "https://intranet/",
        "https://127.0.0.1/",
        "https://10.0.0.1:8443/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
    ],
)
def test_a_url_that_must_not_be_told_anything_is_refused(url: str) -> None:
    with pytest.raises(Malformed):
        check_url(url, private_allowed=False)


@pytest.mark.parametrize("url", [URL, "https://93.184.215.14:8443/x?y=z", "https://a.b.example"])
def test_a_public_url_may_be_told(url: str) -> None:
    check_url(url, private_allowed=False)


def test_where_it_is_allowed_an_own_address_may_be_told() -> None:
    check_url("http://127.0.0.1:8080/hook", private_allowed=True)
    with pytest.raises(Malformed):
        check_url("ftp://127.0.0.1/", private_allowed=True)


async def test_a_tenant_has_so_many_and_no_more_and_a_repeat_changes_nothing() -> None:
    tenant = TenantName("demo")
    log = MemoryLog(idle_s=0.05)
    await log.create(configuration_stream(tenant))
    webhooks = Webhooks(Register(log, MemoryKeys()), now=lambda: NOON)

    async def add(number: int) -> bool:
        command = register(webhook_id=f"w-{number}")
        outcome = await webhooks.handle(tenant, command, command_id="x", actor="machine")
        return outcome.repeated

    assert [await add(number) for number in range(WEBHOOKS_MAX)] == [False] * WEBHOOKS_MAX
    assert await add(0) is True
    with pytest.raises(Malformed):
        await add(WEBHOOKS_MAX)
    remove = RemoveWebhook(webhook_id="w-0")
    await webhooks.handle(tenant, remove, command_id="y", actor="machine")
    assert await add(WEBHOOKS_MAX) is False
    assert len(await webhooks.of(tenant)) == WEBHOOKS_MAX
