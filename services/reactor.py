"""Runs a service: one coroutine per contact, on the facts of a range of partitions.

One process at a time holds a range's lease. Its bookmark is the lease's state, so the same
compare-and-set that keeps a second holder out keeps a zombie from moving the bookmark; and
a zombie's appends are refused, because each is conditional on the end of its lane.

The bookmark is how far facts were handed out, and who has not finished with them: a new
holder wakes those contacts on their history, then goes on from there. Nothing is skipped;
facts may be met again, and whoever cares for a contact recognises what it did already.
"""

import asyncio
from contextlib import aclosing

import msgspec
import structlog
from msgspec import Struct, field

from ..errors import EpochChanged, Fault, LeaseLost, PositionBeyondEnd
from ..events.base import START, ContactId, ContactRef, Epoch, Position, TenantName
from ..events.journal import Journal
from ..events.progress import Progress
from ..events.subjects import PartitionRange, facts_stream
from .inbox import INBOX_MAX, Care, Inbox
from .lanes import PATIENCE, Lanes, Patience, Service, leaves
from .lease import ACQUIRE_EVERY_S, RENEW_EVERY_S, HeldLease, Lease, Leases, acquire

__all__ = ["Care", "Inbox", "Lease", "Leases", "Patience", "Service", "run"]

log = structlog.get_logger()


class Bookmark(Struct, frozen=True, kw_only=True):
    """What a lease keeps for its next holder."""

    epoch: Epoch | None = None
    position: Position = START  # facts up to here were handed out
    # Contacts not finished with, and the newest fact each was handed.
    open: dict[ContactId, Position] = field(default_factory=dict[ContactId, Position])


async def run(
    service: Service,
    *,
    tenant: TenantName,
    journal: Journal,
    leases: Leases,
    owner: str,
    partitions: PartitionRange,
    progress: Progress,
    patience: Patience = PATIENCE,
    start_over: bool = False,
    inbox_max: int = INBOX_MAX,
) -> None:
    """Run a service on a range of a tenant's contacts, whenever this process holds its lease.

    For ever, until cancelled; then the lease is released with its bookmark. `owner` names
    the process. `start_over` is what to do about a bookmark of another stream than the
    tenant's: read all of the present one, which repeats nothing, instead of refusing.
    Embedded, stream and bookmark live and vanish together, so there only a person who
    deleted one of them by hand needs it; in production it wants to be a decision.

    Raises:
        EpochChanged, PositionBeyondEnd: the bookmark, as said, unless `start_over`.
        TenantUnknown: there is no such tenant.
    """
    name = f"{service.name}.{tenant}.{partitions}"
    while True:
        lease = HeldLease(await acquire(leases, name, owner=owner, progress=progress), name)
        watch = _Watch(lease, journal=journal, tenant=tenant, progress=progress)
        try:
            await watch.load(start_over=start_over)
            await watch.keep(service, partitions, patience=patience, inbox_max=inbox_max)
        except LeaseLost:
            log.warning("lease_lost", lease=name, owner=owner)
        except Fault as fault:
            log.warning("service_interrupted", lease=name, owner=owner, problem=fault.code)
            await asyncio.sleep(ACQUIRE_EVERY_S)
        finally:
            # All lanes are cancelled by now: nothing is written after the release.
            await lease.release(watch.state)


class _Watch:
    """The time during which this process holds the lease."""

    def __init__(
        self, lease: HeldLease, *, journal: Journal, tenant: TenantName, progress: Progress
    ) -> None:
        self._lease = lease
        self._journal = journal
        self._tenant = tenant
        self._progress = progress
        self._bookmark: Bookmark | None = None  # None until it was found to fit
        self._lanes: Lanes | None = None

    @property
    def state(self) -> bytes:
        """The bookmark as it is now: what was found, until there is a better one."""
        if self._bookmark is None:
            return self._lease.state
        if self._lanes is not None:
            self._bookmark = msgspec.structs.replace(self._bookmark, open=self._lanes.unfinished)
        return msgspec.json.encode(self._bookmark)

    async def load(self, *, start_over: bool) -> None:
        """Read the bookmark and see whether it is of the tenant's stream."""
        found = Bookmark()
        if self._lease.state:
            found = msgspec.json.decode(self._lease.state, type=Bookmark)
        stream, state = facts_stream(self._tenant), await self._journal.state(self._tenant)

        refusal: EpochChanged | PositionBeyondEnd | None = None
        if found.epoch not in (None, state.epoch):
            refusal = EpochChanged(stream, asked=found.epoch or "", current=state.epoch)
        elif found.position > state.last:
            refusal = PositionBeyondEnd(stream, asked=found.position, last=state.last)
        if refusal is not None:
            log.error(
                "bookmark_of_another_stream",
                problem=refusal.code,
                lease=self._lease.name,
                position=found.position,
                open=len(found.open),
                start_over=start_over,
                way_out="run with start_over: reads all the stream holds and repeats nothing",
            )
            if not start_over:
                raise refusal
            found = Bookmark()
        self._bookmark = msgspec.structs.replace(found, epoch=state.epoch)

    async def keep(
        self, service: Service, partitions: PartitionRange, *, patience: Patience, inbox_max: int
    ) -> None:
        """Work until the lease is lost or this task is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._lanes = Lanes(
                    service,
                    tenant=self._tenant,
                    journal=self._journal,
                    tasks=tasks,
                    confirm_lease=self._confirm,
                    patience=patience,
                    inbox_max=inbox_max,
                )
                await self._follow(service, partitions, self._lanes, tasks)
        except ExceptionGroup as group:
            raise min(leaves(group), key=lambda one: not isinstance(one, LeaseLost)) from group

    async def _follow(
        self, service: Service, partitions: PartitionRange, lanes: Lanes, tasks: asyncio.TaskGroup
    ) -> None:
        bookmark = self._bookmark
        assert bookmark is not None, "the bookmark is loaded first"
        log.info("service_started", lease=self._lease.name, position=bookmark.position)
        for contact_id, newest in bookmark.open.items():
            lanes.wake(ContactRef(self._tenant, contact_id), newest)
        tasks.create_task(self._renew_for_ever(lanes))

        batches = self._journal.follow(
            self._tenant,
            partitions=partitions,
            lanes=service.lanes,
            after=bookmark.position,
            epoch=bookmark.epoch,
        )
        async with aclosing(batches):
            async for batch in batches:
                for recorded in batch:
                    lanes.tell(recorded)
                    bookmark = msgspec.structs.replace(bookmark, position=recorded.position)
                    self._bookmark = bookmark
                    await lanes.room()
                self._progress.reached(bookmark.position)
                # A long catch-up must let lanes and the lease's renewal have their turn.
                await asyncio.sleep(0)

    async def _renew_for_ever(self, lanes: Lanes) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY_S)
            await self._renew()
            self._progress.waiting(lanes.waiting_since)

    async def _renew(self) -> bool:
        return await self._lease.renew(self.state)

    async def _confirm(self) -> None:
        """Return once the lease is certainly ours; LeaseLost ends the watch."""
        while not await self._renew():  # noqa: ASYNC110 (it asks anew each time)
            await asyncio.sleep(RENEW_EVERY_S)
