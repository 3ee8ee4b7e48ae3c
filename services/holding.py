"""The ranges of a service and tenant that this process holds: its share, no more.

They are read by one cursor together: a cursor each would cost as many, for nothing. Whoever
takes a range or gives one up starts the cursor anew, after what the ranges were handed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

import structlog

from ..errors import Fault
from ..events.base import TenantName
from ..events.journal import Journal
from ..events.progress import Progress
from ..events.subjects import PartitionRange, facts_stream, partition_of
from .attempts import Patience
from .bookmark import Bookmark, decoded, fitting, inherited
from .lanes import Service
from .lease import Lease, Leases, released
from .letters import Letters
from .ranges import in_turn, share_of
from .watch import Watch

LOOK_EVERY_S = 1.0  # whether the share is as it should be; sooner when somebody came or went
FOLLOW_AGAIN_S = 1.0

log = structlog.get_logger()


class Holding:
    """Takes and gives up ranges until this process has its share, and hands out their facts."""

    def __init__(
        self,
        service: Service,
        *,
        tenant: TenantName,
        journal: Journal,
        leases: Leases,
        letters: Letters,
        progress: Progress,
        ranges: Sequence[PartitionRange],
        patience: Patience,
        inbox_max: int,
        start_over: bool,
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._service = service
        self._tenant = tenant
        self._journal = journal
        self._leases = leases
        self._letters = letters
        self._progress = progress
        self._ranges = ranges
        self._patience = patience
        self._inbox_max = inbox_max
        self._start_over = start_over
        self._tasks = tasks
        self._what = f"{service.name}.{tenant}"  # as leases are named; a range follows
        self._watches: dict[PartitionRange, Watch] = {}
        self._watching: dict[Watch, asyncio.Task[None]] = {}
        self._following: asyncio.Task[None] | None = None

    async def adjust_for_ever(self) -> None:
        """Keep the share as it should be, as processes come and go.

        Raises:
            EpochChanged, PositionBeyondEnd: a bookmark is of another stream.
        """
        while True:
            if self._leases.may_hold:
                try:
                    await self._adjust()
                except Fault as fault:
                    log.warning("share_not_adjusted", what=self._what, problem=fault.code)
                if not self._watches:
                    self._progress.beat()  # standing by is healthy
            self._redrive()  # asked for while nobody held the range
            self._progress.waiting(self._waiting_since())
            await self._leases.changed(within_s=LOOK_EVERY_S)

    async def redrive_for_ever(self) -> None:
        """Try again the contacts of letters as somebody asks for it."""
        while True:
            self._redrive()
            await self._letters.changed()

    def _redrive(self) -> None:
        for letter in self._letters.asked(self._service.name, self._tenant):
            watch = self._watch_of(letter.contact.contact_id)
            if watch is not None:
                watch.redrive(letter)

    async def _adjust(self) -> None:
        owner, sharers = self._leases.owner, self._leases.sharers(self._service.name)
        due = share_of(owner, sharers, ranges=len(self._ranges), what=self._what)
        if len(self._watches) > due:
            # Those that move the fewest calls under way.
            fewest = sorted(self._watches.values(), key=lambda one: one.open_count)
            await self._give_up(fewest[: len(self._watches) - due])
            return
        free = [
            one
            for one in in_turn(self._ranges, owner, sharers, what=self._what)
            if one not in self._watches and self._leases.may_be_free(self._name_of(one))
        ]
        # What an earlier life held beyond our share nobody else can have before we let go of it.
        own = [one for one in free if self._leases.left_behind(self._name_of(one))]
        if own:
            await self._take(own)
        elif free and len(self._watches) < due:
            await self._take(free[: due - len(self._watches)])

    async def _take(self, free: Sequence[PartitionRange]) -> None:
        asked = await asyncio.gather(
            *(self._watch_if_free(one) for one in free), return_exceptions=True
        )
        taken = [one for one in asked if isinstance(one, Watch)]
        refusals = [one for one in asked if isinstance(one, BaseException)]
        if refusals:
            # Tried again soon, all together, if it may help.
            for watch in taken:
                await watch.release()
            raise refusals[0]
        if taken:
            # First the old cursor ends: it is past what the new ranges were handed.
            await self._stop_following()
            for watch in taken:
                self._watches[watch.partitions] = watch
                self._watching[watch] = self._tasks.create_task(self._keep(watch))
            self._start_following()

    async def _watch_if_free(self, partitions: PartitionRange) -> Watch | None:
        lease = await self._leases.acquire(self._name_of(partitions))
        if lease is None:
            return None
        try:
            return await self._watch_over(partitions, lease)
        except BaseException:
            await released(lease, lease.state)
            raise

    async def _watch_over(self, partitions: PartitionRange, lease: Lease) -> Watch:
        found = decoded(lease.state) if lease.state else await self._inherited(partitions)
        state = await self._journal.state(self._tenant)
        bookmark = fitting(
            found,
            facts_stream(self._tenant),
            state,
            lease=lease.name,
            start_over=self._start_over,
        )
        return Watch(
            self._service,
            tenant=self._tenant,
            partitions=partitions,
            journal=self._journal,
            letters=self._letters,
            lease=lease,
            bookmark=bookmark,
            patience=self._patience,
            inbox_max=self._inbox_max,
        )

    async def _inherited(self, partitions: PartitionRange) -> Bookmark:
        saved = await self._leases.saved(self._what)
        ranges: dict[PartitionRange, Bookmark] = {}
        for name, state in saved.items():
            first, _, last = name.rpartition(".")[2].partition("-")
            ranges[PartitionRange(int(first), int(last))] = decoded(state)
        return inherited(partitions, ranges)

    async def _keep(self, watch: Watch) -> None:
        try:
            await watch.keep()
        finally:
            self._drop(watch)

    async def _give_up(self, watches: Sequence[Watch]) -> None:
        log.info(
            "ranges_given_up", what=self._what, ranges=[str(one.partitions) for one in watches]
        )
        for watch in watches:
            task = self._watching.get(watch)
            self._drop(watch)  # nothing more is handed to it
            if task is not None:  # None: its lease was lost while we waited for another
                task.cancel()
                await asyncio.wait({task})
        await self._stop_following()
        self._start_following()

    def _drop(self, watch: Watch) -> None:
        if self._watches.get(watch.partitions) is watch:
            del self._watches[watch.partitions]
        self._watching.pop(watch, None)

    async def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})
            self._following = None

    def _start_following(self) -> None:
        if self._watches:
            self._following = self._tasks.create_task(self._follow())

    async def _follow(self) -> None:
        while self._watches:
            try:
                await self._follow_once()
            except Fault as fault:
                log.warning("service_interrupted", what=self._what, problem=fault.code)
            await asyncio.sleep(FOLLOW_AGAIN_S)

    async def _follow_once(self) -> None:
        ranges, watches = sorted(self._watches), list(self._watches.values())
        position = min(watch.position for watch in watches)
        log.info(
            "service_started",
            what=self._what,
            position=position,
            ranges=[str(one) for one in ranges],
        )
        batches = self._journal.follow(
            self._tenant,
            partitions=ranges,
            lanes=self._service.lanes,
            after=position,
            epoch=watches[0].bookmark.epoch,
        )
        async with aclosing(batches):
            async for batch in batches:
                for recorded in batch:
                    watch = self._watch_of(recorded.contact.contact_id)
                    if watch is not None:
                        await watch.tell(recorded)
                if batch:
                    position = batch[-1].position
                    for watch in watches:
                        watch.passed(position)
                self._progress.reached(max(position, self._progress.position))
                # A long catch-up must let lanes and signs of life have their turn.
                await asyncio.sleep(0)

    def _watch_of(self, contact_id: str) -> Watch | None:
        partition = partition_of(contact_id)
        for partitions, watch in self._watches.items():
            if partition in partitions:
                return watch
        return None

    def _waiting_since(self) -> float | None:
        waiting = [watch.waiting_since for watch in self._watches.values()]
        return min((since for since in waiting if since is not None), default=None)

    def _name_of(self, partitions: PartitionRange) -> str:
        return f"{self._what}.{partitions}"
