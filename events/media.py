"""Lane `media`: what was received from the contact's audio streams. One writer: `services/media`.

The contact clock counts samples of 8 kHz (milliseconds are samples / 8) from the producer
time of the contact's first audio block. A missing block is a gap, never a shift.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, Lane, Position, Track

GapReason = Literal["missing", "unreadable", "stream_failed", "reader_late", "refused"]
RefusalReason = Literal["streams", "account_streams", "memory"]
RepairOutcome = Literal["whole", "partly", "nothing", "failed"]


class AudioRefused(Event, frozen=True, kw_only=True):
    """There was no room to read a stream. It waits: `AudioStreamOpened` says it was let in.

    A stream that is let in is read from its beginning. One that is not, until the contact is
    over, has an `AudioGap` because of it.
    """

    TYPE: ClassVar[str] = "audio_refused"
    LANE: ClassVar[Lane] = "media"

    stream: int  # ordinal of the contact's media streams, from 1
    reason: RefusalReason
    limit: int  # streams, or bytes for `memory`
    in_use: int  # the same


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


class AudioRepaired(Event, frozen=True, kw_only=True):
    """What was missing of a contact that is over was looked for where its streams are kept.

    Once a contact. What was found stands in the audio stream behind everything that was heard,
    in chunks that say so. The gaps stay: nobody has transcribed what was found.
    """

    TYPE: ClassVar[str] = "audio_repaired"
    LANE: ClassVar[Lane] = "media"

    outcome: RepairOutcome  # `failed`: it could not be looked for, or not in time
    spans: tuple[TrackSpan, ...]  # found, without a gap within; several a track
    missing_ms: int  # still, over both tracks
    audio_after: Position  # the chunks stand in the audio stream after this position
    audio_upto: Position  # and up to this one
