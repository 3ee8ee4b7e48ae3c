"""The sole right of one process to a range of contacts, and the bookmark that goes with it."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import structlog

from ..errors import Fault, LeaseLost
from ..events.progress import Progress

ACQUIRE_EVERY_S = 1.0  # a successor starts within a lease's expiry and this
RENEW_EVERY_S = 1.0  # also the age of the bookmark after a crash
RENEW_TIMEOUT_S = 1.0
RELEASE_TIMEOUT_S = 2.0  # a stopping process may be killed soon
UNRENEWED_S_MAX = 3.0  # with one renewal more, below a lease's expiry: stop before another starts

log = structlog.get_logger()


class Lease(Protocol):
    """The sole right to something, for a few seconds at a time."""

    @property
    def state(self) -> bytes:
        """What was last saved with the lease, by whomever; empty when nothing was."""
        ...

    async def renew(self, state: bytes) -> None:
        """Keep the lease and save `state` with it, or neither.

        Raises:
            LeaseLost: it expired and somebody else may hold it.
            LogUnavailable: no answer; it may have been renewed.
        """
        ...

    async def release(self, state: bytes) -> None:
        """Save `state` and let another have the lease at once.

        Raises:
            LeaseLost, LogUnavailable: as `renew`; it then expires by itself.
        """
        ...


class Leases(Protocol):
    """Leases by name. Adapters: `infra/jetstream/leases.py`, on any EventLog."""

    async def acquire(self, name: str, *, owner: str) -> Lease | None:
        """Return the lease, or None while another holds it.

        Raises:
            LogUnavailable: no answer.
        """
        ...


async def acquire(leases: Leases, name: str, *, owner: str, progress: Progress) -> Lease:
    """Return the lease once nobody else holds it."""
    while True:
        try:
            lease = await leases.acquire(name, owner=owner)
        except Fault as fault:
            log.warning("lease_unavailable", lease=name, owner=owner, problem=fault.code)
        else:
            progress.beat()  # standing by is healthy
            if lease is not None:
                log.info("lease_acquired", lease=name, owner=owner)
                return lease
        await asyncio.sleep(ACQUIRE_EVERY_S)


class HeldLease:
    """A lease while this process holds it. One renewal at a time."""

    def __init__(
        self, lease: Lease, name: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._lease = lease
        self._asking = asyncio.Lock()
        self._lost = False
        self._clock = clock
        self._renewed = self._clock()

    @property
    def state(self) -> bytes:
        """What the last holder saved."""
        return self._lease.state

    async def renew(self, state: bytes) -> bool:
        """Renew; False when the log did not answer, which is borne for `UNRENEWED_S_MAX`.

        Raises:
            LeaseLost: another may hold it; stop everything at once.
        """
        try:
            async with asyncio.timeout(RENEW_TIMEOUT_S), self._asking:
                await self._lease.renew(state)
        except LeaseLost:
            self._lost = True
            raise
        except (Fault, TimeoutError) as error:
            problem = getattr(error, "code", "timeout")
            log.warning("lease_not_renewed", lease=self.name, problem=problem)
            if self._clock() - self._renewed > UNRENEWED_S_MAX:
                raise LeaseLost(self.name) from error
            return False
        self._renewed = self._clock()
        return True

    async def release(self, state: bytes) -> None:
        """Let another have it at once, if it is still ours."""
        if self._lost:
            return
        try:
            async with asyncio.timeout(RELEASE_TIMEOUT_S), self._asking:
                await self._lease.release(state)
        except (Fault, TimeoutError) as error:
            # It expires by itself; a bookmark a second old repeats nothing.
            problem = getattr(error, "code", "timeout")
            log.warning("lease_not_released", lease=self.name, problem=problem)
