"""What is said over the socket: JSON as text, frames of audio as bytes. `docs/ingest.md`."""

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from ...errors import IngestRefused
from ...events.base import SAMPLE_BYTES, SAMPLE_RATE_HZ, TRACKS, Track
from ...events.decoding import decoded
from ...events.pushed import PushedFrame
from ..bodies import Instant, Name, StartContactBody
from .mulaw import linear

PROTOCOL = "antiphon-ingest/1"

FRAME_SAMPLES_MAX = 8_000  # a second: longer frames only delay what is said
WINDOW_FRAMES = 512  # not yet acknowledged: 5 s of both tracks in frames of 20 ms
WINDOW_BYTES = 256 * 1024  # the same, of decoded samples: 8 s of both tracks
HELLO_BYTES_MAX = 128 * 1024  # Connect's 32 KiB of attributes, with every character escaped
END_BYTES_MAX = 4_096

Encoding = Literal["pcm_s16le", "mulaw"]

_HEADER = struct.Struct("!BQQ")  # track, sequence id, first sample


class Hello(Struct, frozen=True, kw_only=True, tag_field="type", tag="hello"):
    """What a source says first."""

    protocol: str
    contact: StartContactBody
    started_at: Instant
    encoding: str
    rate_hz: int
    tracks: tuple[str, ...]


class End(Struct, frozen=True, kw_only=True, tag_field="type", tag="end"):
    """The parties hung up, and `sequence` is the last frame."""

    sequence: int
    ended_at: Instant | None = None
    reason: Name | None = None


class Welcome(Struct, frozen=True, kw_only=True, tag_field="type", tag="welcome"):
    """Go on behind `sequence`."""

    started_at: datetime
    sequence: int
    next_sample: Mapping[Track, int]
    closed: bool
    protocol: str = PROTOCOL
    window_frames: int = WINDOW_FRAMES
    window_bytes: int = WINDOW_BYTES
    frame_samples_max: int = FRAME_SAMPLES_MAX


class Ack(Struct, frozen=True, tag_field="type", tag="ack"):
    """Everything up to this one is stored."""

    sequence: int


class Ended(Struct, frozen=True, tag_field="type", tag="ended"):
    """All is stored, and the stream is closed."""

    sequence: int


class RefusedMessage(Struct, frozen=True, tag_field="type", tag="refused"):
    """The connection ends, and the same would be refused again."""

    problem: str
    detail: str


class Retry(Struct, frozen=True, tag_field="type", tag="retry"):
    """The connection ends through no fault of the source: come back, and go on."""

    problem: str
    after_s: float


Said = Welcome | Ack | Ended | RefusedMessage | Retry

_hello = msgspec.json.Decoder(Hello)
_end = msgspec.json.Decoder(End)


def hello_in(message: str | bytes) -> Hello:
    """Return a source's first message.

    Raises:
        IngestRefused: it is none, or asks for what there is not; says which.
    """
    if isinstance(message, bytes):
        raise IngestRefused("hello_expected")
    if len(message) > HELLO_BYTES_MAX:
        raise IngestRefused("hello_oversized")
    try:
        hello = decoded(_hello, message)
    except msgspec.DecodeError:
        # What is wrong with which field would repeat what was sent.
        raise IngestRefused("hello_malformed") from None
    if hello.protocol != PROTOCOL:
        raise IngestRefused("protocol_unsupported")
    if hello.encoding not in ("pcm_s16le", "mulaw"):
        raise IngestRefused("encoding_unsupported")
    if hello.rate_hz != SAMPLE_RATE_HZ:
        raise IngestRefused("rate_unsupported")
    if not hello.tracks or not set(hello.tracks) <= set(TRACKS):
        raise IngestRefused("tracks_unsupported")
    if hello.contact.media is not None:
        raise IngestRefused("media_not_yours")
    return hello


def end_in(message: str) -> End:
    """Return a source's last message.

    Raises:
        IngestRefused: it is none.
    """
    if len(message) > END_BYTES_MAX:
        raise IngestRefused("message_oversized")
    try:
        return decoded(_end, message)
    except msgspec.DecodeError:
        raise IngestRefused("message_malformed") from None


def frame_in(message: bytes, hello: Hello) -> PushedFrame:
    """Return a frame of audio, decoded.

    Raises:
        IngestRefused: it cannot be one; says what is wrong.
    """
    sample_bytes = SAMPLE_BYTES if hello.encoding == "pcm_s16le" else 1
    if len(message) > _HEADER.size + FRAME_SAMPLES_MAX * sample_bytes:
        raise IngestRefused("frame_oversized")
    if len(message) <= _HEADER.size:
        raise IngestRefused("frame_empty")
    track: int
    track, sequence, first_sample = _HEADER.unpack_from(message)
    payload = message[_HEADER.size :]
    if track >= len(TRACKS) or TRACKS[track] not in hello.tracks:
        raise IngestRefused("track_not_announced")
    if len(payload) % sample_bytes:
        raise IngestRefused("frame_of_half_samples")
    samples = payload if hello.encoding == "pcm_s16le" else linear(payload)
    return PushedFrame(sequence, TRACKS[track], first_sample, samples)
