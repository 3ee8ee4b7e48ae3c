"""A log in memory that lets go of its oldest entries, as a purged stream does."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any

import msgspec
from antiphon.events.base import START, Position
from antiphon.events.log import Stored, StreamState
from antiphon.infra.memory_log import MemoryLog


class PurgedLog(MemoryLog):
    """Holds nothing up to a position; positions stay what they were."""

    purged_upto: Position = START

    async def state(self, stream: str) -> StreamState:
        whole = await super().state(stream)
        return msgspec.structs.replace(whole, first=Position(self.purged_upto + 1))

    async def read(self, *arguments: Any, **given: Any) -> AsyncGenerator[Sequence[Stored]]:
        async for batch in super().read(*arguments, **given):
            yield [stored for stored in batch if stored.position > self.purged_upto]

    async def follow(self, *arguments: Any, **given: Any) -> AsyncGenerator[Sequence[Stored]]:
        async for batch in super().follow(*arguments, **given):
            yield [stored for stored in batch if stored.position > self.purged_upto]
