"""Two tracks become one stream of interleaved samples, whatever comes late or not at all. Pure.

Both channels of a socket advance together. A track that has a gap is filled up with silence; one
that comes late is put where the stream has got to, and its clock remembers where it belongs.
Nothing is left out, and nothing is put in the middle of a word for the other track's sake unless
it would wait longer than anybody wants to.
"""

from collections.abc import Sequence

import numpy as np

from ...events.base import SAMPLE_BYTES, SAMPLES_PER_MS, Track
from .clock import ChannelClock
from .port import SpeechAudio

# A hole this short lies within a word, and is filled to its length.
_BRIDGED_MAX = 500 * SAMPLES_PER_MS
# A longer one ends what was being said: longer than the endpointing and the utterance end asked
# for. Hours of a gap are not sent as silence.
_GAP_SILENCE = 1_500 * SAMPLES_PER_MS
# Tracks come side by side, in fragments: one so far behind has nothing to say for now.
_LAG_MAX = 200 * SAMPLES_PER_MS
# Audio of one track may wait so long for the other's, when it came late and then at once.
_WAIT_MAX = 1_000 * SAMPLES_PER_MS
# Sent first: a socket that has had no audio cannot be kept alive. Source: NET-0001.
_LEAD_IN = 100 * SAMPLES_PER_MS


class Interleaver:
    """The audio of one socket."""

    def __init__(self, tracks: Sequence[Track]) -> None:
        self._channels = {track: _Channel() for track in tracks}
        self.sent = 0  # samples of each channel

    def clock(self, track: Track) -> ChannelClock:
        """Return the clock of a track's channel."""
        return self._channels[track].clock

    def lead_in(self) -> bytes:
        """Return the silence that opens a socket."""
        return self.silence(_LEAD_IN // SAMPLES_PER_MS)

    def silence(self, duration_ms: int) -> bytes:
        """Put silence into both channels; return what can go out now."""
        for channel in self._channels.values():
            channel.fill(duration_ms * SAMPLES_PER_MS)
        return self._ready()

    def take(self, block: SpeechAudio) -> bytes:
        """Take a block; return what can go out now, perhaps nothing."""
        own = self._channels[block.track]
        own.take(block)
        for channel in self._channels.values():
            if channel.next_sample is None:
                channel.next_sample = block.first_sample  # it lags from here
        self._fill_behind()
        return self._ready()

    def flush(self) -> bytes:
        """Return what waits, the shorter track filled up."""
        longest = max(channel.length for channel in self._channels.values())
        for channel in self._channels.values():
            channel.fill(longest - channel.length)
        return self._ready()

    def _fill_behind(self) -> None:
        channels = self._channels.values()
        longest = max(channel.length for channel in channels)
        newest = max(channel.next_sample or 0 for channel in channels)
        for channel in channels:
            behind = longest - channel.length
            lags = newest - (channel.next_sample or 0) > _LAG_MAX
            if behind > (_LAG_MAX if lags else _WAIT_MAX):
                channel.fill(behind - (_LAG_MAX if lags else _WAIT_MAX))

    def _ready(self) -> bytes:
        length = min(channel.length for channel in self._channels.values())
        if not length:
            return b""
        columns = [channel.give(length) for channel in self._channels.values()]
        self.sent += length
        return np.column_stack(columns).tobytes()


class _Channel:
    """What of one track has not gone out yet."""

    def __init__(self) -> None:
        self.clock = ChannelClock()
        self.next_sample: int | None = None  # on the contact clock, after the newest block
        self._waiting = bytearray()
        self._given = 0  # samples that went out
        self._silence = 0  # samples put in since the last block

    @property
    def length(self) -> int:
        """How many samples wait."""
        return len(self._waiting) // SAMPLE_BYTES

    def take(self, block: SpeechAudio) -> None:
        if self.next_sample is not None and block.first_sample > self.next_sample:
            self._close_gap(block.first_sample - self.next_sample)
        at, length = self._given + self.length, block.end_sample - block.first_sample
        self.clock.note(sent=at, contact=block.first_sample, length=length)
        self._waiting += block.samples
        self._silence = 0
        self.next_sample = block.end_sample

    def fill(self, length: int) -> None:
        """Put silence in."""
        self._waiting += bytes(length * SAMPLE_BYTES)
        self._silence += length

    def give(self, length: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        piece = bytes(self._waiting[: length * SAMPLE_BYTES])
        del self._waiting[: length * SAMPLE_BYTES]
        self._given += length
        return np.frombuffer(piece, "<i2")

    def _close_gap(self, missing: int) -> None:
        wanted = missing if missing <= _BRIDGED_MAX else _GAP_SILENCE
        self.fill(max(0, wanted - self._silence))
