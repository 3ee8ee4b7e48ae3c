"""Memory grows at a start and is flat thereafter, or it is told."""

import asyncio
from collections.abc import Sequence

import psutil
import pytest
from antiphon.infra.soak.memory import Memory, Sample, growths, resident_by_name

from ...waiting import until

MIB = 1_024 * 1_024


def samples_of(mib: Sequence[float], name: str = "antiphon") -> list[Sample]:
    return [Sample(float(at), {name: int(held * MIB)}) for at, held in enumerate(mib)]


def share_of(mib: Sequence[float]) -> float:
    (growth,) = growths(samples_of(mib))
    return growth.share


def test_what_is_needed_once_is_no_growth() -> None:
    assert share_of([40, 60, 80, 90, 100, *[100] * 15]) == 0


def test_a_leak_is_growth_however_slow() -> None:
    assert share_of([100 + minute / 2 for minute in range(90)]) == pytest.approx(0.22, abs=0.01)


def test_a_peak_that_passes_is_no_growth_and_is_told() -> None:
    (growth,) = growths(samples_of([100] * 12 + [180] + [100] * 7))

    assert growth.share == 0
    assert growth.most == 180 * MIB


def test_memory_that_is_given_back_is_no_growth() -> None:
    assert share_of([100] * 10 + [60] * 10) < 0


def test_a_soak_of_a_few_samples_says_nothing() -> None:
    with pytest.raises(ValueError, match="too short"):
        growths(samples_of([100] * 9))


def test_a_process_that_ended_is_no_process_that_did_not_grow() -> None:
    ended = samples_of([100] * 15) + [Sample(15.0 + at, {}) for at in range(5)]

    with pytest.raises(ValueError, match="ended"):
        growths(ended)


async def test_memory_is_read_for_as_long_as_it_runs() -> None:
    held = iter(range(1_000))
    memory = Memory(lambda: {"antiphon": next(held)}, every_s=0.005)

    running = asyncio.create_task(memory.run())
    await until(lambda: len(memory.samples) >= 3, what="read")
    running.cancel()

    assert [one.resident["antiphon"] for one in memory.samples[:3]] == [0, 1, 2]
    assert memory.samples[2].at_s >= 0.009


def test_this_process_holds_memory_and_one_that_ended_holds_none() -> None:
    alive, ended = psutil.Process(), psutil.Popen(["true"])
    ended.wait()

    resident = resident_by_name({"alive": alive, "ended": ended})

    assert resident.keys() == {"alive"}
    assert resident["alive"] > MIB
