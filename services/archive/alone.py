"""One epoch of a stream as the archive alone has it: the log may have been restored since."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ...events.base import START, Epoch, Position
from ...events.log import EventLog, Stored
from ...events.log_in_front import LogInFront
from .chain import Archive
from .history import ArchivedLog


class ArchiveAlone(LogInFront):
    """An EventLog whose `read` never asks the log. The rest is the log's."""

    def __init__(self, log: EventLog, archive: Archive, *, epoch: Epoch) -> None:
        super().__init__(log)
        self._archive = archive
        self._epoch = epoch
        self._archived = ArchivedLog(log, archive, epoch=epoch)

    async def read(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        upto: Position | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        """Yield what is archived after a position, up to `upto` or the archive's end.

        Raises:
            ArchiveCorrupt, ArchiveUnavailable: see `Archive`.
        """
        if upto is None:
            upto = (await self._archive.chain(stream, self._epoch)).last
        async with aclosing(
            self._archived.archived(stream, self._epoch, filters, after=after, upto=upto)
        ) as parts:
            async for batch, _ in parts:
                if batch:
                    yield batch
