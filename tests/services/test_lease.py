"""Who cannot renew a lease stops before another may hold it."""

import asyncio

import pytest
from antiphon.errors import LeaseLost, LogUnavailable
from antiphon.services import lease as lease_module
from antiphon.services.lease import UNRENEWED_S_MAX, HeldLease
from structlog.testing import capture_logs


class Paper:
    """A lease that answers as it is told."""

    def __init__(self) -> None:
        self.state = b"found"
        self.answer: Exception | None = None
        self.saved: list[bytes] = []

    async def renew(self, state: bytes) -> None:
        if self.answer is not None:
            raise self.answer
        self.saved.append(state)

    async def release(self, state: bytes) -> None:
        await self.renew(state)


class Clock:
    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


async def test_a_log_that_is_away_is_borne_for_a_while() -> None:
    paper, clock = Paper(), Clock()
    held = HeldLease(paper, "guidance", clock=clock)
    paper.answer = LogUnavailable("away")

    with capture_logs() as logs:
        clock.time = UNRENEWED_S_MAX
        assert not await held.renew(b"1")
        clock.time += 0.1
        with pytest.raises(LeaseLost):
            await held.renew(b"2")

    assert [entry["event"] for entry in logs] == 2 * ["lease_not_renewed"]


async def test_the_while_counts_from_the_last_renewal() -> None:
    paper, clock = Paper(), Clock()
    held = HeldLease(paper, "guidance", clock=clock)
    clock.time = UNRENEWED_S_MAX
    assert await held.renew(b"1")
    paper.answer = LogUnavailable("away")

    clock.time += UNRENEWED_S_MAX
    await held.renew(b"2")

    assert paper.saved == [b"1"]


async def test_a_lost_lease_is_lost_at_once_and_not_released() -> None:
    paper = Paper()
    held = HeldLease(paper, "guidance", clock=Clock())
    paper.answer = LeaseLost("guidance")

    with pytest.raises(LeaseLost):
        await held.renew(b"1")
    paper.answer = None
    await held.release(b"2")

    assert paper.saved == []


async def test_a_release_that_gets_no_answer_is_let_be() -> None:
    paper = Paper()
    held = HeldLease(paper, "guidance", clock=Clock())
    paper.answer = LogUnavailable("away")

    with capture_logs() as logs:
        await held.release(b"1")

    assert [entry["event"] for entry in logs] == ["lease_not_released"]


async def test_a_renewal_that_hangs_is_one_without_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Hanging(Paper):
        async def renew(self, state: bytes) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(lease_module, "RENEW_TIMEOUT_S", 0.01)
    held = HeldLease(Hanging(), "guidance", clock=Clock())

    with capture_logs() as logs:
        await held.renew(b"1")

    assert [entry["problem"] for entry in logs] == ["timeout"]
