"""What a fleet asks of the simulator: stretches of recordings, hang-ups, networks that are slow."""

from datetime import timedelta
from pathlib import Path

import httpx
import numpy as np
import pytest
from antiphon.errors import Malformed
from antiphon.infra.simulator.delivery import Body
from antiphon.infra.simulator.faults import Faults, Network
from antiphon.infra.simulator.pool import Pool
from antiphon.infra.simulator.recording import recording_of
from antiphon.infra.simulator.simulator import Simulator
from antiphon.infra.simulator.stream import Call, Stream

from .clocks import MovableClock
from .reading import documents_in, documents_of, noise, track_of

WAV = Path(__file__).parents[3] / "infra" / "simulator" / "calls" / "price_rise.wav"
BLOCK_S = 0.064
FRAGMENT_SAMPLES = 8_192
IDLE_S = 3.0


async def test_a_stretch_of_a_recording_is_played_over_its_end(simulator: Simulator) -> None:
    samples = noise(3 * FRAGMENT_SAMPLES)

    playing = simulator.play(samples, contact_id="c", first_sample=9_000, sample_count=40_000)
    documents = await documents_of(simulator.url, playing.media.stream_arn)

    expected = np.take(samples, np.arange(9_000, 49_000), axis=0, mode="wrap")
    assert np.array_equal(track_of(documents, "AUDIO_FROM_CUSTOMER"), expected[:, 0])
    assert np.array_equal(track_of(documents, "AUDIO_TO_CUSTOMER"), expected[:, 1])


@pytest.mark.parametrize(("first", "count"), [(-1, 800), (0, 0), (800, None)])
async def test_a_stretch_of_nothing_is_refused(
    simulator: Simulator, first: int, count: int | None
) -> None:
    with pytest.raises(Malformed, match="sample_count"):
        simulator.play(noise(800), contact_id="c", first_sample=first, sample_count=count)


async def test_a_hang_up_ends_a_call_with_the_fragment_being_spoken(
    simulator: Simulator, clock: MovableClock
) -> None:
    async with httpx.AsyncClient(base_url=simulator.url) as http:
        asked = {"wav": str(WAV), "contact_id": "c-1", "first_sample": 77}
        placed = (await http.post("/calls", json=asked)).json()
        clock.advance(2.5)

        hung_up = await http.post("/calls/c-1/hang-up")
    documents = await documents_of(simulator.url, placed["stream_arn"])

    assert hung_up.json()["duration_ms"] == 3_072
    assert len(documents) == 3
    whole = recording_of(WAV)
    heard = track_of(documents, "AUDIO_FROM_CUSTOMER")
    assert heard.tobytes() == bytes(whole.samples(0, 77, 77 + 3 * FRAGMENT_SAMPLES))


async def test_the_next_call_begins_after_the_hang_up(
    frozen: Simulator, still: MovableClock
) -> None:
    first = frozen.play(noise(80 * FRAGMENT_SAMPLES), contact_id="c-1")
    still.advance(0.5)
    first.hang_up()
    still.advance(1)

    second = frozen.play(noise(800), contact_id="c-2")

    assert second.media.stream_arn == first.media.stream_arn
    number, before = int(second.media.start_fragment_number), int(first.fragment_number(0))
    assert number > before
    assert second.media.started_at - first.media.started_at == timedelta(seconds=1.5)


async def test_a_call_that_is_over_or_waited_for_is_not_cut(
    frozen: Simulator, still: MovableClock
) -> None:
    over = frozen.play(noise(8_000), contact_id="c-1")
    still.advance(5)
    over.hang_up()
    waited_for = frozen.play(noise(80_000), contact_id="c-2")
    frozen.play(noise(8_000), contact_id="c-3", stream_arn=waited_for.media.stream_arn)

    with pytest.raises(Malformed, match="waits"):
        waited_for.hang_up()

    assert over.duration_ms == 1_000
    assert waited_for.duration_ms == 10_000


async def test_a_contact_goes_on_with_another_stream(
    frozen: Simulator, still: MovableClock
) -> None:
    first = frozen.play(noise(8_000), contact_id="c-1")
    still.advance(5)

    second = frozen.play(noise(8_000), contact_id="c-1")

    assert second.media.stream_arn != first.media.stream_arn


def stream_over(network: Network, clock: MovableClock) -> Stream:
    start = Pool(clock=clock, retention_s=3_600).start(None, None)
    recording = recording_of(noise(2 * FRAGMENT_SAMPLES))
    call = Call(recording, start, contact_id="c", instance_arn="i", faults=Faults(network=network))
    start.stream.add(call)
    return start.stream


async def deliveries(stream: Stream, clock: MovableClock) -> list[tuple[float, bytes]]:
    body = Body(stream, first=stream.earliest_ordinal, clock=clock, idle_s=IDLE_S)
    return [(clock.monotonic(), content) async for content in body.content()]


async def test_latency_moves_every_block_by_as_much(clock: MovableClock) -> None:
    stream = stream_over(Network(latency_ms=300), clock)

    delivered = await deliveries(stream, clock)

    moments = [moment for moment, _ in delivered]
    assert moments == pytest.approx([0.3 + (n + 1) * BLOCK_S for n in range(32)])


async def test_jitter_moves_blocks_by_different_times_in_their_order(clock: MovableClock) -> None:
    stream = stream_over(Network(jitter_ms=50), clock)

    delivered = await deliveries(stream, clock)

    late_s = [moment - (n + 1) * BLOCK_S for n, (moment, _) in enumerate(delivered)]
    assert len(late_s) == 32
    assert min(late_s) >= 0
    assert max(late_s) <= 0.05
    assert len({round(one, 4) for one in late_s}) > 20


async def test_a_slow_network_carries_all_of_it_later(clock: MovableClock) -> None:
    pace = 20_000

    delivered = await deliveries(stream_over(Network(bytes_a_second=pace), clock), clock)

    size = sum(len(content) for _, content in delivered)
    first_s = BLOCK_S  # when there is something to carry
    assert delivered[-1][0] == pytest.approx(first_s + size / pace, rel=0.01)
    assert len(documents_in(b"".join(content for _, content in delivered))) == 2
