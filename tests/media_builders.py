"""Events of lane `media` about what could not be heard, and about the end: for `builders.py`."""

from typing import Any

from antiphon.events.base import Position
from antiphon.events.media import AudioRefused, AudioRepaired, AudioStreamClosed, TrackSpan


def audio_refused(**given: Any) -> AudioRefused:
    told: dict[str, Any] = {"stream": 1, "reason": "streams", "limit": 400, "in_use": 400}
    told.update(given)
    return AudioRefused(**told)


def audio_repaired(**given: Any) -> AudioRepaired:
    span = TrackSpan(
        track="from_customer", first_sample=0, end_sample=512, sample_count=512, sha256="ab" * 32
    )
    told: dict[str, Any] = {"outcome": "partly", "spans": (span,), "missing_ms": 64}
    told.update({"audio_after": Position(60), "audio_upto": Position(62)})
    told.update(given)
    return AudioRepaired(**told)


def audio_stream_closed(**given: Any) -> AudioStreamClosed:
    told: dict[str, Any] = {"stream": 1, "reason": "contact_ended", "ended_ms": 60_000}
    told["audio_upto"] = Position(60)
    told.update(given)
    return AudioStreamClosed(**told)
