"""Writing an archive, and replaying it, beside the raw reading of the same bytes.

Finals of utterances, sealed as in production: what was said does not compress, and the figure
says so. A log in memory and a directory: the disk's cache is warm for all that read.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from ...events.base import (
    START,
    ContactId,
    ContactRef,
    Draft,
    EventId,
    Position,
    TenantName,
    UtteranceId,
)
from ...events.codec import encode
from ...events.journal import Journal
from ...events.keys import KeyStore
from ...events.log import Stored
from ...events.sealed import Sealed
from ...events.speech import UtteranceFinalized, WordTime
from ...events.subjects import fact_filters, fact_subject, facts_stream
from ...services.archive.chain import Archive, Chain
from ...services.archive.history import ArchivedLog
from ...services.archive.pending import Bounds
from ...services.archive.writing import Writer, segment_of
from ..archive_key import Ed25519Signer
from ..memory_keys import MemoryKeys
from ..memory_log import MemoryLog
from ..object_store.directory import DirectoryStore
from .rows import Row

FACTS = 200_000
CONTACTS = 1_000
CONTACT_FACTS = FACTS // CONTACTS
UNDER_WAY = 50  # calls at once: how far the facts of one are apart
AIM = 300_000.0  # facts a second, replayed from the archive
RUNS = 3  # the best of so many: what else runs on the machine is not ours
TENANT = TenantName("bench")


def run() -> list[Row]:
    """Return what writing and replaying cost."""
    return asyncio.run(_measure())


class _Bench(Struct, frozen=True, kw_only=True):
    store: DirectoryStore
    archive: Archive
    chain: Chain
    log: MemoryLog
    keys: KeyStore


async def _measure() -> list[Row]:
    keys = MemoryKeys()
    facts = await _facts(keys)
    with tempfile.TemporaryDirectory(prefix="antiphon-bench-") as directory:
        log = MemoryLog()
        await log.create(facts_stream(TENANT))
        store, signer = DirectoryStore(Path(directory)), Ed25519Signer(bytes(32))
        archive = Archive(store, trusted=[signer.public_key])
        state = await log.state(facts_stream(TENANT))
        chain = await archive.chain(facts_stream(TENANT), state.epoch)
        writer = Writer(archive, chain.layout, signer=signer, now=lambda: datetime.now(UTC))
        wrote_s = await _write(writer, chain, facts, archive)
        bench = _Bench(store=store, archive=archive, chain=chain, log=log, keys=keys)
        return [*_written(bench, facts, wrote_s), *await _replayed(bench, facts)]


async def _write(writer: Writer, chain: Chain, facts: Sequence[Stored], archive: Archive) -> float:
    rows = Bounds().rows_max
    began = time.perf_counter()
    await writer.begin(Position(1))
    for start in range(0, len(facts), rows):
        segment = await segment_of(chain.layout, facts[start : start + rows])
        await writer.put_segment(segment)
        await writer.put_link(chain, segment)
        await archive.chain(chain.layout.stream, chain.layout.epoch)
    return time.perf_counter() - began


def _written(bench: _Bench, facts: Sequence[Stored], wrote_s: float) -> list[Row]:
    payloads = sum(len(fact.payload) for fact in facts)
    packed = sum(kept.link.size for kept in bench.chain.links)
    links = len(bench.chain.links)
    return [
        Row(
            what=f"archive: write {len(facts):,} facts in {links} segments",
            value=len(facts) / wrote_s,
            unit="facts/s",
            beside=f"{payloads / wrote_s / 1e6:.0f} MB/s of payloads, chained, signed and on disk",
        ),
        Row(
            what="archive: smaller than its payloads",
            value=payloads / packed,
            unit="times",
            beside=f"payload {payloads / len(facts):.0f} B, archived {packed / len(facts):.0f} B",
        ),
    ]


async def _replayed(bench: _Bench, facts: Sequence[Stored]) -> list[Row]:
    stream, filters = facts_stream(TENANT), fact_filters(TENANT)
    state_last = Position(len(facts))

    async def replay() -> int:
        # A reader that has seen nothing: the chain is read and proven each time.
        archive = Archive(bench.store, trusted=bench.archive.trusted)
        log = ArchivedLog(bench.log, archive)
        pages = log.read(stream, filters, upto=state_last)
        return sum([len(page) async for page in pages])

    async def decoded() -> int:
        journal = Journal(ArchivedLog(bench.log, bench.archive), bench.keys)
        pages = journal.read_tenant(TENANT, after=START, upto=state_last)
        return sum([len(page) async for page in pages])

    async def raw() -> int:
        for kept in bench.chain.links:
            await bench.store.get(kept.link.segment)
        return len(facts)

    async def one_contact() -> int:
        archive = Archive(bench.store, trusted=bench.archive.trusted)
        log = ArchivedLog(bench.log, archive)
        one = fact_filters(TENANT, contact_id=_contact(CONTACTS // 2).contact_id)
        # As after the log let go of it: the archive alone.
        reading = log.archived(stream, bench.chain.layout.epoch, one, upto=state_last)
        return sum([len(page) async for page, _ in reading])

    replay_s, raw_s = await _best_s(replay, len(facts)), await _best_s(raw, len(facts))
    decoded_s = await _best_s(decoded, len(facts))
    contact_s = await _best_s(one_contact, CONTACT_FACTS)
    rate = len(facts) / replay_s
    return [
        Row(
            what="archive: replay, bytes",
            value=rate,
            unit="facts/s",
            beside=f"raw read of the same files {len(facts) / raw_s:,.0f} facts/s",
            aim=f"{AIM:,.0f}",
            met=rate >= AIM,
        ),
        Row(
            what="archive: replay, decoded and opened",
            value=len(facts) / decoded_s,
            unit="facts/s",
            beside="the journal's own decoding and decrypting",
        ),
        Row(
            what=f"archive: one contact's {CONTACT_FACTS} facts out of {len(facts):,}",
            value=contact_s * 1_000,
            unit="ms",
            beside=f"everything {replay_s * 1_000:,.0f} ms",
        ),
    ]


async def _best_s(work: Callable[[], object], expected: int) -> float:
    best = float("inf")
    for _ in range(RUNS):
        began = time.perf_counter()
        found = await work()  # type: ignore[misc]
        best = min(best, time.perf_counter() - began)
        if found != expected:
            raise ValueError(f"{found} facts and not {expected}: nothing was measured")
    return best


async def _facts(keys: KeyStore) -> list[Stored]:
    """Return finals as a log would hold them, some calls' at a time, one after the other."""
    drawn = random.Random(7)  # noqa: S311 (what is said matters to nobody)
    vocabulary = ["".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=5)) for _ in range(3_000)]
    began, facts = datetime(2026, 3, 1, tzinfo=UTC), list[Stored]()
    for n in range(FACTS):
        ordinal = n // UNDER_WAY % CONTACT_FACTS
        ref = _contact(n // (UNDER_WAY * CONTACT_FACTS) * UNDER_WAY + n % UNDER_WAY)
        key = await keys.obtain(TENANT, f"contact/{ref.contact_id}")
        at = began + timedelta(milliseconds=37 * n)
        payload = encode(_final(drawn, vocabulary, ref, ordinal, at), ref, key=key)
        facts.append(Stored(Position(n + 1), at, fact_subject(ref, "speech"), payload))
    return facts


def _contact(n: int) -> ContactRef:
    return ContactRef(TENANT, ContactId(f"9f4c2a52-6d11-4a76-bb1f-{n:012d}"))


def _final(
    drawn: random.Random, vocabulary: Sequence[str], ref: ContactRef, ordinal: int, at: datetime
) -> Draft:
    said = drawn.choices(vocabulary, k=drawn.randint(3, 14))
    started_ms = ordinal * 4_000 + drawn.randint(0, 900)
    words = tuple(
        WordTime(started_ms + 310 * n, started_ms + 310 * n + 250, round(drawn.random(), 3))
        for n in range(len(said))
    )
    return Draft(
        event=UtteranceFinalized(
            utterance_id=UtteranceId(f"from_customer-{ordinal}"),
            track="from_customer",
            text=Sealed(" ".join(said)),
            words=words,
            started_ms=started_ms,
            ended_ms=words[-1].ended_ms,
            confidence=round(drawn.random(), 3),
            recognizer="whisper-tiny.en/1",
            audio_upto=Position(ordinal * 60),
        ),
        id=EventId(f"{drawn.getrandbits(128):032x}"),
        occurred_at=at,
        actor="service:transcription",
        correlation=ref.contact_id,
    )
