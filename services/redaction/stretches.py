"""Stretches of time, in ms, from one end up to but without the other. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

Stretch = tuple[int, int]


def merged(stretches: Iterable[Stretch], *, gap_ms: int = 0) -> list[Stretch]:
    """Return stretches in order, one where two overlap or are so close; empty ones are none."""
    found: list[Stretch] = []
    for start, end in sorted(one for one in stretches if one[1] > one[0]):
        if found and start - found[-1][1] <= gap_ms:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def within(stretches: Sequence[Stretch], start: int, end: int) -> list[Stretch]:
    """Return what of ordered stretches lies between two moments."""
    return [
        (max(one, start), min(other, end))
        for one, other in stretches
        if other > start and one < end
    ]


def length_ms(stretches: Iterable[Stretch]) -> int:
    """Return how long stretches are together; they do not overlap."""
    return sum(end - start for start, end in stretches)


def without(stretches: Sequence[Stretch], covered: Sequence[Stretch]) -> list[Stretch]:
    """Return what of stretches no covered one reaches; those are merged."""
    ends = [end for _, end in covered]
    left: list[Stretch] = []
    for start, end in stretches:
        for one, other in covered[bisect_right(ends, start) :]:
            if one >= end:
                break
            left.append((start, one))
            start = other  # noqa: PLW2901 (what is left of the stretch)
        left.append((start, end))
    return [(start, end) for start, end in left if end > start]
