from collections.abc import AsyncIterator

import pytest
from antiphon.infra.simulator.simulator import Simulator

from .clocks import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    """Time that jumps to whatever the simulator waits for."""
    return MovableClock(skips=True)


@pytest.fixture
async def simulator(clock: MovableClock) -> AsyncIterator[Simulator]:
    async with Simulator(clock=clock) as simulator:
        yield simulator


@pytest.fixture
def still() -> MovableClock:
    """Time that moves only when it is told to."""
    return MovableClock(skips=False)


@pytest.fixture
async def frozen(still: MovableClock) -> AsyncIterator[Simulator]:
    """A simulator for which time stands still."""
    async with Simulator(clock=still) as simulator:
        yield simulator
