"""Sample events of the lane `translation`, and the reply that an agent types."""

from collections.abc import Callable
from typing import Any

from antiphon.events import translation
from antiphon.events.base import Event, UtteranceId
from antiphon.events.sealed import Sealed
from antiphon.events.translation import ReplyId

from .making import made

REPLY = ReplyId("4c1f0d2a")


def reply_typed(**given: Any) -> translation.ReplyTyped:
    return made(
        translation.ReplyTyped, given, reply_id=REPLY, text=Sealed("A technician is coming")
    )


def translation_set(**given: Any) -> translation.TranslationSet:
    return made(
        translation.TranslationSet, given, targets=("en",), wish="attribute", configured=True
    )


def language_identified(**given: Any) -> translation.LanguageIdentified:
    return made(
        translation.LanguageIdentified,
        given,
        track="from_customer",
        language="es",
        assumed="en",
        confidence=0.998,
        utterance_ids=(UtteranceId("from_customer-1"), UtteranceId("from_customer-2")),
        identifier="py3langid/0.4.0",
        candidates=("en", "es"),
    )


def utterance_translated(**given: Any) -> translation.UtteranceTranslated:
    return made(
        translation.UtteranceTranslated,
        given,
        utterance_id=UtteranceId("from_customer-1"),
        source="es",
        target="en",
        text=Sealed("I want to pay my bill"),
        context=(),
        model="llama-v3p1-70b",
        endpoint="eu",
        prompt="translate-utterance@1",
        glossary="",
        took_ms=412,
    )


def translation_dropped(**given: Any) -> translation.TranslationDropped:
    return made(
        translation.TranslationDropped,
        given,
        utterance_ids=(UtteranceId("from_customer-2"),),
        target="en",
        reason="late",
    )


def reply_translated(**given: Any) -> translation.ReplyTranslated:
    return made(
        translation.ReplyTranslated,
        given,
        reply_id=REPLY,
        source="en",
        target="es",
        text=Sealed("Va un técnico"),
        model="llama-v3p1-70b",
        endpoint="eu",
        prompt="translate-reply@1",
        glossary="1f3870be274f",
        took_ms=388,
    )


def reply_spoken(**given: Any) -> translation.ReplySpoken:
    return made(
        translation.ReplySpoken,
        given,
        reply_id=REPLY,
        language="es",
        voice="cartesia-sonic-3/1",
        key=f"replies/demo/c-1/{REPLY}",
        codec="wav",
        sample_rate_hz=16_000,
        duration_ms=1_240,
        size=39_724,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        took_ms=530,
    )


def reply_failed(**given: Any) -> translation.ReplyFailed:
    return made(
        translation.ReplyFailed, given, reply_id=REPLY, step="speech", reason="unconfigured"
    )


def reply_audio_erased(**given: Any) -> translation.ReplyAudioErased:
    return made(translation.ReplyAudioErased, given, objects=2)


TRANSLATION_SAMPLES: tuple[Callable[[], Event], ...] = (
    reply_typed, translation_set, language_identified, utterance_translated, translation_dropped,
    reply_translated, reply_spoken, reply_failed, reply_audio_erased,
)  # fmt: skip
