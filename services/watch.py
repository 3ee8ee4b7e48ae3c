"""One range of contacts, while this process holds its lease."""

import asyncio

import structlog

from ..errors import Fault, LeaseLost
from ..events.base import ContactRef, Position, Recorded, TenantName
from ..events.faultpoints import FaultPoint, reach
from ..events.journal import Journal
from ..events.subjects import PartitionRange
from .attempts import Patience
from .bookmark import Bookmark
from .lanes import Lanes, Service
from .lease import Lease, released
from .letters import Letter, Letters

# Also the age of a bookmark after a crash: the facts of so long are handed out again, to
# contacts that recognise them. Each range with news costs an append that often.
SAVE_EVERY_S = 4.0
UNSAVED_MAX = 10_000  # positions of others' facts that a new holder may have to pass over

log = structlog.get_logger()


class Watch:
    """The lanes of a range, and the bookmark that is saved with its lease."""

    def __init__(
        self,
        service: Service,
        *,
        tenant: TenantName,
        partitions: PartitionRange,
        journal: Journal,
        letters: Letters,
        lease: Lease,
        bookmark: Bookmark,
        patience: Patience,
        inbox_max: int,
    ) -> None:
        self.partitions = partitions
        self.position = bookmark.position
        self._service = service
        self._tenant = tenant
        self._journal = journal
        self._letters = letters
        self._lease = lease
        self._bookmark = bookmark
        self._patience = patience
        self._inbox_max = inbox_max
        self._saved = bookmark
        self._told = True  # something that is not saved; that the lease is taken, at first
        self._lanes: Lanes | None = None  # None unless it works

    @property
    def open_count(self) -> int:
        """How many contacts would have to move with the range."""
        return len(self.bookmark.open)

    @property
    def waiting_since(self) -> float | None:
        """See `Lanes.waiting_since`."""
        return None if self._lanes is None else self._lanes.waiting_since

    @property
    def bookmark(self) -> Bookmark:
        """How things stand now."""
        if self._lanes is not None:
            self._bookmark = Bookmark(
                epoch=self._bookmark.epoch, position=self.position, open=self._lanes.unfinished
            )
        return self._bookmark

    async def keep(self) -> None:
        """Work until the lease is lost or this task is cancelled; then let the lease go."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._lanes = lanes = self._lanes_in(tasks)
                log.info("range_taken", lease=self._lease.name, position=self.position)
                for contact_id, newest in self._bookmark.open.items():
                    lanes.wake(ContactRef(self._tenant, contact_id), newest)
                tasks.create_task(self._save_for_ever())
                try:
                    await self._lease.until_lost()
                finally:
                    self._close()
        except* LeaseLost:
            log.warning("lease_lost", lease=self._lease.name)
        finally:
            # All lanes are cancelled by now: nothing is written after the release.
            await self.release()

    async def release(self) -> None:
        """Let another have the range, from where this process leaves it."""
        await released(self._lease, self._bookmark.encoded())

    async def tell(self, recorded: Recorded) -> None:
        """Hand out a fact of the range that is newer than the bookmark."""
        if self._lanes is None or recorded.position <= self.position:
            return
        self._lanes.tell(recorded)
        await reach(FaultPoint.FACT_HANDED_OUT)
        self.position, self._told = recorded.position, True
        await self._lanes.room()

    def passed(self, position: Position) -> None:
        """Up to `position` there is nothing more for this range."""
        if self._lanes is not None:
            self.position = max(self.position, position)

    def redrive(self, letter: Letter) -> None:
        """Try a contact of this range again."""
        if self._lanes is not None:
            self._lanes.redrive(letter)

    def _lanes_in(self, tasks: asyncio.TaskGroup) -> Lanes:
        return Lanes(
            self._service,
            tenant=self._tenant,
            journal=self._journal,
            letters=self._letters,
            tasks=tasks,
            confirm_lease=self._confirm,
            patience=self._patience,
            inbox_max=self._inbox_max,
        )

    def _close(self) -> None:
        """Hand out nothing more. What was handed out is in the bookmark, contact by contact."""
        self._bookmark = self.bookmark
        self._lanes = None

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            bookmark = self.bookmark
            passed = bookmark.position - self._saved.position
            if self._told or bookmark.open != self._saved.open or passed >= UNSAVED_MAX:
                await self._save(bookmark)

    async def _save(self, bookmark: Bookmark) -> bool:
        self._told = False
        try:
            await self._lease.save(bookmark.encoded())
        except LeaseLost:
            return False  # `until_lost` tells the watch
        except Fault as fault:
            self._told = True
            log.warning("bookmark_not_saved", lease=self._lease.name, problem=fault.code)
            return False
        self._saved = bookmark
        await reach(FaultPoint.BOOKMARK_SAVED)
        return True

    async def _confirm(self) -> None:
        """Return once the lease is certainly ours; when it is not, the watch ends meanwhile."""
        while not await self._save(self.bookmark):  # noqa: ASYNC110 (it asks anew each time)
            await asyncio.sleep(SAVE_EVERY_S)
