"""An API for each test."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from .screen import Served, serving
from .world import Api
from .world import api as make_api


@pytest_asyncio.fixture
async def api(postgres_url: str) -> AsyncGenerator[Api]:
    async with make_api(postgres_url) as made:
        yield made


@pytest_asyncio.fixture
async def served(postgres_url: str) -> AsyncGenerator[Served]:
    async with serving(postgres_url) as made:
        yield made
