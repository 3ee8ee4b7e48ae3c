"""Sample events with sensible defaults: a test names only what it is about.

One function per event of a contact; any field can be given by keyword. Those of the register
stand in `register_builders.py`.
"""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from antiphon.events import contact as life
from antiphon.events import media, speech
from antiphon.events.base import (
    AgentId,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    GuidanceId,
    Position,
    Recorded,
    TenantName,
    UtteranceId,
)
from antiphon.events.live import UtterancePartial
from antiphon.events.sealed import Sealed

from . import guidance_builders
from .guidance_builders import (
    checklist_item_missed,
    checklist_item_ticked,
    checklist_opened,
    guardrail_tripped,
    guidance_expired,
    guidance_issued,
    guidance_withheld,
    inference_finished,
    moment_detected,
    policy_pinned,
    stage_entered,
)
from .insight_builders import INSIGHT_SAMPLES
from .knowledge_builders import KNOWLEDGE_SAMPLES
from .making import made
from .media_builders import audio_refused, audio_repaired, audio_stream_closed
from .recording_builders import RECORDING_SAMPLES
from .redaction_builders import REDACTION_SAMPLES
from .retention_builders import RETENTION_SAMPLES
from .summary_builders import SUMMARY_SAMPLES
from .translation_builders import TRANSLATION_SAMPLES

CONTACT = ContactRef(TenantName("demo"), ContactId("c-1"))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
INSTANCE_ARN = "arn:aws:connect:eu-central-1:123456789012:instance/7f6a2d3e-0d5f-4b7c-9a53"
STREAM_ARN = "arn:aws:kinesisvideo:eu-central-1:123456789012:stream/calls-contact-1/1700000000000"
# As long as the real ones: 47 digits, more than any machine integer holds.
FRAGMENT = "91343852333181432392682062622220590765191907586"

heard = guidance_builders.heard  # where words stand

_event_numbers = itertools.count(1)
_positions = itertools.count(1)


def at(seconds: float) -> datetime:
    """Return the instant so many seconds after noon of the day all samples play on."""
    return NOON + timedelta(seconds=seconds)


def contact(contact_id: str = "c-1", *, tenant: str = "demo") -> ContactRef:
    return ContactRef(TenantName(tenant), ContactId(contact_id))


def draft(event: Event, **given: Any) -> Draft:
    """Return the event ready to be appended, with an id of its own."""
    return made(
        Draft,
        given,
        event=event,
        id=EventId(f"e-{next(_event_numbers)}"),
        occurred_at=NOON,
        actor="machine",
        correlation=CONTACT.contact_id,
    )


def recorded(event: Event, **given: Any) -> Recorded:
    """Return the event as if the log had stored it: positions grow with every call."""
    position = Position(next(_positions))
    return made(
        Recorded,
        given,
        event=event,
        id=EventId(f"r-{position}"),
        position=position,
        recorded_at=NOON,
        occurred_at=NOON,
        contact=CONTACT,
        lane=event.LANE,
        actor="machine",
        correlation=CONTACT.contact_id,
        causation=None,
    )


def media_stream(**given: Any) -> life.MediaStream:
    defaults = {"stream_arn": STREAM_ARN, "start_fragment_number": FRAGMENT, "started_at": NOON}
    return made(life.MediaStream, given, **defaults)


def track_span(**given: Any) -> media.TrackSpan:
    return made(
        media.TrackSpan,
        given,
        track="from_customer",
        first_sample=0,
        end_sample=80_000,
        sample_count=80_000,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    )


# Lane `life`


def contact_started(**given: Any) -> life.ContactStarted:
    return made(
        life.ContactStarted,
        given,
        instance_arn=INSTANCE_ARN,
        initial_contact_id=CONTACT.contact_id,
        initiated_at=at(-5),
        queue="claims",
        media=media_stream(),
        customer_endpoint=Sealed("+4930901820"),
        attributes={"policy": Sealed("P-1881")},
    )


def media_offered(**given: Any) -> life.MediaOffered:
    return made(life.MediaOffered, given, media=media_stream())


def agent_connected(**given: Any) -> life.AgentConnected:
    return made(
        life.AgentConnected,
        given,
        agent_id=AgentId("a-1"),
        connected_at=at(3),
        agent_name=Sealed("Ada Winter"),
    )


def contact_held(**given: Any) -> life.ContactHeld:
    return made(life.ContactHeld, given, held_at=at(20))


def contact_resumed(**given: Any) -> life.ContactResumed:
    return made(life.ContactResumed, given, resumed_at=at(30))


def attributes_set(**given: Any) -> life.AttributesSet:
    return made(life.AttributesSet, given, attributes={"mood": Sealed("worried")})


def contact_ended(**given: Any) -> life.ContactEnded:
    return made(life.ContactEnded, given, ended_at=at(60), reason="customer_hung_up")


def contact_end_corrected(**given: Any) -> life.ContactEndCorrected:
    return made(
        life.ContactEndCorrected, given, ended_at=at(65), reason="agent_hung_up", told_at=at(300)
    )


