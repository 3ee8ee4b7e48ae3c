"""Calls that were never made, told to a log as fast as it takes them.

Each call is what one of four minutes leaves behind, about eighty facts: words, spans of audio,
cues and what became of them, with every personal field sealed under a key of the contact's own.
Fifty calls are under way at a time, so their facts lie among each other as they really do.
"""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ...events.base import (
    TRACKS,
    AgentId,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    GuidanceId,
    Position,
    TenantName,
    UtteranceId,
)
from ...events.codec import encode, has_personal_fields
from ...events.contact import (
    AgentConnected,
    ContactEnded,
    ContactStarted,
    GuidanceShown,
    GuidanceUsed,
)
from ...events.guidance import ChecklistItemTicked, GuidanceExpired, GuidanceIssued, Heard
from ...events.keys import Key, KeyStore
from ...events.media import AudioReceived, AudioStreamClosed, AudioStreamOpened, TrackSpan
from ...events.sealed import Sealed
from ...events.speech import TranscriptCompleted, UtteranceFinalized, WordTime
from ...events.subjects import fact_subject, facts_stream
from ..jetstream.client import Connection
from ..jetstream.log import JetStreamLog

AT_ONCE = 50  # calls under way
ACKED = 500  # so often we wait for the broker; far beyond that it would begin to drop
ACK_S_MAX = 10.0
CALL_MS = 240_000
UTTERANCES = 44
SPAN_MS = 10_000  # of one AudioReceived
CUES = 3
KEYS_AT_ONCE = 4  # connections that make them

BEGAN_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ARN = "arn:aws:kinesisvideo:eu-central-1:123456789012:stream/calls/1700000000000"
FRAGMENT = "91343852333181432392682062622220590765191907586"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
SENTENCES = (
    "good morning i am calling about the water damage in our kitchen",
    "could you give me your policy number please",
    "yes of course one moment i have it somewhere here",
    "the ceiling came down last night and nobody was hurt",
    "i am sorry to hear that",
    "we would like to know when somebody can come and look at it",
    "thank you",
)


