"""Lane `recording`: may a contact be recorded, and what was. One writer: `services/recording`."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, Lane, Position, Track

# Whose key seals audio as it was heard. Recordings of before there was redaction: the contact's.
AudioHolder = Literal["contact", "original"]


class RecordingConsented(Event, frozen=True, kw_only=True):
    """The contact may be recorded from here on."""

    TYPE: ClassVar[str] = "recording_consented"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    attribute: str  # its name; what it was set to stays sealed where it was set
    said_at: datetime | None  # None: with the contact's first attributes, so from its first sample


class RecordingDeclined(Event, frozen=True, kw_only=True):
    """The contact may not be recorded, or not from here on."""

    TYPE: ClassVar[str] = "recording_declined"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    attribute: str
    said_at: datetime | None  # as in `RecordingConsented`
    reason: Literal["not_said", "refused", "withdrawn"]


class RecordingPartStored(Event, frozen=True, kw_only=True):
    """About a minute of both tracks stands, sealed, in an object of its own until the end."""

    TYPE: ClassVar[str] = "recording_part_stored"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    part: int  # from 0
    key: str  # of the object
    size: int  # bytes, sealed
    sha256: str  # hex, of the sealed bytes
    sample_count: int  # of each track
    heard: tuple[int, ...]  # of these, how many came from audio: by track, in the order of TRACKS
    audio_upto: Position  # all audio up to here stands in this part and those before
    # Samples of these that were found after the contact, by track. None: nothing had been looked
    # for. With samples, or none, it takes the place of the part of that number that stood before.
    repaired: tuple[int, ...] | None = None
    holder: AudioHolder = "contact"  # of the key that seals it


class RecordedTrack(Struct, frozen=True, kw_only=True):
    """What became of one track."""

    track: Track
    sample_count: int  # on the contact clock, silence where nothing came or nobody consented
    heard: int  # samples that came, also while nobody consented
    lost: int  # samples that were received and could not be had any more
    repaired: int = 0  # samples among those that came: found after the contact was over


class RecordingStored(Event, frozen=True, kw_only=True):
    """The contact's audio stands as it was heard in one object, sealed under the key of `holder`.

    At most twice a contact: the second time, what was found after it was over is in it, and it
    takes the place of the first, whose object is deleted.
    """

    TYPE: ClassVar[str] = "recording_stored"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    key: str  # of the object
    codec: Literal["flac"]
    duration_ms: int
    size: int  # bytes, sealed
    sha256: str  # hex, of the sealed bytes
    parts: int
    index_at: int  # where in the object its sealed index begins, which reaches to the end
    tracks: tuple[RecordedTrack, ...]
    repaired: bool = False  # what was found after the contact is in it
    holder: AudioHolder = "contact"  # of the key that seals it


class RecordingFailed(Event, frozen=True, kw_only=True):
    """There was consent, and there will be no recording."""

    TYPE: ClassVar[str] = "recording_failed"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    reason: Literal["no_audio", "store_unavailable"]
    parts: int  # that had been stored before


class RecordingErased(Event, frozen=True, kw_only=True):
    """The person was erased, and no object of the contact's recording is left."""

    TYPE: ClassVar[str] = "recording_erased"
    LANE: ClassVar[Lane] = "recording"
    IGNORABLE: ClassVar[bool] = True

    objects: int  # deleted by whoever says so; a process that died had deleted others
