"""How a recording is cut into blocks and fragments. Arithmetic only.

Source: blocks of 1024 bytes (64 ms) in turn for each track, 16 a track in a fragment; a shorter
block now and then in the middle of a track, and at its end.
"""

from bisect import bisect_left
from collections.abc import Iterable
from typing import NamedTuple

from .recording import RATE_HZ, SAMPLE_BYTES

BLOCK_SAMPLES = 1_024 // SAMPLE_BYTES
SHORT_BLOCK_SAMPLES = 192 // SAMPLE_BYTES  # the size that was captured in the middle of a track
FRAGMENT_BLOCKS = 16  # of each track
SAMPLES_PER_MS = RATE_HZ // 1_000
TRACKS = (0, 1)  # from_customer, to_customer


class Block(NamedTuple):
    track: int
    first: int  # sample
    end: int  # exclusive


class Layout:
    """Where each block of a recording of `sample_count` samples begins and ends."""

    def __init__(self, sample_count: int, short_blocks: Iterable[tuple[int, int]] = ()) -> None:
        """`short_blocks` are (track, ordinal of the block on its track)."""
        self._sample_count = sample_count
        pairs = sorted(set(short_blocks))
        self._short = [[ordinal for track, ordinal in pairs if track == t] for t in TRACKS]
        self._block_counts = [self._count_blocks(track) for track in TRACKS]
        self.fragment_count = -(-min(self._block_counts) // FRAGMENT_BLOCKS)

    def slots(self, fragment: int) -> list[list[Block]]:
        """Return the fragment's blocks, those that are spoken at the same time together."""
        first = fragment * FRAGMENT_BLOCKS
        end = first + FRAGMENT_BLOCKS
        if fragment == self.fragment_count - 1:
            # No fragment may lack a track, so the last one takes what either has left.
            end = max(self._block_counts)
        slots = [
            [self._block(track, n) for track in TRACKS if n < self._block_counts[track]]
            for n in range(first, end)
        ]
        return [slot for slot in slots if slot]

    def first_sample(self, fragment: int) -> int:
        return min(self._first(track, fragment * FRAGMENT_BLOCKS) for track in TRACKS)

    def end_sample(self, fragment: int) -> int:
        """Return the sample after the fragment's last one."""
        if fragment == self.fragment_count - 1:
            return self._sample_count
        return max(self._first(track, (fragment + 1) * FRAGMENT_BLOCKS) for track in TRACKS)

    def _block(self, track: int, ordinal: int) -> Block:
        first = self._first(track, ordinal)
        return Block(track, first, min(self._first(track, ordinal + 1), self._sample_count))

    def _first(self, track: int, ordinal: int) -> int:
        shorter = bisect_left(self._short[track], ordinal)
        return ordinal * BLOCK_SAMPLES - shorter * (BLOCK_SAMPLES - SHORT_BLOCK_SAMPLES)

    def _count_blocks(self, track: int) -> int:
        """Return how many blocks hold every sample of the track."""
        count = -(-self._sample_count // BLOCK_SAMPLES)
        while self._first(track, count) < self._sample_count:
            missing = self._sample_count - self._first(track, count)
            count += -(-missing // BLOCK_SAMPLES)
        return count