def contact_erased(**given: Any) -> life.ContactErased:
    return made(life.ContactErased, given, erasure_id="er-1")


def guidance_shown(**given: Any) -> life.GuidanceShown:
    return made(life.GuidanceShown, given, guidance_id=GuidanceId("g-1"))


def guidance_used(**given: Any) -> life.GuidanceUsed:
    return made(life.GuidanceUsed, given, guidance_id=GuidanceId("g-1"))


def guidance_dismissed(**given: Any) -> life.GuidanceDismissed:
    return made(life.GuidanceDismissed, given, guidance_id=GuidanceId("g-1"))


# Lane `media`


def audio_stream_opened(**given: Any) -> media.AudioStreamOpened:
    return made(media.AudioStreamOpened, given, stream=1, stream_arn=STREAM_ARN, clock_zero_at=NOON)


def audio_received(**given: Any) -> media.AudioReceived:
    return made(
        media.AudioReceived,
        given,
        stream=1,
        first_fragment=FRAGMENT,
        last_fragment=FRAGMENT,
        spans=(track_span(), track_span(track="to_customer")),
        audio_after=Position(0),
        audio_upto=Position(10),
    )


def audio_gap(**given: Any) -> media.AudioGap:
    span = {"track": "from_customer", "from_ms": 4_000, "until_ms": 4_128}
    return made(media.AudioGap, given, **span, reason="missing")


# Lane `speech`


def utterance_finalized(text: str = "my roof leaks", **given: Any) -> speech.UtteranceFinalized:
    """Return a final of `text`; its words take 300 ms each unless `words` says otherwise."""
    started_ms = given.get("started_ms", 1_000)
    words = tuple(
        speech.WordTime(started_ms + 300 * n, started_ms + 300 * n + 250, 0.9)
        for n in range(len(text.split(" ")))
    )
    return made(
        speech.UtteranceFinalized,
        given,
        utterance_id=UtteranceId("from_customer-1"),
        track="from_customer",
        text=Sealed(text),
        words=words,
        started_ms=started_ms,
        ended_ms=words[-1].ended_ms,
        confidence=0.9,
        recognizer="whisper-tiny.en/1",
        audio_upto=Position(5),
    )


def recognizer_switched(**given: Any) -> speech.RecognizerSwitched:
    return made(
        speech.RecognizerSwitched,
        given,
        previous="whisper-tiny.en/1",
        recognizer="whisper-tiny.en/1",
        reason="session_died",
        at_ms=8_000,
    )


def speech_gap(**given: Any) -> speech.SpeechGap:
    return made(
        speech.SpeechGap,
        given,
        track="to_customer",
        from_ms=8_000,
        until_ms=9_000,
        reason="recognizer_failed",
    )


def transcript_completed(**given: Any) -> speech.TranscriptCompleted:
    return made(speech.TranscriptCompleted, given, utterances=2, reason="drained")


# Lane `guidance`


def text_stream_opened(**given: Any) -> speech.TextStreamOpened:
    return made(speech.TextStreamOpened, given, recognizer="contact-lens/1.0.0", clock_zero_at=NOON)


def text_stream_closed(**given: Any) -> speech.TextStreamClosed:
    return made(speech.TextStreamClosed, given, reason="completed")


# Every event of contacts, once, for what must hold of all of them.
SAMPLES: tuple[Callable[[], Event], ...] = (
    contact_started, media_offered, agent_connected, contact_held, contact_resumed,
    attributes_set, contact_ended, contact_end_corrected, contact_erased, guidance_shown,
    guidance_used, guidance_dismissed,
    audio_refused, audio_repaired, audio_stream_opened, audio_received, audio_gap,
    audio_stream_closed, utterance_finalized,
    recognizer_switched, speech_gap, transcript_completed, text_stream_opened, text_stream_closed,
    policy_pinned, moment_detected, inference_finished, guidance_issued,
    guidance_expired, checklist_item_ticked, guidance_withheld, guardrail_tripped, stage_entered,
    checklist_opened, checklist_item_missed,
    *RECORDING_SAMPLES,
    *REDACTION_SAMPLES,
    *RETENTION_SAMPLES,
    *TRANSLATION_SAMPLES,
    *SUMMARY_SAMPLES,
    *INSIGHT_SAMPLES,
    *KNOWLEDGE_SAMPLES,
)  # fmt: skip


def utterance_partial(text: str = "my roof", **given: Any) -> UtterancePartial:
    started_ms = given.get("started_ms", 1_000)
    words = tuple(
        (started_ms + 300 * n, started_ms + 300 * n + 250) for n in range(len(text.split(" ")))
    )
    return made(
        UtterancePartial,
        given,
        contact_id=CONTACT.contact_id,
        utterance_id=UtteranceId("from_customer-1"),
        revision=1,
        track="from_customer",
        text=text,
        stable_words=len(words),
        started_ms=started_ms,
        ended_ms=words[-1][1],
        words=words,
    )
