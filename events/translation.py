"""Lane `translation`: which language is spoken, what it says in another, replies that are spoken.

One writer: `services/translation`; `ReplyTyped` stands in `life`, as a command decided it.
Languages are primary subtags of BCP 47 in small letters: `es`.
"""

from typing import ClassVar, Literal, NewType

from .base import Event, Lane, Track, UtteranceId
from .sealed import Sealed

ReplyId = NewType("ReplyId", str)

UNDETERMINED = "und"  # of a text whose language nobody told. Source: ISO 639-2

# Whose wish it is that something is translated.
Wish = Literal["attribute", "agent", "tenant"]


class ReplyTyped(Event, frozen=True, kw_only=True):
    """An agent typed what the customer is to hear. Card data is masked in it."""

    TYPE: ClassVar[str] = "reply_typed"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE: ClassVar[bool] = True

    reply_id: ReplyId
    text: Sealed
    language: str | None = None  # to be told in; None: the one the customer speaks


class TranslationSet(Event, frozen=True, kw_only=True):
    """From here on, what is said in another language is wanted in these; none: in no other."""

    TYPE: ClassVar[str] = "translation_set"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    targets: tuple[str, ...]  # the one that the agent reads first
    wish: Wish | None  # None: nobody's, or nobody's any more
    # Whether anything can translate. False: nothing is translated, and nothing pretended.
    configured: bool


class LanguageIdentified(Event, frozen=True, kw_only=True):
    """A voice was found to speak a language, heard over several utterances."""

    TYPE: ClassVar[str] = "language_identified"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    track: Track
    language: str
    assumed: str  # what was taken for it before: as the contact was told, or as identified last
    confidence: float  # 0 to 1
    utterance_ids: tuple[UtteranceId, ...]  # that were judged together
    identifier: str  # name and version
    candidates: tuple[str, ...]  # among which it was chosen


class UtteranceTranslated(Event, frozen=True, kw_only=True):
    """What an utterance says in another language. Card masks stand in it as in the utterance."""

    TYPE: ClassVar[str] = "utterance_translated"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    utterance_id: UtteranceId
    source: str
    target: str
    text: Sealed
    context: tuple[UtteranceId, ...]  # what had been said before, as the model was shown it
    model: str  # as its endpoint names it
    endpoint: str
    prompt: str  # with its version
    glossary: str  # hash of the tenant's terms; empty: it has none
    took_ms: int


class TranslationDropped(Event, frozen=True, kw_only=True):
    """Utterances will not be translated."""

    TYPE: ClassVar[str] = "translation_dropped"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    utterance_ids: tuple[UtteranceId, ...]
    target: str
    # snake_case: `late`, why no model answered (see `ModelFailed`), or what was wrong with what
    # it wrote (`numbers_changed`, `masks_changed`, `term_lost`, …).
    reason: str


class ReplyTranslated(Event, frozen=True, kw_only=True):
    """What an agent's typed reply says in the customer's language."""

    TYPE: ClassVar[str] = "reply_translated"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    reply_id: ReplyId
    source: str  # `und`: nobody told
    target: str
    text: Sealed
    model: str
    endpoint: str
    prompt: str
    glossary: str
    took_ms: int


class ReplySpoken(Event, frozen=True, kw_only=True):
    """A reply stands as audio in an object, sealed under the contact's key."""

    TYPE: ClassVar[str] = "reply_spoken"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    reply_id: ReplyId
    language: str
    voice: str  # name and version of what spoke
    key: str  # of the object
    codec: Literal["wav"]  # 16 bits, one channel
    sample_rate_hz: int
    duration_ms: int
    size: int  # bytes in clear
    sha256: str  # hex, of these
    took_ms: int


class ReplyFailed(Event, frozen=True, kw_only=True):
    """A reply was not translated, so not spoken either, or translated and not spoken."""

    TYPE: ClassVar[str] = "reply_failed"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    reply_id: ReplyId
    step: Literal["translation", "speech"]
    reason: str  # snake_case: as for `TranslationDropped`, or why no voice spoke (`VoiceFailed`)


class ReplyAudioErased(Event, frozen=True, kw_only=True):
    """The person was erased, and no audio of the contact's replies is left."""

    TYPE: ClassVar[str] = "reply_audio_erased"
    LANE: ClassVar[Lane] = "translation"
    IGNORABLE: ClassVar[bool] = True

    objects: int  # deleted by whoever says so; a process that died had deleted others
