"""The loop that archives one stream: facts come in, segments and links go out.

The archive itself is where it remembers how far it is. Several processes may run it: each link
is put by one of them, and the others go on from there.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from typing import Never

import structlog
from msgspec import Struct

from ...errors import (
    EpochChanged,
    FactsLost,
    Fault,
    PositionBeyondEnd,
    PositionsSkipped,
    TenantUnknown,
)
from ...events.base import START, Epoch, Position
from ...events.faultpoints import FaultPoint, reach
from ...events.log import EventLog, Stored, StreamState
from ...events.progress import Progress
from . import figures
from .chain import Archive, Chain, keys_of
from .layout import segment_name
from .matching import matcher_of
from .pending import Bounds, Pending
from .segments import decode_segment
from .statements import Signer, digest_of
from .writing import Segment, Writer, segment_again, segment_of

log = structlog.get_logger()

LOOK_S = 15.0  # between two looks at the stream's ends, for figures and alarms
LATE_SHARE = 0.5  # of the age at which the log lets go: then waiting for more is over
PAUSE_S_MIN, PAUSE_S_MAX = 0.1, 30.0  # after a fault; doubles while nothing moves


class Source(Struct, frozen=True, kw_only=True):
    """What is archived, and when the log lets go of it by itself (None: never)."""

    stream: str
    filters: tuple[str, ...]  # together, every entry of the stream
    kept_s: float | None = None
    # These are archived within a second or two, however little there is.
    soon: tuple[str, ...] = ()


class Archiver(Struct, frozen=True, kw_only=True):
    """What a loop needs."""

    source: Source
    log: EventLog
    archive: Archive
    signer: Signer
    now: Callable[[], datetime]
    progress: Progress
    bounds: Bounds = Bounds()
    retention: timedelta | None = None  # of every object, where the store can


async def run(archiver: Archiver) -> Never:
    """Archive a stream until cancelled.

    Outages of the log and of the store are outlasted. Facts that the log let go of before they
    were archived, and an archive that is not what it was, stop the loop where it is: nothing
    is skipped, it tries again, and the log and the figures say so until somebody helps.
    """
    progress = archiver.progress
    pause_s = PAUSE_S_MIN
    while True:
        reached = progress.position
        try:
            await archive_stream(archiver)
        except (Fault, EpochChanged, PositionBeyondEnd, TenantUnknown) as error:
            progress.waiting(time.monotonic() - progress.oldest_unfinished_s)
            figures.LOST.labels(archiver.source.stream).set(isinstance(error, FactsLost))
            log.warning(
                "archiver_interrupted",
                stream=archiver.source.stream,
                code=error.code,
                why=str(error),
                position=progress.position,
            )
        pause_s = PAUSE_S_MIN if progress.position != reached else min(2 * pause_s, PAUSE_S_MAX)
        await asyncio.sleep(pause_s)


async def archive_stream(archiver: Archiver) -> None:
    """Archive what there is and what comes; return when another process has moved the chain.

    Raises:
        FactsLost: the log begins after what is archived.
        PositionBeyondEnd: the archive holds more than the log: it was restored from a copy.
        ArchiveCorrupt, ArchiveUnavailable, LogUnavailable: as they say.
    """
    stream = archiver.source.stream
    state = await archiver.log.state(stream)
    chain = await archiver.archive.chain(stream, state.epoch)
    after = _resumed_after(stream, chain, state)
    archiver.progress.reached(chain.last)
    work = _Work(archiver, chain, state.epoch, after=after)
    if state.last > after:
        await work.writer.begin(Position(after + 1))
        if not await work.adopt(state.last):
            return
    await work.go_on()


def _resumed_after(stream: str, chain: Chain, state: StreamState) -> Position:
    if not chain.links:
        return Position(state.first - 1)
    if state.first > chain.last + 1:
        raise FactsLost(stream, archived=chain.last, first=state.first)
    if state.last < chain.last:
        raise PositionBeyondEnd(stream, asked=chain.last, last=state.last)
    return chain.last


class _Work:
    """One run of the loop, from a state of the chain on."""

    def __init__(self, archiver: Archiver, chain: Chain, epoch: Epoch, *, after: Position) -> None:
        self._of = archiver
        self._chain = chain
        self._epoch = epoch
        self._pending = Pending(after=after, bounds=archiver.bounds)
        self._signed_on: date | None = None
        self._looked_at = float("-inf")
        self._urgent = False
        self._is_soon = matcher_of(archiver.source.soon)
        self.writer = Writer(
            archiver.archive,
            chain.layout,
            signer=archiver.signer,
            now=archiver.now,
            retention=archiver.retention,
        )

    async def adopt(self, last: Position) -> bool:
        """Link a segment that a crash left without one; False if another process was faster.

        What it holds is compared with the log, entry by entry: who can write to the store
        cannot slip facts in.
        """
        layout, first = self._chain.layout, Position(self._pending.after + 1)
        for key in await keys_of(self._of.archive.store, layout.segments_from(first)):
            entries = await self._as_logged(key, last)
            if entries is None:
                log.warning("archive_segment_ignored", stream=layout.stream, key=key)
                continue
            body = await self._of.archive.object(key)
            segment = await segment_again(layout, entries, body)
            log.info("archive_segment_adopted", stream=layout.stream, key=key)
            return await self._link(segment)
        return True

    async def go_on(self) -> None:
        """Follow the log and write a segment whenever one is due."""
        source, pending = self._of.source, self._pending
        batches = self._of.log.follow(
            source.stream, source.filters, after=pending.after, epoch=self._epoch
        )
        async with aclosing(batches):
            async for batch in batches:
                self._take(batch)
                if batch:
                    await self.writer.begin(Position(pending.after + 1))
                if await self._overtaken():
                    return
                while self._urgent or pending.is_due(self._of.now()):
                    if not pending.entries:
                        break
                    segment = await segment_of(self._chain.layout, pending.next_segment())
                    await self.writer.put_segment(segment)
                    await reach(FaultPoint.SEGMENT_PUT)
                    if not await self._link(segment):
                        return
                await self._sign()
                if not batch:  # all that there is was taken, and nothing is due
                    self._of.progress.waiting(None)
                self._of.progress.beat()

    def _take(self, batch: Sequence[Stored]) -> None:
        """Add a batch to what is pending.

        Raises:
            PositionsSkipped: something between was not delivered.
        """
        for stored in batch:
            if stored.position != self._pending.end + 1:
                raise PositionsSkipped(
                    self._of.source.stream, after=self._pending.end, found=stored.position
                )
            self._pending.add(stored, soon=self._is_soon(stored.subject))

    async def _link(self, segment: Segment) -> bool:
        mine = await self.writer.put_link(self._chain, segment)
        await reach(FaultPoint.LINK_PUT)
        before = len(self._chain.links)
        await self._of.archive.chain(self._chain.layout.stream, self._epoch)
        if not mine:
            return False
        assert len(self._chain.links) > before, "what was put is listed"
        self._pending.let_go(segment.last)
        self._of.progress.reached(segment.last)
        self._of.progress.waiting(None)
        log.info(
            "archived",
            stream=self._chain.layout.stream,
            first=segment.first,
            last=segment.last,
            size=len(segment.body),
        )
        return True

    async def _sign(self) -> None:
        if self._chain.links and self._signed_on != self._of.now().date():
            self._signed_on = await self.writer.put_head(self._chain)

    async def _overtaken(self) -> bool:
        """Look around now and then: tell whether another process has moved the chain."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at = time.monotonic()
        await self._of.archive.chain(self._chain.layout.stream, self._epoch)
        if self._chain.last > self._pending.after:
            return True
        await self._look()
        return False

    async def _look(self) -> None:
        """Take the stream's ends for the figures, and see whether time is running out."""
        source, pending = self._of.source, self._pending
        state = await self._of.log.state(source.stream)
        age_s = pending.age_s(self._of.now())
        late = source.kept_s is not None and age_s > LATE_SHARE * source.kept_s
        # Held in memory only: if this process dies now, they are gone.
        gone = state.first > pending.after + 1
        self._urgent = late or gone
        since = time.monotonic() - age_s if pending.entries else None
        self._of.progress.lagging(since)
        figures.LAG.labels(source.stream).set(max(0, state.last - pending.after))
        figures.AGE.labels(source.stream).set(age_s)
        figures.LATE.labels(source.stream).set(self._urgent)
        figures.LOST.labels(source.stream).set(0)
        if self._urgent:
            log.error("archive_late", stream=source.stream, age_s=age_s, first=state.first)

    async def _as_logged(self, key: str, last: Position) -> list[Stored] | None:
        """Return a segment's entries if they are whole and as the log has them, else None."""
        name = segment_name(key)
        body = await self._of.archive.object(key)
        if name is None or name.last > last or not digest_of(body).startswith(name.hash):
            return None
        source, matcher = self._of.source, matcher_of(self._of.source.filters)
        try:
            found = [
                stored
                for batch in decode_segment(body, after=START, upto=name.last, matcher=matcher)
                for stored in batch
            ]
        except ValueError:
            return None
        logged: list[Stored] = []
        async for batch in self._of.log.read(
            source.stream, source.filters, after=Position(name.first - 1), upto=name.last
        ):
            logged += batch
        return found if found == logged else None
