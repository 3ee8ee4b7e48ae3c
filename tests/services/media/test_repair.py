"""What GetMedia left out is looked for after the call, and then nothing is missing."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from antiphon.errors import LogUnavailable, MediaFailed
from antiphon.events.audio import AudioBlock, AudioLog
from antiphon.events.base import START, Track
from antiphon.events.contact import ContactEnded, MediaStream
from antiphon.events.media import AudioGap, AudioRepaired
from antiphon.infra.simulator.faults import Faults
from antiphon.infra.simulator.simulator import Playing, Simulator
from antiphon.services.media.archive import Kept
from antiphon.services.media.kinesis import Kinesis
from antiphon.services.media.repair import Bounds, Repair

from ...infra.simulator.clocks import MovableClock
from ...infra.simulator.reading import noise
from .kvs import Kvs
from .scene import CONTACT, PATIENT, TRACKS, Scene, made

FRAGMENT_SAMPLES = 8_192
LENGTH = 6
HASTY = Bounds(pause_s=0.01)


class Failing:
    """An archive that answers so many times with a failure, then with more than was asked for."""

    def __init__(self, real: Kinesis, *, failures: Sequence[MediaFailed]) -> None:
        self._real = real
        self._failures = list(failures)
        self.asked = 0

    async def list_fragments(
        self, stream_arn: str, *, began_at: datetime, until: datetime, fragments_max: int
    ) -> list[Kept]:
        self.asked += 1
        if self._failures:
            raise self._failures.pop(0)
        return await self._real.list_fragments(
            stream_arn, began_at=began_at, until=until, fragments_max=2 * fragments_max
        )

    def open_fragments(self, stream_arn: str, numbers: Sequence[str]) -> Any:
        return self._real.open_fragments(stream_arn, numbers)


class FailingOnce(AudioLog):
    """Stores a chunk and dies before it says so, once."""

    failed = False

    async def last(self, contact: Any) -> Any:
        last = await super().last(contact)
        if last is not None and last.chunk.repair and not self.failed:
            self.failed = True
            raise LogUnavailable("the process is gone")
        return last


@asynccontextmanager
async def call(faults: Faults, *, fragments: int = LENGTH) -> AsyncGenerator[tuple[Scene, Playing]]:
    """A call that was over a minute ago, at a simulator with these faults."""
    clock = MovableClock(skips=True)
    async with Simulator(clock=clock) as simulator, Kinesis(endpoint=simulator.url) as kinesis:
        ago = timedelta(seconds=60 + fragments * 1.024)
        playing = simulator.play(
            noise(fragments * FRAGMENT_SAMPLES),
            contact_id=CONTACT.contact_id,
            started_at=clock.now() - ago,
            faults=faults,
        )
        set_up = await made(Scene(Kvs(), kinesis, patience=PATIENT))
        media = playing.media
        await set_up.start(
            MediaStream(
                stream_arn=media.stream_arn,
                start_fragment_number=media.start_fragment_number,
                started_at=media.started_at,
            )
        )
        ended_at = media.started_at + timedelta(seconds=fragments * 1.024)
        await set_up.life(ContactEnded(ended_at=ended_at))
        yield set_up, playing


async def care(set_up: Scene, *, repair: Repair | None = None) -> None:
    set_up.options["repair"] = repair or Repair(set_up.source, audio=set_up.audio)
    async with asyncio.timeout(15):
        await set_up.care()


async def audio_of(set_up: Scene) -> dict[Track, np.ndarray]:
    """All that is stored, repairs at their places; every sample once."""
    blocks: list[AudioBlock] = [
        block
        async for one in set_up.audio.read(CONTACT, repairs=True)
        for block in one.chunk.blocks
    ]
    found: dict[Track, np.ndarray] = {}
    for track in TRACKS:
        mine = sorted(
            (one for one in blocks if one.track == track), key=lambda one: one.first_sample
        )
        for before, after in pairwise(mine):
            assert before.end_sample <= after.first_sample, "a sample stands twice"
        found[track] = np.frombuffer(b"".join(one.samples for one in mine), dtype="<i2")
    return found


async def assert_whole(set_up: Scene, *, fragments: int = LENGTH) -> None:
    spoken = noise(fragments * FRAGMENT_SAMPLES)
    heard = await audio_of(set_up)
    assert np.array_equal(heard["from_customer"], spoken[:, 0])
    assert np.array_equal(heard["to_customer"], spoken[:, 1])


async def repaired(set_up: Scene) -> AudioRepaired:
    (fact,) = await set_up.facts(AudioRepaired)
    return fact


async def test_undelivered_fragments_after_the_call_the_audio_equals_the_recording() -> None:
    async with call(Faults(undelivered_fragments=frozenset({1, 2, 4}))) as (set_up, _):
        await care(set_up)

        await assert_whole(set_up)
        fact = await repaired(set_up)
        assert (fact.outcome, fact.missing_ms) == ("whole", 0)
        spans = {(one.track, one.first_sample, one.end_sample) for one in fact.spans}
        assert spans == {
            (track, first * FRAGMENT_SAMPLES, end * FRAGMENT_SAMPLES)
            for track in TRACKS
            for first, end in ((1, 3), (4, 5))
        }
        # The gaps stay: nobody has transcribed what was found.
        assert len(await set_up.facts(AudioGap)) == 4


async def test_who_reads_along_is_not_given_what_was_found_later() -> None:
    async with call(Faults(undelivered_fragments=frozenset({2}))) as (set_up, _):
        await care(set_up)

        plain = await set_up.blocks()
        assert {one.first_sample // FRAGMENT_SAMPLES for one in plain} == {0, 1, 3, 4, 5}
        fact = await repaired(set_up)
        stored = [
            one
            async for one in set_up.audio.read(
                CONTACT, after=fact.audio_after, upto=fact.audio_upto, repairs=True
            )
        ]
        assert stored
        assert all(one.chunk.repair for one in stored)


async def test_a_call_that_lacks_nothing_is_not_looked_for() -> None:
    async with call(Faults()) as (set_up, _):
        await care(set_up)

        await assert_whole(set_up)
        assert await set_up.facts(AudioRepaired) == []


async def test_blocks_that_were_never_recorded_stay_missing() -> None:
    faults = Faults(missing_blocks=frozenset({(2, 6), (2, 8)}))
    async with call(faults) as (set_up, _):
        await care(set_up)

        fact = await repaired(set_up)
        assert (fact.outcome, fact.spans) == ("nothing", ())
        assert fact.missing_ms == 2 * 64


async def test_it_is_looked_for_once() -> None:
    async with call(Faults(missing_blocks=frozenset({(2, 6)}))) as (set_up, _):
        await care(set_up)
        facts, archive = await set_up.recorded(), Failing(set_up.source, failures=())

        await care(set_up, repair=Repair(archive, audio=set_up.audio))

        assert await set_up.recorded() == facts
        assert archive.asked == 0


async def test_an_archive_that_is_busy_is_asked_again() -> None:
    async with call(Faults(undelivered_fragments=frozenset({1}))) as (set_up, _):
        archive = Failing(set_up.source, failures=[MediaFailed("retry", "busy")] * 2)

        await care(set_up, repair=Repair(archive, audio=set_up.audio, bounds=HASTY))

        await assert_whole(set_up)


@pytest.mark.parametrize(
    ("kind", "asked"), [("retry", HASTY.attempts_max), ("alarm", 1)], ids=["busy", "key gone"]
)
async def test_an_archive_that_never_answers_is_a_fact(kind: Any, asked: int) -> None:
    async with call(Faults(undelivered_fragments=frozenset({1}))) as (set_up, _):
        archive = Failing(set_up.source, failures=[MediaFailed(kind, "busy")] * 9)

        await care(set_up, repair=Repair(archive, audio=set_up.audio, bounds=HASTY))

        fact = await repaired(set_up)
        assert (fact.outcome, fact.spans, fact.missing_ms) == ("failed", (), 2 * 1_024)
        assert archive.asked == asked


@pytest.mark.parametrize("bounds", [Bounds(fragments_max=2), Bounds(bytes_max=110_000)], ids=str)
async def test_no_more_is_read_than_was_allowed(bounds: Bounds) -> None:
    async with call(Faults(undelivered_fragments=frozenset({1, 2, 4}))) as (set_up, _):
        archive = Failing(set_up.source, failures=())

        await care(set_up, repair=Repair(archive, audio=set_up.audio, bounds=bounds))

        fact = await repaired(set_up)
        assert fact.outcome == "partly"
        assert 0 < sum(one.sample_count for one in fact.spans) <= 2 * 2 * FRAGMENT_SAMPLES


async def test_a_process_that_dies_before_it_says_so_has_stored_nothing_twice() -> None:
    async with call(Faults(undelivered_fragments=frozenset({1, 4}))) as (set_up, _):
        dying = FailingOnce(set_up.log, set_up.keys)
        with pytest.raises(LogUnavailable):
            await care(set_up, repair=Repair(set_up.source, audio=dying))
        assert await set_up.facts(AudioRepaired) == []

        await care(set_up)

        await assert_whole(set_up)
        fact = await repaired(set_up)
        assert fact.outcome == "whole"
        assert sum(one.sample_count for one in fact.spans) == 2 * 2 * FRAGMENT_SAMPLES
        assert fact.audio_after > START
