"""What one contact's guidance appends to its lane, each fact after the one before."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from ...events.base import START, Causation, ContactRef, Draft, Position, Recorded
from ...events.journal import Journal
from .case import SERVICE, Output

log = structlog.get_logger()


class GuidanceLane:
    """The end of the lane as far as it is known here; appends nowhere else."""

    def __init__(
        self, contact: ContactRef, journal: Journal, *, now: Callable[[], datetime]
    ) -> None:
        self._contact = contact
        self._journal = journal
        self._now = now
        self._correlation: str = contact.contact_id
        self._end: Position = START

    def learn(self, recorded: Recorded, *, past: bool) -> None:
        """Take in a fact of the contact; of the `past`, where the lane ends."""
        self._correlation = recorded.correlation
        if past and recorded.lane == "guidance":
            self._end = recorded.position

    async def append(self, outputs: Sequence[tuple[Output, Causation | None]]) -> None:
        """Append each output, one at a time, with its cause.

        Raises:
            StreamMoved: another process cares for the contact too.
            LogUnavailable: no answer; starting again is safe.
        """
        now = self._now()
        for output, cause in outputs:
            draft = Draft(
                event=output.event,
                id=output.id,
                occurred_at=now,
                actor=f"service:{SERVICE}",
                correlation=self._correlation,
                causation=cause,
            )
            self._end = await self._journal.append(self._contact, [draft], expected=self._end)
        log.info(
            "guidance_appended",
            tenant=self._contact.tenant,
            contact_id=self._contact.contact_id,
            events=[output.event.TYPE for output, _ in outputs],
            position=self._end,
        )
