"""Tells webhooks what happened to contacts: at least once, in order for each contact.

Runs in the reactor as every service. How far an endpoint was told of a contact is noted in a
bucket, not in the log: a delivery that succeeded is nobody's history. A contact that waits for
another attempt stays among the unfinished, so that a restart goes on with it. One that waits for
its redaction to be verified does not: the fact that says so wakes it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...commands.webhook import Webhooks
from ...events.base import ContactRef, Lane, Recorded
from ...events.journal import Journal
from ...events.register import Register
from ...events.webhook import WebhookTopic
from ..inbox import Inbox
from .clearance import Clearances
from .couriers import ContactNotes, Courier, Pace, wants
from .messages import SERVICE, topic_of
from .port import Notes, Sender
from .standing import Standing

# A contact that nothing happens to is let go; a later fact wakes it.
IDLE_S_MAX = 60.0

# Told beside all else: what calls for people does not wait behind what waits for them.
ALARMS: frozenset[WebhookTopic] = frozenset({"redaction.failed"})


class Telling:
    """The service."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "summary", "redaction", "retention")

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        register: Register,
        journal: Journal,
        notes: Notes,
        sender: Sender,
        pace: Pace,
        unverified_allowed: bool = False,
        idle_s: float = IDLE_S_MAX,
        **limits: Any,
    ) -> None:
        """`unverified_allowed`: where nobody verifies, words are told without."""
        self._journal = journal
        self._unverified_allowed = unverified_allowed
        self._notes = notes
        self._sender = sender
        self._pace = pace
        self._idle_s = idle_s
        self._standing = Standing(
            webhooks=webhooks, register=register, notes=notes, now=pace.now, **limits
        )

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Tell what is to be told of a contact, until nothing happens to it for a while.

        Raises:
            KeyDestroyed: the person was erased; what waited is not told.
            HistoryUnreadable: this version cannot say what may be told.
            StreamMoved: another process tells of it too.
            LogUnavailable: no answer; starting again is safe.
        """
        marks = ContactNotes(contact, self._notes, await self._notes.marks(contact))
        clearances = Clearances(contact, self._journal, unverified_allowed=self._unverified_allowed)
        round_ = _Round(contact, marks, clearances, self._standing, self._sender, self._pace)
        async with asyncio.TaskGroup() as tasks:
            round_.tasks = tasks
            for recorded in inbox.history:
                await round_.take(recorded)
            round_.go()
            await self._go_on(round_, inbox)

    async def _go_on(self, round_: "_Round", inbox: Inbox) -> None:
        coming = asyncio.ensure_future(anext(inbox))
        try:
            while True:
                timeout = None if round_.running else self._idle_s
                # While something is being told news is heard, too: of an erasure above all.
                done, _ = await asyncio.wait(
                    {coming, *round_.running},
                    timeout=timeout,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not done:
                    return
                round_.settle()
                if coming in done:
                    recorded = coming.result()
                    coming = asyncio.ensure_future(anext(inbox))
                    await round_.take(recorded)
                    round_.go()
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


class _Round:
    """One contact's couriers, one for each queue of an endpoint that has something to be told."""

    tasks: asyncio.TaskGroup

    def __init__(  # noqa: PLR0917 (made in one place)
        self,
        contact: ContactRef,
        marks: ContactNotes,
        clearances: Clearances,
        standing: Standing,
        sender: Sender,
        pace: Pace,
    ) -> None:
        self.running: set[asyncio.Task[None]] = set()
        self._contact = contact
        self._marks = marks
        self._clearances = clearances
        self._standing = standing
        self._sender = sender
        self._pace = pace
        self._couriers: dict[str, Courier] = {}  # by mark
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def take(self, recorded: Recorded) -> None:
        """Hand a fact to every endpoint that wants to be told."""
        self._clearances.heard(recorded)
        if (topic := topic_of(recorded.event)) is None:
            return
        for webhook_id, webhook in (await self._standing.of(self._contact.tenant)).items():
            if wants(webhook, recorded):
                mark = f"{webhook_id}/alarms" if topic in ALARMS else webhook_id
                if mark not in self._couriers:
                    self._couriers[mark] = self._courier(webhook_id, mark)
                self._couriers[mark].put(recorded)

    def go(self) -> None:
        """Send out who has something to tell; any fact may have let it out."""
        for mark, courier in self._couriers.items():
            courier.stir()
            task = self._tasks.get(mark)
            if not courier.is_idle and (task is None or task.done()):
                self._tasks[mark] = task = self.tasks.create_task(courier.run())
                self.running.add(task)

    def settle(self) -> None:
        """Forget the couriers that have come back."""
        self.running = {task for task in self.running if not task.done()}

    def _courier(self, webhook_id: str, mark: str) -> Courier:
        return Courier(
            webhook_id,
            self._contact,
            mark=mark,
            clearances=self._clearances,
            standing=self._standing,
            notes=self._marks,
            sender=self._sender,
            pace=self._pace,
        )


def pace_of(now: Callable[[], datetime], chance: Callable[[], float]) -> Pace:
    """Return the pace of production."""
    return Pace(now=now, pause=asyncio.sleep, chance=chance)
