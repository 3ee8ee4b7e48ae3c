"""Who carries a contact's redaction through, whatever dies meanwhile; and the driver embedded."""

import asyncio
from typing import Protocol

from ...events.base import ContactRef
from .activities import Activities

# Of a process. Recognising takes a core, and calls under way come first.
AT_ONCE = 1


class Workflows(Protocol):
    """Drives the activities. Adapters: `Embedded`, and `infra/temporal/` for Temporal."""

    async def carry(self, contact: ContactRef, round_: int) -> None:
        """Carry a round through: until nothing is to be done before there is another fact.

        Cancelled, it stops at once where it can; what was stated stays, and what was not is done
        again by whoever comes next.

        Raises:
            Fault: calling again is safe, and goes on where it stopped.
            KeyDestroyed: the person was erased.
            ModelUnusable: nothing here can verify.
        """
        ...


class Embedded:
    """Satisfies `Workflows` with nothing but the log: the facts are where it stopped."""

    def __init__(self, activities: Activities, *, at_once: int = AT_ONCE) -> None:
        self._activities = activities
        self._room = asyncio.Semaphore(at_once)

    async def carry(self, contact: ContactRef, round_: int) -> None:  # noqa: ARG002 (the facts say which)
        """See `Workflows.carry`."""
        # The room is given up between two steps: a long call does not keep all others waiting.
        while True:
            async with self._room:
                if await self._activities.advance(contact) == "nothing":
                    return
