"""Tells webhooks what happened to contacts: at least once, in order for each contact.

Runs in the reactor as every service. How far an endpoint was told of a contact is noted in a
bucket, not in the log: a delivery that succeeded is nobody's history. A contact that waits for
another attempt stays among the unfinished, so that a restart goes on with it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ...commands.webhook import Webhooks
from ...events.base import ContactRef, Lane, Recorded
from ...events.register import Register
from ..inbox import Inbox
from .couriers import ContactNotes, Courier, Pace, wants
from .messages import SERVICE, topic_of
from .port import Notes, Sender
from .standing import Standing

# A contact that nothing happens to is let go; a later fact wakes it.
IDLE_S_MAX = 60.0


class Telling:
    """The service."""

    name = SERVICE
    lanes: tuple[Lane, ...] = ("life", "summary")

    def __init__(
        self,
        *,
        webhooks: Webhooks,
        register: Register,
        notes: Notes,
        sender: Sender,
        pace: Pace,
        idle_s: float = IDLE_S_MAX,
        **limits: Any,
    ) -> None:
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
            StreamMoved: another process tells of it too.
            LogUnavailable: no answer; starting again is safe.
        """
        marks = ContactNotes(contact, self._notes, await self._notes.marks(contact))
        round_ = _Round(contact, marks, self._standing, self._sender, self._pace)
        async with asyncio.TaskGroup() as tasks:
            round_.tasks = tasks
            for recorded in inbox.history:
                await round_.take(recorded)
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
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


class _Round:
    """One contact's couriers, one for each endpoint that has something to be told."""

    tasks: asyncio.TaskGroup

    def __init__(
        self,
        contact: ContactRef,
        marks: ContactNotes,
        standing: Standing,
        sender: Sender,
        pace: Pace,
    ) -> None:
        self.running: set[asyncio.Task[None]] = set()
        self._contact = contact
        self._marks = marks
        self._standing = standing
        self._sender = sender
        self._pace = pace
        self._couriers: dict[str, tuple[Courier, asyncio.Task[None] | None]] = {}

    async def take(self, recorded: Recorded) -> None:
        """Hand a fact to every endpoint that wants to be told."""
        if topic_of(recorded.event) is None:
            return
        for webhook_id, webhook in (await self._standing.of(self._contact.tenant)).items():
            if not wants(webhook, recorded):
                continue
            courier, task = self._couriers.get(webhook_id) or (self._courier(webhook_id), None)
            courier.put(recorded)
            if not courier.is_idle and (task is None or task.done()):
                task = self.tasks.create_task(courier.run())
                self.running.add(task)
            self._couriers[webhook_id] = (courier, task)

    def settle(self) -> None:
        """Forget the couriers that have come back."""
        self.running = {task for task in self.running if not task.done()}

    def _courier(self, webhook_id: str) -> Courier:
        return Courier(
            webhook_id,
            self._contact,
            standing=self._standing,
            notes=self._marks,
            sender=self._sender,
            pace=self._pace,
        )


def pace_of(now: Callable[[], datetime], chance: Callable[[], float]) -> Pace:
    """Return the pace of production."""
    return Pace(now=now, pause=asyncio.sleep, chance=chance)
