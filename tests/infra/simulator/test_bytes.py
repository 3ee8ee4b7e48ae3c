"""The body is what Connect's producer and the service make of a recording, byte for byte."""

from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from antiphon.infra.simulator.recording import recording_of
from antiphon.infra.simulator.simulator import Simulator
from antiphon.infra.simulator.stream import Pacing

from .clocks import MovableClock
from .reading import (
    FROM_CUSTOMER,
    TO_CUSTOMER,
    body_of,
    documents_in,
    documents_of,
    noise,
    track_of,
)

FRAGMENT_SAMPLES = 8_192
CALLS = Path(__file__).parents[3] / "infra" / "simulator" / "calls"


@pytest.mark.parametrize("pacing", ["block", "fragment"])
@pytest.mark.parametrize(
    "sample_count",
    [
        pytest.param(1, id="one sample"),
        pytest.param(512, id="one block"),
        pytest.param(FRAGMENT_SAMPLES, id="one fragment"),
        pytest.param(3 * FRAGMENT_SAMPLES + 1_000, id="three fragments and a bit"),
    ],
)
async def test_every_sample_arrives_once_and_in_order(
    simulator: Simulator, sample_count: int, pacing: Pacing
) -> None:
    spoken = noise(sample_count)
    playing = simulator.play(spoken, contact_id="c-1", pacing=pacing)

    documents = await documents_of(simulator.url, playing.media.stream_arn)

    assert np.array_equal(track_of(documents, FROM_CUSTOMER), spoken[:, 0])
    assert np.array_equal(track_of(documents, TO_CUSTOMER), spoken[:, 1])
    assert len(documents) == playing.fragment_count


async def test_a_fragment_is_sixteen_blocks_a_track_in_turn(simulator: Simulator) -> None:
    playing = simulator.play(noise(2 * FRAGMENT_SAMPLES), contact_id="c-1")

    first, second = await documents_of(simulator.url, playing.media.stream_arn)

    started_ms = round(playing.media.started_at.timestamp() * 1000)
    assert first.cluster_ms == started_ms
    assert second.cluster_ms == started_ms + 1024
    assert [block.track for block in second.blocks] == [FROM_CUSTOMER, TO_CUSTOMER] * 16
    assert {len(block.samples) for block in second.blocks} == {1024}
    assert [block.started_ms for block in second.blocks[::2]] == [
        started_ms + 1024 + 64 * n for n in range(16)
    ]


async def test_the_document_looks_as_connect_makes_it(simulator: Simulator) -> None:
    playing = simulator.play(noise(FRAGMENT_SAMPLES), contact_id="c-1", instance_arn="a/i-1")

    (document,) = await documents_of(simulator.url, playing.media.stream_arn)

    assert document.order == ["Info", "Tracks", "Tags", "Cluster", *["Tags"] * 7]
    assert document.tracks == {1: FROM_CUSTOMER, 2: TO_CUSTOMER}
    assert document.codecs == {"A_AAC"}
    started_ms = round(playing.media.started_at.timestamp() * 1000)
    assert document.tags[0] == {
        "AWS_KINESISVIDEO_FRAGMENT_NUMBER": playing.media.start_fragment_number,
        "AWS_KINESISVIDEO_SERVER_TIMESTAMP": f"{(started_ms - 966) / 1000:.3f}",
        "AWS_KINESISVIDEO_PRODUCER_TIMESTAMP": f"{started_ms / 1000:.3f}",
    }
    assert document.tags[1:-1] == [
        {"ContactId": "c-1"},
        {"InstanceId": "i-1"},
        {"MimeType": "audio/L16;rate=8000;channels=1;"},
        {"AUDIO_FROM_CUSTOMER": "1"},
        {"AUDIO_TO_CUSTOMER": "2"},
        {"Events": "[]"},
    ]
    assert document.tags[-1] == {
        "AWS_KINESISVIDEO_MILLIS_BEHIND_NOW": "0",
        "AWS_KINESISVIDEO_CONTINUATION_TOKEN": playing.media.start_fragment_number,
    }


async def test_segment_and_cluster_do_not_tell_their_size(simulator: Simulator) -> None:
    playing = simulator.play(noise(2 * FRAGMENT_SAMPLES), contact_id="c-1")

    body = await body_of(simulator.url, playing.media.stream_arn)

    unknown = "01ffffffffffffff"
    assert body.count(bytes.fromhex("18538067" + unknown)) == 2
    assert body.count(bytes.fromhex("1f43b675" + unknown)) == 2


async def test_fragment_numbers_are_of_47_digits_and_grow_by_2_to_the_92_and_a_little(
    simulator: Simulator,
) -> None:
    playing = simulator.play(noise(4 * FRAGMENT_SAMPLES), contact_id="c-1")

    documents = await documents_of(simulator.url, playing.media.stream_arn)

    numbers = [document.number for document in documents]
    assert {len(str(number)) for number in numbers} == {47}
    assert all(2**92 < later - earlier < 2**92 + 2**20 for earlier, later in pairwise(numbers))
    assert [str(number) for number in numbers] == [playing.fragment_number(n) for n in range(4)]
    assert len({document.segment_uid for document in documents}) == 1


async def test_what_looks_like_a_header_within_the_samples_is_left_alone(
    simulator: Simulator,
) -> None:
    magic = np.frombuffer(bytes.fromhex("1a45dfa31f43b675"), dtype="<i2").astype(np.int16)
    spoken = np.tile(magic, FRAGMENT_SAMPLES // len(magic))
    playing = simulator.play(spoken, contact_id="c-1")

    documents = await documents_of(simulator.url, playing.media.stream_arn)

    assert np.array_equal(track_of(documents, FROM_CUSTOMER), spoken)
    assert not track_of(documents, TO_CUSTOMER).any()


async def test_a_late_reader_is_told_how_far_behind_it_is(
    simulator: Simulator, clock: MovableClock
) -> None:
    a_minute_ago = clock.now() - timedelta(seconds=60)
    playing = simulator.play(noise(2 * FRAGMENT_SAMPLES), contact_id="c-1", started_at=a_minute_ago)

    documents = await documents_of(simulator.url, playing.media.stream_arn)

    behind_ms = [document.tag("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW") for document in documents]
    assert behind_ms == [str(60_000 - 1_024), str(60_000 - 2_048)]


@pytest.mark.parametrize("name", ["price_rise", "internet_down"])
async def test_the_sample_calls_arrive_whole(simulator: Simulator, name: str) -> None:
    wav = CALLS / f"{name}.wav"
    playing = simulator.play(wav, contact_id=name)

    documents = documents_in(await body_of(simulator.url, playing.media.stream_arn))

    recording = recording_of(wav)
    for track, samples in zip((FROM_CUSTOMER, TO_CUSTOMER), recording.tracks, strict=True):
        assert track_of(documents, track).astype("<i2").tobytes() == samples
