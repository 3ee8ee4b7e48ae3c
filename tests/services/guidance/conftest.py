"""What the tests of guidance have in common."""

from collections.abc import AsyncGenerator

import pytest

from .call import Call


@pytest.fixture
async def call() -> AsyncGenerator[Call]:
    call = Call()
    await call.connect()
    yield call
    await call.stop()
