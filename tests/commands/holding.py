"""A register and contacts on a log in memory, and holds over them."""

from datetime import datetime
from typing import Any

from antiphon.commands.hold import Hold, Holds, PlaceHold
from antiphon.events.base import ContactId, ContactRef, Event
from antiphon.events.hold import KIND
from antiphon.events.journal import Journal
from antiphon.events.register import Register, Registered
from antiphon.events.sealed import Sealed
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import CONTACT, NOON, contact, contact_started, draft

TENANT = CONTACT.tenant
OFFICER = "officer:o-1"


class World:
    """A register and contacts on a log in memory, and holds over them."""

    def __init__(self) -> None:
        self.log = MemoryLog(now=lambda: self.clock, idle_s=0.05)
        self.keys = MemoryKeys()
        self.clock: datetime = NOON
        self.journal = Journal(self.log, self.keys)
        self.register = Register(self.log, self.keys)
        self.holds = self.another_process()

    def another_process(self) -> Holds:
        return Holds(self.register, facts=self.journal, keys=self.keys, now=lambda: self.clock)

    async def tell(self, about: ContactRef, *events: Event) -> None:
        for event in events:
            end = await self.journal.lane_end(about, event.LANE)
            await self.journal.append(about, [draft(event)], expected=end)

    async def place(self, *, hold_id: str | None = None, **given: Any) -> tuple[Hold, bool]:
        defaults: dict[str, Any] = {"reason": Sealed("Baker ./. Shop")}
        command = PlaceHold(**defaults | given)
        return await self.holds.place(TENANT, command, hold_id=hold_id, actor=OFFICER)

    async def held(self, *contact_ids: str) -> dict[str, tuple[str, ...]]:
        ids = [ContactId(one) for one in contact_ids]
        return {str(id_): held for id_, held in (await self.holds.covering(TENANT, ids)).items()}

    async def facts(self) -> list[Registered]:
        return [one async for one in self.register.read(TENANT, kind=KIND)]


async def furnished() -> World:
    """Return a world of two contacts that have started."""
    world = World()
    await world.log.create(facts_stream(TENANT))
    await world.log.create(configuration_stream(TENANT))
    for name in ("c-1", "c-2"):
        await world.tell(contact(name), contact_started())
    return world
