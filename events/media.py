"""Lane `media`: what was received from the contact's audio streams. One writer: `services/media`.

The contact clock counts samples of 8 kHz (milliseconds are samples / 8) from the producer
time of the contact's first audio block. A missing block is a gap, never a shift.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, Lane, Position, Track


class AudioStreamOpened(Event, frozen=True, kw_only=True):
    """The first block of the contact came from this stream."""

    TYPE: ClassVar[str] = "audio_stream_opened"
    LANE: ClassVar[Lane] = "media"

    stream: int  # ordinal of the contact's media streams, from 1
    stream_arn: str
    clock_zero_at: datetime  # producer time of the contact's first block: 0 ms, for all its streams


class TrackSpan(Struct, frozen=True, kw_only=True):
    """A range of samples of one track that was stored, gaps within it left out."""

    track: Track
    first_sample: int  # on the contact clock
    end_sample: int  # exclusive
    sample_count: int  # less than the range where `AudioGap`s say so
    sha256: str  # hex, of the stored samples (16-bit little-endian) in order


class AudioReceived(Event, frozen=True, kw_only=True):
    """About ten seconds of audio stand in the audio stream."""

    TYPE: ClassVar[str] = "audio_received"
    LANE: ClassVar[Lane] = "media"

    stream: int
    first_fragment: str
    last_fragment: str
    spans: tuple[TrackSpan, ...]  # at most one a track
    audio_after: Position  # the span's chunks stand in the audio stream after this position
    audio_upto: Position  # and up to this one


GapReason = Literal["missing", "unreadable", "stream_failed", "reader_late"]


class AudioGap(Event, frozen=True, kw_only=True):
    """A stretch of one track that could not be had."""

    TYPE: ClassVar[str] = "audio_gap"
    LANE: ClassVar[Lane] = "media"

    track: Track
    from_ms: int
    until_ms: int | None  # None: nothing came after it
    reason: GapReason


class AudioStreamClosed(Event, frozen=True, kw_only=True):
    """Nothing more will be read from this stream."""

    TYPE: ClassVar[str] = "audio_stream_closed"
    LANE: ClassVar[Lane] = "media"

    stream: int
    reason: Literal["contact_ended", "stream_reused", "stream_failed", "never_opened", "superseded"]
    ended_ms: int  # end of the last stored block, over both tracks; 0 when there was none
    audio_upto: Position  # last position of the contact in the audio stream
