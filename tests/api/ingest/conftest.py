"""A cell of its own for each test."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from .world import Cell
from .world import cell as make_cell


@pytest_asyncio.fixture
async def cell() -> AsyncGenerator[Cell]:
    async with make_cell() as made:
        yield made
