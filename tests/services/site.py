"""A log, its leases, and processes that run a service on it."""

import asyncio
import base64
import contextlib
from collections.abc import Callable

import msgspec
from antiphon.events.base import (
    ContactRef,
    Draft,
    EventId,
    Lane,
    Position,
    TenantName,
)
from antiphon.events.journal import Journal
from antiphon.events.progress import Progress
from antiphon.events.subjects import EVERY_PARTITION, facts_stream
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.streams import bucket_stream, key_subject
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.reactor import Bookmark, Care, Inbox, Patience, run

from ..builders import CONTACT, draft, guidance_shown, moment_detected

TENANT = TenantName("demo")
STREAM = facts_stream(TENANT)
PROMPT_S = 10  # nothing here waits for anything but this process
AT_ONCE = Patience(attempts_max=4, first_s=0.0, longest_s=0.0)


class Site:
    """A log, its leases, and processes that run a service on it."""

    def __init__(self, log: MemoryLog) -> None:
        self.log = log
        self.journal = Journal(log, MemoryKeys())
        self.clock = 0.0
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def start(
        self,
        care: Care,
        *,
        owner: str = "one",
        lanes: tuple[Lane, ...] = ("life",),
        patience: Patience = AT_ONCE,
        leases: MemoryLog | None = None,
        inbox_max: int = 256,
        start_over: bool = False,
    ) -> Progress:
        progress = Progress("reactor", TENANT)
        self.tasks[owner] = asyncio.create_task(
            run(
                Reacting(care, lanes),
                tenant=TENANT,
                journal=self.journal,
                leases=Leases(leases or self.log, clock=lambda: self.clock),
                owner=owner,
                partitions=EVERY_PARTITION,
                progress=progress,
                patience=patience,
                inbox_max=inbox_max,
                start_over=start_over,
            )
        )
        return progress

    async def stop(self, owner: str = "one") -> None:
        self.tasks[owner].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.tasks.pop(owner)

    async def saved(self) -> Bookmark:
        """Return the bookmark that was last saved with the lease."""
        name = f"guidance.{TENANT}.{EVERY_PARTITION}"
        stored = await self.log.last(bucket_stream("leases"), key_subject("leases", name))
        if stored is None:
            return Bookmark()
        state = base64.b64decode(msgspec.json.decode(stored.payload)["state"])
        return msgspec.json.decode(state, type=Bookmark) if state else Bookmark()

    async def happens(self, of: ContactRef = CONTACT, count: int = 1) -> list[Position]:
        """Append so many facts to a contact's lane `life`."""
        positions: list[Position] = []
        end = await self.journal.lane_end(of, "life")
        for _ in range(count):
            end = await self.journal.append(of, [draft(guidance_shown())], expected=end)
            positions.append(end)
        return positions


class Reacting:
    name = "guidance"

    def __init__(self, care: Care, lanes: tuple[Lane, ...]) -> None:
        self._care = care
        self.lanes = lanes

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        await self._care(contact, inbox)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PROMPT_S):
        while not condition():  # noqa: ASYNC110 (it is the coroutines under test that move)
            await asyncio.sleep(0)


class Seen:
    """A care that takes everything and writes down what it saw."""

    def __init__(self) -> None:
        self.positions: dict[ContactRef, list[Position]] = {}
        self.starts: list[ContactRef] = []
        self.histories: dict[ContactRef, list[Position]] = {}

    async def __call__(self, contact: ContactRef, inbox: Inbox) -> None:
        self.starts.append(contact)
        self.histories[contact] = [recorded.position for recorded in inbox.history]
        self.positions[contact] = list(self.histories[contact])
        async for recorded in inbox:
            self.positions[contact].append(recorded.position)
            await asyncio.sleep(0)

    def saw(self, of: ContactRef, positions: list[Position]) -> Callable[[], bool]:
        return lambda: self.positions.get(of, [])[-len(positions) :] == positions


def output(of: ContactRef, name: str = "1") -> Draft:
    return Draft(
        event=moment_detected(),
        id=EventId(f"{of.contact_id}-{name}"),
        occurred_at=draft(guidance_shown()).occurred_at,
        actor="service:guidance",
        correlation=of.contact_id,
    )
