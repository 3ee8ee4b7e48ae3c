"""What the tests of summaries have in common."""

import pytest

from .desk import Desk


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.created()
    return desk
