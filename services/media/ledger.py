"""What of a contact's audio is stored, and the storing: samples to `AU`, facts to the log.

The order of writing makes every crash harmless. The clock's zero is a fact before the first
sample is stored; a gap is one before the samples behind it are; a chunk carries how far its
stream is complete; and `AudioReceived` is derived from stored chunks, so that a new process
derives those that are missing. Ids follow from content: what is repeated is recognised.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Literal

from ...events.audio import AudioBlock, AudioChunk, AudioLog, StoredChunk
from ...events.base import (
    SAMPLES_PER_MS,
    START,
    TRACKS,
    ContactRef,
    Draft,
    Event,
    EventId,
    Position,
    Recorded,
    Track,
    service_event_id,
)
from ...events.journal import Journal
from ...events.media import (
    AudioGap,
    AudioReceived,
    AudioRefused,
    AudioRepaired,
    AudioStreamClosed,
    AudioStreamOpened,
    GapReason,
)
from .call import Call, Offer
from .outcomes import Behind, Completed, Heard, Lost, Outcome
from .patience import CHUNK_BYTES_MAX
from .spans import Spans
from .tape import Resume, Tape
from .timeline import Timeline

NAME = "media"
_ACTOR = f"service:{NAME}"
# Tracks of a call end together, within a fragment; one that ends earlier has lost its end.
_TAIL_SAMPLES = 1_000 * SAMPLES_PER_MS

CloseReason = Literal["contact_ended", "stream_reused", "stream_failed", "superseded"]


class Ledger:
    """One contact's audio, written by this process alone: every append says what it expects."""

    def __init__(
        self,
        contact: ContactRef,
        call: Call,
        *,
        journal: Journal,
        audio: AudioLog,
        now: Callable[[], datetime],
        writer: str = "",
    ) -> None:
        """`writer` tells chunks apart that two writers might make of different samples."""
        self._contact = contact
        self._call = call
        self._journal = journal
        self._audio = audio
        self._now = now
        self._tape = Tape(contact, call, audio=audio, writer=writer)
        self._known: set[EventId] = set()
        self._lane_end = START
        self._zero_at: datetime | None = None
        self._ends: dict[Track, int] = {}
        self._timeline = Timeline()
        self._unreadable: set[Track] = set()  # the next gap of these is no mere absence
        self.opened: set[int] = set()
        self.closed: set[int] = set()
        self.gaps: list[AudioGap] = []  # stated so far
        self.heard_upto = START  # where the last stream that was closed ends in `AU`
        self.repaired = False

    async def restore(self, history: Sequence[Recorded]) -> None:
        """Learn from the facts and from the stored chunks, and state what is missing."""
        for recorded in history:
            if recorded.lane == "media":
                self._fold(recorded)
        after = self._tape.spans.after
        chunks = self._audio.read(self._contact, after=after)
        last: StoredChunk | None = None
        async with aclosing(chunks):
            async for last in chunks:
                for block in last.chunk.blocks:
                    self._ends[block.track] = block.end_sample
                await self._count(last.chunk, last.position)
        last = last or await self._audio.last(self._contact)
        self._timeline = Timeline(self._zero_at, self._ends)
        if last is not None:
            self._tape.completed(last.chunk.stream, last.chunk.resume_after)
            self._tape.goes_on_behind(last.chunk, last.position)

    @property
    def clock_zero_at(self) -> datetime | None:
        """The producer time of sample 0; None while nothing was stored."""
        return self._zero_at

    @property
    def ends(self) -> Mapping[Track, int]:
        """The first sample after what is stored, by track."""
        return self._timeline.ends

    @property
    def resumes(self) -> Mapping[str, Resume]:
        """Where the reading of each stream goes on, by its ARN."""
        return self._tape.resumes

    @property
    def is_posting(self) -> bool:
        """Whether a post is under way: its end will be told."""
        return self._tape.is_posting

    @property
    def is_settled(self) -> bool:
        """Whether `settle` has nothing to do but wait for a post."""
        return not (self._tape.is_doubtful or self._tape.spans.due)

    @property
    def reached_at(self) -> datetime | None:
        """The producer time up to which audio is stored; None when there is none."""
        return self._timeline.reached_at

    def post(self, offer: Offer, outcomes: Sequence[Outcome], told: Callable[[], None]) -> int:
        """Store what stands first and only goes on with what is stored; wait for nothing.

        Returns how many outcomes were dealt with; whatever else has to be stated is `store`'s.
        Nothing may be under way, or have to be settled. `told` is called, later, when a post
        has come to its end.
        """
        tape = self._tape
        if offer.ordinal not in self.opened or tape.spans.stream not in (0, offer.ordinal):
            return 0
        blocks: list[AudioBlock] = []
        size = count = 0
        for outcome in outcomes:
            match outcome:
                case Heard(track=track, payload=payload):
                    size += len(payload)
                    if track in self._unreadable or (blocks and size > CHUNK_BYTES_MAX):
                        break
                    first = self._timeline.follow(track, outcome.time_ns, payload)
                    if first is None:
                        break
                    blocks.append(_block_of(outcome, first, payload))
                case Completed(number=number, ours=ours):
                    if ours:
                        tape.completed(offer.ordinal, number)
                case Behind():
                    pass  # says nothing about samples
                case _:
                    break
            count += 1
        if blocks:
            tape.post(offer.ordinal, blocks, told)
        return count

    async def settle(self) -> None:
        """Return when all that was posted is stored, and stated where that is due.

        Raises:
            StreamMoved, LogUnavailable: as `store`.
        """
        await self._tape.settle()
        if self._tape.spans.due:
            await self._state_received()

    async def store(self, offer: Offer, outcomes: Sequence[Outcome]) -> bool:
        """Store what was heard, in order; tell whether there was anything new.

        Raises:
            StreamMoved: another process reads this contact.
            LogUnavailable: go on from `restore`.
        """
        await self.settle()
        blocks: list[AudioBlock] = []
        size, stored = 0, False
        for outcome in outcomes:
            match outcome:
                case Heard():
                    block = await self._place(offer, outcome)
                    if block is None:
                        continue
                    if blocks and size + len(block.samples) > CHUNK_BYTES_MAX:
                        await self._append_chunk(offer, blocks)
                        blocks, size = [], 0
                    blocks.append(block)
                    size, stored = size + len(block.samples), True
                case Completed(number=number, ours=True):
                    self._tape.completed(offer.ordinal, number)
                case Lost():
                    self._unreadable.update(TRACKS)
                case _:
                    pass  # says nothing about samples
        if blocks:
            await self._append_chunk(offer, blocks)
        return stored

    async def flush(self) -> None:
        """State what was stored since the last `AudioReceived`."""
        await self._tape.settle()
        await self._state_received()

    async def _state_received(self) -> None:
        received = self._tape.spans.received()
        if received is not None:
            rule = f"{received.audio_after}-{received.audio_upto}"
            await self._append(received, rule, self._call.offers[received.stream - 1])
            self._tape.spans = Spans(received.audio_upto)

    async def refuse(self, offer: Offer, refused: AudioRefused) -> None:
        """State that a stream has to wait; once for each reason."""
        await self._append(refused, f"refused-{refused.reason}", offer)

    async def repair(self, repaired: AudioRepaired) -> None:
        """State what was found of what was missing; once."""
        await self._append(repaired, "repaired", self._call.offers[-1])
        self.repaired = True

    async def close(
        self, offer: Offer, reason: CloseReason, *, because: GapReason = "stream_failed"
    ) -> None:
        """State that nothing more will be read from a stream, and what is missing at its end.

        `because` is why, where it failed.
        """
        await self.flush()
        ends = self._timeline.ends
        end = max(ends.values(), default=0)
        # A contact of which nothing at all was heard lacks all of it, whatever the reason.
        if reason == "stream_failed" or not ends:
            for track in TRACKS:
                nothing = not ends and reason != "stream_failed" and track in self._unreadable
                why: GapReason = "unreadable" if nothing else because
                await self._gap(offer, track, ends.get(track, 0), None, why)
        else:
            for track, track_end in ends.items():
                if end - track_end > _TAIL_SAMPLES:
                    why = "unreadable" if track in self._unreadable else "missing"
                    await self._gap(offer, track, track_end, end, why)
        closed = AudioStreamClosed(
            stream=offer.ordinal,
            reason=reason if offer.ordinal in self.opened else "never_opened",
            ended_ms=max(0, end) // SAMPLES_PER_MS,
            audio_upto=self._tape.end,
        )
        await self._append(closed, "closed", offer)
        self.closed.add(offer.ordinal)
        self.heard_upto = self._tape.end

    def _fold(self, recorded: Recorded) -> None:
        self._lane_end = recorded.position
        self._known.add(recorded.id)
        match recorded.event:
            case AudioStreamOpened(stream=stream, clock_zero_at=zero_at):
                self.opened.add(stream)
                self._zero_at = zero_at
            case AudioReceived(spans=spans, audio_upto=upto):
                self._tape.spans = Spans(upto)
                self._ends.update((span.track, span.end_sample) for span in spans)
            case AudioStreamClosed(stream=stream, audio_upto=upto):
                self.closed.add(stream)
                self.heard_upto = max(self.heard_upto, upto)
            case AudioGap() as gap:
                self.gaps.append(gap)
            case AudioRepaired():
                self.repaired = True
            case _:
                pass  # refusals are known by their ids

    async def _place(self, offer: Offer, heard: Heard) -> AudioBlock | None:
        zero_at = self._timeline.begin(heard.time_ns)
        placed = self._timeline.place(heard.track, heard.time_ns, heard.payload)
        if placed is None:
            return None
        if offer.ordinal not in self.opened:
            opened = AudioStreamOpened(
                stream=offer.ordinal, stream_arn=offer.media.stream_arn, clock_zero_at=zero_at
            )
            await self._append(opened, "opened", offer)
            self.opened.add(offer.ordinal)
            self._zero_at = zero_at
        if placed.gap_from is not None:
            reason: GapReason = "unreadable" if heard.track in self._unreadable else "missing"
            await self._gap(offer, heard.track, placed.gap_from, placed.first_sample, reason)
        self._unreadable.discard(heard.track)
        return _block_of(heard, placed.first_sample, placed.samples)

    async def _append_chunk(self, offer: Offer, blocks: Sequence[AudioBlock]) -> None:
        chunk = await self._tape.append(offer.ordinal, blocks)
        await self._count(chunk, self._tape.end)

    async def _count(self, chunk: AudioChunk, position: Position) -> None:
        if self._tape.spans.stream not in (0, chunk.stream):
            await self._state_received()
        self._tape.spans.add(chunk.stream, chunk.blocks, position)
        if self._tape.spans.due:
            await self._state_received()

    async def _gap(
        self, offer: Offer, track: Track, start: int, end: int | None, reason: GapReason
    ) -> None:
        gap = AudioGap(
            track=track,
            from_ms=start // SAMPLES_PER_MS,
            until_ms=None if end is None else -(-end // SAMPLES_PER_MS),
            reason=reason,
        )
        await self._append(gap, f"gap-{track}-{start}-{end}", offer)
        self.gaps.append(gap)

    async def _append(self, event: Event, rule: str, offer: Offer) -> None:
        cause = f"stream-{offer.ordinal}"
        event_id = service_event_id(NAME, self._contact, cause, rule)
        if event_id in self._known:
            return
        draft = Draft(
            event=event,
            id=event_id,
            occurred_at=self._now(),
            actor=_ACTOR,
            correlation=offer.correlation,
            causation=offer.cause,
        )
        self._lane_end = await self._journal.append(self._contact, [draft], expected=self._lane_end)
        self._known.add(event_id)


def _block_of(heard: Heard, first_sample: int, samples: bytes) -> AudioBlock:
    return AudioBlock(
        track=heard.track,
        fragment=heard.fragment,
        ordinal=heard.ordinal,
        first_sample=first_sample,
        samples=samples,
    )
