"""Streams outlive contacts: they are reused, kept for a while, and read again after a break."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest
from antiphon.errors import ContactUnknown, Malformed
from antiphon.infra.simulator.faults import Faults
from antiphon.infra.simulator.simulator import Simulator

from .clocks import MovableClock
from .reading import (
    FROM_CUSTOMER,
    TO_CUSTOMER,
    body_of,
    cut_body_of,
    documents_in,
    documents_of,
    noise,
    track_of,
)

FRAGMENT_SAMPLES = 8_192
TWO_FRAGMENTS = 2 * FRAGMENT_SAMPLES


async def test_another_contact_stands_on_the_stream_before_and_after_ours(
    simulator: Simulator, clock: MovableClock
) -> None:
    yesterday = clock.now() - timedelta(hours=20)
    before = simulator.play(noise(TWO_FRAGMENTS), contact_id="before", started_at=yesterday)
    stream_arn = before.media.stream_arn
    ours = simulator.play(noise(TWO_FRAGMENTS), contact_id="ours", stream_arn=stream_arn)
    after = simulator.play(noise(TWO_FRAGMENTS), contact_id="after", stream_arn=stream_arn)

    documents = await documents_of(simulator.url, stream_arn)

    contacts = [document.contact_id for document in documents]
    assert contacts == ["before"] * 2 + ["ours"] * 2 + ["after"] * 2
    numbers = [document.number for document in documents]
    assert numbers == sorted(numbers)
    assert str(numbers[2]) == ours.media.start_fragment_number
    assert len({document.segment_uid for document in documents}) == 3
    assert after.media.started_at >= ours.media.started_at + timedelta(milliseconds=2048)


async def test_calls_at_the_same_time_are_on_streams_of_their_own_and_later_ones_reuse_them(
    frozen: Simulator, still: MovableClock
) -> None:
    first, second = (frozen.play(noise(8_000), contact_id=name) for name in ("c-1", "c-2"))
    still.advance(2)

    third = frozen.play(noise(8_000), contact_id="c-3")

    assert first.media.stream_arn != second.media.stream_arn
    assert third.media.stream_arn == first.media.stream_arn


@pytest.mark.parametrize("speed", [1.0, 10.0])
async def test_a_stream_is_reused_only_when_its_own_time_has_passed_too(
    frozen: Simulator, still: MovableClock, speed: float
) -> None:
    first = frozen.play(noise(16_000), contact_id="c-1", speed=speed)
    still.advance(2 / speed)
    assert first.is_finished

    second = frozen.play(noise(16_000), contact_id="c-2")

    assert (second.media.stream_arn == first.media.stream_arn) == (speed == 1.0)


async def test_a_killed_reader_gets_the_rest_from_the_last_whole_fragment_on(
    simulator: Simulator,
) -> None:
    spoken = noise(4 * FRAGMENT_SAMPLES + 300)
    playing = simulator.play(spoken, contact_id="c-1", faults=Faults(cut_at_fragment=2))
    stream_arn = playing.media.stream_arn
    whole = documents_in(await cut_body_of(simulator.url, stream_arn))[:2]

    selector = {
        "StartSelectorType": "FRAGMENT_NUMBER",
        "AfterFragmentNumber": str(whole[-1].number),
    }
    rest = await documents_of(simulator.url, stream_arn, selector)

    assert np.array_equal(track_of([*whole, *rest], FROM_CUSTOMER), spoken[:, 0])
    assert np.array_equal(track_of([*whole, *rest], TO_CUSTOMER), spoken[:, 1])


async def test_fragments_are_kept_after_the_call_until_their_retention_is_over(
    clock: MovableClock,
) -> None:
    async with Simulator(clock=clock, retention_s=3_600) as simulator:
        playing = simulator.play(noise(TWO_FRAGMENTS), contact_id="c-1")
        await playing.finished()
        kept = await documents_of(simulator.url, playing.media.stream_arn)
        clock.advance(3_600)

        gone = await body_of(simulator.url, playing.media.stream_arn)
        simulator.play(noise(TWO_FRAGMENTS), contact_id="c-2")

        assert len(kept) == 2
        assert gone == b""
        with pytest.raises(ContactUnknown):
            simulator.playing("c-1")


async def test_fifty_calls_at_once_do_not_mix() -> None:
    async with Simulator(idle_s=0) as simulator:
        spoken = [noise(TWO_FRAGMENTS, seed=n) for n in range(50)]
        playings = [
            simulator.play(samples, contact_id=f"c-{n}", speed=4.0)
            for n, samples in enumerate(spoken)
        ]

        async with asyncio.timeout(60):
            bodies = await asyncio.gather(
                *(body_of(simulator.url, playing.media.stream_arn) for playing in playings)
            )

    for n, body in enumerate(bodies):
        documents = documents_in(body)
        assert {document.contact_id for document in documents} == {f"c-{n}"}
        assert np.array_equal(track_of(documents, FROM_CUSTOMER), spoken[n][:, 0])


@pytest.mark.parametrize(
    "offset_s", [pytest.param(0.5, id="during"), pytest.param(-9, id="before")]
)
async def test_a_call_cannot_be_placed_on_a_stream_at_or_before_another(
    frozen: Simulator, still: MovableClock, offset_s: float
) -> None:
    first = frozen.play(noise(8_000), contact_id="c-1")
    started_at = still.now() + timedelta(seconds=offset_s)

    with pytest.raises(Malformed, match="started_at"):
        frozen.play(
            noise(8_000),
            contact_id="c-2",
            stream_arn=first.media.stream_arn,
            started_at=started_at,
        )


async def test_an_unknown_stream_or_an_impossible_speed_is_refused(simulator: Simulator) -> None:
    with pytest.raises(Malformed, match="stream_arn"):
        simulator.play(noise(8_000), contact_id="c-1", stream_arn="arn:none")
    with pytest.raises(Malformed, match="speed"):
        simulator.play(noise(8_000), contact_id="c-1", speed=0)
