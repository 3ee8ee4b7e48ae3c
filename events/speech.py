"""Lane `speech`: what was recognised. One writer: `services/transcription`."""

from datetime import datetime
from typing import ClassVar, Literal

from msgspec import Struct

from .base import Event, Holder, Lane, Position, Track, UtteranceId
from .privacy.kinds import PersonalKind, Place
from .sealed import Sealed


class WordTime(Struct, frozen=True, array_like=True, gc=False):
    """When a word was said. The nth belongs to the nth word of the text, split at spaces."""

    started_ms: int
    ended_ms: int
    confidence: float  # 0 to 1


class TextStreamOpened(Event, frozen=True, kw_only=True):
    """The contact's words come as text: somebody else hears it, and no audio of ours is behind.

    Finals carry the ids that their source gave them, and `audio_upto` 0.
    """

    TYPE: ClassVar[str] = "text_stream_opened"
    LANE: ClassVar[Lane] = "speech"

    recognizer: str  # name and version
    # 0 ms on the contact clock where no audio of the contact says so; from when its first words
    # were told, so late by as long as its source took for them.
    clock_zero_at: datetime


class TextStreamClosed(Event, frozen=True, kw_only=True):
    """The source of the contact's text said that this was all, or that it cannot go on.

    The contact may go on without. A final that comes all the same opens the stream again.
    """

    TYPE: ClassVar[str] = "text_stream_closed"
    LANE: ClassVar[Lane] = "speech"
    IGNORABLE = True

    reason: Literal["completed", "failed"]


CardKind = Literal["card_number", "security_code", "expiry_date"]


class CardMask(Struct, frozen=True, array_like=True):
    """Where a word of a text stands for card data that was said, and is stored nowhere."""

    kind: CardKind
    word: int  # index of the word
    digits: int  # how many digits were said


class PersonalSpan(Struct, frozen=True, array_like=True):
    """Words of a text that are personal data, or the one word that stands for them."""

    kind: PersonalKind
    first_word: int  # index in the text
    last_word: int  # included
    # Where these words may be shown. Nowhere: they are not in the text, a mask stands for them.
    shown_in: tuple[Place, ...] = ()
    digits: int = 0  # how many digits were said


class UtteranceFinalized(Event, frozen=True, kw_only=True):
    """The recogniser committed to the words of one speaker turn.

    Partial hypotheses are not events: they are shown live, then forgotten. Card numbers, expiry
    dates and security codes are never in `text`: one word stands for each, and `masked` says so.
    """

    TYPE: ClassVar[str] = "utterance_finalized"
    LANE: ClassVar[Lane] = "speech"

    utterance_id: UtteranceId
    track: Track
    text: Sealed
    words: tuple[WordTime, ...]
    started_ms: int  # on the contact clock
    ended_ms: int
    confidence: float  # mean over words, 0 to 1
    recognizer: str  # name and version
    audio_upto: Position  # position in the audio stream that had been heard
    masked: tuple[CardMask, ...] = ()  # in the order of their words
    personal: tuple[PersonalSpan, ...] = ()  # in the order of their words


class UtteranceOriginal(Event, frozen=True, kw_only=True):
    """An utterance as it was said, but for card data, where its final leaves something out.

    Stands right before or after its final. Sealed under a key of its own, which only those are
    given who may read originals.
    """

    TYPE: ClassVar[str] = "utterance_original"
    LANE: ClassVar[Lane] = "speech"
    HOLDER: ClassVar[Holder] = "original"
    IGNORABLE: ClassVar[bool] = True

    utterance_id: UtteranceId
    text: Sealed
    spans: tuple[PersonalSpan, ...]  # of the words of this text; shown nowhere


class RecognizerSwitched(Event, frozen=True, kw_only=True):
    """Another recogniser, or a new session of the same, goes on from here."""

    TYPE: ClassVar[str] = "recognizer_switched"
    LANE: ClassVar[Lane] = "speech"

    previous: str
    recognizer: str
    reason: str  # snake_case
    at_ms: int


class SpeechGap(Event, frozen=True, kw_only=True):
    """A stretch of stored audio that nobody could recognise."""

    TYPE: ClassVar[str] = "speech_gap"
    LANE: ClassVar[Lane] = "speech"

    track: Track
    from_ms: int
    until_ms: int | None  # None: to the end
    reason: str  # snake_case


class TranscriptCompleted(Event, frozen=True, kw_only=True):
    """Both tracks are drained; no final follows."""

    TYPE: ClassVar[str] = "transcript_completed"
    LANE: ClassVar[Lane] = "speech"

    utterances: int
    reason: Literal["drained", "deadline", "no_audio"]
