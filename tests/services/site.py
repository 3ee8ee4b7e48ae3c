"""A log, its leases and letters, and processes that run a service on it."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from antiphon.events.base import (
    START,
    ContactRef,
    Draft,
    Epoch,
    EventId,
    Lane,
    Position,
    TenantName,
)
from antiphon.events.journal import Journal
from antiphon.events.log import Entry, EventLog, Stored
from antiphon.events.progress import Progress
from antiphon.events.subjects import PartitionRange, facts_stream, partition_of
from antiphon.infra.jetstream.leases import Leases
from antiphon.infra.jetstream.letters import LetterBox
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.bookmark import decoded
from antiphon.services.ranges import RANGES
from antiphon.services.reactor import Bookmark, Care, Inbox, Patience, run

from ..builders import (
    CONTACT,
    contact,
    contact_erased,
    draft,
    guidance_shown,
    moment_detected,
)

TENANT = TenantName("demo")
STREAM = facts_stream(TENANT)
PROMPT_S = 30  # nothing here waits for anything but this process, which others may hold up
AT_ONCE = Patience(attempts_max=4, first_s=0.0, longest_s=0.0)

Forget = Callable[[ContactRef], Awaitable[None]]


class Site:
    """A log, its leases and letters, and processes that run a service on it."""

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self.journal = Journal(log, MemoryKeys())
        self.clock = standing_still
        self.letters = LetterBox(log)
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def start(
        self,
        care: Care,
        *,
        owner: str = "one",
        lanes: tuple[Lane, ...] = ("life",),
        patience: Patience = AT_ONCE,
        leases_on: EventLog | None = None,
        inbox_max: int = 256,
        start_over: bool = False,
        ranges: Sequence[PartitionRange] = RANGES,
        clock: Callable[[], float] | None = None,
        forget: Forget | None = None,
    ) -> Progress:
        """Start a process of this name, that runs the service `guidance`."""
        service = Reacting(care, lanes) if forget is None else Keeping(care, lanes, forget)
        progress = Progress("reactor", TENANT)
        leases = Leases(leases_on or self.log, clock=clock or self.clock)
        letters = LetterBox(self.log)

        async def process() -> None:
            async with leases.attending(owner), asyncio.TaskGroup() as tasks:
                hearing = tasks.create_task(letters.run())
                await run(
                    service,
                    tenant=TENANT,
                    journal=self.journal,
                    leases=leases,
                    letters=letters,
                    progress=progress,
                    ranges=ranges,
                    patience=patience,
                    inbox_max=inbox_max,
                    start_over=start_over,
                )
                hearing.cancel()

        self.tasks[owner] = asyncio.create_task(process())
        return progress

    async def stop(self, owner: str = "one") -> None:
        """Stop a process in order."""
        self.tasks[owner].cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.tasks.pop(owner)

    async def saved(self, of: ContactRef = CONTACT) -> Bookmark:
        """Return the bookmark that was last saved with the lease of a contact's range."""
        saved = await Leases(self.log).saved(f"guidance.{TENANT}")
        state = saved.get(f"guidance.{TENANT}.{range_of(of)}", b"")
        return decoded(state)

    async def happens(self, of: ContactRef = CONTACT, count: int = 1) -> list[Position]:
        """Append so many facts to a contact's lane `life`."""
        positions: list[Position] = []
        end = await self.journal.lane_end(of, "life")
        for _ in range(count):
            end = await self.journal.append(of, [draft(guidance_shown())], expected=end)
            positions.append(end)
        return positions

    async def is_erased(self, of: ContactRef = CONTACT) -> None:
        """Append that the person behind a contact was erased."""
        end = await self.journal.lane_end(of, "life")
        await self.journal.append(of, [draft(contact_erased())], expected=end)


class DistantLog(MemoryLog):
    """The same log, over a network that can be cut."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(idle_s=0.01)
        assert isinstance(log, MemoryLog)
        self._streams = log._streams
        self.up = asyncio.Event()
        self.up.set()

    async def append(
        self, stream: str, subject: str, entries: Sequence[Entry], *, expected: Position | None
    ) -> Position:
        await self.up.wait()
        return await super().append(stream, subject, entries, expected=expected)

    async def follow(
        self,
        stream: str,
        filters: Sequence[str],
        *,
        after: Position = START,
        epoch: Epoch | None = None,
    ) -> AsyncGenerator[Sequence[Stored]]:
        async for batch in super().follow(stream, filters, after=after, epoch=epoch):
            await self.up.wait()
            yield batch


def standing_still() -> float:
    """A clock by which nobody ever falls silent."""
    return 0.0


def hastening() -> float:
    """A clock by which who is silent is so after a tenth of the time."""
    return 10 * time.monotonic()


class Reacting:
    name = "guidance"

    def __init__(self, care: Care, lanes: tuple[Lane, ...]) -> None:
        self._care = care
        self.lanes = lanes

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        await self._care(contact, inbox)


class Keeping(Reacting):
    """Keeps something of contacts elsewhere than in the log."""

    def __init__(self, care: Care, lanes: tuple[Lane, ...], forget: Forget) -> None:
        super().__init__(care, lanes)
        self._forget = forget

    async def forget(self, contact: ContactRef) -> None:
        await self._forget(contact)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PROMPT_S):
        while not condition():  # noqa: ASYNC110 (it is the coroutines under test that move)
            await asyncio.sleep(0)


def range_of(of: ContactRef, ranges: Sequence[PartitionRange] = RANGES) -> PartitionRange:
    """Return the range a contact belongs to."""
    return next(one for one in ranges if partition_of(of.contact_id) in one)


def one_of_each_range(ranges: Sequence[PartitionRange] = RANGES) -> list[ContactRef]:
    """Return a contact of every range, in the ranges' order."""
    names = (f"r-{number}" for number in range(10_000))
    contacts = {range_of(contact(name), ranges): contact(name) for name in names}
    return [contacts[one] for one in ranges]


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
