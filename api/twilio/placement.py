"""Where sounds stand: chunk numbers and timestamps become samples since the stream's start.

A timestamp is in whole milliseconds and says when a sound was to be played. Samples that follow
each other are put together without a seam; what Twilio left out or threw away is a gap, and
what comes behind it stands where its timestamp says.

Source: Twilio, "Media Streams: WebSocket messages", and its error 31930: a stream that its
reader or the network is too slow for loses sound.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from ...errors import IngestRefused
from ...events.base import SAMPLE_RATE_HZ, SAMPLES_PER_MS, Track
from ...events.pushed import PushedFrame
from ..ingest.mulaw import linear
from ..ingest.port import Inlet
from .messages import Media, Side

# Between chunks that follow each other: less is rounding and jitter, more was left out, such as
# silence. Chunks have 20 ms, so no sound stands further than one from where it was told to.
JITTER_SAMPLES_MAX = 20 * SAMPLES_PER_MS

_SAMPLE = timedelta(seconds=1) / SAMPLE_RATE_HZ


class Placement:
    """Places the sounds of one stream on its contact's clock; those of a track never overlap."""

    def __init__(self, tracks: Mapping[Side, Track], *, origin: int) -> None:
        """`tracks` are those that were announced, `origin` is where the stream's start stands."""
        self._tracks = tracks
        self._origin = origin
        self._ends: dict[Track, int] = {}
        self._missing: dict[Track, int] = {}  # messages, when the track was last heard
        self._chunks: dict[Track, int] = {}
        self._chunk = 0  # the last one of either track

    def place(self, media: Media, *, sequence: int, missing: int) -> PushedFrame | None:
        """Return a sound as a frame, decoded; None of an empty one.

        `missing` is how many messages were lost so far, of whichever track.

        Raises:
            IngestRefused: its track was not announced.
        """
        sound = media.media
        track = self._tracks.get(sound.track)
        if track is None:
            raise IngestRefused("track_not_announced")
        if not sound.payload:
            return None
        follows = self._follows(track, sound.chunk) and self._missing.get(track) == missing
        stamped = self._origin + sound.timestamp * SAMPLES_PER_MS
        first = self._first(track, stamped, follows=follows)
        frame = PushedFrame(sequence, track, first, linear(sound.payload))
        self._ends[track] = frame.end_sample
        self._missing[track] = missing
        self._chunks[track] = self._chunk = sound.chunk
        return frame

    def _follows(self, track: Track, chunk: int) -> bool:
        # Twilio's own examples count over both tracks, its streams are seen to count each.
        return chunk in (self._chunks.get(track, 0) + 1, self._chunk + 1)

    def _first(self, track: Track, stamped: int, *, follows: bool) -> int:
        end = self._ends.get(track)
        if end is None:
            return stamped
        # Nothing moves back: there would be two sounds in one place.
        if stamped <= end or (follows and stamped - end <= JITTER_SAMPLES_MAX):
            return end
        return stamped


def origin_of(inlet: Inlet, zero_at: datetime) -> int:
    """Return where on a contact's clock a stream stands that began at `zero_at`.

    A further stream lies where its own start does, and never within what is stored: the clocks
    of two processes are not quite the same.
    """
    own = round((zero_at - inlet.started_at) / _SAMPLE)
    return max(own, 0, *inlet.ends.values())
