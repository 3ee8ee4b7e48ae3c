"""A log behind a cable that can be muted and cut."""

from antiphon.events.base import Position
from antiphon.events.log import Entry
from antiphon.infra.jetstream.log import JetStreamLog
from msgspec import Struct

from .cable import Cable
from .places import Place


class Behind(Struct, frozen=True):
    """A log reached by a cable that can fail, and the same place reached without."""

    log: JetStreamLog
    cable: Cable
    place: Place

    async def append(self, name: str, *payloads: str, expected: int | None = None) -> Position:
        entries = [Entry(f"{name}:{one}", one.encode()) for one in payloads]
        at = None if expected is None else Position(expected)
        return await self.log.append(
            self.place.stream, self.place.subject(name), entries, expected=at
        )

    async def stored(self, name: str, count: int) -> bool:
        return len(await self.place.payloads(name)) == count
