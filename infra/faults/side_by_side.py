"""Several trials at once: they wait more than they work, and each has a tenant of its own."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from .catalogue import Fault
from .trial import Servers, Verdict, try_fault

AT_ONCE = 3  # on two cores; more only make each other slow


class SideBySide:
    """Tries faults as places become free; what strikes a server of all has it to itself."""

    def __init__(self, on: Servers, *, on_begun: Callable[[Fault], None] = lambda _: None) -> None:
        self._on = on
        self._on_begun = on_begun
        self._places = asyncio.Semaphore(AT_ONCE)
        self._alone = asyncio.Lock()  # two that want every place would wait for each other

    async def try_fault(self, fault: Fault) -> Verdict:
        """See `trial.try_fault`; waits its turn."""
        async with AsyncExitStack() as stack:
            if fault.strikes_all:
                await stack.enter_async_context(self._alone)
            for _ in range(AT_ONCE if fault.strikes_all else 1):
                await stack.enter_async_context(self._places)
            self._on_begun(fault)
            return await try_fault(fault, self._on)
