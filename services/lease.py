"""The sole right of one process to a range of contacts, and the bookmark that goes with it."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Protocol

import structlog

from ..errors import Fault

RELEASE_TIMEOUT_S = 2.0  # a stopping process may be killed soon

log = structlog.get_logger()


class Lease(Protocol):
    """The sole right to something, until it is released or lost."""

    @property
    def name(self) -> str: ...

    @property
    def state(self) -> bytes:
        """What was last saved with the lease, by whomever; empty when nothing was."""
        ...

    async def save(self, state: bytes) -> None:
        """Save `state` with the lease, or find that it is no longer ours.

        Raises:
            LeaseLost: somebody else holds it.
            LogUnavailable: no answer; it may have been saved.
        """
        ...

    async def release(self, state: bytes) -> None:
        """Save `state` and let another have the lease at once.

        Raises:
            LeaseLost, LogUnavailable: as `save`; it then expires by itself.
        """
        ...

    async def until_lost(self) -> None:
        """Return never: raises LeaseLost once another holds the lease, or nobody can tell.

        Whoever stood still and finds that nobody took it meanwhile goes on and is told nothing.
        """
        ...


class Leases(Protocol):
    """Leases by name, and who shares them. Adapter: `infra/jetstream/leases.py`."""

    @property
    def owner(self) -> str:
        """Who this process is."""
        ...

    @property
    def may_hold(self) -> bool:
        """Whether the other processes know that this one is there."""
        ...

    def offer(self, service: str) -> None:
        """Tell the others that this process runs a service."""
        ...

    def sharers(self, service: str) -> Collection[str]:
        """Return the owners that run a service now, this process included, in one order."""
        ...

    def may_be_free(self, name: str) -> bool:
        """Tell whether asking for a lease is worth while, as far as is known here."""
        ...

    def left_behind(self, name: str) -> bool:
        """Tell whether an earlier life of this process held a lease and never let go of it."""
        ...

    async def acquire(self, name: str) -> Lease | None:
        """Return the lease, or None while another holds it.

        Raises:
            LogUnavailable: no answer.
        """
        ...

    async def saved(self, prefix: str) -> Mapping[str, bytes]:
        """Return what was last saved with each lease whose name is `prefix` and one word more.

        Raises:
            LogUnavailable: no answer.
        """
        ...

    async def changed(self, *, within_s: float) -> None:
        """Return when another answer may be due, or time is up."""
        ...


async def released(lease: Lease, state: bytes) -> None:
    """Let another have a lease at once, if it is still ours and the log answers."""
    try:
        async with asyncio.timeout(RELEASE_TIMEOUT_S):
            await lease.release(state)
    except (Fault, TimeoutError) as error:
        # Others have it when this process leaves; a bookmark some seconds old repeats nothing.
        problem = getattr(error, "code", "timeout")
        log.warning("lease_not_released", lease=lease.name, problem=problem)
