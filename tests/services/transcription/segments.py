"""Records as Contact Lens writes them, by hand."""

import json
from pathlib import Path
from typing import Any

from antiphon.events.base import Event
from antiphon.events.speech import UtteranceFinalized

from ...builders import CONTACT

ARN = "arn:aws:kinesis:eu-central-1:111122223333:stream/contact.lens"


SAMPLES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "captures" / "contact_lens_segments.json").read_text()
)


CUSTOMER, AGENT = "CUSTOMER", "AGENT"


def record(*segments: dict[str, Any], kind: str = "SEGMENTS", **given: Any) -> bytes:
    """Return a record as it stands on the stream."""
    told: dict[str, Any] = {
        "Version": "1.0.0",
        "Channel": "VOICE",
        "AccountId": "111122223333",
        "InstanceId": "c8c0e68d-2200-4265-82c0-0a1b2c3d4e5f",
        "ContactId": CONTACT.contact_id,
        "LanguageCode": "en-US",
        "EventType": kind,
    }
    if segments:
        told["Segments"] = list(segments)
    return json.dumps(told | given).encode()


def transcript(id_: str, words: str, began_ms: int, *, role: str = CUSTOMER, **given: Any) -> Any:
    told = {
        "Id": id_,
        "ParticipantId": role,
        "ParticipantRole": role,
        "Content": words,
        "BeginOffsetMillis": began_ms,
        "EndOffsetMillis": began_ms + 300 * len(words.split()),
        "Sentiment": "NEUTRAL",
    }
    return {"Transcript": told | given}


def utterance(id_: str, words: str, began_ms: int, *, role: str = CUSTOMER, **given: Any) -> Any:
    told = {
        "Id": f"partial-of-{id_}",
        "TranscriptId": id_,
        "ParticipantId": role,
        "ParticipantRole": role,
        "PartialContent": words,
        "BeginOffsetMillis": began_ms,
        "EndOffsetMillis": began_ms + 300 * len(words.split()),
    }
    return {"Utterance": told | given}


STARTED = record(kind="STARTED")


COMPLETED = record(kind="COMPLETED")


SPOKEN = [
    ("t-1", "from_customer", "I want to cancel my plan."),
    ("t-2", "to_customer", "I am sorry to hear that."),
    ("t-3", "from_customer", "So am I."),
]


CALL = [
    STARTED,
    record(utterance("t-1", "I want to", 1_000)),
    record(transcript("t-1", "I want to cancel my plan.", 1_000)),
    record(
        transcript("t-2", "I am sorry to hear that.", 4_000, role=AGENT),
        utterance("t-3", "So", 7_000),
    ),
    record(transcript("t-3", "So am I.", 7_000)),
    COMPLETED,
]


def finals(events: list[Event]) -> list[tuple[str, str, str]]:
    """Return id, track and words of the finals."""
    return [
        (one.utterance_id, one.track, one.text.reveal())
        for one in events
        if isinstance(one, UtteranceFinalized)
    ]


def another(contact_id: str, record_: bytes) -> bytes:
    return record_.replace(CONTACT.contact_id.encode(), contact_id.encode())


def turns(count: int, *, first: int = 0) -> list[bytes]:
    return [
        record(transcript(f"t-{number}", f"this is word w{number}", 1_000 * number))
        for number in range(first, first + count)
    ]


def ids(count: int) -> list[str]:
    return [f"t-{number}" for number in range(count)]
