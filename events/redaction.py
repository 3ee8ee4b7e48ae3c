"""Lane `redaction`: what was removed of a contact, and who checked. Writer: `services/redaction`.

What people decide where machines could not stands in `life`: `RedactionReviewed`.
"""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, Lane, Position, Track, UtteranceId
from .privacy.kinds import PersonalKind
from .privacy_policy import Cover

# Why a stretch was removed, or is doubted.
Ground = Literal[
    "words",  # words of personal data were recognised there
    "too_few_digits",  # asked for, and fewer digits than its kind has
    "uncovered_speech",  # speech that no word covers, after a cue for personal data
    "overlong_word",  # a last word longer than anybody says one
    "implausible_times",  # words outside of all speech
    "found_again",  # an independent recogniser or detector found it in what was redacted
    "not_removed",  # a planned stretch is not what it should be
    "review",  # a person marked it
]


class AudioSpan(Struct, frozen=True, array_like=True):
    """A stretch of one track, on the contact clock."""

    track: Track
    from_ms: int
    until_ms: int
    kind: PersonalKind
    ground: Ground


class TextMask(Struct, frozen=True, array_like=True):
    """Words that a transcript still shows, and nobody may be shown once this is applied."""

    utterance_id: UtteranceId
    kind: PersonalKind
    first_word: int  # index in the text as the transcript shows it, split at spaces
    last_word: int  # included


class Finding(Struct, frozen=True, array_like=True):
    """What a check found wrong. Says where and of which kind, never what."""

    check: str  # its name, snake_case
    ground: Ground
    kind: PersonalKind
    track: Track
    from_ms: int
    until_ms: int
    utterance_id: UtteranceId | None = None  # None: it is in the audio


class Check(Struct, frozen=True, array_like=True):
    """A check that was made, and by what."""

    name: str  # snake_case
    by: str  # name and version of a recogniser or a detector
    findings: int


class RedactedAudio(Struct, frozen=True, kw_only=True):
    """A redacted recording: a new object, sealed under the contact's key."""

    key: str  # of the object
    original_key: str  # of the object it was made from
    original_sha256: str
    duration_ms: int
    size: int  # bytes, sealed
    sha256: str  # hex, of the sealed bytes
    parts: int
    index_at: int  # where in the object its sealed index begins, which reaches to the end
    cover: Cover
    spans: tuple[AudioSpan, ...]


class RedactionApplied(Event, frozen=True, kw_only=True):
    """What was to be removed is removed. Nobody has checked it: it stays in quarantine.

    A round is about one recording and the words up to `heard_upto`. A repaired recording, or a
    word that is told later, begins another, and what was verified before is in quarantine again.
    """

    TYPE: ClassVar[str] = "redaction_applied"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    round: int  # from 1
    attempt: int  # from 1, of the round
    heard_upto: Position  # the newest fact of the lanes `speech` and `recording` it knows
    utterances: int  # that were looked at
    detector: str  # name and version of what found the spans
    masks: tuple[TextMask, ...] = ()  # beyond what the finals masked themselves
    audio: RedactedAudio | None  # None: the contact was not recorded, see `reason`
    reason: Literal["", "not_recorded", "recording_failed"] = ""


class RedactionDoubted(Event, frozen=True, kw_only=True):
    """A check of an attempt found something, or could not be made: another attempt follows."""

    TYPE: ClassVar[str] = "redaction_doubted"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    round: int
    attempt: int
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...]
    problem: str = ""  # snake_case code, where a check could not be made


class RedactionVerified(Event, frozen=True, kw_only=True):
    """Every check of an attempt passed, or a person confirmed it. It leaves quarantine."""

    TYPE: ClassVar[str] = "redaction_verified"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    round: int
    attempt: int
    checks: tuple[Check, ...]
    reviewed_by: str = ""  # `reader:<id>` who confirmed it; empty: machines did


class RedactionFailed(Event, frozen=True, kw_only=True):
    """No attempt passed. It stays in quarantine and waits for people."""

    TYPE: ClassVar[str] = "redaction_failed"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    round: int
    attempts: int
    reason: Literal["found_again", "unverifiable", "unredactable"]
    findings: tuple[Finding, ...]
    problem: str = ""  # snake_case code of what could not be done


class OriginalDestroyed(Event, frozen=True, kw_only=True):
    """Nothing unredacted of the contact is left: its own key was destroyed, its objects deleted."""

    TYPE: ClassVar[str] = "original_destroyed"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    objects: int  # deleted
    by: Literal["policy", "retention"]


class OriginalKept(Event, frozen=True, kw_only=True):
    """The policy would have the originals destroyed now, and they are kept: under legal hold.

    They go when their time is over, which `DataDeleted` says, or where the contact is redacted
    again after the holds were released, which `OriginalDestroyed` says.
    """

    TYPE: ClassVar[str] = "original_kept"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    hold_ids: tuple[str, ...]
    policy_version: str


class RedactedErased(Event, frozen=True, kw_only=True):
    """The person was erased, and no object of the contact's redacted recording is left."""

    TYPE: ClassVar[str] = "redacted_erased"
    LANE: ClassVar[Lane] = "redaction"
    IGNORABLE: ClassVar[bool] = True

    objects: int


class RedactionReviewed(Event, frozen=True, kw_only=True):
    """A person listened to what machines could not settle."""

    TYPE: ClassVar[str] = "redaction_reviewed"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE: ClassVar[bool] = True

    decision: Literal["confirmed", "marked"]  # as it is; or with these spans, then checked again
    round: int
    attempt: int  # that was listened to
    spans: tuple[AudioSpan, ...]
    reviewed_at: datetime
