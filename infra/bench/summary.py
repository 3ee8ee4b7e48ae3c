"""From a complete transcript to the summary of the contact, without a model.

Calls of sixty turns, twenty of which end at the same moment: from when the log stored
`TranscriptCompleted` to when it stored `SummaryWritten`, both by its own clock. The service runs
in the reactor on an embedded nats-server, as it does in the product.
"""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from ...events.base import (
    START,
    AgentId,
    ContactId,
    ContactRef,
    Draft,
    Event,
    EventId,
    Lane,
    Position,
    TenantName,
    UtteranceId,
)
from ...events.contact import AgentConnected, ContactEnded, ContactStarted
from ...events.journal import Journal
from ...events.media import AudioStreamOpened
from ...events.progress import Progress
from ...events.sealed import Sealed
from ...events.speech import TranscriptCompleted, UtteranceFinalized
from ...events.summary import SummaryWritten
from ...services.reactor import run as react
from ...services.summary.service import Summarising
from ..embedded.nats import NatsServer
from ..jetstream import attendance
from ..jetstream.connection import connected
from ..jetstream.leases import BUCKET as LEASES
from ..jetstream.leases import Leases
from ..jetstream.letters import BUCKET as LETTERS
from ..jetstream.letters import LetterBox
from ..jetstream.log import JetStreamLog
from ..jetstream.streams import Streams
from ..memory_keys import MemoryKeys
from .rows import Row, quantile

CALLS = 20
ROUNDS = 5
TURNS = 60
AIM_S = 2.0  # p95
WAIT_S = 60.0
_TENANT = TenantName("bench")
_SAID = (
    ("to_customer", "Thank you for calling Northwind, how can I help you today?"),
    ("from_customer", "Hi, um, I was charged twice for my internet, forty nine dollars each time."),
    ("to_customer", "I'm sorry about that, let me take a look at your account right away."),
    ("from_customer", "The second payment was on March 3rd and nobody told me about it."),
    ("to_customer", "I've gone ahead and reversed the second payment of forty nine dollars."),
    ("from_customer", "And when will I see that on my account, please?"),
    ("to_customer", "You'll see the refund within three to five business days."),
    ("from_customer", "Perfect, that works. Thank you so much."),
)


def run() -> list[Row]:
    """Return p50 and p95 from the transcript to the summary, in seconds."""
    delays_s = uvloop.run(_measure())
    p95 = quantile(delays_s, 0.95)
    return [
        Row(
            what=f"transcript to summary, p50 of {len(delays_s)}, {CALLS} at once",
            value=quantile(delays_s, 0.5),
            unit="s",
        ),
        Row(
            what=f"transcript to summary, p95, {CALLS} at once",
            value=p95,
            unit="s",
            beside=f"longest {max(delays_s):.2f} s",
            aim=f"under {AIM_S:g} s",
            met=p95 < AIM_S,
        ),
    ]


async def _measure() -> list[float]:
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = await stack.enter_async_context(NatsServer(directory))
        nc = await stack.enter_async_context(connected(server.url, name="bench"))
        streams, log = Streams(nc, audio_bytes_max=1 << 20), JetStreamLog(nc)
        await streams.create_tenant(_TENANT)
        for bucket in (LEASES, LETTERS):
            await streams.create_bucket(bucket)
        await streams.create_bucket(attendance.BUCKET, **attendance.BUCKET_SETTINGS)
        journal, leases = Journal(log, MemoryKeys()), Leases(log)
        await stack.enter_async_context(leases.attending("bench"))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        reacting = tasks.create_task(
            react(
                Summarising(journal, now=_now),
                tenant=_TENANT,
                journal=journal,
                leases=leases,
                letters=LetterBox(log),
                progress=Progress("summary", _TENANT),
            )
        )
        delays_s: list[float] = []
        for nth in range(ROUNDS):
            contacts = [
                ContactRef(_TENANT, ContactId(f"c-{nth}-{number}")) for number in range(CALLS)
            ]
            ends = await asyncio.gather(*(_talk(journal, one) for one in contacts))
            pairs = zip(contacts, ends, strict=True)
            delays_s += await asyncio.gather(*(_end(journal, one, end) for one, end in pairs))
        reacting.cancel()
        return delays_s


async def _talk(journal: Journal, contact: ContactRef) -> Position:
    """Have the call up to its last word; return the end of lane `speech`."""
    now = _now()
    await _append(journal, contact, START, ContactStarted(instance_arn="i", initial_contact_id="c"))
    opened = AudioStreamOpened(stream=1, stream_arn="s", clock_zero_at=now)
    await _append(journal, contact, START, opened)
    life = await journal.lane_end(contact, "life")
    taken = AgentConnected(agent_id=AgentId("a"), connected_at=now)
    await _append(journal, contact, life, taken)
    speech = START
    for turn in range(TURNS):
        track, text = _SAID[turn % len(_SAID)]
        speech = await _append(
            journal,
            contact,
            speech,
            UtteranceFinalized(
                utterance_id=UtteranceId(f"{track}-{turn}"),
                track="from_customer" if track == "from_customer" else "to_customer",
                text=Sealed(text),
                words=(),
                started_ms=turn * 5_000,
                ended_ms=turn * 5_000 + 4_500,
                confidence=0.9,
                recognizer="bench/1",
                audio_upto=START,
            ),
        )
    return speech


async def _end(journal: Journal, contact: ContactRef, speech: Position) -> float:
    """End the call; return seconds from its transcript to its summary, by the log's clock."""
    life = await journal.lane_end(contact, "life")
    await _append(journal, contact, life, ContactEnded(ended_at=_now()))
    completed = TranscriptCompleted(utterances=TURNS, reason="drained")
    await _append(journal, contact, speech, completed)
    async with asyncio.timeout(WAIT_S):
        lanes: tuple[Lane, ...] = ("speech", "summary")
        following = journal.follow(
            contact.tenant, lanes=lanes, contact_id=contact.contact_id, after=speech
        )
        began: datetime | None = None
        async for batch in following:
            for fact in batch:
                if isinstance(fact.event, TranscriptCompleted):
                    began = fact.recorded_at
                if isinstance(fact.event, SummaryWritten) and began is not None:
                    return (fact.recorded_at - began).total_seconds()
    raise AssertionError("following never ends by itself")


async def _append(
    journal: Journal, contact: ContactRef, expected: Position, event: Event
) -> Position:
    draft = Draft(
        event=event,
        id=EventId(f"{contact.contact_id}-{event.TYPE}-{expected}"),
        occurred_at=_now(),
        actor="bench",
        correlation=contact.contact_id,
    )
    return await journal.append(contact, [draft], expected=expected)


def _now() -> datetime:
    return datetime.now(UTC)
