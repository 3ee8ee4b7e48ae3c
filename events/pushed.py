"""Audio that its source brings, rather than has read: what both sides of the seam speak of."""

from msgspec import Struct

from .base import SAMPLE_BYTES, Track

# In the place of a stream's ARN. One stream a contact: a source that comes back goes on with it.
PUSHED_STREAM = "antiphon:ingest"
PUSHED_START = "1"  # in the place of its start fragment: the first sequence id


class PushedFrame(Struct, frozen=True, gc=False):
    """Consecutive samples of one track, as a source sent them."""

    sequence: int  # over both tracks, from 1, without a hole
    track: Track
    first_sample: int  # since the stream's start, at 8 kHz
    samples: bytes  # signed 16-bit little-endian

    @property
    def end_sample(self) -> int:
        """The first sample after this frame."""
        return self.first_sample + len(self.samples) // SAMPLE_BYTES
