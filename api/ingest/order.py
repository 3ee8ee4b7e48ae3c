"""Whether a frame follows on what came before it: sequence, samples, clock, window."""

from collections.abc import Callable
from datetime import datetime, timedelta

from ...errors import IngestRefused
from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, TRACKS, Track
from ...events.pushed import PushedFrame
from .messages import FRAME_SAMPLES_MAX, WINDOW_BYTES, WINDOW_FRAMES
from .port import Inlet

# Longer pauses within a track are of a source that has lost count.
AHEAD_SAMPLES_MAX = 4 * 3_600 * SAMPLE_RATE_HZ
FUTURE_S_MAX = 60.0  # clocks of sources differ by seconds, and their sound cards drift


class Order:
    """Takes frames in order and holds those that are not stored yet: never more than a window."""

    def __init__(self, inlet: Inlet, *, now: Callable[[], datetime]) -> None:
        self._started_at = inlet.started_at
        self._now = now
        self._ends: dict[Track, int] = dict(inlet.ends)
        self._waiting: list[PushedFrame] = []
        self._bytes = 0  # received and not stored
        self.received = self.stored = inlet.stored

    def take(self, frame: PushedFrame) -> None:
        """Take a frame; one that was received before is dropped.

        Raises:
            IngestRefused: it does not follow; says why.
        """
        if frame.sequence <= self.received:
            if frame.sequence == 0:
                raise IngestRefused("sequence_from_one")
            return
        if frame.sequence != self.received + 1:
            raise IngestRefused("sequence_gap")
        if (
            self.received - self.stored >= WINDOW_FRAMES
            or self._bytes + len(frame.samples) > WINDOW_BYTES
        ):
            raise IngestRefused("window_exceeded")
        end = self._ends.get(frame.track, 0)
        if frame.first_sample < end:
            raise IngestRefused("samples_overlap")
        if frame.first_sample - end > AHEAD_SAMPLES_MAX:
            raise IngestRefused("samples_ahead")
        spoken_at = self._started_at + timedelta(seconds=frame.end_sample / SAMPLE_RATE_HZ)
        if (spoken_at - self._now()).total_seconds() > FUTURE_S_MAX:
            raise IngestRefused("samples_in_future")
        self._ends[frame.track] = frame.end_sample
        self._bytes += len(frame.samples)
        self.received = frame.sequence
        self._waiting.append(frame)

    @property
    def is_empty(self) -> bool:
        """Whether all that was received is stored."""
        return self.stored == self.received

    @property
    def has_room(self) -> bool:
        """Whether the longest frame of each track may follow."""
        return (
            self.received - self.stored <= WINDOW_FRAMES - len(TRACKS)
            and self._bytes + len(TRACKS) * FRAME_SAMPLES_MAX * SAMPLE_BYTES <= WINDOW_BYTES
        )

    @property
    def last_spoken_at(self) -> datetime:
        """When the last sample was spoken."""
        samples = max(self._ends.values(), default=0)
        return self._started_at + timedelta(seconds=samples / SAMPLE_RATE_HZ)

    def give(self) -> list[PushedFrame]:
        """Return what waits to be stored; it counts to the window until it is."""
        frames, self._waiting = self._waiting, []
        return frames

    def confirm(self, frames: list[PushedFrame]) -> int:
        """Count frames as stored, and return the sequence id to acknowledge."""
        self._bytes -= sum(len(frame.samples) for frame in frames)
        self.stored = frames[-1].sequence
        return self.stored
