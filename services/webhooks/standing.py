"""How the endpoints of all tenants stand: who is there, how each fares, how many wait for it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from ...commands.webhook import DisableWebhook, Webhook, Webhooks
from ...errors import WebhookUnknown
from ...events.base import Draft, Recorded, TenantName, service_event_id
from ...events.register import Register
from ...events.webhook import DisabledBecause, WebhookGivenUp
from .messages import SERVICE
from .port import Health, Notes

SLOTS = 8  # requests to one endpoint at a time; a slow one holds only those
# Contacts of one endpoint that wait for another attempt, in a process. Each is in a bookmark, of
# which a lease holds a megabyte.
WAITING_MAX = 4_000
FAILING_S_MAX = 5 * 24 * 3_600.0  # an endpoint that takes nothing for so long is disabled
_NOTED_EVERY_S = 3_600.0  # that it takes something

log = structlog.get_logger()

_Key = tuple[TenantName, str]


class Standing:
    """Shared by all that a process tells."""

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        register: Register,
        notes: Notes,
        now: Callable[[], datetime],
        waiting_max: int = WAITING_MAX,
        failing_s_max: float = FAILING_S_MAX,
    ) -> None:
        self._webhooks = webhooks
        self._register = register
        self._notes = notes
        self._now = now
        self._waiting_max = waiting_max
        self._failing_s_max = failing_s_max
        self._slots: defaultdict[_Key, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(SLOTS)
        )
        self._waiting: Counter[_Key] = Counter()
        self._succeeded_at: dict[_Key, datetime] = {}  # as noted; forgotten with an endpoint's end
        self._failing: set[_Key] = set()

    async def of(self, tenant: TenantName) -> Mapping[str, Webhook]:
        """Return the endpoints of a tenant."""
        return await self._webhooks.of(tenant)

    async def find(self, tenant: TenantName, webhook_id: str) -> Webhook | None:
        """Return an endpoint; None if it is gone."""
        return (await self.of(tenant)).get(webhook_id)

    def slot(self, tenant: TenantName, webhook_id: str) -> asyncio.Semaphore:
        """Return what a request to the endpoint has to hold."""
        return self._slots[tenant, webhook_id]

    @asynccontextmanager
    async def waiting(self, tenant: TenantName, webhook_id: str) -> AsyncGenerator[bool]:
        """Count somebody who waits for another attempt; yields whether there is room for it."""
        key = (tenant, webhook_id)
        has_room = self._waiting[key] < self._waiting_max
        self._waiting[key] += 1
        try:
            yield has_room
        finally:
            self._waiting[key] -= 1

    async def succeeded(self, tenant: TenantName, webhook_id: str) -> None:
        """Note that the endpoint takes what it is told; once an hour is enough."""
        key, now = (tenant, webhook_id), self._now()
        noted = self._succeeded_at.get(key)
        is_fresh = noted is not None and now - noted < timedelta(seconds=_NOTED_EVERY_S)
        if is_fresh and key not in self._failing:
            return
        await self._notes.note_health(tenant, webhook_id, Health())
        self._succeeded_at[key] = now
        self._failing.discard(key)

    async def failed(self, tenant: TenantName, webhook_id: str) -> None:
        """Note that the endpoint took nothing; disable it where that is so for days."""
        now = self._now()
        self._failing.add((tenant, webhook_id))
        health = await self._notes.health(tenant, webhook_id)
        if health.failing_since is None:
            await self._notes.note_health(tenant, webhook_id, Health(failing_since=now))
        elif now - health.failing_since > timedelta(seconds=self._failing_s_max):
            await self.disable(tenant, webhook_id, "failing", since=health.failing_since)

    async def disable(
        self,
        tenant: TenantName,
        webhook_id: str,
        reason: DisabledBecause,
        *,
        since: datetime | None = None,
    ) -> None:
        """Record that nothing is told there any more; harmless when it is so."""
        command = DisableWebhook(webhook_id=webhook_id, reason=reason, failing_since=since)
        # Which time it is disabled: one that was enabled again may be so once more.
        found = await self.find(tenant, webhook_id)
        if found is None:
            return
        try:
            await self._webhooks.handle(
                tenant,
                command,
                command_id=f"disable/{reason}/{found.since}",
                actor=f"service:{SERVICE}",
            )
        except WebhookUnknown:
            return  # removed in the same moment
        await self._notes.note_health(tenant, webhook_id, Health())
        log.error("webhook_disabled", tenant=tenant, webhook_id=webhook_id, reason=reason)

    async def give_up(
        self, tenant: TenantName, webhook_id: str, fact: WebhookGivenUp, *, of: Recorded
    ) -> None:
        """Record that a fact will not be told. A repeat records nothing."""
        draft = Draft(
            event=fact,
            id=service_event_id(SERVICE, of.contact, of.id, f"given-up/{webhook_id}"),
            occurred_at=self._now(),
            actor=f"service:{SERVICE}",
            correlation=of.correlation,
            causation=of.cause,
        )
        await self._register.append(tenant, id=webhook_id, drafts=[draft], expected=None)
