"""Events of lane `media` about what could not be heard, and about the end: for `builders.py`."""

from typing import Any

from antiphon.events.base import Position
from antiphon.events.media import AudioRefused, AudioRepaired, AudioStreamClosed, TrackSpan

from .making import made


def audio_refused(**given: Any) -> AudioRefused:
    return made(AudioRefused, given, stream=1, reason="streams", limit=400, in_use=400)


def audio_repaired(**given: Any) -> AudioRepaired:
    span = TrackSpan(
        track="from_customer", first_sample=0, end_sample=512, sample_count=512, sha256="ab" * 32
    )
    return made(
        AudioRepaired,
        given,
        outcome="partly",
        spans=(span,),
        missing_ms=64,
        audio_after=Position(60),
        audio_upto=Position(62),
    )


def audio_stream_closed(**given: Any) -> AudioStreamClosed:
    return made(
        AudioStreamClosed,
        given,
        stream=1,
        reason="contact_ended",
        ended_ms=60_000,
        audio_upto=Position(60),
    )
