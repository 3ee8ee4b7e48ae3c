"""A stream and what is on it: calls one after another, each a stretch of numbered fragments.

Nothing is produced in the background. What a stream holds follows from the clock: a fragment is
there once its last sample has been spoken, a block once its own has. Fragments are made when they
are read, out of the recording that all readers share.
"""

import asyncio
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from math import inf
from typing import Literal, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from .clock import Clock
from .faults import NO_FAULTS, Faults
from .layout import SAMPLES_PER_MS, Block, Layout
from .recording import RATE_HZ, Excerpt, Recording

Pacing = Literal["block", "fragment"]

FIRST_FRAGMENT_NUMBER = 2**156  # the real ones, of 47 digits, lie above it
FRAGMENT_NUMBER_STEP = 2**92 + 48_271  # real ones grow by 2**92 and a little
SERVER_CLOCK_SKEW_MS = -966  # the service's clock against the producer's, as captured
MS_PER_S = 1_000


class Start(NamedTuple):
    """Where and when a call begins."""

    stream: "Stream"
    at_s: float  # on the clock's monotonic scale
    server_ms: int  # the date of that moment, in epoch milliseconds
    producer_at: datetime  # the producer's date of its first sample, in whole milliseconds


class Call:
    """One contact's stay on a stream."""

    def __init__(
        self,
        recording: Recording,
        start: Start,
        *,
        contact_id: str,
        instance_arn: str,
        speed: float = 1.0,
        pacing: Pacing = "block",
        faults: Faults = NO_FAULTS,
    ) -> None:
        self.recording = recording
        self.start = start
        self.contact_id = contact_id
        self.instance_id = instance_arn.rpartition("/")[2]
        self.speed = speed
        self.pacing: Pacing = pacing
        self.layout = Layout(recording.sample_count, faults.short_blocks)
        self.first_ordinal = start.stream.next_ordinal  # of its fragments on the stream
        self.end_ordinal = self.first_ordinal + self.layout.fragment_count
        self.producer_started_ms = round(start.producer_at.timestamp() * MS_PER_S)
        # A producer that starts anew makes a segment of its own.
        session = f"{start.stream.arn}/{self.first_ordinal}/{contact_id}"
        self.segment_uid: UUID = uuid5(NAMESPACE_URL, session)
        self.suffer(faults)

    def suffer(self, faults: Faults) -> None:
        """Replace the call's faults from now on; how it is cut into blocks stays as it began."""
        self.faults = faults
        self.disturbances_left = faults.times
        self.refusals_left = faults.refused_opens.times if faults.refused_opens else 0

    def end_early(self, at_s: float) -> None:
        """Let the call end with the fragment that is being spoken at `at_s`."""
        spoken = max(0, int((at_s - self.start.at_s) * self.speed * RATE_HZ))
        fragments = range(self.layout.fragment_count)
        index = bisect_right(fragments, spoken, key=self.layout.end_sample)
        if index >= len(fragments) - 1:
            return  # that is the last one, or there was none after it
        self.recording = Excerpt(self.recording, first=0, count=self.layout.end_sample(index))
        self.layout = Layout(self.recording.sample_count, self.faults.short_blocks)
        self.end_ordinal = self.first_ordinal + self.layout.fragment_count

    @property
    def ended_s(self) -> float:
        return self.spoken_s(self.recording.sample_count)

    @property
    def producer_ended_ms(self) -> int:
        return self.producer_started_ms + -(-self.recording.sample_count // SAMPLES_PER_MS)

    def spoken_s(self, end_sample: int) -> float:
        """Return when the samples before `end_sample` have all been spoken."""
        return self.start.at_s + end_sample / RATE_HZ / self.speed

    def server_ms(self, sample: int) -> int:
        """Return the service's date, in epoch milliseconds, of that sample's arrival."""
        passed_ms = round(sample / SAMPLES_PER_MS / self.speed)
        return self.start.server_ms + passed_ms + SERVER_CLOCK_SKEW_MS


@dataclass(frozen=True, slots=True)
class Fragment:
    """One fragment, by reference."""

    call: Call
    ordinal: int  # on the stream
    number: int

    @property
    def index(self) -> int:
        """Which of the call's fragments it is, from 0."""
        return self.ordinal - self.call.first_ordinal

    @property
    def slots(self) -> list[list[Block]]:
        return self.call.layout.slots(self.index)

    @property
    def complete_s(self) -> float:
        return self.call.spoken_s(self.call.layout.end_sample(self.index))

    @property
    def producer_started_ms(self) -> int:
        first = self.call.layout.first_sample(self.index)
        return self.call.producer_started_ms + first // SAMPLES_PER_MS

    @property
    def producer_ended_ms(self) -> int:
        end = self.call.layout.end_sample(self.index)
        return self.call.producer_started_ms + -(-end // SAMPLES_PER_MS)

    @property
    def server_started_ms(self) -> int:
        """When the service says that it received the fragment's first block."""
        return self.call.server_ms(self.call.layout.first_sample(self.index))

    @property
    def server_ended_ms(self) -> int:
        return self.call.server_ms(self.call.layout.end_sample(self.index))

    def slot_due_s(self, slot: list[Block]) -> float:
        """Return when these blocks may be sent."""
        if self.call.pacing == "fragment":
            return self.complete_s
        return self.call.spoken_s(max(block.end for block in slot))


class Stream:
    """A Kinesis video stream out of the pool that calls take turns on."""

    def __init__(self, arn: str, *, clock: Clock, retention_s: float) -> None:
        self.arn = arn
        self.name = arn.split("/")[1]
        self.region = arn.split(":")[3]
        self.calls: deque[Call] = deque()
        self.next_ordinal = 0
        self.ended_s = -inf  # of the last call that was ever on it
        self.producer_ended_ms = 0
        self.connections = 0
        self.opened_s: deque[float] = deque()
        self.asked_s: deque[float] = deque()
        self.listed_s: deque[float] = deque()
        self.archive_connections = 0
        self._clock = clock
        self._retention_s = retention_s
        self._number_zero = FIRST_FRAGMENT_NUMBER + uuid5(NAMESPACE_URL, arn).int % 2**64
        self._grown = asyncio.Event()

    @property
    def earliest_ordinal(self) -> int:
        """The first fragment that is kept, or the next one to come."""
        return self.calls[0].first_ordinal if self.calls else self.next_ordinal

    def add(self, call: Call) -> None:
        """Append a call that begins after everything the stream holds."""
        self.calls.append(call)
        self._end_with(call)
        self.forget_expired()
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    def hang_up(self, call: Call) -> bool:
        """End a call now; False when another one waits behind it, which keeps its place."""
        if self.calls and self.calls[-1] is not call:
            return False
        call.end_early(self._clock.monotonic())
        self._end_with(call)
        return True

    def _end_with(self, call: Call) -> None:
        self.next_ordinal = call.end_ordinal
        self.ended_s = call.ended_s
        self.producer_ended_ms = call.producer_ended_ms

    def forget_expired(self) -> None:
        """Drop the calls whose retention is over."""
        oldest_s = self._clock.monotonic() - self._retention_s
        while self.calls and self.calls[0].ended_s < oldest_s:
            self.calls.popleft()

    def fragment(self, ordinal: int) -> Fragment | None:
        """Return the fragment of that ordinal, whether spoken yet or not."""
        for call in reversed(self.calls):
            if call.first_ordinal <= ordinal < call.end_ordinal:
                return Fragment(call, ordinal, self.number(ordinal))
        return None

    def number(self, ordinal: int) -> int:
        return self._number_zero + ordinal * FRAGMENT_NUMBER_STEP

    def ordinal(self, number: int) -> int | None:
        """Return which fragment bears the number, or None if none does, or none any more."""
        ordinal, rest = divmod(number - self._number_zero, FRAGMENT_NUMBER_STEP)
        if rest or self.fragment(ordinal) is None:
            return None
        return ordinal

    async def grown_or(self, until_s: float) -> None:
        """Return when a call was added, or at `until_s`, whichever is first."""
        waits: set[asyncio.Task[object]] = {
            asyncio.create_task(self._grown.wait()),
            asyncio.create_task(self._clock.wait_until(until_s)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
