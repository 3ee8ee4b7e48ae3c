"""Whether the leases of this process are still its own, after it was not heard for a while.

Another may have taken them, or nobody. What tells is each lease's own key: written anew on the
condition that it is as we wrote it last, it is ours, and whoever decided before to take it is
refused. That comes after the first sign of life that is answered, from when on nobody decides
so any more. Until then work goes on, which its conditional appends keep harmless, but not for
long: without an answer everything is let go of.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog

from ...errors import LeaseLost, LogUnavailable
from .attendance import Attendance
from .doubt import Doubt
from .lease import Lease

# Awake and without an answer, after `UNHEARD_S_MAX`; with it and a look below `LEASE_TTL_S`:
# who is cut off and runs stops before another starts.
UNANSWERED_S_MAX = 1.5
# Awake and heard again, until the log says whose a lease is: nobody new takes it meanwhile.
UNRENEWED_S_MAX = 5.0
RENEWALS_MAX = 64  # at once: a process holds hundreds, and the log has other work

log = structlog.get_logger()


class Proof:
    """Of the leases that a process holds, by name."""

    def __init__(
        self, held: Mapping[str, Lease], attendance: Attendance, *, clock: Callable[[], float]
    ) -> None:
        self._held = held
        self._attendance = attendance
        self._unanswered = Doubt(patience_s=UNANSWERED_S_MAX, clock=clock)
        self._unrenewed = Doubt(patience_s=UNRENEWED_S_MAX, clock=clock)
        self._at_once = asyncio.Semaphore(RENEWALS_MAX)

    def look(self) -> None:
        """Let go of what could not be proven for too long. To be called several times a second."""
        if self._unanswered.is_too_long(in_doubt=not self._attendance.heard_of_late):
            # Others may soon take what we hold: stop first.
            _lose(list(self._held.values()))
        if self._unrenewed.is_too_long(in_doubt=bool(self._doubtful)):
            _lose(self._doubtful)

    async def renew(self) -> None:
        """Prove what is doubtful, if this process is heard: before that it proves nothing."""
        doubtful = self._doubtful
        if not doubtful or not self._attendance.heard_of_late:
            return
        silences = self._attendance.silences
        kept = sum(await asyncio.gather(*(self._is_renewed(one, silences) for one in doubtful)))
        log.info("leases_renewed", kept=kept, not_kept=len(doubtful) - kept)

    @property
    def _doubtful(self) -> list[Lease]:
        """What another may have taken while this process was not heard."""
        silences = self._attendance.silences
        return [lease for lease in self._held.values() if lease.proven_in != silences]

    async def _is_renewed(self, lease: Lease, silences: int) -> bool:
        try:
            async with self._at_once:
                await lease.renew()
        except LeaseLost:
            return False  # its holder is told
        except LogUnavailable as fault:
            log.warning("lease_not_renewed", lease=lease.name, problem=fault.code)
            return False  # asked again soon
        lease.proven_in = silences
        return True


def _lose(leases: Collection[Lease]) -> None:
    for lease in leases:
        lease.lose()
