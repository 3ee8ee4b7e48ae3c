"""Contacts side by side: a coroutine each, and one contact's failure never touches another's."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, runtime_checkable

import structlog
from prometheus_client import Counter

from ..errors import Fault, StreamMoved
from ..events.base import ContactId, ContactRef, Lane, Position, Recorded, TenantName
from ..events.contact import ContactErased
from ..events.journal import Journal
from .attempts import (
    PATIENCE,
    Attempts,
    Patience,
    code_of,
    is_erased,
    is_unreadable,
    leaves,
    problem_of,
)
from .inbox import INBOX_MAX, ContactInbox, Inbox
from .letters import Letter, Letters, Problem

# Of one range; a process may hold all four of a service and tenant.
WAKING_MAX = 8  # histories read at once; more only queue in the log
WAKING_QUEUE_MAX = 128  # contacts waiting for that, before following the log pauses

LETTER_AGAIN_S = 1.0  # while the log does not take a letter

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


@runtime_checkable
class Keeper(Protocol):
    """A service that keeps something of contacts elsewhere than in the log."""

    async def forget(self, contact: ContactRef) -> None:
        """Delete what is kept of a contact that was erased; it may be so already.

        Raises:
            Fault: called again soon.
        """
        ...


class _Open:
    """A contact from waking up until its coroutine returned."""

    def __init__(self, contact: ContactRef, newest: Position) -> None:
        self.contact = contact
        self.newest = newest  # fact it was told of
        self.inbox: ContactInbox | None = None  # None while nobody cares for the contact
        self.parked = False
        self.unreadable = False  # only another version can go on
        self.has_letter = False  # or may have: its writing was begun
        self.mail = asyncio.Lock()  # one letter is written or withdrawn at a time


class Lanes:
    """Wakes contacts, hands them their facts, starts them again after faults.

    Contacts that cannot be helped are parked: alarmed, counted, written a letter about, and
    kept among the `unfinished`, so that a redrive, a restart, or a later fact unless theirs is
    unreadable, tries again. The letter goes when one of these helped.
    """

    def __init__(
        self,
        service: Service,
        *,
        tenant: TenantName,
        journal: Journal,
        letters: Letters,
        tasks: asyncio.TaskGroup,
        confirm_lease: Callable[[], Awaitable[None]],
        patience: Patience = PATIENCE,
        inbox_max: int = INBOX_MAX,
    ) -> None:
        self._service = service
        self._actor = f"service:{service.name}"
        self._tenant = tenant
        self._journal = journal
        self._letters = letters
        self._tasks = tasks
        self._confirm_lease = confirm_lease
        self._patience = patience
        self._inbox_max = inbox_max
        self._open: dict[ContactId, _Open] = {}
        self._redriven: dict[
            ContactId, datetime | None
        ] = {}  # last heeded; as many as were asked for
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
        elif one.parked and wakes and (not one.unreadable or _is_erasure(recorded)):
            self._start(one)

    def wake(self, contact: ContactRef, newest: Position) -> None:
        """Start a contact's coroutine on its history, which reaches at least `newest`."""
        self._open[contact.contact_id] = one = _Open(contact, newest)
        self._start(one)

    def redrive(self, letter: Letter) -> None:
        """Try the letter's contact again, once for each time somebody asked."""
        contact_id = letter.contact.contact_id
        if self._redriven.get(contact_id) == letter.redrive_asked_at:
            return
        self._redriven[contact_id] = letter.redrive_asked_at
        self._log.info("contact_redriven", contact_id=contact_id, times=letter.times)
        one = self._open.get(contact_id)
        if one is None:
            self.wake(letter.contact, letter.problem.position)
        elif one.parked:
            self._start(one)

    async def room(self) -> None:
        """Return once few enough contacts are waiting to read their history."""
        while self._waking_count >= WAKING_QUEUE_MAX:
            self._woken.clear()
            await self._woken.wait()

    def _start(self, one: _Open) -> None:
        one.parked = one.unreadable = False
        one.has_letter |= self._letters.find(self._service.name, one.contact) is not None
        self._tasks.create_task(self._tend(one))

    async def _tend(self, one: _Open) -> None:
        attempts = Attempts(self._patience)
        while True:
            attempts.begin()
            try:
                inbox = await self._attempt(one)
            except asyncio.CancelledError as error:
                if _is_asked_to_stop():
                    raise
                await self._park(one, error, attempts)  # a bug let its own cancellation escape
                return
            except Exception as error:  # noqa: BLE001 (the edge: a contact fails alone)
                if not await self._may_try_again(one, error, attempts):
                    return
            else:
                if one.has_letter and not inbox.untaken(but_by=self._actor):
                    await self._withdraw(one)
                if not inbox.untaken(but_by=self._actor):
                    self._let_go(one)
                    return
                attempts.reset()

    async def _attempt(self, one: _Open) -> ContactInbox:
        """Let the service care for a contact, or forget it if it was erased."""
        try:
            return await self._cared_for(one)
        except Exception as error:
            if is_erased(error) and isinstance(self._service, Keeper):
                await self._service.forget(one.contact)
            raise

    async def _cared_for(self, one: _Open) -> ContactInbox:
        """Let the service care for a contact until it has done with it, or fails."""
        proven = None
        if one.has_letter:
            # A call may go on for hours: who does well for a while was helped.
            proven = asyncio.get_running_loop().call_later(
                self._patience.healthy_s,
                lambda: self._tasks.create_task(self._withdraw(one)),
            )
        try:
            inbox = await self._open_inbox(one)
            await self._service.care(one.contact, inbox)
        finally:
            if proven is not None:
                proven.cancel()
        return inbox

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

    async def _may_try_again(self, one: _Open, error: Exception, attempts: Attempts) -> bool:
        one.inbox = None
        verdict = attempts.failed(error)
        if verdict == "erased":
            self._log.info("contact_erased", contact_id=one.contact.contact_id)
            await self._withdraw(one)
            self._let_go(one)
            return False
        if verdict == "give_up":
            await self._park(one, error, attempts)
            return False

        _RESTARTED.labels(self._service.name, self._tenant).inc()
        causes = list(leaves(error))
        self._log.warning(
            "contact_restarts",
            contact_id=one.contact.contact_id,
            problem=code_of(causes[0]),
            attempt=attempts.counted,
            pause_s=attempts.pause_s,
        )
        if any(isinstance(cause, StreamMoved) for cause in causes):
            # Somebody else writes: who has lost the lease must not start again.
            await self._confirm_lease()
        await asyncio.sleep(attempts.pause_s)
        return True

    async def _park(self, one: _Open, error: BaseException, attempts: Attempts) -> None:
        one.inbox, one.parked, one.unreadable = None, True, is_unreadable(error)
        _PARKED.labels(self._service.name, self._tenant).inc()
        problem = problem_of(error, newest=one.newest, attempts=max(1, attempts.counted))
        self._log.error(
            "contact_parked",
            contact_id=one.contact.contact_id,
            position=problem.position,
            problem=problem.code,
            attempts=problem.attempts,
            where=problem.where,
            way_out="remove the cause, then `antiphon letters redrive`",
        )
        await self._write_letter(one, problem)

    def _let_go(self, one: _Open) -> None:
        self._open.pop(one.contact.contact_id, None)

    async def _write_letter(self, one: _Open, problem: Problem) -> None:
        one.has_letter = True
        async with one.mail:
            await _until_taken(
                lambda: self._letters.write(self._service.name, one.contact, problem)
            )

    async def _withdraw(self, one: _Open) -> None:
        if not one.has_letter:
            return
        one.has_letter = False
        async with one.mail:
            await _until_taken(lambda: self._letters.withdraw(self._service.name, one.contact))
        self._log.info("contact_recovered", contact_id=one.contact.contact_id)


async def _until_taken(put: Callable[[], Awaitable[None]]) -> None:
    """Repeat until the log answers: whoever takes the range over does it again if we cannot."""
    while True:
        try:
            return await put()
        except Fault as fault:
            log.warning("letter_not_taken", problem=fault.code)
            await asyncio.sleep(LETTER_AGAIN_S)


def _is_erasure(recorded: Recorded) -> bool:
    return isinstance(recorded.event, ContactErased)


def _is_asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
