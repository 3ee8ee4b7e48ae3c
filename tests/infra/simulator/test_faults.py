"""Whatever may go wrong can be asked for, and then goes wrong exactly so."""

import asyncio
from typing import Any

import numpy as np
import pytest
from antiphon.infra.simulator.faults import Faults, InBandError, RefusedOpens, Stall
from antiphon.infra.simulator.simulator import Playing, Simulator

from .clocks import MovableClock
from .reading import (
    EARLIEST,
    FROM_CUSTOMER,
    TO_CUSTOMER,
    body_of,
    cut_body_of,
    documents_in,
    documents_of,
    noise,
    opened,
    receive,
    refused,
    track_of,
)

FRAGMENT_SAMPLES = 8_192
SPOKEN = noise(3 * FRAGMENT_SAMPLES)


def faulty(simulator: Simulator, **faults: Any) -> Playing:
    """Return a call of three fragments with these faults."""
    return simulator.play(SPOKEN, contact_id="c-1", faults=Faults(**faults))


async def test_a_body_is_cut_after_so_many_bytes_once(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, cut_after_bytes=40_000).media.stream_arn

    received = await cut_body_of(simulator.url, stream_arn)

    again = await body_of(simulator.url, stream_arn)
    assert len(received) == 40_000
    assert documents_in(again)[2].number == documents_in(again)[0].number + 2 * (2**92 + 48_271)


@pytest.mark.parametrize("pacing", ["block", "fragment"])
async def test_a_body_is_cut_in_the_middle_of_a_fragment_as_often_as_asked(
    simulator: Simulator, pacing: Any
) -> None:
    faults = Faults(cut_at_fragment=1, times=2)
    stream_arn = simulator.play(
        SPOKEN, contact_id="c-1", faults=faults, pacing=pacing
    ).media.stream_arn

    received = [await cut_body_of(simulator.url, stream_arn) for _ in range(2)]

    whole = await body_of(simulator.url, stream_arn)
    one = len(whole) // 3
    assert all(1.4 * one < len(content) < 1.6 * one for content in received)
    assert len(documents_in(whole)) == 3


@pytest.mark.parametrize("error_id", [3002, 4500, 5000])
async def test_an_error_is_told_in_the_body_which_then_ends(
    simulator: Simulator, error_id: Any
) -> None:
    error = InBandError(fragment=1, error_id=error_id)
    stream_arn = faulty(simulator, error_in_band=error).media.stream_arn

    body = await body_of(simulator.url, stream_arn)

    (document,) = documents_in(body)
    assert document.tags[-1]["AWS_KINESISVIDEO_ERROR_ID"] == str(error_id)
    assert document.tags[-1]["AWS_KINESISVIDEO_ERROR_CODE"]
    assert len(await documents_of(simulator.url, stream_arn)) == 3


async def test_the_next_opens_are_refused_with_the_error_that_was_asked_for(
    simulator: Simulator,
) -> None:
    refusals = RefusedOpens(error="InvalidEndpointException", times=2)
    stream_arn = faulty(simulator, refused_opens=refusals).media.stream_arn

    errors = [await refused(simulator.url, stream_arn) for _ in range(3)]

    assert errors == ["InvalidEndpointException", "InvalidEndpointException", None]


async def test_a_missing_block_leaves_the_others_where_they_were(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, missing_blocks=frozenset({(1, 4)})).media.stream_arn

    documents = await documents_of(simulator.url, stream_arn)

    heard = [block for block in documents[1].blocks if block.track == FROM_CUSTOMER]
    offsets_ms = [block.started_ms - documents[1].cluster_ms for block in heard]
    assert offsets_ms == [64 * n for n in range(16) if n != 2]
    missing = slice(FRAGMENT_SAMPLES + 2 * 512, FRAGMENT_SAMPLES + 3 * 512)
    assert np.array_equal(track_of(documents, FROM_CUSTOMER), np.delete(SPOKEN[:, 0], missing))
    assert np.array_equal(track_of(documents, TO_CUSTOMER), SPOKEN[:, 1])


async def test_a_short_block_moves_the_later_ones_of_its_track_forward(
    simulator: Simulator,
) -> None:
    stream_arn = faulty(simulator, short_blocks=frozenset({(1, 20)})).media.stream_arn

    documents = await documents_of(simulator.url, stream_arn)

    blocks = [b for document in documents for b in document.blocks if b.track == TO_CUSTOMER]
    assert [len(block.samples) for block in blocks[19:22]] == [1024, 192, 1024]
    assert blocks[21].started_ms - blocks[20].started_ms == 12
    assert len(blocks[-1].samples) == 1024 - 192
    assert np.array_equal(track_of(documents, FROM_CUSTOMER), SPOKEN[:, 0])
    assert np.array_equal(track_of(documents, TO_CUSTOMER), SPOKEN[:, 1])


