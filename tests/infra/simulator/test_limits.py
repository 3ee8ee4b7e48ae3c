"""The service's limits and refusals, as its clients know them."""

import asyncio
import json
from contextlib import AsyncExitStack

import httpx
import pytest
from antiphon.infra.simulator.simulator import Simulator

from .clocks import MovableClock
from .reading import EARLIEST, Signature, noise, opened, refused

SECOND = 8_000
NO_SUCH_STREAM = "arn:aws:kinesisvideo:us-east-1:111122223333:stream/none/1"

# Such a connection ends by itself at once, with an error in its body.
NOT_THERE = {"StartSelectorType": "FRAGMENT_NUMBER", "AfterFragmentNumber": "1"}


async def test_a_fourth_connection_is_refused_until_one_of_three_is_closed(
    frozen: Simulator, still: MovableClock
) -> None:
    stream_arn = frozen.play(noise(SECOND), contact_id="c-1").media.stream_arn
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(opened(frozen.url, stream_arn, EARLIEST))
        async with opened(frozen.url, stream_arn, EARLIEST) as third:
            assert third.status_code == 200

            assert await refused(frozen.url, stream_arn) == "ConnectionLimitExceededException"

        # The server learns a moment later that a connection was closed.
        async with asyncio.timeout(20):
            while await refused(frozen.url, stream_arn, NOT_THERE) is not None:
                still.advance(1)


async def test_the_sixth_call_in_a_second_is_refused(
    frozen: Simulator, still: MovableClock
) -> None:
    stream_arn = frozen.play(noise(SECOND), contact_id="c-1").media.stream_arn
    errors = [await refused(frozen.url, stream_arn, NOT_THERE) for _ in range(6)]
    still.advance(1)
    later = await refused(frozen.url, stream_arn, NOT_THERE)

    assert errors == [None] * 5 + ["ClientLimitExceededException"]
    assert later is None


async def test_an_unknown_stream_is_not_found(simulator: Simulator) -> None:
    assert await refused(simulator.url, NO_SUCH_STREAM) == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("auth", "status", "error"),
    [
        pytest.param(
            httpx.Auth(), 403, "MissingAuthenticationTokenException", id="without a signature"
        ),
        pytest.param(
            httpx.BasicAuth("a", "b"), 403, "IncompleteSignatureException", id="of another kind"
        ),
        pytest.param(
            Signature(service="kinesis-video-media"),
            403,
            "InvalidSignatureException",
            id="for another service",
        ),
        pytest.param(
            Signature(region="eu-west-2"), 403, "InvalidSignatureException", id="for another region"
        ),
        pytest.param(
            Signature(key="UNKNOWN"), 403, "UnrecognizedClientException", id="with an unknown key"
        ),
        pytest.param(
            Signature(secret="wrong"), 403, "InvalidSignatureException", id="with a wrong secret"
        ),
        pytest.param(Signature(), 200, None, id="that is right"),
    ],
)
@pytest.mark.parametrize("path", ["/getMedia", "/getDataEndpoint"])
async def test_a_request_is_judged_by_its_signature(
    clock: MovableClock, path: str, auth: httpx.Auth, status: int, error: str | None
) -> None:
    async with (
        Simulator(clock=clock, secrets={"AKIDEXAMPLE": "secret"}) as simulator,
        httpx.AsyncClient(auth=auth) as client,
    ):
        stream_arn = simulator.play(noise(SECOND), contact_id="c-1").media.stream_arn
        asked = {"StreamARN": stream_arn, "APIName": "GET_MEDIA", "StartSelector": EARLIEST}

        answer = await client.post(f"{simulator.url}{path}", content=json.dumps(asked))

    assert answer.status_code == status
    assert answer.headers.get("x-amzn-ErrorType") == error


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="that is not JSON"),
        pytest.param(b"[]", id="that is not an object"),
        pytest.param(b'{"StartSelector":{"StartSelectorType":"NOW"}}', id="without a stream"),
    ],
)
async def test_a_body_is_refused(simulator: Simulator, content: bytes) -> None:
    async with httpx.AsyncClient(auth=Signature()) as client:
        answer = await client.post(f"{simulator.url}/getMedia", content=content)

    assert answer.status_code == 400
    assert answer.headers["x-amzn-ErrorType"] == "InvalidArgumentException"


async def test_a_request_that_is_too_large_is_refused(simulator: Simulator) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{simulator.url}/calls", content=b" " * 200_000)

    assert answer.status_code == 413
