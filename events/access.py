"""Kind `access` of the register: who read what of the past, and why. One writer: the API.

A fact stands here before the first byte of what was asked for is sent. Who read is the
envelope's `actor`, `reader:<id>`. The reason is free text and so is sealed, under the tenant's
key: a contact's own key may be gone, and its history is still read.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import ContactId, Lane, Position, RegisterEvent
from .sealed import Sealed

KIND = "access"


class Selected(Struct, frozen=True, kw_only=True):
    """Which facts were asked for. Nothing narrows where a field is None or empty."""

    recorded_from: datetime | None  # inclusive, the log's clock
    recorded_to: datetime | None  # exclusive
    types: tuple[str, ...]
    lanes: tuple[Lane, ...]
    after: Position
    upto: Position  # the end of the log, where nothing else was asked for
    texts_open: bool  # False: personal texts were told as they are stored, sealed


class HistoryRead(RegisterEvent, frozen=True, kw_only=True):
    """Facts were told from the log: of one contact, or of the whole tenant."""

    TYPE: ClassVar[str] = "history_read"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId | None  # None: of every contact
    selected: Selected
    reason: Sealed | None
    # The reader is one whom the privacy policy of then had told what nobody had passed, if any.
    quarantine_open: bool = False


class DeskRecalled(RegisterEvent, frozen=True, kw_only=True):
    """Somebody looked at what a desk had shown of a contact at one moment."""

    TYPE: ClassVar[str] = "desk_recalled"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId
    at_ms: int | None  # as asked: on the contact clock,
    at: datetime | None  # or as an instant
    reason: Sealed | None
    quarantine_open: bool = False  # as for `HistoryRead`


class ContactReplayed(RegisterEvent, frozen=True, kw_only=True):
    """A contact was played again, as its stream told it."""

    TYPE: ClassVar[str] = "contact_replayed"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId
    from_ms: int | None  # on the contact clock; None: from its first fact
    after: Position  # a player that was cut went on after this fact
    speed: float  # times real time
    reason: Sealed | None
    quarantine_open: bool = False  # as for `HistoryRead`


# Of what was redacted and verified: its audio, or how loud it is. Or, heard or looked at, what
# nobody had passed yet, and what was heard before anything was removed.
RecordingPart = Literal["audio", "waveform", "quarantined", "original"]


class RecordingRead(RegisterEvent, frozen=True, kw_only=True):
    """Somebody listened to a contact's recording, or looked at how loud it is."""

    TYPE: ClassVar[str] = "recording_read"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId
    what: RecordingPart
    byte_range: str | None  # of the audio, as asked for; None: all of it
    reason: Sealed | None


class OriginalsRead(RegisterEvent, frozen=True, kw_only=True):
    """Somebody read what was said on a contact before anything was masked."""

    TYPE: ClassVar[str] = "originals_read"
    KIND: ClassVar[str] = KIND

    contact_id: ContactId
    reason: Sealed | None


class AccessRead(RegisterEvent, frozen=True, kw_only=True):
    """Somebody read who had read."""

    TYPE: ClassVar[str] = "access_read"
    KIND: ClassVar[str] = KIND

    recorded_from: datetime | None
    recorded_to: datetime | None
    after: Position
    reason: Sealed | None