async def test_partial_tags_lack_the_contact_and_tagless_fragments_everything(
    simulator: Simulator,
) -> None:
    stream_arn = faulty(
        simulator,
        partially_tagged_fragments=frozenset({1}),
        tagless_fragments=frozenset({2}),
    ).media.stream_arn

    whole, partial, tagless = await documents_of(simulator.url, stream_arn)

    assert whole.contact_id == "c-1"
    assert partial.contact_id is None
    assert partial.number > whole.number
    assert partial.segment_uid == whole.segment_uid == tagless.segment_uid
    assert tagless.tags == []


async def test_identity_tags_stand_before_the_cluster_too_when_asked(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, tags="both").media.stream_arn

    first, *_ = await documents_of(simulator.url, stream_arn)

    assert first.order == ["Info", "Tracks", *["Tags"] * 7, "Cluster", *["Tags"] * 7]
    assert first.contact_id == "c-1"


async def test_swapped_tracks_are_named_right_and_tagged_wrong(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, swapped_fragments=frozenset({1})).media.stream_arn

    documents = await documents_of(simulator.url, stream_arn)

    assert documents[0].tracks == documents[2].tracks == {1: FROM_CUSTOMER, 2: TO_CUSTOMER}
    assert documents[1].tracks == {1: TO_CUSTOMER, 2: FROM_CUSTOMER}
    assert documents[1].tag("AUDIO_FROM_CUSTOMER") == "1"
    assert np.array_equal(track_of(documents, FROM_CUSTOMER), SPOKEN[:, 0])


async def test_a_repeated_fragment_comes_twice(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, repeated_fragments=frozenset({1})).media.stream_arn

    first, second, again, third = await documents_of(simulator.url, stream_arn)

    assert first.number < second.number == again.number < third.number
    assert second.blocks == again.blocks


async def test_an_unreadable_fragment_is_the_same_garbage_for_every_reader(
    simulator: Simulator,
) -> None:
    stream_arn = faulty(simulator, unreadable_fragments=frozenset({1})).media.stream_arn

    body = await body_of(simulator.url, stream_arn)

    one = len(body) // 3
    assert np.array_equal(track_of(documents_in(body[:one]), TO_CUSTOMER), SPOKEN[:8192, 1])
    assert np.array_equal(track_of(documents_in(body[2 * one :]), TO_CUSTOMER), SPOKEN[16384:, 1])
    assert SPOKEN[8192:8704, 0].astype("<i2").tobytes() not in body
    again = await body_of(simulator.url, stream_arn)
    assert _garbage(again, after=one) == _garbage(body, after=one)


def _garbage(body: bytes, *, after: int) -> bytes:
    """Return the noise of the first unreadable fragment; it begins with zeros."""
    first = body.index(bytes(8), after - 100)
    return body[first : first + 30_000]


@pytest.mark.parametrize("missing", [frozenset[Any](), frozenset({(0, 5)})])
async def test_a_cluster_of_known_size_tells_it(simulator: Simulator, missing: Any) -> None:
    playing = faulty(simulator, known_size_fragments="all", missing_blocks=missing)

    body = await body_of(simulator.url, playing.media.stream_arn)

    assert b"\x1f\x43\xb6\x75\x01\xff\xff\xff" not in body
    documents = documents_in(body)
    assert [len(document.blocks) for document in documents] == [32 - len(missing), 32, 32]
    assert all(document.contact_id == "c-1" for document in documents)


async def test_a_stalled_connection_stays_open_and_silent(clock: MovableClock) -> None:
    async with Simulator(clock=clock) as simulator:
        stall = Stall(fragment=1, seconds=30)
        stream_arn = faulty(simulator, stall=stall).media.stream_arn

        documents = await documents_of(simulator.url, stream_arn)

    assert len(documents) == 3
    assert clock.monotonic() > 31


async def test_a_stall_without_an_end_lasts_until_the_reader_leaves(simulator: Simulator) -> None:
    stream_arn = faulty(simulator, stall=Stall(fragment=1)).media.stream_arn
    received = bytearray()

    async with opened(simulator.url, stream_arn, EARLIEST) as answer:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(answer, into=received), timeout=0.5)

    assert len(documents_in(bytes(received))) == 1
    assert len(await documents_of(simulator.url, stream_arn)) == 3


async def test_faults_can_be_given_to_a_call_that_is_already_read(
    frozen: Simulator, still: MovableClock
) -> None:
    playing = frozen.play(SPOKEN, contact_id="c-1")
    async with opened(frozen.url, playing.media.stream_arn, EARLIEST) as answer:
        playing.suffer(Faults(error_in_band=InBandError(fragment=1, error_id=5000)))
        still.advance(10)

        body = await answer.aread()

    assert b"AWS_KINESISVIDEO_ERROR_ID" in body
