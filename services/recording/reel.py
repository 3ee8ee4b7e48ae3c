"""Blocks of the audio stream, laid side by side on the contact clock, a part at a time. Pure.

Parts are cut where chunks alone decide, never a clock on a wall: who reads the same chunks
again after a restart cuts the same parts.
"""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ...events.audio import AudioBlock, StoredChunk
from ...events.base import SAMPLE_RATE_HZ, START, TRACKS, Position, Track
from ..flac import Samples
from ..sealed_recording import PART_SAMPLES

# How far a track waits for the other one. Both come in one fragment, of seconds at most.
AHEAD_SAMPLES = 30 * SAMPLE_RATE_HZ
# News that consent was withdrawn takes less to arrive than this much audio.
SETTLE_SAMPLES = 2 * SAMPLE_RATE_HZ
# As long as the audio stream keeps any; Connect's calls end before. What follows is left out.
RECORDING_SAMPLES_MAX = 24 * 3_600 * SAMPLE_RATE_HZ


class Part(Struct, frozen=True, kw_only=True):
    """A stretch of both tracks, silence where nothing came."""

    number: int  # from 0
    first_sample: int
    samples: Samples  # a column a track, in the order of TRACKS
    heard: tuple[int, int]  # samples that came, by track
    repaired: tuple[int, int]  # of these, found after the contact
    audio_upto: Position  # no later chunk and none after it says anything of this part


class Reel:
    """Takes chunks in order, gives parts in order. Holds less than two parts."""

    def __init__(
        self, *, part: int = 0, audio_upto: Position = START, found: Sequence[AudioBlock] = ()
    ) -> None:
        """Go on with this part; what comes next is the chunk after `audio_upto`.

        `found` after the contact lies where nothing that was heard lies.
        """
        self._number = part
        self._upto = audio_upto
        self._found = found
        self._blocks: dict[Track, deque[AudioBlock]] = {track: deque() for track in TRACKS}
        self._ends: dict[Track, int] = dict.fromkeys(TRACKS, 0)
        self._chunks: deque[tuple[Position, int]] = deque()  # not in a part yet, and their ends

    @property
    def end_sample(self) -> int:
        """The first sample after all that came."""
        return max(self._ends.values())

    @property
    def held(self) -> tuple[int, int]:
        """How many bytes of samples and how many chunks wait to be part of a part."""
        blocks = (block for held in self._blocks.values() for block in held)
        return sum(len(block.samples) for block in blocks), len(self._chunks)

    def take(self, stored: StoredChunk) -> Iterator[Part]:
        """Take a chunk; yield the parts that it completes."""
        complete = self.hold(stored)
        while complete:
            yield self.cut(PART_SAMPLES)
            complete = self._is_complete

    def hold(self, stored: StoredChunk) -> bool:
        """Take a chunk; tell whether the next part is complete."""
        end = 0
        for block in stored.chunk.blocks:
            if block.end_sample > RECORDING_SAMPLES_MAX:
                continue
            end = max(end, block.end_sample)
            if block.end_sample > self._ends[block.track]:
                self._blocks[block.track].append(block)
                self._ends[block.track] = block.end_sample
        self._chunks.append((stored.position, end))
        return self._is_complete

    def rest(self) -> Iterator[Part]:
        """Yield what is left when nothing more comes."""
        while (left := self.end_sample - self._first) > 0:
            yield self.cut(min(PART_SAMPLES, left))

    def cut(self, length: int) -> Part:
        """Return the next part, of so many samples, as far as it was taken."""
        first, end = self._first, self._first + length
        samples = np.zeros((length, len(TRACKS)), np.int16)
        came = np.zeros((length, len(TRACKS)), np.bool_)
        for column, track in enumerate(TRACKS):
            blocks = self._blocks[track]
            while blocks and blocks[0].first_sample < end:
                _lay(blocks[0], samples[:, column], came[:, column], first=first)
                if blocks[0].end_sample > end:
                    break  # its other end is the next part's
                blocks.popleft()
        heard = came.sum(axis=0)
        # What was heard is the truth, also where what was found later reaches into it.
        for block in self._found:
            column = TRACKS.index(block.track)
            _lay(block, samples[:, column], came[:, column], first=first)
        both = came.sum(axis=0)
        while self._chunks and self._chunks[0][1] <= end:
            self._upto, _ = self._chunks.popleft()
        part = Part(
            number=self._number,
            first_sample=first,
            samples=samples,
            heard=(int(both[0]), int(both[1])),
            repaired=(int(both[0] - heard[0]), int(both[1] - heard[1])),
            audio_upto=self._upto,
        )
        self._number += 1
        return part

    @property
    def _first(self) -> int:
        return self._number * PART_SAMPLES

    @property
    def _is_complete(self) -> bool:
        end = self._first + PART_SAMPLES
        slowest, fastest = min(self._ends.values()), max(self._ends.values())
        return slowest >= end + SETTLE_SAMPLES or fastest >= end + AHEAD_SAMPLES


def _lay(
    block: AudioBlock, samples: NDArray[np.int16], came: NDArray[np.bool_], *, first: int
) -> None:
    """Put a block where nothing came yet, of one track's samples from `first` on."""
    start = max(block.first_sample, first)
    stop = min(block.end_sample, first + len(samples))
    if stop <= start:
        return
    offset, place = start - block.first_sample, slice(start - first, stop - first)
    piece = np.frombuffer(block.samples, "<i2")[offset : offset + stop - start]
    free = ~came[place]
    samples[place][free] = piece[free]
    came[place] = True
