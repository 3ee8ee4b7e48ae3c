"""Where sessions are asked for, AWS's own client gets one, and no other credentials will do."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import botocore.exceptions  # pyright: ignore[reportMissingTypeStubs]
import botocore.parsers  # pyright: ignore[reportMissingTypeStubs]
import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import httpx
import numpy as np
import pytest
from antiphon.infra.simulator.simulator import Simulator
from botocore.config import Config  # pyright: ignore[reportMissingTypeStubs]

from .clocks import MovableClock

SESSION_S = 900
CONFIG = Config(retries={"total_max_attempts": 1}, read_timeout=20, connect_timeout=5)
OWN = {"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "secret", "SessionToken": None}


@pytest.fixture
async def guarded(still: MovableClock) -> AsyncGenerator[Simulator]:
    async with Simulator(clock=still, session_s=SESSION_S) as simulator:
        yield simulator


async def asked(simulator: Simulator, service: str, call: str, told: Any, by: Any) -> Any:
    def ask() -> Any:
        session: Any = botocore.session.get_session()  # pyright: ignore[reportUnknownMemberType]
        client = session.create_client(
            service,
            region_name="us-east-1",
            endpoint_url=simulator.url,
            aws_access_key_id=by["AccessKeyId"],
            aws_secret_access_key=by["SecretAccessKey"],
            aws_session_token=by["SessionToken"],
            config=CONFIG,
        )
        return getattr(client, call)(**told)

    return await asyncio.to_thread(ask)


async def assumed(simulator: Simulator) -> dict[str, Any]:
    told = {"RoleArn": "arn:aws:iam::111122223333:role/media", "RoleSessionName": "antiphon"}
    answer = await asked(simulator, "sts", "assume_role", told, OWN)
    return answer["Credentials"]


async def endpoint(simulator: Simulator, by: Mapping[str, Any]) -> str:
    silence = np.zeros((8_000, 2), dtype=np.int16)
    arn = simulator.play(silence, contact_id="c-1").media.stream_arn
    told = {"APIName": "GET_MEDIA", "StreamARN": arn}
    answer = await asked(simulator, "kinesisvideo", "get_data_endpoint", told, by)
    return answer["DataEndpoint"]


async def test_a_session_is_good_until_it_expires_and_another_one_after_it(
    guarded: Simulator, still: MovableClock
) -> None:
    first = await assumed(guarded)
    assert (first["Expiration"] - still.now()).total_seconds() == SESSION_S
    assert await endpoint(guarded, first) == guarded.url

    still.advance(SESSION_S)
    with pytest.raises(botocore.exceptions.ClientError, match="ExpiredTokenException"):
        await endpoint(guarded, first)

    assert await endpoint(guarded, await assumed(guarded)) == guarded.url
    async with httpx.AsyncClient(base_url=guarded.url) as http:
        figures = (await http.get("/sessions")).json()
    assert figures == {"sessions": 2, "expired": 1}


async def test_credentials_that_are_no_sessions_will_not_do(guarded: Simulator) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClientException"):
        await endpoint(guarded, OWN)


async def test_a_sessions_token_without_its_secret_will_not_do(guarded: Simulator) -> None:
    session = await assumed(guarded)

    with pytest.raises(botocore.exceptions.ClientError, match="InvalidSignatureException"):
        await endpoint(guarded, {**session, "SecretAccessKey": "another"})


async def test_a_sessions_key_without_its_token_will_not_do(guarded: Simulator) -> None:
    session = await assumed(guarded)

    with pytest.raises(botocore.exceptions.ClientError, match="UnrecognizedClientException"):
        await endpoint(guarded, {**session, "SessionToken": None})


async def test_what_is_no_role_to_assume_is_refused(guarded: Simulator) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="ValidationError"):
        await asked(guarded, "sts", "get_caller_identity", {}, OWN)


async def test_a_simulator_without_sessions_has_no_such_service(frozen: Simulator) -> None:
    with pytest.raises(botocore.parsers.ResponseParserError, match="not served"):
        await assumed(frozen)