async def tell(nc: Connection, *, tenant: TenantName, keys: KeyStore, facts: int) -> Position:
    """Append so many facts of made-up calls to a tenant's log; return the last position.

    For a log of one's own, and not the way to write to any other: only every `ACKED`th append
    is acknowledged. That none was lost shows in the count.
    """
    a_call = len(list(_call(0)))
    contacts = [
        ContactRef(tenant, ContactId(f"call-{number:06d}")) for number in range(facts // a_call + 1)
    ]
    made = await _keys_for(contacts, keys)
    written = itertools.islice(_interleaved(contacts, made), facts)
    for number, (subject, payload) in enumerate(written, start=1):
        if number % ACKED and number != facts:
            await nc.publish(subject, payload)
        else:
            await nc.request(subject, payload, timeout=ACK_S_MAX)
    end = (await JetStreamLog(nc).state(facts_stream(tenant))).last
    assert end == facts, f"{facts - end} facts were lost on the way to the log"
    return end


async def _keys_for(contacts: list[ContactRef], keys: KeyStore) -> dict[ContactRef, Key]:
    wanted, made = iter(contacts), dict[ContactRef, Key]()

    async def make() -> None:
        for contact in wanted:
            made[contact] = await keys.obtain(contact.tenant, f"contact/{contact.contact_id}")

    async with asyncio.TaskGroup() as making:
        for _ in range(KEYS_AT_ONCE):
            making.create_task(make())
    return made


def _interleaved(
    contacts: list[ContactRef], keys: dict[ContactRef, Key]
) -> Iterator[tuple[str, bytes]]:
    """Yield the facts of all calls, `AT_ONCE` of them going on side by side."""
    waiting = iter(enumerate(contacts))
    under_way: list[Iterator[tuple[str, bytes]]] = []
    while True:
        for number, contact in itertools.islice(waiting, AT_ONCE - len(under_way)):
            under_way.append(_encoded(number, contact, keys[contact]))
        if not under_way:
            return
        for call in list(under_way):
            fact = next(call, None)
            if fact is None:
                under_way.remove(call)
            else:
                yield fact


def _encoded(number: int, contact: ContactRef, key: Key) -> Iterator[tuple[str, bytes]]:
    for ordinal, (at_ms, event) in enumerate(_call(number)):
        draft = Draft(
            event=event,
            id=EventId(f"{contact.contact_id}-{ordinal}"),
            occurred_at=BEGAN_AT + timedelta(milliseconds=at_ms),
            actor="service:bench",
            correlation=contact.contact_id,
        )
        sealing = key if has_personal_fields(event) else None
        yield fact_subject(contact, event.LANE), encode(draft, contact, key=sealing)


def _call(number: int) -> Iterator[tuple[int, Event]]:
    """Yield the facts of one call, each with its time in ms, in order of that."""
    facts = [*_life(number), *_audio(), *_words(number), *_help()]
    return iter(sorted(facts, key=lambda fact: fact[0]))


def _life(number: int) -> Iterator[tuple[int, Event]]:
    yield (
        0,
        ContactStarted(
            instance_arn="arn:aws:connect:eu-central-1:123456789012:instance/7f6a2d3e",
            initial_contact_id=f"call-{number:06d}",
            initiated_at=BEGAN_AT,
            queue=("claims", "sales", "billing")[number % 3],
            customer_endpoint=Sealed("+4930901820"),
        ),
    )
    agent = AgentId(f"agent-{number % 40}")
    yield 9_000, AgentConnected(agent_id=agent, connected_at=BEGAN_AT + timedelta(seconds=9))
    ended_at = BEGAN_AT + timedelta(milliseconds=CALL_MS)
    yield CALL_MS, ContactEnded(ended_at=ended_at, reason="customer_disconnect")


def _audio() -> Iterator[tuple[int, Event]]:
    yield 500, AudioStreamOpened(stream=1, stream_arn=ARN, clock_zero_at=BEGAN_AT)
    for until_ms in range(SPAN_MS, CALL_MS + 1, SPAN_MS):
        first, end = (until_ms - SPAN_MS) * 8, until_ms * 8
        spans = tuple(
            TrackSpan(
                track=track,
                first_sample=first,
                end_sample=end,
                sample_count=end - first,
                sha256=DIGEST,
            )
            for track in TRACKS
        )
        yield (
            until_ms,
            AudioReceived(
                stream=1,
                first_fragment=FRAGMENT,
                last_fragment=FRAGMENT,
                spans=spans,
                audio_after=Position(until_ms - SPAN_MS),
                audio_upto=Position(until_ms),
            ),
        )
    yield (
        CALL_MS + 1,
        AudioStreamClosed(
            stream=1, reason="contact_ended", ended_ms=CALL_MS, audio_upto=Position(CALL_MS)
        ),
    )


def _words(number: int) -> Iterator[tuple[int, Event]]:
    step_ms = (CALL_MS - 12_000) // UTTERANCES
    for ordinal in range(UTTERANCES):
        text = SENTENCES[(number + ordinal) % len(SENTENCES)]
        started_ms = 10_000 + ordinal * step_ms
        words = tuple(
            WordTime(started_ms + 300 * n, started_ms + 300 * n + 250, 0.93)
            for n in range(len(text.split()))
        )
        track = TRACKS[ordinal % 2]
        yield (
            words[-1].ended_ms,
            UtteranceFinalized(
                utterance_id=UtteranceId(f"{track}-{ordinal // 2 + 1}"),
                track=track,
                text=Sealed(text),
                words=words,
                started_ms=started_ms,
                ended_ms=words[-1].ended_ms,
                confidence=0.93,
                recognizer="whisper-tiny.en/1",
                audio_upto=Position(started_ms),
            ),
        )
    yield CALL_MS + 2, TranscriptCompleted(utterances=UTTERANCES, reason="drained")


def _help() -> Iterator[tuple[int, Event]]:
    for ordinal in range(CUES):
        at_ms = 40_000 + 60_000 * ordinal
        guidance_id = GuidanceId(f"g-{ordinal}")
        heard = Heard(
            utterance_id=UtteranceId(f"from_customer-{ordinal + 1}"),
            revision=None,
            track="from_customer",
            started_ms=at_ms - 900,
            ended_ms=at_ms,
        )
        yield (
            at_ms,
            GuidanceIssued(
                guidance_id=guidance_id,
                cue=f"cue_{ordinal}",
                kind="hint",
                title="Ask for photos",
                body="Photos of the damage let the claim be settled today.",
                moment="water_damage",
                heard=heard,
                evidence=Sealed("water damage"),
                expires_at=BEGAN_AT + timedelta(milliseconds=at_ms + 60_000),
                playbook="claims",
                playbook_version="7",
            ),
        )
        yield at_ms + 400, GuidanceShown(guidance_id=guidance_id)
        if ordinal % 2:
            yield at_ms + 9_000, GuidanceUsed(guidance_id=guidance_id)
        else:
            yield at_ms + 60_000, GuidanceExpired(guidance_id=guidance_id, reason="timed_out")
        yield (
            at_ms + 5_000,
            ChecklistItemTicked(
                item=f"item_{ordinal}",
                title="Said that the call is recorded",
                heard=heard,
                evidence=Sealed("this call is recorded"),
                playbook="claims",
                playbook_version="7",
            ),
        )
