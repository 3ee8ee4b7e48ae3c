"""A world for each test."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from .world import World
from .world import world as make_world


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncGenerator[World]:
    async with make_world(postgres_url) as made:
        yield made
