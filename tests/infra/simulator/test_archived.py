"""What a stream keeps can be listed and read again, by AWS's own client."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import httpx
import numpy as np
import pytest
from antiphon.infra.simulator.faults import Faults
from antiphon.infra.simulator.simulator import Playing, Simulator

from .clocks import MovableClock
from .reading import FROM_CUSTOMER, TO_CUSTOMER, Signature, body_of, documents_in, noise, track_of
from .test_botocore import NO_SUCH_STREAM, client

FRAGMENT_SAMPLES = 8_192
FRAGMENT_S = 1.024


class Archive:
    """The stream of a call, through botocore."""

    def __init__(self, url: str, stream_arn: str) -> None:
        self._url = url
        self._stream_arn = stream_arn

    def _client(self, api: str) -> Any:
        asked = {"APIName": api, "StreamARN": self._stream_arn}
        endpoint = client("kinesisvideo", self._url).get_data_endpoint(**asked)["DataEndpoint"]
        return client("kinesis-video-archived-media", endpoint)

    async def listed(
        self, began: datetime, ended: datetime, *, clock: str = "PRODUCER", page: int | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Return all fragments of a range, and on how many pages they came."""
        return await asyncio.to_thread(self._list, began, ended, clock, page)

    async def read(self, numbers: Sequence[str]) -> bytes:
        return await asyncio.to_thread(self._read, numbers)

    def _list(
        self, began: datetime, ended: datetime, clock: str, page: int | None
    ) -> tuple[list[dict[str, Any]], int]:
        archive = self._client("LIST_FRAGMENTS")
        asked: dict[str, Any] = {
            "StreamARN": self._stream_arn,
            "FragmentSelector": {
                "FragmentSelectorType": f"{clock}_TIMESTAMP",
                "TimestampRange": {"StartTimestamp": began, "EndTimestamp": ended},
            },
        }
        if page is not None:
            asked["MaxResults"] = page
        found: list[dict[str, Any]] = []
        pages = 0
        while True:
            answer = archive.list_fragments(**asked)
            found, pages = found + answer["Fragments"], pages + 1
            if "NextToken" not in answer:
                return found, pages
            # The token alone says where to go on.
            asked.pop("FragmentSelector", None)
            asked["NextToken"] = answer["NextToken"]

    def _read(self, numbers: Sequence[str]) -> bytes:
        archive = self._client("GET_MEDIA_FOR_FRAGMENT_LIST")
        answer = archive.get_media_for_fragment_list(
            StreamARN=self._stream_arn, Fragments=list(numbers)
        )
        with answer["Payload"] as payload:
            return payload.read()


def played(simulator: Simulator, clock: MovableClock, fragments: int, **odd: Any) -> Playing:
    """A call of so many fragments that was over a minute ago."""
    ago = timedelta(seconds=60 + fragments * FRAGMENT_S)
    return simulator.play(
        noise(fragments * FRAGMENT_SAMPLES),
        contact_id="c-1",
        started_at=clock.now() - ago,
        **odd,
    )


def numbers_of(playing: Playing) -> list[str]:
    return [playing.fragment_number(nth) for nth in range(playing.fragment_count)]


