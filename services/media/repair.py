"""Looks for what was missing of a contact, once it is over, where its streams are kept.

GetMedia leaves fragments out, connections break for longer than anybody waits, readers come too
late. What Connect recorded is all kept for a while: it is listed, read again, and stored behind
what was heard. Nobody waits for it, so it is bounded in everything and tried a few times only.
"""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import timedelta

import structlog
from msgspec import Struct

from ...errors import MediaFailed
from ...events.audio import AudioBlock, AudioChunk, AudioLog
from ...events.base import (
    SAMPLE_BYTES,
    SAMPLE_RATE_HZ,
    TRACKS,
    ContactId,
    ContactRef,
    Position,
)
from ...events.media import AudioRepaired, RepairOutcome, TrackSpan
from .archive import Kept, MediaArchive
from .call import Call
from .figures import REPAIRED, REPAIRED_S
from .fragments import Fragments
from .holes import Holes
from .ledger import Ledger
from .matroska import MatroskaReader
from .outcomes import Completed, Failed, Heard
from .patience import CHUNK_BYTES_MAX
from .pushed import is_pushed

# Fragments are at most ten seconds long, and are listed by when they begin.
_FRAGMENT_LONGEST = timedelta(seconds=11)

log = structlog.get_logger()


class Bounds(Struct, frozen=True, kw_only=True):
    """Of the repair of one contact."""

    fragments_max: int = 1_000  # of each stream: a quarter of an hour, and one page
    bytes_max: int = 32 * 1024 * 1024  # the same, held in memory until it is stored
    ranges_max: int = 20  # listed one by one; five a second may be
    attempts_max: int = 3
    pause_s: float = 1.0  # before the second attempt; doubles
    whole_s: float = 60.0
    at_once: int = 4  # contacts of this process: memory


BOUNDS = Bounds()


class Repair:
    """Repairs contacts, a few at once."""

    def __init__(self, archive: MediaArchive, *, audio: AudioLog, bounds: Bounds = BOUNDS) -> None:
        self._archive = archive
        self._audio = audio
        self._bounds = bounds
        self._turn = asyncio.Semaphore(bounds.at_once)

    async def run(self, contact: ContactRef, call: Call, ledger: Ledger) -> None:
        """Look for what is missing, store what is found, and say so; once a contact.

        Raises:
            StreamMoved: another process does the same.
            Fault: of the log. A failing archive is recorded.
        """
        if ledger.repaired or call.ended_at is None or ledger.clock_zero_at is None:
            return
        holes = Holes(
            ledger.gaps,
            ends=ledger.ends,
            zero_at=ledger.clock_zero_at,
            ended_at=call.ended_at,
        )
        if not holes:
            return
        async with self._turn:
            stored = await self._stored(contact, after=ledger.heard_upto)
            holes.found(stored)
            found, is_failed = await self._look(contact, call, holes)
            found.sort(key=lambda block: (block.first_sample, block.track))
            await self._store(contact, found, stream=call.offers[-1].ordinal)
            await self._tell(contact, ledger, holes, [*stored, *found], is_failed=is_failed)

    async def _stored(self, contact: ContactRef, *, after: Position) -> list[AudioBlock]:
        """Return what a process stored that did not live to say so."""
        chunks = self._audio.read(contact, after=after, repairs=True)
        async with aclosing(chunks):
            return [
                block
                async for stored in chunks
                if stored.chunk.repair
                for block in stored.chunk.blocks
            ]

    async def _look(
        self, contact: ContactRef, call: Call, holes: Holes
    ) -> tuple[list[AudioBlock], bool]:
        found: list[AudioBlock] = []
        try:
            async with asyncio.timeout(self._bounds.whole_s):
                for stream_arn in _read_streams(call):
                    if holes:
                        searching = _Search(
                            stream_arn, contact.contact_id, self._archive, holes, self._bounds
                        )
                        await searching.run(found)
        except (MediaFailed, TimeoutError) as error:
            problem = error.problem if isinstance(error, MediaFailed) else "took_too_long"
            log.warning(
                "audio_repair_failed",
                tenant=contact.tenant,
                contact_id=contact.contact_id,
                problem=problem,
            )
            return found, True
        return found, False

    async def _store(
        self, contact: ContactRef, found: Sequence[AudioBlock], *, stream: int
    ) -> None:
        last = await self._audio.last(contact)
        assert last is not None, "a contact whose clock has begun has audio"
        position = last.position
        for blocks in _portions(found):
            chunk = AudioChunk(stream=stream, resume_after=None, blocks=blocks, repair=True)
            first, end = blocks[0], blocks[-1]
            name = (
                f"repair/{first.track}/{first.first_sample}"
                f"-{end.track}/{end.end_sample}/{len(blocks)}"
            )
            position = await self._audio.append(contact, chunk, id=name, expected=position)

    async def _tell(
        self,
        contact: ContactRef,
        ledger: Ledger,
        holes: Holes,
        found: Sequence[AudioBlock],
        *,
        is_failed: bool,
    ) -> None:
        last = await self._audio.last(contact)
        assert last is not None, "a contact whose clock has begun has audio"
        outcome = _outcome(holes, anything=bool(found), is_failed=is_failed)
        repaired = AudioRepaired(
            outcome=outcome,
            spans=_spans(found),
            missing_ms=holes.missing_ms,
            audio_after=ledger.heard_upto,
            audio_upto=last.position,
        )
        await ledger.repair(repaired)
        samples = sum(span.sample_count for span in repaired.spans)
        REPAIRED.labels(contact.tenant, outcome).inc()
        REPAIRED_S.labels(contact.tenant).inc(samples / SAMPLE_RATE_HZ)
        log.info(
            "audio_repaired",
            tenant=contact.tenant,
            contact_id=contact.contact_id,
            outcome=outcome,
            missing_ms=repaired.missing_ms,
        )


