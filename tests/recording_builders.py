"""Sample events of lane `recording`; any field can be given by keyword.

Those of other lanes stand in `builders.py`, which lists these among all of contacts.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from antiphon.events import recording
from antiphon.events.base import Event, Position

from .making import made


def recording_consented(**given: Any) -> recording.RecordingConsented:
    return made(
        recording.RecordingConsented,
        given,
        attribute="antiphon_recording_consent",
        said_at=None,
    )


def recording_declined(**given: Any) -> recording.RecordingDeclined:
    return made(
        recording.RecordingDeclined,
        given,
        attribute="antiphon_recording_consent",
        said_at=datetime(2026, 3, 2, 12, 0, 12, tzinfo=UTC),
        reason="withdrawn",
    )


def recording_part_stored(**given: Any) -> recording.RecordingPartStored:
    return made(
        recording.RecordingPartStored,
        given,
        part=0,
        key="recordings/demo/c-1/part-00000-5b1c8f0e2f6d4f0a9b6f3f1f0c8d7e6a",
        size=1_048_604,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        sample_count=491_520,
        heard=(491_520, 490_000),
        audio_upto=Position(61),
    )


def recorded_track(**given: Any) -> recording.RecordedTrack:
    return made(
        recording.RecordedTrack,
        given,
        track="from_customer",
        sample_count=983_040,
        heard=983_040,
        lost=0,
    )


def recording_stored(**given: Any) -> recording.RecordingStored:
    return made(
        recording.RecordingStored,
        given,
        key="recordings/demo/c-1/recording-0d9f7e6a5b1c4c2e8f3a7b6c5d4e3f2a",
        codec="flac",
        duration_ms=122_880,
        size=2_098_800,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        parts=2,
        index_at=2_097_208,
        tracks=(recorded_track(), recorded_track(track="to_customer", heard=975_040, lost=8_000)),
    )


def recording_failed(**given: Any) -> recording.RecordingFailed:
    return made(recording.RecordingFailed, given, reason="store_unavailable", parts=3)


def recording_erased(**given: Any) -> recording.RecordingErased:
    return made(recording.RecordingErased, given, objects=1)


RECORDING_SAMPLES: tuple[Callable[[], Event], ...] = (
    recording_consented, recording_declined, recording_part_stored, recording_stored,
    recording_failed, recording_erased,
)  # fmt: skip
