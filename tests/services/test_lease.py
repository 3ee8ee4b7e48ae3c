"""A lease is let go of at the end, whatever the log says."""

import asyncio

import pytest
from antiphon.errors import LeaseLost, LogUnavailable
from antiphon.services import lease as lease_module
from antiphon.services.lease import released
from structlog.testing import capture_logs


class Paper:
    """A lease that answers as it is told."""

    name = "guidance.demo.00-15"
    state = b"found"

    def __init__(self, answer: Exception | None = None) -> None:
        self.answer = answer
        self.saved: list[bytes] = []

    async def save(self, state: bytes) -> None:
        if self.answer is not None:
            raise self.answer
        self.saved.append(state)

    async def release(self, state: bytes) -> None:
        await self.save(state)

    async def until_lost(self) -> None:
        await asyncio.Event().wait()


async def test_a_lease_is_released_with_what_is_to_be_gone_on_from() -> None:
    paper = Paper()

    await released(paper, b"1")

    assert paper.saved == [b"1"]


@pytest.mark.parametrize("answer", [LogUnavailable("away"), LeaseLost("guidance.demo.00-15")])
async def test_a_release_that_is_not_taken_is_let_be(answer: Exception) -> None:
    with capture_logs() as logs:
        await released(Paper(answer), b"1")

    assert [entry["event"] for entry in logs] == ["lease_not_released"]


async def test_a_release_that_hangs_is_one_without_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Hanging(Paper):
        async def release(self, state: bytes) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(lease_module, "RELEASE_TIMEOUT_S", 0.01)

    with capture_logs() as logs:
        await released(Hanging(), b"1")

    assert [entry["problem"] for entry in logs] == ["timeout"]
