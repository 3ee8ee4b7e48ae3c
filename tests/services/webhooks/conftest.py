"""What the tests of webhooks have in common."""

from collections.abc import AsyncGenerator

import pytest

from .post import Post
from .receiver import Receiver, receiving


@pytest.fixture
async def post() -> Post:
    post = Post()
    await post.created()
    return post


@pytest.fixture
async def crm() -> AsyncGenerator[Receiver]:
    async with receiving() as receiver:
        yield receiver
