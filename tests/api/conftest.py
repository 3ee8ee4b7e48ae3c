"""An API for each test."""

from collections.abc import AsyncGenerator

import pytest_asyncio

from .screen import Served, serving
from .then import Then
from .then import then as make_then
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


@pytest_asyncio.fixture
async def then(postgres_url: str) -> AsyncGenerator[Then]:
    async with make_then(postgres_url) as made:
        yield made