async def test_fragments_are_listed_page_by_page_each_once_and_in_no_order(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = played(simulator, clock, 10)
    archive = Archive(simulator.url, playing.media.stream_arn)
    began = playing.media.started_at

    found, pages = await archive.listed(began, began + timedelta(seconds=60), page=3)

    numbers = [one["FragmentNumber"] for one in found]
    assert pages == 4
    assert sorted(numbers, key=int) == numbers_of(playing)
    assert numbers != numbers_of(playing)
    assert {one["FragmentLengthInMilliseconds"] for one in found} == {1_024}


@pytest.mark.parametrize(("clock_name", "skew_s"), [("PRODUCER", 0.0), ("SERVER", -0.966)])
async def test_a_range_holds_the_fragments_that_begin_in_it_by_either_clock(
    simulator: Simulator, clock: MovableClock, clock_name: str, skew_s: float
) -> None:
    playing = played(simulator, clock, 6)
    archive = Archive(simulator.url, playing.media.stream_arn)
    zero = playing.media.started_at + timedelta(seconds=skew_s)

    # From just behind the beginning of the second to the very beginning of the fourth.
    found, _ = await archive.listed(
        zero + timedelta(seconds=FRAGMENT_S + 0.001),
        zero + timedelta(seconds=3 * FRAGMENT_S),
        clock=clock_name,
    )

    numbers = sorted((one["FragmentNumber"] for one in found), key=int)
    assert numbers == numbers_of(playing)[2:4]
    times = {one["FragmentNumber"]: one["ProducerTimestamp"] for one in found}
    expected = playing.media.started_at + timedelta(seconds=2 * FRAGMENT_S)
    assert times[numbers[0]].astimezone(UTC) == expected.astimezone(UTC)


async def test_what_is_being_spoken_is_not_listed_before_it_is_whole(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = simulator.play(
        noise(4 * FRAGMENT_SAMPLES),
        contact_id="c-1",
        started_at=clock.now() - timedelta(seconds=2.5 * FRAGMENT_S),
    )
    archive = Archive(simulator.url, playing.media.stream_arn)

    found, _ = await archive.listed(playing.media.started_at, clock.now())

    assert sorted((one["FragmentNumber"] for one in found), key=int) == numbers_of(playing)[:2]


async def test_listed_fragments_are_read_whole_in_the_order_asked_for(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = played(simulator, clock, 4)
    archive = Archive(simulator.url, playing.media.stream_arn)
    wanted = [numbers_of(playing)[nth] for nth in (3, 1)]

    documents = documents_in(await archive.read(wanted))

    assert [str(one.number) for one in documents] == wanted
    assert {one.contact_id for one in documents} == {"c-1"}
    spoken = noise(4 * FRAGMENT_SAMPLES).reshape(4, FRAGMENT_SAMPLES, 2)
    expected = np.concatenate([spoken[3], spoken[1]])
    assert np.array_equal(track_of(documents, FROM_CUSTOMER), expected[:, 0])
    assert np.array_equal(track_of(documents, TO_CUSTOMER), expected[:, 1])
    # The archive's own names, and nothing about sending.
    began = f"{(playing.media.started_at + timedelta(seconds=3.072)).timestamp():.3f}"
    assert documents[0].tag("AWS_KINESISVIDEO_PRODUCER_SIDE_TIMESTAMP") == began
    assert documents[0].tag("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP") is None
    assert documents[0].tag("AWS_KINESISVIDEO_CONTINUATION_TOKEN") is None


async def test_a_fragment_that_is_not_kept_ends_the_body_with_its_name(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = played(simulator, clock, 2)
    archive = Archive(simulator.url, playing.media.stream_arn)

    body = await archive.read([numbers_of(playing)[0], "12345", numbers_of(playing)[1]])

    assert len(documents_in(body)) == 1
    assert body.endswith(b"Fragment not found.")
    assert b"12345" in body
    assert b"4000" in body


async def test_what_getmedia_left_out_is_in_the_archive(
    simulator: Simulator, clock: MovableClock
) -> None:
    faults = Faults(undelivered_fragments=frozenset({1}))
    playing = played(simulator, clock, 3, faults=faults)
    archive = Archive(simulator.url, playing.media.stream_arn)

    sent = documents_in(await body_of(simulator.url, playing.media.stream_arn))
    kept = documents_in(await archive.read([numbers_of(playing)[1]]))

    assert [str(one.number) for one in sent] == [numbers_of(playing)[nth] for nth in (0, 2)]
    assert [str(one.number) for one in kept] == [numbers_of(playing)[1]]


async def test_the_official_client_knows_the_archives_errors(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = played(simulator, clock, 2)
    archive = client("kinesis-video-archived-media", simulator.url)

    def refusal(**asked: Any) -> str:
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            archive.list_fragments(**asked)
        return str(refused.value)

    arn = playing.media.stream_arn
    missing = await asyncio.to_thread(refusal, StreamARN=arn)
    strange = await asyncio.to_thread(refusal, StreamARN=arn, NextToken="c3RyYW5nZQ==")
    unknown = await asyncio.to_thread(refusal, StreamARN=NO_SUCH_STREAM, NextToken="c3RyYW5nZQ==")

    assert "InvalidArgumentException" in missing
    assert "InvalidArgumentException" in strange
    assert "ResourceNotFoundException" in unknown


async def test_what_is_no_request_is_refused_by_name(
    simulator: Simulator, clock: MovableClock
) -> None:
    playing = played(simulator, clock, 1)
    asked: dict[str, Any] = {"StreamARN": playing.media.stream_arn, "Fragments": []}

    async with httpx.AsyncClient(auth=Signature()) as http:
        url = f"{simulator.url}/getMediaForFragmentList"
        answer = await http.post(url, content=json.dumps(asked))

    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "InvalidArgumentException"
