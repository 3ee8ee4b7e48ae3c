"""AWS's own client finds the endpoint, reads the media, and knows the errors."""

import asyncio
from typing import Any

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
import pytest
from antiphon.infra.simulator.simulator import Simulator
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

from .clocks import MovableClock
from .reading import FROM_CUSTOMER, TO_CUSTOMER, documents_in, noise, track_of

CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=20, connect_timeout=5)
NO_SUCH_STREAM = "arn:aws:kinesisvideo:us-east-1:111122223333:stream/none/1"


def client(service: str, endpoint_url: str) -> Any:
    session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
    return session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=endpoint_url,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=CONFIG,
    )


def read(endpoint_url: str, stream_arn: str, selector: dict[str, Any]) -> bytes:
    """Find the stream's endpoint and read its media to the end."""
    asked = {"APIName": "GET_MEDIA", "StreamARN": stream_arn}
    data_endpoint = client("kinesisvideo", endpoint_url).get_data_endpoint(**asked)["DataEndpoint"]
    media = client("kinesis-video-media", data_endpoint)
    answer = media.get_media(StreamARN=stream_arn, StartSelector=selector)
    assert answer["ContentType"] == "application/octet-stream"
    with answer["Payload"] as payload:
        return payload.read()


async def test_the_official_client_reads_the_same_bytes(clock: MovableClock) -> None:
    async with Simulator(clock=clock, secrets={"AKIDEXAMPLE": "secret"}) as simulator:
        spoken = noise(20_000)
        playing = simulator.play(spoken, contact_id="c-1")
        stream_arn = playing.media.stream_arn
        await playing.finished()
        selector = {
            "StartSelectorType": "PRODUCER_TIMESTAMP",
            "StartTimestamp": playing.media.started_at,
        }

        payload = await asyncio.to_thread(read, simulator.url, stream_arn, selector)

        documents = documents_in(payload)
        assert np.array_equal(track_of(documents, FROM_CUSTOMER), spoken[:, 0])
        assert np.array_equal(track_of(documents, TO_CUSTOMER), spoken[:, 1])


async def test_the_official_client_recognises_an_error(simulator: Simulator) -> None:
    selector = {"StartSelectorType": "NOW"}

    with pytest.raises(botocore.exceptions.ClientError) as refused:
        await asyncio.to_thread(read, simulator.url, NO_SUCH_STREAM, selector)

    assert "ResourceNotFoundException" in str(refused.value)
