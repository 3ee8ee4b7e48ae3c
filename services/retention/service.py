"""Service `retention`: looks, again and again, for contacts whose time is over.

Not one of the reactor's services: what wakes it is the clock, and nobody keeps a coroutine for a
contact of last year. It walks a read model of who may be due, in pages, and looks at each contact
by its own facts. One process at a time walks a tenant, by a lease; were it two, the register and
the lane would take what one of them says.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Never, Protocol

import structlog

from ...errors import AntiphonError, Fault, LeaseLost, Refused
from ...events.base import ContactId, ContactRef, TenantName
from ...events.progress import Progress
from ...events.retention import DataKind, RetentionPublished
from ..lease import Lease, Leases, released
from .acting import Looked, Policies
from .agreeing import Agreeing
from .figures import FAILED, KEPT_BACK, SWEPT, UNARCHIVED
from .ports import Due, LegalHolds, Turn

SERVICE = "retention"
PAGE = 100  # contacts asked for at once
SWEEP_EVERY_S = 300.0  # stays are counted in days; a hold that was released is soon noticed
AGAIN_S = 5.0  # after a fault, or while another process sweeps

# In which order: annotations go with the transcript where that is due, too.
_KINDS: tuple[DataKind, ...] = ("transcript", "original", "audio", "annotations", "analytics")

log = structlog.get_logger()


class Looks(Protocol):
    """Does what is due of one contact. Adapter: `Retainer`."""

    async def look(self, contact: ContactRef) -> Looked:
        """See `Retainer.look`."""
        ...


class Sweeper:
    """Walks a tenant's contacts whose time may be over."""

    def __init__(
        self,
        tenant: TenantName,
        *,
        retainer: Looks,
        policies: Policies,
        holds: LegalHolds,
        due: Due,
        now: Callable[[], datetime],
        agreeing: Agreeing | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`agreeing` is asked at each sweep; None: there are no stores to look at."""
        self._tenant = tenant
        self._retainer = retainer
        self._policies = policies
        self._holds = holds
        self._due = due
        self._now = now
        self._agreeing = agreeing
        self._beat = beat
        self._holds_seen: frozenset[str] | None = None  # when all that are held were looked at
        self._kept_back = 0  # then, and found since

    async def sweep(self) -> int:
        """Look at everyone who may be due, once each; return how many.

        Raises:
            Fault: a server is away; what was done is done.
            HistoryUnreadable: the policy or a hold is of another version: nothing is deleted.
        """
        policy = await self._policies.current(self._tenant)
        active = await self._holds.active(self._tenant)
        looked, found = set[ContactId](), _Found()
        if active != self._holds_seen:
            self._kept_back = 0
            await self._look_at(self._held(), looked, found)
        for until, kind, unarchived in _cutoffs(policy, now=self._now()):
            contacts = self._counting(kind, until, unarchived=unarchived)
            await self._look_at(contacts, looked, found)
        self._holds_seen = active
        self._kept_back += found.kept_back
        KEPT_BACK.labels(self._tenant).set(self._kept_back)
        UNARCHIVED.labels(self._tenant).set(found.unarchived)
        if self._agreeing is not None:
            await self._agreeing.look(policy)
        SWEPT.labels(self._tenant).set(self._now().timestamp())
        return len(looked)

    async def _look_at(
        self, contacts: AsyncGenerator[ContactId], looked: set[ContactId], found: "_Found"
    ) -> None:
        async with aclosing(contacts) as some:
            async for contact_id in some:
                if contact_id not in looked:
                    looked.add(contact_id)
                    found.take(await self._look(contact_id))
                self._beat()

    async def _look(self, contact_id: ContactId) -> Looked:
        try:
            return await self._retainer.look(ContactRef(self._tenant, contact_id))
        except (Fault, Refused) as error:
            # One contact fails alone, and is looked at again by the next sweep.
            FAILED.labels(self._tenant, error.code).inc()
            log.error(  # noqa: TRY400 (a refusal needs no traceback)
                "retention_failed",
                tenant=self._tenant,
                contact_id=contact_id,
                problem=error.code,
                why=str(error),
            )
            return Looked()

    async def _counting(
        self, kind: DataKind, until: datetime, *, unarchived: bool
    ) -> AsyncGenerator[ContactId]:
        after: Turn | None = None
        while True:
            page = await self._due.counting_since(
                self._tenant, kind, until=until, after=after, limit=PAGE, unarchived=unarchived
            )
            for _, contact_id in page:
                yield contact_id
            if len(page) < PAGE:
                return
            after = page[-1]

    async def _held(self) -> AsyncGenerator[ContactId]:
        after = ""
        while page := await self._due.held_after(self._tenant, after, limit=PAGE):
            for contact_id in page:
                yield contact_id
            after = page[-1]


class _Found:
    """What a sweep came across."""

    def __init__(self) -> None:
        self.kept_back = 0
        self.unarchived = 0

    def take(self, looked: Looked) -> None:
        self.kept_back += bool(looked.kept_back)
        self.unarchived += bool(looked.unarchived)


async def run(
    tenant: TenantName,
    *,
    sweeper: Sweeper,
    leases: Leases,
    progress: Progress,
    every_s: float = SWEEP_EVERY_S,
) -> Never:
    """Sweep a tenant for ever, until cancelled, while this process has the lease.

    Readiness tells of a sweep that fails: it counts as unfinished until one is complete.
    """
    leases.offer(SERVICE)
    while True:
        try:
            lease = await leases.acquire(f"{SERVICE}.{tenant}") if leases.may_hold else None
            if lease is not None:
                await _hold(lease, sweeper, progress=progress, tenant=tenant, every_s=every_s)
        except (Fault, Refused) as error:
            log.warning("retention_interrupted", tenant=tenant, problem=error.code, why=str(error))
        progress.beat()
        await leases.changed(within_s=AGAIN_S)


async def _hold(
    lease: Lease, sweeper: Sweeper, *, progress: Progress, tenant: TenantName, every_s: float
) -> None:
    """Sweep until the lease is lost or a sweep fails; then let go of it.

    Raises:
        LeaseLost: another process has it.
        AntiphonError: what kept a sweep from its end.
    """
    losing = asyncio.create_task(lease.until_lost())
    sweeping = asyncio.create_task(
        _sweep_for_ever(sweeper, progress=progress, tenant=tenant, every_s=every_s)
    )
    try:
        await asyncio.wait({losing, sweeping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (losing, sweeping):
            task.cancel()
        results = await asyncio.gather(losing, sweeping, return_exceptions=True)
        await released(lease, b"")
    for result in results:
        if isinstance(result, LeaseLost | AntiphonError):
            raise result
        if isinstance(result, Exception):
            raise result


async def _sweep_for_ever(
    sweeper: Sweeper, *, progress: Progress, tenant: TenantName, every_s: float
) -> Never:
    while True:
        began = time.monotonic()
        looked = await sweeper.sweep()
        if looked:
            took_s = round(time.monotonic() - began, 1)
            log.info("retention_swept", tenant=tenant, contacts=looked, took_s=took_s)
        until = began + every_s
        while (left := until - time.monotonic()) > 0:
            progress.beat()
            await asyncio.sleep(min(left, 1.0))


def _cutoffs(policy: RetentionPublished, *, now: datetime) -> list[tuple[datetime, DataKind, bool]]:
    """Return until when contacts have to count, of which kind, and whether to be archived."""
    found: list[tuple[datetime, DataKind, bool]] = []
    for kind in _KINDS:
        stay = policy.kinds[kind]
        if stay.archive_after_days is not None:
            found.append((now - timedelta(days=stay.archive_after_days), kind, True))
        if stay.delete_after_days is not None:
            found.append((now - timedelta(days=stay.delete_after_days), kind, False))
    return found
