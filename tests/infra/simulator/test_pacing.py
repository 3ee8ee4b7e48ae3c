"""Audio is delivered when it has been spoken, and not before."""

import time

import pytest
from antiphon.infra.simulator.delivery import Body
from antiphon.infra.simulator.pool import Pool
from antiphon.infra.simulator.recording import recording_of
from antiphon.infra.simulator.simulator import Simulator
from antiphon.infra.simulator.stream import Call, Pacing, Stream

from .clocks import MovableClock
from .reading import body_of, documents_in, noise

BLOCK_S = 0.064
FRAGMENT_S = 1.024
FRAGMENT_SAMPLES = 8_192
IDLE_S = 3.0


def call_on_a_stream(
    clock: MovableClock, *, samples: int, pacing: Pacing, speed: float = 1.0
) -> Stream:
    start = Pool(clock=clock, retention_s=3_600).start(None, None)
    recording = recording_of(noise(samples))
    call = Call(recording, start, contact_id="c", instance_arn="i", pacing=pacing, speed=speed)
    start.stream.add(call)
    return start.stream


async def deliveries(stream: Stream, clock: MovableClock) -> list[tuple[float, bytes]]:
    """Return every piece of the stream's body and when it was delivered."""
    body = Body(stream, first=stream.earliest_ordinal, clock=clock, idle_s=IDLE_S)
    return [(clock.monotonic(), content) async for content in body.content()]


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_each_block_comes_when_its_last_sample_has_been_spoken(
    clock: MovableClock, speed: float
) -> None:
    stream = call_on_a_stream(clock, samples=2 * FRAGMENT_SAMPLES, pacing="block", speed=speed)

    delivered = await deliveries(stream, clock)

    moments = [moment for moment, _ in delivered]
    assert moments == pytest.approx([(n + 1) * BLOCK_S / speed for n in range(32)])


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_each_fragment_comes_when_it_is_complete(clock: MovableClock, speed: float) -> None:
    samples = 2 * FRAGMENT_SAMPLES + 800
    stream = call_on_a_stream(clock, samples=samples, pacing="fragment", speed=speed)

    delivered = await deliveries(stream, clock)

    whole = [(moment, len(documents_in(content))) for moment, content in delivered]
    ends_s = [FRAGMENT_S, 2 * FRAGMENT_S, 2 * FRAGMENT_S + 0.1]
    assert whole == [(pytest.approx(end / speed), 1) for end in ends_s]


async def test_speed_leaves_the_producers_own_time_alone(clock: MovableClock) -> None:
    stream = call_on_a_stream(clock, samples=2 * FRAGMENT_SAMPLES, pacing="fragment", speed=8.0)

    delivered = await deliveries(stream, clock)

    first, second = documents_in(b"".join(content for _, content in delivered))
    assert second.cluster_ms - first.cluster_ms == 1_024


async def test_what_is_stored_comes_at_once_a_fragment_at_a_time(clock: MovableClock) -> None:
    stream = call_on_a_stream(clock, samples=3 * FRAGMENT_SAMPLES, pacing="block")
    clock.advance(2 * FRAGMENT_S + 0.1)

    delivered = await deliveries(stream, clock)

    stored = [content for moment, content in delivered if moment < 2 * FRAGMENT_S + 0.11]
    assert [len(documents_in(content)) for content in stored[:2]] == [1, 1]
    assert len(delivered) == 2 + 16


async def test_the_body_ends_a_few_seconds_after_the_producer(clock: MovableClock) -> None:
    stream = call_on_a_stream(clock, samples=FRAGMENT_SAMPLES, pacing="block")

    await deliveries(stream, clock)

    assert clock.monotonic() == pytest.approx(FRAGMENT_S + IDLE_S)


async def test_real_time_is_real() -> None:
    async with Simulator(idle_s=0) as simulator:
        began_s = time.monotonic()
        playing = simulator.play(noise(8_000), contact_id="c-1", speed=2.0)

        body = await body_of(simulator.url, playing.media.stream_arn)

        passed_s = time.monotonic() - began_s
        assert len(documents_in(body)) == 1
        assert playing.is_finished
        # A second at double speed; the upper bound only tells it from a minute.
        assert 0.5 <= passed_s < 10


async def test_a_call_tells_how_far_it_has_got(frozen: Simulator, still: MovableClock) -> None:
    playing = frozen.play(noise(16_000), contact_id="c-1", speed=2.0)

    progress: list[int] = []
    for _ in range(4):
        progress.append(playing.played_ms)
        still.advance(0.4)

    assert progress == [0, 800, 1_600, 2_000]
    await playing.finished()
