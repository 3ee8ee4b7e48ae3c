"""Which of the offered media is taken, and its bytes as frames of our own."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ...errors import IngestRefused
from ...events.base import SAMPLE_RATE_HZ, Track
from ..ingest.messages import FRAME_SAMPLES_MAX
from ..ingest.mulaw import linear

AUDIO_BYTES_MAX = 64 * 1024  # of one message: 4 s of both channels, far above the usual 0.2 s

_TRACKS: dict[str, Track] = {"external": "from_customer", "internal": "to_customer"}


class Media(Struct, frozen=True):
    """One offer, or the one that is taken."""

    type: str
    format: str
    channels: tuple[str, ...]
    rate: int

    @property
    def tracks(self) -> tuple[Track, ...]:
        """Our names of the channels, in their order."""
        return tuple(_TRACKS[channel] for channel in self.channels)


def chosen(offered: Sequence[Media]) -> Media | None:
    """Return the offer with the most channels that can be taken; None when there is none."""
    return max(filter(_can_be_taken, offered), key=lambda media: len(media.channels), default=None)


def parts_of(message: bytes, media: Media) -> Iterator[bytes]:
    """Yield a message in parts of a second at most.

    Raises:
        IngestRefused: it is none of this media.
    """
    width = len(media.channels)
    if not message:
        raise IngestRefused("frame_empty")
    if len(message) > AUDIO_BYTES_MAX:
        raise IngestRefused("frame_oversized")
    if len(message) % width:
        raise IngestRefused("frame_of_half_samples")
    step = FRAME_SAMPLES_MAX * width
    for start in range(0, len(message), step):
        yield message[start : start + step]


def pieces_of(part: bytes, media: Media) -> Iterator[tuple[Track, bytes]]:
    """Yield the samples of each track in a part, signed 16-bit little-endian."""
    for channel, track in enumerate(media.tracks):
        yield track, linear(part[channel :: len(media.channels)])


def _can_be_taken(media: Media) -> bool:
    return (
        media.type == "audio"
        and media.format == "PCMU"
        and media.rate == SAMPLE_RATE_HZ
        and 0 < len(media.channels) == len(set(media.channels))
        and set(media.channels) <= set(_TRACKS)
    )
