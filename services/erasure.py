"""Service `erasure`: what was approved and broken off is finished, by whoever runs.

Not one of the reactor's services: it follows the register, not contacts, and two at work on
one erasure do no harm.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Never

import structlog

from ..commands.eraser import Eraser
from ..commands.erasure import Erasure, evolve
from ..errors import Fault, Refused
from ..events.base import TenantName
from ..events.erasure import KIND
from ..events.faultpoints import FaultPoint, reach
from ..events.progress import Progress
from ..events.register import Register, Registered

# Whoever was told of the approval does it at once; after that long, somebody else may.
GRACE = timedelta(seconds=10)

PAUSE_S = 1.0  # after a fault

log = structlog.get_logger()


async def run(
    tenant: TenantName,
    *,
    register: Register,
    eraser: Eraser,
    now: Callable[[], datetime],
    progress: Progress,
    grace: timedelta = GRACE,
) -> Never:
    """Finish every erasure that is open for longer than `grace`, for ever, until cancelled."""
    while True:
        watch = _Watch(tenant, eraser=eraser, now=now, grace=grace, progress=progress)
        try:
            batches = register.follow(tenant, kind=KIND)
            async with aclosing(batches):
                async for batch in batches:
                    await watch.take(batch)
        except (Fault, Refused) as error:
            # Refused: the register was made anew, or holds what this version cannot read.
            log.warning("erasure_interrupted", tenant=tenant, code=error.code, why=str(error))
        await asyncio.sleep(PAUSE_S)


class _Watch:
    """The erasures that are not completed, as far as they were read."""

    def __init__(
        self,
        tenant: TenantName,
        *,
        eraser: Eraser,
        now: Callable[[], datetime],
        grace: timedelta,
        progress: Progress,
    ) -> None:
        self._tenant = tenant
        self._eraser = eraser
        self._now = now
        self._grace = grace
        self._progress = progress
        self._open: dict[str, Erasure] = {}

    async def take(self, batch: Sequence[Registered]) -> None:
        """Take in facts, then finish what is due."""
        for fact in batch:
            known = self._open.pop(fact.subject_id, Erasure(erasure_id=fact.subject_id))
            if (erasure := evolve(known, fact)).is_open:
                self._open[fact.subject_id] = erasure
            self._progress.reached(fact.position)
        due = [one for one in self._open.values() if self._is_due(one)]
        self._progress.waiting(time.monotonic() if due else None)
        for erasure in due:
            # What the register held when it was read may be behind: what is asked for now is not.
            known = await self._eraser.erasures.known(self._tenant, erasure.erasure_id)
            if known.is_open:
                log.info("erasure_taken_up", tenant=self._tenant, erasure_id=erasure.erasure_id)
                await reach(FaultPoint.ERASURE_TAKEN_UP)
                await self._eraser.finish(self._tenant, known)
        self._progress.beat()

    def _is_due(self, erasure: Erasure) -> bool:
        since = erasure.approved_at
        return since is not None and self._now() - since >= self._grace
