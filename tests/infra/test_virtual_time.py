"""A loop in which waiting takes no time, and everything happens in its order."""

import asyncio
import threading
import time

from antiphon.infra import virtual_time


def test_hours_pass_at_once_and_in_order() -> None:
    async def work() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        happened: list[tuple[str, float]] = []

        async def at(seconds: float, name: str) -> None:
            await asyncio.wait([loop.create_future()], timeout=seconds)
            happened.append((name, loop.time()))

        await asyncio.gather(at(3_600, "late"), at(60, "early"), at(60, "early too"))
        return happened

    began = time.monotonic()
    happened = virtual_time.run(work())

    assert [name for name, _ in happened] == ["early", "early too", "late"]
    assert [round(seconds, 3) for _, seconds in happened] == [60, 60, 3_600]
    assert time.monotonic() - began < 5


def test_what_is_not_a_timer_is_waited_for() -> None:
    async def work() -> str:
        return await asyncio.to_thread(lambda: "from a thread")

    assert virtual_time.run(work()) == "from a thread"


def test_while_it_is_held_the_clock_goes_by_real_time() -> None:
    async def work() -> tuple[bool, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual_time.VirtualTimeLoop)
        with loop.held():
            answer = asyncio.ensure_future(asyncio.to_thread(threading.Event().wait, 0.05))
            done, _ = await asyncio.wait([answer], timeout=60)
        held_s = loop.time()
        await asyncio.wait([loop.create_future()], timeout=3_600)
        return bool(done), held_s

    began = time.monotonic()
    answered, held_s = virtual_time.run(work())

    assert answered
    assert 0.04 < held_s < 5
    assert time.monotonic() - began < 5
