"""Hands partials to the contacts they are about: one subscription a tenant, newest wins."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager

import structlog

from ..errors import Fault
from ..events.base import ContactRef, TenantName, UtteranceId
from ..events.live import Live, UtterancePartial

# Two tracks speak at once; a straggler of each may still be waited for.
UTTERANCES_MAX = 4
SUBSCRIBE_AGAIN_S = 1.0  # about as often as partials come

log = structlog.get_logger()


class Mailbox:
    """The newest partial of each utterance that was not looked at yet."""

    def __init__(self) -> None:
        self._newest: dict[UtteranceId, UtterancePartial] = {}
        self._filled = asyncio.Event()
        self._failure: BaseException | None = None

    def put(self, partial: UtterancePartial) -> None:
        """Take a partial; it replaces an older one of its utterance."""
        older = self._newest.pop(partial.utterance_id, None)
        if older is not None and older.revision > partial.revision:
            partial = older
        self._newest[partial.utterance_id] = partial
        if len(self._newest) > UTTERANCES_MAX:
            del self._newest[next(iter(self._newest))]
        self._filled.set()

    def fail(self, failure: BaseException) -> None:
        """Let whoever waits know that no partial will come."""
        self._failure = failure
        self._filled.set()

    async def next(self) -> UtterancePartial:
        """Wait for a partial. May be cancelled: nothing is lost by it."""
        while not self._newest:
            if self._failure is not None:
                raise self._failure
            self._filled.clear()
            await self._filled.wait()
        return self._newest.pop(next(iter(self._newest)))


class Partials:
    """The partials of the contacts somebody asks for."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._mailboxes: dict[TenantName, dict[ContactRef, Mailbox]] = {}
        self._listening: dict[TenantName, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def of(self, contact: ContactRef) -> AsyncGenerator[Mailbox]:
        """Collect a contact's partials while the block runs."""
        tenant = contact.tenant
        mailboxes = self._mailboxes.setdefault(tenant, {})
        mailboxes[contact] = mailbox = Mailbox()
        if tenant not in self._listening:
            self._listening[tenant] = asyncio.create_task(self._listen(tenant))
        try:
            yield mailbox
        finally:
            if mailboxes.get(contact) is mailbox:
                del mailboxes[contact]
            if not mailboxes and (task := self._listening.pop(tenant, None)):
                task.cancel()
                await asyncio.wait({task})

    async def _listen(self, tenant: TenantName) -> None:
        try:
            while True:
                try:
                    await self._dispatch(tenant)
                except Fault as fault:
                    # Finals still come from the log; only a little later.
                    log.warning("partials_interrupted", tenant=tenant, problem=fault.code)
                await asyncio.sleep(SUBSCRIBE_AGAIN_S)
        except Exception as error:  # noqa: BLE001 (a bug: everybody who waits must see it)
            for mailbox in self._mailboxes[tenant].values():
                mailbox.fail(error)

    async def _dispatch(self, tenant: TenantName) -> None:
        mailboxes = self._mailboxes[tenant]
        async with aclosing(self._live.subscribe(tenant)) as partials:
            async for partial in partials:
                mailbox = mailboxes.get(ContactRef(tenant, partial.contact_id))
                if mailbox is not None:
                    mailbox.put(partial)
