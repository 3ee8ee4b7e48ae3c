"""What was removed of a contact, and who checked it: samples of the lane `redaction`."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from antiphon.events import redaction, speech
from antiphon.events.base import Event, Position, UtteranceId
from antiphon.events.sealed import Sealed

from .making import made

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

KEY = "redacted/demo/c-1/redacted-5b1c4c2e8f3a7b6c5d4e3f2a0d9f7e6a"
ORIGINAL_KEY = "recordings/demo/c-1/recording-0d9f7e6a5b1c4c2e8f3a7b6c5d4e3f2a"


def audio_span(**given: Any) -> redaction.AudioSpan:
    return made(
        redaction.AudioSpan,
        given,
        track="from_customer",
        from_ms=4_100,
        until_ms=7_350,
        kind="card_number",
        ground="words",
    )


def finding(**given: Any) -> redaction.Finding:
    return made(
        redaction.Finding,
        given,
        check="audio_heard_again",
        ground="found_again",
        kind="account_number",
        track="from_customer",
        from_ms=9_000,
        until_ms=11_200,
    )


def check(**given: Any) -> redaction.Check:
    return made(
        redaction.Check, given, name="audio_heard_again", by="whisper-base ebe41f70", findings=0
    )


def redacted_audio(**given: Any) -> redaction.RedactedAudio:
    return made(
        redaction.RedactedAudio,
        given,
        key=KEY,
        original_key=ORIGINAL_KEY,
        original_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        duration_ms=122_880,
        size=1_998_800,
        sha256="60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
        parts=2,
        index_at=1_997_208,
        cover="beep",
        spans=(audio_span(),),
    )


def redaction_applied(**given: Any) -> redaction.RedactionApplied:
    return made(
        redaction.RedactionApplied,
        given,
        round=1,
        attempt=1,
        heard_upto=Position(40),
        utterances=14,
        detector="antiphon-privacy 1",
        audio=redacted_audio(),
    )


def redaction_doubted(**given: Any) -> redaction.RedactionDoubted:
    return made(
        redaction.RedactionDoubted,
        given,
        round=1,
        attempt=1,
        checks=(check(findings=1),),
        findings=(finding(),),
    )


def redaction_verified(**given: Any) -> redaction.RedactionVerified:
    return made(redaction.RedactionVerified, given, round=1, attempt=2, checks=(check(),))


def redaction_failed(**given: Any) -> redaction.RedactionFailed:
    return made(
        redaction.RedactionFailed,
        given,
        round=1,
        attempts=3,
        reason="found_again",
        findings=(finding(),),
    )


def original_destroyed(**given: Any) -> redaction.OriginalDestroyed:
    return made(redaction.OriginalDestroyed, given, objects=1, by="policy")


def original_kept(**given: Any) -> redaction.OriginalKept:
    return made(redaction.OriginalKept, given, hold_ids=("h-1",), policy_version="3f2a91c077aa")


def redacted_erased(**given: Any) -> redaction.RedactedErased:
    return made(redaction.RedactedErased, given, objects=1)


def redaction_reviewed(**given: Any) -> redaction.RedactionReviewed:
    return made(
        redaction.RedactionReviewed,
        given,
        decision="marked",
        round=1,
        attempt=3,
        spans=(audio_span(ground="review"),),
        reviewed_at=NOON,
    )


def utterance_original(text: str = "call me on 555 0142", **given: Any) -> speech.UtteranceOriginal:
    return made(
        speech.UtteranceOriginal,
        given,
        utterance_id=UtteranceId("from_customer-1"),
        text=Sealed(text),
        spans=(speech.PersonalSpan("phone_number", 3, 4),),
    )


REDACTION_SAMPLES: tuple[Callable[[], Event], ...] = (
    redaction_applied, redaction_doubted, redaction_verified, redaction_failed,
    original_destroyed, original_kept, redacted_erased, redaction_reviewed, utterance_original,
)  # fmt: skip
