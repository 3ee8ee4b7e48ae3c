"""The contacts of one stream: each is handed its records in order, and waits on its own.

What is held here and not told stands behind the stream's checkpoint, so that nothing depends on
this process going on.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from ....errors import Fault, HistoryUnreadable, KeyDestroyed, StreamMoved
from ....events.base import ContactId, ContactRef, TenantName
from ....events.journal import Journal
from ....events.live import Live
from ....events.privacy.protection import ProtectionOf
from .figures import DROPPED, SEGMENTS, WAITING
from .limits import Limits
from .queue import Pending, Queue
from .scribe import Scribe

log = structlog.get_logger()


class Contacts:
    """Tells what is put, contact beside contact."""

    def __init__(
        self,
        tenant: TenantName,
        *,
        stream: str,
        journal: Journal,
        live: Live,
        protection: ProtectionOf,
        now: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        self._tenant = tenant
        self._stream = stream
        self._journal = journal
        self._live = live
        self._protection = protection
        self._now = now
        self._limits = limits
        self._queues: dict[ContactId, Queue] = {}  # the one that was put to last is the last
        self._at_once = asyncio.Semaphore(limits.contacts_at_once)
        self._telling: dict[ContactId, asyncio.Task[None]] = {}
        self._told = asyncio.Event()

    async def put(self, records: Sequence[Pending], *, tasks: asyncio.TaskGroup) -> None:
        """Begin to tell records, in `tasks`; wait while too many are not told.

        Raises nothing of one contact, then or later: what cannot be told is counted and left out.
        """
        touched: dict[ContactId, Queue] = {}
        for pending in records:
            contact_id = pending.read.contact_id
            queue = self._queues.pop(contact_id, None) or Queue(self._limits)
            self._queues[contact_id] = touched[contact_id] = queue
            queue.pending.append(pending)
        for contact_id, queue in touched.items():
            self._stir(contact_id, queue, tasks)
        while self._untold_count > self._limits.untold_max:
            self._told.clear()
            await self._told.wait()
        self._keep_bounds()

    def leave(self) -> None:
        """Show that nothing waits here any more: another has the stream."""
        WAITING.labels(self._tenant, self._stream).set(0)

    def look(self, *, seen_until_s: float, tasks: asyncio.TaskGroup) -> None:
        """Look at those who wait, the stream having been read up to `seen_until_s`.

        That is a moment of this process's monotonic clock: all that had come to the stream by
        then was put.
        """
        self._drop_unknown(seen_until_s)
        for contact_id, queue in self._queues.items():
            queue.quiet_since_s = seen_until_s - self._limits.quiet_s
            if queue.pending:
                self._stir(contact_id, queue, tasks)
        self._keep_bounds()

    @property
    def _untold_count(self) -> int:
        """How many records wait for nothing but their turn."""
        return sum(len(self._queues[contact_id].untold) for contact_id in self._telling)

    def _stir(self, contact_id: ContactId, queue: Queue, tasks: asyncio.TaskGroup) -> None:
        queue.is_stirred = True
        if contact_id not in self._telling:
            self._telling[contact_id] = tasks.create_task(self._tell(contact_id, queue))

    async def _tell(self, contact_id: ContactId, queue: Queue) -> None:
        """Tell one contact's records until there are no more, whatever becomes of others."""
        moved = 0
        try:
            while queue.is_stirred:
                async with self._at_once:
                    queue.is_stirred = False
                    fault = await self._try_once(contact_id, queue)
                if fault is not None:
                    queue.is_stirred = True
                    moved += isinstance(fault, StreamMoved)
                    if moved >= self._limits.attempts_max:
                        self._drop(queue, "gave_up", contact_id=contact_id)
                    await asyncio.sleep(self._limits.pause_s(max(1, moved)))
        finally:
            del self._telling[contact_id]
            self._told.set()

    async def _try_once(self, contact_id: ContactId, queue: Queue) -> Fault | None:
        """Tell what is there; return what kept from it, if trying again may help."""
        try:
            await self._try(contact_id, queue)
        except KeyDestroyed:
            self._drop(queue, "erased", contact_id=contact_id)
        except HistoryUnreadable as error:
            log.error("contact_unreadable", contact_id=contact_id, problem=error.problem)  # noqa: TRY400 (nobody needs its stack)
            self._drop(queue, "history_unreadable", contact_id=contact_id)
        except Fault as fault:
            # From its facts: what was told before the fault is recognised by them.
            queue.forget()
            log.warning("text_interrupted", contact_id=contact_id, problem=fault.code)
            return fault
        return None

    async def _try(self, contact_id: ContactId, queue: Queue) -> None:
        scribe = queue.scribe or await self._open(contact_id, queue)
        if scribe is None:
            return
        for pending in queue.untold:
            outcomes = await scribe.take(pending.read, arrived_at=pending.arrived_at)
            pending.is_told = True
            for outcome in outcomes:
                SEGMENTS.labels(self._tenant, outcome).inc()
            if "late" in outcomes:
                log.warning("text_too_late", tenant=self._tenant, contact_id=contact_id)
        if queue.is_quiet:
            await scribe.settle()
        queue.let_go(but=scribe.holds)

    async def _open(self, contact_id: ContactId, queue: Queue) -> Scribe | None:
        """Return the contact's scribe; None while the contact is not known."""
        if not queue.may_look(asyncio.get_running_loop().time()):
            return None
        contact = ContactRef(self._tenant, contact_id)
        scribe = Scribe(
            contact,
            journal=self._journal,
            live=self._live,
            protection=await self._protection(self._tenant),
            now=self._now,
        )
        if await scribe.open():
            queue.scribe = scribe
            return scribe
        return None

    def _drop_unknown(self, seen_until_s: float) -> None:
        for contact_id, queue in self._unknown():
            old = queue.before(seen_until_s - self._limits.unknown_s)
            self._drop(queue, "contact_unknown", contact_id=contact_id, records=old)

    def _unknown(self) -> list[tuple[ContactId, Queue]]:
        """Return those who wait for their start, in the order of their newest records."""
        return [
            (contact_id, queue)
            for contact_id, queue in self._queues.items()
            if queue.scribe is None and contact_id not in self._telling
        ]

    def _drop(
        self,
        queue: Queue,
        reason: str,
        *,
        contact_id: ContactId,
        records: Sequence[Pending] | None = None,
    ) -> None:
        dropped = list(queue.pending if records is None else records)
        if not dropped:
            return
        queue.drop(dropped)
        DROPPED.labels(self._tenant, reason).inc(len(dropped))
        log.warning("text_dropped", contact_id=contact_id, reason=reason, records=len(dropped))

    def _keep_bounds(self) -> None:
        unknown = self._unknown()
        waiting = sum(len(queue.pending) for _, queue in unknown)
        for contact_id, queue in unknown:
            if waiting > self._limits.waiting_max:
                waiting -= len(queue.pending)
                self._drop(queue, "too_many_wait", contact_id=contact_id)
        idle = [
            one
            for one, queue in self._queues.items()
            if not queue.pending and one not in self._telling
        ]
        beyond = max(0, len(self._queues) - self._limits.contacts_max)
        finished = [one for one in idle if self._queues[one].is_finished]
        for contact_id in {*idle[:beyond], *finished}:
            del self._queues[contact_id]
        waiting = sum(len(queue.pending) for queue in self._queues.values())
        WAITING.labels(self._tenant, self._stream).set(waiting)
