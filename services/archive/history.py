"""The log as it was from the beginning: first what is archived, then what the log still holds."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ...errors import ArchiveOfOtherEpoch, EpochChanged, FactsLost, PositionBeyondEnd
from ...events.base import START, Epoch, Position
from ...events.journal import Journal
from ...events.keys import KeyStore
from ...events.log import EventLog, Stored, StreamState
from ...events.log_in_front import LogInFront
from .chain import Archive
from .index import aggregates_of, may_hold
from .matching import matcher_of
from .segments import decode_segment

Part = tuple[Sequence[Stored], Position]  # entries, and the position up to which all were given


def archived_history(
    log: EventLog, archive: Archive, keys: KeyStore, *, epoch: Epoch | None = None
) -> Journal:
    """Return a journal whose reads begin in the archive, without a seam or a duplicate.

    See `ArchivedLog` for `epoch` and for what its reads raise.
    """
    return Journal(ArchivedLog(log, archive, epoch=epoch), keys)


class ArchivedLog(LogInFront):
    """An EventLog that remembers what the log itself has let go of. See `EventLog`.

    Streams that were made anew have epochs: their positions do not continue each other. With
    `epoch` None the archive may hold none but the log's. An epoch that is named is read, and
    where it is not the log's, from the archive alone. Appending, and the last entry of a
    subject, are the log's own matter.
    """

    def __init__(self, log: EventLog, archive: Archive, *, epoch: Epoch | None = None) -> None:
        super().__init__(log)
        self._archive = archive
        self._epoch = epoch

    async def state(self, stream: str) -> StreamState:
        """See `EventLog.state`; `first` is the first position that is archived or held.

        Raises:
            ArchiveOfOtherEpoch: what is archived is of another stream than the log's.
            ArchiveCorrupt: the chain is not what it was.
        """
        held = await self._held_state(stream)
        chain = await self._archive.chain(stream, held.epoch)
        if not chain.links:
            return held
        empty = held.first > held.last
        first = chain.first if empty else min(held.first, chain.first)
        return StreamState(epoch=held.epoch, first=first, last=max(held.last, chain.last))

    async def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.read`. What the archiver moves or the log lets go meanwhile is no matter.

        One aggregate's history comes from the log alone where the log holds all that is asked.

        Raises:
            ArchiveCorrupt: a segment is needed and is not what it was; it is never skipped.
            ArchiveOfOtherEpoch: what is archived is of another stream than the log's.
            FactsLost: neither holds what is asked for.
        """
        state = await self.state(stream)
        end = state.last if upto is None else Position(min(upto, state.last))
        # Who begins at the beginning begins with the oldest there is.
        position = Position(max(after, state.first - 1)) if after == START else after
        narrow = aggregates_of(filters) is not None
        while position < end:
            began = position
            if not narrow:
                async with aclosing(
                    self.archived(stream, state.epoch, filters, after=position, upto=end)
                ) as parts:
                    async for batch, reached in parts:
                        position = reached
                        if batch:
                            yield batch
            async with aclosing(
                self._held(stream, state.epoch, filters, after=position, upto=end)
            ) as parts:
                async for batch, reached in parts:
                    position = reached
                    if batch:
                        yield batch
            if position == began:
                if not narrow:
                    held = await self._held_state(stream)
                    raise FactsLost(stream, archived=position, first=held.first)
                narrow = False  # the log has let go of some of it
            # The archiver may have moved on while we read, and the log may have let go.

    async def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """See `EventLog.follow`; begins in the archive where the log does not hold `after` + 1.

        Raises:
            ArchiveCorrupt, ArchiveOfOtherEpoch, FactsLost: see `read`.
        """
        state = await self.state(stream)
        if epoch is not None and epoch != state.epoch:
            raise EpochChanged(stream, asked=epoch, current=state.epoch)
        if after > state.last:
            raise PositionBeyondEnd(stream, asked=after, last=state.last)
        position = after
        while True:
            held = await self._held_state(stream)
            if held.first <= position + 1 or position >= held.last:
                break
            end = held.last
            async with aclosing(self.read(stream, filters, after=position, upto=end)) as batches:
                async for batch in batches:
                    yield batch
            position = end
        following = self._log.follow(stream, filters, after=position, epoch=state.epoch)
        async with aclosing(following) as batches:
            async for batch in batches:
                yield batch

    async def _held_state(self, stream: str) -> StreamState:
        """Return what the log holds of the epoch that is read; nothing of one it has not."""
        state = await self._log.state(stream)
        if self._epoch is not None:
            if self._epoch == state.epoch:
                return state
            return StreamState(epoch=self._epoch, first=Position(START + 1), last=START)
        for beginning in await self._archive.epochs(stream):
            if beginning.epoch != state.epoch:
                raise ArchiveOfOtherEpoch(stream, archived=beginning.epoch, current=state.epoch)
        return state

    async def archived(
        self,
        stream: str,
        epoch: Epoch,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position,
    ) -> AsyncGenerator[Part]:
        """Yield what the archive alone holds, and how far that is complete; ends where it ends.

        Raises:
            ArchiveCorrupt: see `read`.
        """
        chain = await self._archive.chain(stream, epoch)
        matcher, aggregates, position = matcher_of(filters), aggregates_of(filters), after
        while position < upto:
            link = chain.following(position)
            if link is None or link.first > position + 1:
                return
            if aggregates is None or may_hold(link.index, aggregates):
                body = await self._archive.segment(link)
                rows = decode_segment(body, after=position, upto=upto, matcher=matcher)
                while batch := await asyncio.to_thread(next, rows, None):
                    yield batch, batch[-1].position
            position = Position(min(link.last, upto))
            yield (), position

    async def _held(
        self, stream: str, epoch: Epoch, filters: Sequence[str], *, after: Position, upto: Position
    ) -> AsyncGenerator[Part]:
        """Yield what the log holds, as long as nothing before it was let go of meanwhile."""
        position = after
        held = await self._held_state(stream)
        if held.epoch != epoch:
            raise EpochChanged(stream, asked=epoch, current=held.epoch)
        if held.first > position + 1 or held.last <= position:
            return
        batches = self._log.read(stream, filters, after=position, upto=upto)
        async with aclosing(batches):
            async for batch in batches:
                if (await self._log.state(stream)).first > position + 1:
                    return  # what is missing before this batch, a reader cannot see
                position = batch[-1].position
                yield batch, position
        if (await self._log.state(stream)).first <= position + 1:
            yield (), upto