class _Search:
    """What one stream keeps of a contact's holes."""

    def __init__(
        self,
        stream_arn: str,
        contact_id: ContactId,
        archive: MediaArchive,
        holes: Holes,
        bounds: Bounds,
    ) -> None:
        self._stream_arn = stream_arn
        self._archive = archive
        self._holes = holes
        self._bounds = bounds
        self._contact_id = contact_id
        self._bytes = 0

    async def run(self, found: list[AudioBlock]) -> None:
        """Add what is found.

        Raises:
            MediaFailed: again and again.
        """
        attempt = 0
        rest: list[str] | None = None
        while rest is None or rest:
            try:
                if rest is None:
                    rest = _within(await self._list(), self._bounds)
                else:
                    rest = await self._read(rest, found)
            except MediaFailed as failure:
                attempt += 1
                if failure.kind == "alarm" or attempt >= self._bounds.attempts_max:
                    raise
                await asyncio.sleep(self._bounds.pause_s * 2 ** (attempt - 1))

    async def _list(self) -> list[Kept]:
        listed: dict[str, Kept] = {}
        for began_at, until in self._holes.times()[: self._bounds.ranges_max]:
            for kept in await self._archive.list_fragments(
                self._stream_arn,
                began_at=began_at - _FRAGMENT_LONGEST,
                until=until,
                fragments_max=self._bounds.fragments_max,
            ):
                if self._holes.wants(kept):
                    listed[kept.number] = kept
        return list(listed.values())

    async def _read(self, numbers: list[str], found: list[AudioBlock]) -> list[str]:
        """Read fragments in the order of the stream; return those that were not to be had yet."""
        reader, fragments = MatroskaReader(), Fragments(self._contact_id)
        complete: set[str] = set()
        missing = False
        async with self._archive.open_fragments(self._stream_arn, numbers) as body:
            async for piece in body:
                self._bytes += len(piece)
                if self._bytes > 2 * self._bounds.bytes_max:
                    raise MediaFailed("alarm", "archive_sends_more_than_it_listed")
                missing |= self._take(fragments.take(reader.feed(piece)), found, complete)
        missing |= self._take(fragments.end(reader.end()), found, complete)
        rest = [number for number in numbers if number not in complete]
        # The first that is not there ended the body; one that stands last says nothing behind
        # itself, so the last one is taken for read.
        if missing or not complete:
            return rest[1:]
        return rest if len(rest) > 1 else []

    def _take(
        self, outcomes: Sequence[object], found: list[AudioBlock], complete: set[str]
    ) -> bool:
        missing = False
        for outcome in outcomes:
            match outcome:
                case Heard():
                    found += self._holes.fill(outcome)
                case Completed(number=number):
                    complete.add(number)
                case Failed(kind="selector"):
                    missing = True
                case Failed(kind=kind, problem=problem):
                    raise MediaFailed(kind, problem)
                case _:
                    pass  # damaged, or another's: what it held stays missing
        return missing


def _read_streams(call: Call) -> list[str]:
    read = (offer.media.stream_arn for offer in call.offers if not is_pushed(offer))
    return list(dict.fromkeys(read))


def _within(kept: Sequence[Kept], bounds: Bounds) -> list[str]:
    numbers: list[str] = []
    size = 0
    for one in sorted(kept, key=lambda one: int(one.number)):
        size += one.size_bytes
        if len(numbers) == bounds.fragments_max or size > bounds.bytes_max:
            break
        numbers.append(one.number)
    return numbers


def _portions(blocks: Sequence[AudioBlock]) -> Iterator[tuple[AudioBlock, ...]]:
    portion: list[AudioBlock] = []
    size = 0
    for block in blocks:
        if portion and size + len(block.samples) > CHUNK_BYTES_MAX:
            yield tuple(portion)
            portion, size = [], 0
        portion.append(block)
        size += len(block.samples)
    if portion:
        yield tuple(portion)


def _spans(blocks: Sequence[AudioBlock]) -> tuple[TrackSpan, ...]:
    """Return what blocks cover, joined where they follow each other, by track and time."""
    spans: list[TrackSpan] = []
    for track in TRACKS:
        run: list[AudioBlock] = []
        mine = sorted(
            (block for block in blocks if block.track == track),
            key=lambda block: block.first_sample,
        )
        for block in mine:
            if run and run[-1].end_sample != block.first_sample:
                spans.append(_span(run))
                run = []
            run.append(block)
        if run:
            spans.append(_span(run))
    return tuple(spans)


def _span(run: Sequence[AudioBlock]) -> TrackSpan:
    samples = b"".join(block.samples for block in run)
    return TrackSpan(
        track=run[0].track,
        first_sample=run[0].first_sample,
        end_sample=run[-1].end_sample,
        sample_count=len(samples) // SAMPLE_BYTES,
        sha256=hashlib.sha256(samples).hexdigest(),
    )


def _outcome(holes: Holes, *, anything: bool, is_failed: bool) -> RepairOutcome:
    if not holes.missing_ms:
        return "whole"
    if anything:
        return "partly"
    return "failed" if is_failed else "nothing"
