"""Reads all shards of one stream, parents before their children, into the contacts' records."""

import asyncio
import random
from collections.abc import Callable

import structlog

from ....errors import SegmentsUnavailable
from ....events.base import TenantName
from .checkpoint import Checkpoint, ShardMarks, to_read
from .contacts import Contacts
from .figures import BEHIND, INTERRUPTED, UNREAD
from .limits import Limits
from .port import Batch, SegmentStream
from .queue import Pending
from .records import Unusable, read

_MS_PER_S = 1_000

log = structlog.get_logger()


class Reader:
    """One holder's reading of a stream, from a checkpoint on."""

    def __init__(
        self,
        stream: SegmentStream,
        contacts: Contacts,
        checkpoint: Checkpoint,
        *,
        tenant: TenantName,
        limits: Limits,
        alive: Callable[[], None],
    ) -> None:
        """`alive` is called whenever the stream answered."""
        self._stream = stream
        self._contacts = contacts
        self._tenant = tenant
        self._limits = limits
        self._alive = alive
        self._finished = set(checkpoint.finished)
        self._marks = {
            shard_id: ShardMarks(after=sequence or None)
            for shard_id, sequence in checkpoint.told.items()
        }
        self._seen_until_s: dict[str, float] = {}  # of shards under way, on our monotonic clock
        self._behind_ms: dict[str, int] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._shard_ended = asyncio.Event()

    @property
    def checkpoint(self) -> Checkpoint:
        """What another may go on from, as things stand."""
        finished = {one for one, marks in self._marks.items() if marks.is_finished}
        return Checkpoint(
            told={
                shard_id: marks.told_upto or ""
                for shard_id, marks in sorted(self._marks.items())
                if shard_id not in finished
            },
            finished=tuple(sorted(self._finished | finished)),
        )

    async def read_for_ever(self) -> None:
        """Read until cancelled. What the stream does not answer is asked again."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_for_ever(tasks))
            failures = 0
            while True:
                self._shard_ended.clear()
                try:
                    await self._start_shards(tasks)
                    failures = 0
                    pause_s = self._limits.list_s
                except SegmentsUnavailable as failure:
                    failures += 1
                    pause_s = self._pause_s(failure, failures, shard_id=None)
                await _set_within(self._shard_ended, pause_s)

    async def _start_shards(self, tasks: asyncio.TaskGroup) -> None:
        shards = await self._stream.shards()
        self._alive()
        listed = {shard.shard_id for shard in shards}
        self._finished &= listed
        for shard_id in [one for one in self._marks if one not in listed]:
            # Its records are no longer kept.
            if shard_id in self._reading:
                self._reading[shard_id].cancel()
            else:
                del self._marks[shard_id]
        read_whole = self._finished | {one for one, marks in self._marks.items() if marks.is_read}
        for shard in to_read(shards, read=frozenset(read_whole)):
            if shard.shard_id not in self._reading:
                marks = self._marks.setdefault(shard.shard_id, ShardMarks(after=None))
                self._reading[shard.shard_id] = tasks.create_task(
                    self._read_shard(shard.shard_id, marks, tasks)
                )

    async def _read_shard(self, shard_id: str, marks: ShardMarks, tasks: asyncio.TaskGroup) -> None:
        log.info("shard_taken", stream=self._stream.name, shard=shard_id, after=marks.read_upto)
        iterator: str | None = None
        failures = 0
        try:
            while not marks.is_read:
                try:
                    if iterator is None:
                        iterator = await self._begin(shard_id, marks)
                    batch = await self._stream.read(iterator)
                except SegmentsUnavailable as failure:
                    if failure.kind == "iterator":
                        iterator = None
                    elif failure.kind == "position":
                        marks.read_upto = iterator = None
                    failures += 1
                    await asyncio.sleep(self._pause_s(failure, failures, shard_id=shard_id))
                    continue
                failures = 0
                self._alive()
                seen_s = asyncio.get_running_loop().time() - batch.behind_ms / _MS_PER_S
                pending = self._pending(batch, shard_id, marks, seen_s=seen_s)
                await self._contacts.put(pending, tasks=tasks)
                self._note_read(batch, shard_id, seen_s=seen_s)
                iterator = batch.following
                marks.is_read = iterator is None
                if not marks.is_read:
                    limits = self._limits
                    behind = batch.behind_ms or batch.records
                    await asyncio.sleep(limits.poll_behind_s if behind else limits.poll_s)
            log.info("shard_read", stream=self._stream.name, shard=shard_id)
        finally:
            self._leave(shard_id)

    async def _begin(self, shard_id: str, marks: ShardMarks) -> str:
        return await self._stream.begin(shard_id, after=marks.read_upto)

    def _pending(
        self, batch: Batch, shard_id: str, marks: ShardMarks, *, seen_s: float
    ) -> list[Pending]:
        """Return the records that say something; what says nothing is done."""
        pending: list[Pending] = []
        for stored in batch.records:
            mark = marks.take(stored.sequence)
            record = read(stored.content)
            if isinstance(record, Unusable):
                self._note_unread(record.reason, shard_id)
                mark.done()
                continue
            for reason in record.unread:
                self._note_unread(reason, shard_id)
            if record.told:
                one = Pending(record, mark, arrived_at=stored.arrived_at, seen_s=seen_s)
                pending.append(one)
            else:
                mark.done()
        return pending

    def _note_read(self, batch: Batch, shard_id: str, *, seen_s: float) -> None:
        self._seen_until_s[shard_id] = seen_s
        self._behind_ms[shard_id] = batch.behind_ms
        self._show_behind()

    async def _look_for_ever(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await asyncio.sleep(self._limits.tick_s)
            # While a shard that is read has not answered yet, nobody knows what is in it.
            if self._seen_until_s.keys() >= self._reading.keys():
                now_s = asyncio.get_running_loop().time()
                seen_until_s = min(self._seen_until_s.values(), default=now_s)
                self._contacts.look(seen_until_s=seen_until_s, tasks=tasks)

    def _leave(self, shard_id: str) -> None:
        self._reading.pop(shard_id, None)
        self._seen_until_s.pop(shard_id, None)
        self._behind_ms.pop(shard_id, None)
        self._show_behind()
        self._shard_ended.set()

    def _show_behind(self) -> None:
        most_ms = max(self._behind_ms.values(), default=0)
        BEHIND.labels(self._tenant, self._stream.name).set(most_ms / _MS_PER_S)

    def _note_unread(self, reason: str, shard_id: str) -> None:
        UNREAD.labels(self._tenant, reason).inc()
        log.debug("record_not_read", stream=self._stream.name, shard=shard_id, reason=reason)

    def _pause_s(
        self, failure: SegmentsUnavailable, failures: int, *, shard_id: str | None
    ) -> float:
        """Return how long to wait after the nth failure in a row, having told of it."""
        INTERRUPTED.labels(self._tenant, failure.kind).inc()
        tell = log.error if failure.kind in ("denied", "position") else log.warning
        tell(
            "segments_interrupted",
            stream=self._stream.name,
            shard=shard_id,
            kind=failure.kind,
            problem=failure.problem,
        )
        if failure.kind == "denied":
            return self._limits.denied_s
        if failure.kind in ("iterator", "position") and failures == 1:
            return 0.0
        # Others read the shard too: who was throttled together must not come back together.
        return self._limits.pause_s(failures) * random.uniform(0.5, 1.0)  # noqa: S311


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass  # as good: time to look
