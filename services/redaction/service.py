"""Redaction: once a call is over, what is personal is taken out, checked, and only then let out.

One coroutine per contact, which has a round carried through as soon as there is one to begin,
and stops it where the person is erased.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from ...events.base import ContactRef, Lane
from ...events.journal import Journal
from ...events.quarantine import Standing, stand
from ...events.redaction import RedactedErased, RedactionApplied
from ..forgetting import say_erased
from ..inbox import Inbox
from .activities import LANES, Activities
from .redactor import Redactor
from .rounds import SERVICE
from .workflow import Workflows

# A contact that nothing happens to is let go; a later fact wakes it.
IDLE_S_MAX = 3_600.0


class Redaction:
    """The service. What it knows of a contact stands in the log."""

    name = SERVICE
    lanes: tuple[Lane, ...] = LANES

    def __init__(
        self,
        *,
        journal: Journal,
        activities: Activities,
        workflows: Workflows,
        redactor: Redactor,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._activities = activities
        self._workflows = workflows
        self._redactor = redactor
        self._now = now

    async def care(self, contact: ContactRef, inbox: Inbox) -> None:
        """Have rounds carried through until nothing is to be done before another fact.

        Raises:
            StreamMoved: another process redacts this contact.
            LogUnavailable, ArchiveUnavailable: no answer; starting again is safe.
            KeyDestroyed: the person behind the contact was erased.
            ModelUnusable: nothing here can verify, so nothing is begun.
        """
        standing = Standing()
        for recorded in inbox.history:
            standing = stand(standing, recorded)
        while not standing.is_over:
            try:
                async with asyncio.timeout(IDLE_S_MAX):
                    standing = stand(standing, await anext(inbox))
            except TimeoutError:
                return
        while (round_ := await self._activities.due(contact)) is not None:
            await self._carry(contact, round_, inbox)

    async def forget(self, contact: ContactRef) -> None:
        """Delete what there is of a contact's redacted recording, and say so once.

        Raises:
            ArchiveUnavailable: the store does not answer.
            StreamMoved: another process did the same meanwhile.
            LogUnavailable: the log does not answer.
        """
        objects = await self._redactor.forget(contact)
        await say_erased(
            RedactedErased(objects=objects),
            contact=contact,
            lane="redaction",
            journal=self._journal,
            now=self._now,
            tells=RedactionApplied,
            objects=objects,
            was_kept=objects > 0,
        )

    async def _carry(self, contact: ContactRef, round_: int, inbox: Inbox) -> None:
        """Have it carried through, unless the person is erased meanwhile."""
        carrying = asyncio.ensure_future(self._workflows.carry(contact, round_))
        watching = asyncio.ensure_future(_until_erased(inbox))
        try:
            await asyncio.wait({carrying, watching}, return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                watching.result()
            carrying.result()
        finally:
            for task in (carrying, watching):
                task.cancel()
            # What either of them raises beside what is being raised already, it raises again.
            await asyncio.gather(carrying, watching, return_exceptions=True)


async def _until_erased(inbox: Inbox) -> None:
    """Take facts for ever: one that tells of an erasure raises."""
    async for _ in inbox:
        pass
