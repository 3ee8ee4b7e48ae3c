"""What it costs to hand a tenant's facts to all in a process who follow them.

As many read models, services and desks as a process with every role has, at the pace of fifty
calls: then facts come one at a time, and what each costs is not lost among others. Processor
time, so that what else runs on the machine matters little; what appending costs is taken off.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import psutil
from msgspec import Struct

from ...events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    EventId,
    Lane,
    Recorded,
    TenantName,
    UtteranceId,
)
from ...events.codec import Reading
from ...events.journal import Journal
from ...events.sealed import Sealed
from ...events.sharing import SharedJournal
from ...events.speech import UtteranceFinalized, WordTime
from ...projections.catalogue import PROJECTIONS, keyed
from ..jetstream.log import JetStreamLog
from ..memory_keys import MemoryKeys
from .lone_log import DEFAULT_SYNC, TENANT, lone_log
from .rows import Row
from .synthetic import SENTENCE

CALLS = 20
FACTS_A_CALL = 60
PAUSE_S = 0.15  # between facts of a call: some 130 a second over all
SETTLE_S = 1.5  # until all who follow have begun, and again until the last was told

_SERVICES: Sequence[tuple[Lane, ...]] = (
    ("life", "media"),
    *(("life", "speech", own) for own in ("guidance", "knowledge", "summary", "translation")),
    ("life", "media", "speech"),
    ("life", "media", "recording"),
    ("life", "speech"),
    ("life", "summary"),
)


class Cost(Struct, frozen=True):
    """Processor time of a fact, in milliseconds."""

    own_ms: float
    server_ms: float


def run() -> list[Row]:
    """Return what a fact costs us and the server, by one reader and by a reader each."""
    bare = asyncio.run(_measure(Journal, follows=False))
    shared, alone = (asyncio.run(_measure(kind)) for kind in (SharedJournal, Journal))
    followers = len(_readings()) + len(_SERVICES) + 1
    return [
        Row(
            what=f"processor time to hand a fact to {followers} who follow",
            value=round(shared.own_ms - bare.own_ms, 3),
            unit="ms",
            beside=f"a reader each {alone.own_ms - bare.own_ms:.2f} ms",
        ),
        Row(
            what="the same, of nats-server",
            value=round(shared.server_ms - bare.server_ms, 3),
            unit="ms",
            beside=f"a reader each {alone.server_ms - bare.server_ms:.2f} ms",
        ),
    ]


async def _measure(kind: type[Journal], *, follows: bool = True) -> Cost:
    async with lone_log(sync_interval=DEFAULT_SYNC) as nc:
        journal = kind(JetStreamLog(nc), MemoryKeys())
        tasks = [asyncio.create_task(one) for one in _all_who_follow(journal)] if follows else []
        await asyncio.sleep(SETTLE_S)
        own_s, server_s = time.process_time(), _server_s()
        await asyncio.gather(*(_call(journal, number) for number in range(CALLS)))
        await asyncio.sleep(SETTLE_S)
        facts = CALLS * FACTS_A_CALL
        cost = Cost(
            (time.process_time() - own_s) * 1_000 / facts,
            (_server_s() - server_s) * 1_000 / facts,
        )
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return cost


def _all_who_follow(journal: Journal) -> list[Coroutine[Any, Any, None]]:
    reading = [_follow(journal.follow(TENANT, only=only)) for only in _readings()]
    serving = [_follow(journal.follow(TENANT, lanes=lanes)) for lanes in _SERVICES]
    return [*reading, *serving, _follow(journal.follow(TENANT))]


def _readings() -> list[Reading]:
    return [keyed(one, _no_key).reads for one in PROJECTIONS]


async def _no_key(tenant: TenantName) -> bytes:
    raise AssertionError(f"nothing is folded here, of {tenant} or anybody")


async def _follow(batches: AsyncGenerator[Sequence[Recorded]]) -> None:
    async with aclosing(batches):
        async for _ in batches:
            pass


async def _call(journal: Journal, number: int) -> None:
    contact, end = ContactRef(TENANT, ContactId(f"c-{number}")), START
    for ordinal in range(FACTS_A_CALL):
        draft = Draft(
            event=_final(ordinal),
            id=EventId(f"{number}-{ordinal}"),
            occurred_at=datetime.now(UTC),
            actor="service:transcription",
            correlation=contact.contact_id,
            causation=None,
        )
        end = await journal.append(contact, [draft], expected=end)
        await asyncio.sleep(PAUSE_S)


def _final(ordinal: int) -> UtteranceFinalized:
    words = SENTENCE.split()
    return UtteranceFinalized(
        utterance_id=UtteranceId(f"from_customer-{ordinal}"),
        track="from_customer",
        text=Sealed(SENTENCE),
        words=tuple(WordTime(300 * n, 300 * n + 250, 0.93) for n in range(len(words))),
        started_ms=0,
        ended_ms=300 * len(words),
        confidence=0.93,
        recognizer="bench/1",
        audio_upto=START,
    )


def _server_s() -> float:
    """Return the processor time of this process's nats-server so far."""
    (server,) = [one for one in psutil.Process().children() if "nats" in one.name()]
    times = server.cpu_times()
    return times.user + times.system
