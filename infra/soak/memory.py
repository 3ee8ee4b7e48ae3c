"""How much memory processes hold over hours, and whether it grows.

After a start everything grows: caches fill, pools open, an interpreter keeps what it was once
given. So the first part of a soak is not looked at, and of the rest its beginning is held against
its end, each by its median: a peak in either is no growth.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import psutil
from msgspec import Struct

WARM_UP = 0.25  # of a soak that says nothing about growth, as a share
COMPARED = 0.25  # of what follows: its beginning and its end
SAMPLES_MIN = 8  # fewer say nothing
GROWTH_MAX = 0.10  # of what was held after the warm-up

Reader = Callable[[], Mapping[str, int]]  # resident bytes, by process


class Sample(Struct, frozen=True):
    """What processes held at a moment."""

    at_s: float  # since the soak began
    resident: Mapping[str, int]  # bytes, by process


class Growth(Struct, frozen=True, kw_only=True):
    """What became of a process's memory after the warm-up. Bytes."""

    process: str
    before: int
    after: int
    most: int

    @property
    def share(self) -> float:
        """How much it grew, of what it held after the warm-up."""
        return self.after / self.before - 1


class Memory:
    """Reads the memory of processes every so often, for as long as `run` is not cancelled."""

    def __init__(self, read: Reader, *, every_s: float) -> None:
        self._read = read
        self._every_s = every_s
        self.samples: list[Sample] = []

    async def run(self) -> None:
        """Take samples, the first at once."""
        clock = asyncio.get_running_loop().time
        began_at = clock()
        while True:
            self.samples.append(Sample(clock() - began_at, dict(self._read())))
            await asyncio.sleep(began_at + len(self.samples) * self._every_s - clock())


def growths(samples: Sequence[Sample]) -> list[Growth]:
    """Return what became of each process that was there throughout, after the warm-up.

    Raises:
        ValueError: there are too few samples, or a process went or came meanwhile.
    """
    warm = samples[int(len(samples) * WARM_UP) :]
    if len(warm) < SAMPLES_MIN:
        raise ValueError(f"{len(warm)} samples after the warm-up say nothing: it was too short")
    names = set(warm[0].resident)
    if any(set(sample.resident) != names for sample in warm):
        raise ValueError("a process ended, or another began")
    compared = max(1, int(len(warm) * COMPARED))
    return [
        Growth(
            process=name,
            before=int(median(one.resident[name] for one in warm[:compared])),
            after=int(median(one.resident[name] for one in warm[-compared:])),
            most=max(one.resident[name] for one in warm),
        )
        for name in sorted(names)
    ]


def resident_by_name(named: Mapping[str, psutil.Process]) -> dict[str, int]:
    """Return the resident memory of processes; those that have ended are not there."""
    found: dict[str, int] = {}
    for name, process in named.items():
        try:
            found[name] = process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return found
