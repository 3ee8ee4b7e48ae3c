"""Contacts side by side: a coroutine each, and one contact's failure never touches another's."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

import structlog
from msgspec import Struct
from prometheus_client import Counter

from ..errors import Fault, HistoryUnreadable, KeyDestroyed, StreamMoved
from ..events.base import ContactId, ContactRef, Lane, Position, Recorded, TenantName
from ..events.journal import Journal
from .inbox import INBOX_MAX, ContactInbox, Inbox

WAKING_MAX = 32  # histories read at once; more only queue in the log
WAKING_QUEUE_MAX = 512  # contacts waiting for that, before following the log pauses

log = structlog.get_logger()

_PARKED = Counter(
    "antiphon_contacts_parked_total",
    "Contacts a service set aside because it could not go on with them.",
    ["service", "tenant"],
)
_RESTARTED = Counter(
    "antiphon_contact_restarts_total",
    "Times a service started again on a contact, after a fault.",
    ["service", "tenant"],
)


class Service(Protocol):
    """What reacts: its name, the lanes it listens to, and what it does for one contact."""

    @property
    def name(self) -> str: ...

    @property
    def lanes(self) -> tuple[Lane, ...]: ...

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """React to a contact until there is no more interest in it; a later fact calls again.

        A fact that was taken from the inbox counts as seen; one that was left calls again.
        What the service wrote itself (actor `service:<name>`) does not.

        Raises:
            Fault: called again soon, with fresh history.
        """
        ...


class Patience(Struct, frozen=True, kw_only=True):
    """How long a failing contact is tried again before it is parked."""

    attempts_max: int = 10
    first_s: float = 0.2  # doubles with each attempt: all ten take eighty seconds
    longest_s: float = 30.0
    healthy_s: float = 60.0  # who lasted this long starts with a fresh budget

    def pause_s(self, attempt: int) -> float:
        """Return how long to wait after the nth failure in a row, from 1."""
        return min(self.longest_s, self.first_s * 2 ** (attempt - 1))


PATIENCE = Patience()


class _Open:
    """A contact from waking up until its coroutine returned."""

    def __init__(self, contact: ContactRef, newest: Position) -> None:
        self.contact = contact
        self.newest = newest  # fact it was told of
        self.inbox: ContactInbox | None = None  # None while nobody cares for the contact
        self.parked = False
        self.unreadable = False  # only another version can go on


class Lanes:
    """Wakes contacts, hands them their facts, starts them again after faults.

    Contacts that cannot be helped are parked: alarmed, counted, kept among the `unfinished`,
    so that a restart, or a later fact unless theirs is unreadable, tries again.
    """

    def __init__(
        self,
        service: Service,
        *,
        tenant: TenantName,
        journal: Journal,
        tasks: asyncio.TaskGroup,
        confirm_lease: Callable[[], Awaitable[None]],
        patience: Patience = PATIENCE,
        inbox_max: int = INBOX_MAX,
    ) -> None:
        self._service = service
        self._actor = f"service:{service.name}"
        self._tenant = tenant
        self._journal = journal
        self._tasks = tasks
        self._confirm_lease = confirm_lease
        self._patience = patience
        self._inbox_max = inbox_max
        self._open: dict[ContactId, _Open] = {}
        self._waking = asyncio.Semaphore(WAKING_MAX)
        self._waking_count = 0
        self._woken = asyncio.Event()
        self._log = log.bind(service=service.name, tenant=tenant)

    @property
    def unfinished(self) -> dict[ContactId, Position]:
        """The contacts whose coroutine has not returned, and the newest fact each was told of."""
        return {contact_id: one.newest for contact_id, one in self._open.items()}

    @property
    def waiting_since(self) -> float | None:
        """When the oldest fact arrived that no coroutine took yet (monotonic).

        Leaves out contacts that are failing: those raise their own alarm.
        """
        waiting = [one.inbox.waiting_since for one in self._open.values() if one.inbox]
        return min((since for since in waiting if since is not None), default=None)

    def tell(self, recorded: Recorded) -> None:
        """Hand a fact to its contact; wake the contact if need be."""
        one = self._open.get(recorded.contact.contact_id)
        # What the service itself wrote is no news to it.
        wakes = recorded.actor != self._actor
        if one is None:
            if wakes:
                self.wake(recorded.contact, recorded.position)
            return
        one.newest = recorded.position
        if one.inbox is not None:
            one.inbox.put(recorded)
        elif one.parked and wakes and not one.unreadable:
            self._start(one)

    def wake(self, contact: ContactRef, newest: Position) -> None:
        """Start a contact's coroutine on its history, which reaches at least `newest`."""
        self._open[contact.contact_id] = one = _Open(contact, newest)
        self._start(one)

    async def room(self) -> None:
        """Return once few enough contacts are waiting to read their history."""
        while self._waking_count >= WAKING_QUEUE_MAX:
            self._woken.clear()
            await self._woken.wait()

    def _start(self, one: _Open) -> None:
        one.parked = False
        self._tasks.create_task(self._tend(one))

    async def _tend(self, one: _Open) -> None:
        attempt, clock = 0, asyncio.get_running_loop().time
        while True:
            began = clock()
            try:
                inbox = await self._open_inbox(one)
                await self._service.care(one.contact, inbox)
            except asyncio.CancelledError as error:
                if _is_asked_to_stop():
                    raise
                self._park(one, error)  # a bug let its own cancellation escape
                return
            except Exception as error:  # noqa: BLE001 (the edge: a contact fails alone)
                attempt = 1 if clock() - began > self._patience.healthy_s else attempt + 1
                if not await self._may_try_again(one, error, attempt):
                    return
            else:
                if not inbox.untaken(but_by=self._actor):
                    del self._open[one.contact.contact_id]
                    return
                attempt = 0

    async def _open_inbox(self, one: _Open) -> ContactInbox:
        # There before the history is read: what is appended meanwhile waits in it.
        one.inbox = inbox = ContactInbox(
            one.contact, self._journal, self._service.lanes, facts_max=self._inbox_max
        )
        self._waking_count += 1
        try:
            async with self._waking:
                await inbox.open(reach=one.newest)
        finally:
            self._waking_count -= 1
            self._woken.set()
        return inbox

    async def _may_try_again(self, one: _Open, error: Exception, attempt: int) -> bool:
        one.inbox = None
        causes = list(leaves(error))
        if all(isinstance(cause, KeyDestroyed) for cause in causes):
            self._log.info("contact_erased", contact_id=one.contact.contact_id)
            del self._open[one.contact.contact_id]
            return False

        one.unreadable = any(isinstance(cause, HistoryUnreadable) for cause in causes)
        is_fault = all(isinstance(cause, Fault) for cause in causes)
        if one.unreadable or not is_fault or attempt >= self._patience.attempts_max:
            self._park(one, causes[0])
            return False

        pause_s = self._patience.pause_s(attempt)
        _RESTARTED.labels(self._service.name, self._tenant).inc()
        self._log.warning(
            "contact_restarts",
            contact_id=one.contact.contact_id,
            problem=_name_of(causes[0]),
            attempt=attempt,
            pause_s=pause_s,
        )
        if any(isinstance(cause, StreamMoved) for cause in causes):
            # Somebody else writes: who has lost the lease must not start again.
            await self._confirm_lease()
        await asyncio.sleep(pause_s)
        return True

    def _park(self, one: _Open, error: BaseException) -> None:
        one.inbox, one.parked = None, True
        _PARKED.labels(self._service.name, self._tenant).inc()
        frames = traceback.extract_tb(error.__traceback__)
        # The message of a bug may hold anything, spoken words too: name its place only.
        self._log.error(
            "contact_parked",
            contact_id=one.contact.contact_id,
            position=one.newest,
            problem=_name_of(error),
            where=[f"{frame.filename}:{frame.lineno}" for frame in frames[-3:]],
        )


def leaves(error: BaseException) -> Iterator[BaseException]:
    """Yield the errors that task groups wrapped."""
    if not isinstance(error, BaseExceptionGroup):
        yield error
        return
    wrapped: tuple[BaseException, ...] = error.exceptions  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    for one in wrapped:
        yield from leaves(one)


def _name_of(error: BaseException) -> str:
    return getattr(error, "code", type(error).__name__)


def _is_asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
