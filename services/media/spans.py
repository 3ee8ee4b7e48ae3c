"""What has been stored since the last `AudioReceived`: the next one, in the making."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...events.audio import AudioBlock
from ...events.base import SAMPLE_BYTES, TRACKS, Position, Track
from ...events.media import AudioReceived, TrackSpan
from .patience import RECEIVED_EVERY_SAMPLES

if TYPE_CHECKING:
    from hashlib import _Hash  # pyright: ignore[reportPrivateUsage]


class Spans:
    """Sums up chunks in the order they stand in the audio stream."""

    def __init__(self, after: Position) -> None:
        self._after = self._upto = after
        self._stream = 0
        self._first_fragment = self._last_fragment = ""
        self._tracks: dict[Track, _Sum] = {}
        self._is_due = False

    @property
    def after(self) -> Position:
        """The chunks stand behind this position."""
        return self._after

    @property
    def stream(self) -> int:
        """The media stream they came from; 0 when there are none."""
        return self._stream if self._tracks else 0

    @property
    def due(self) -> bool:
        """There are ten seconds of some track."""
        return self._is_due

    def add(self, stream: int, blocks: Iterable[AudioBlock], position: Position) -> None:
        """Count a chunk that is stored at `position`. All are of one media stream."""
        self._stream, self._upto = stream, position
        for block in blocks:
            track = self._tracks.get(block.track)
            if track is None:
                track = self._tracks[block.track] = _Sum(block.first_sample)
            track.add(block)
            self._is_due |= track.end - track.first >= RECEIVED_EVERY_SAMPLES
            self._first_fragment = self._first_fragment or block.fragment
            self._last_fragment = block.fragment

    def received(self) -> AudioReceived | None:
        """Return the fact about them, or None when there are none."""
        if not self._tracks:
            return None
        return AudioReceived(
            stream=self._stream,
            first_fragment=self._first_fragment,
            last_fragment=self._last_fragment,
            spans=tuple(
                self._tracks[track].span(track) for track in TRACKS if track in self._tracks
            ),
            audio_after=self._after,
            audio_upto=self._upto,
        )


class _Sum:
    def __init__(self, first: int) -> None:
        self.first = self.end = first
        self._count = 0
        self._hash: _Hash = hashlib.sha256()

    def add(self, block: AudioBlock) -> None:
        count = len(block.samples) // SAMPLE_BYTES
        self.end = block.first_sample + count
        self._count += count
        self._hash.update(block.samples)

    def span(self, track: Track) -> TrackSpan:
        return TrackSpan(
            track=track,
            first_sample=self.first,
            end_sample=self.end,
            sample_count=self._count,
            sha256=self._hash.hexdigest(),
        )
