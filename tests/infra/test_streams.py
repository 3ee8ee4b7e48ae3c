"""The streams of a tenant as the server has them."""

from collections.abc import AsyncGenerator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.streams import Streams

from .places import new_tenant


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Connection]:
    async with connected(nats_url, name="test") as nc:
        yield nc


async def test_streams_are_made_once_and_changed_when_asked(nc: Connection) -> None:
    tenant = new_tenant()
    await Streams(nc, audio_bytes_max=1_000_000).create_tenant(tenant)
    log = JetStreamLog(nc)
    before = await log.state(f"AU_{tenant.upper()}")

    await Streams(nc, audio_bytes_max=2_000_000).create_tenant(tenant)
    await Streams(nc, audio_bytes_max=2_000_000).create_tenant(tenant)

    assert (await _config(nc, f"AU_{tenant.upper()}"))["max_bytes"] == 2_000_000
    assert await log.state(f"AU_{tenant.upper()}") == before
    await _drop(nc, tenant)


async def test_facts_cannot_be_deleted_and_audio_is_bounded_in_time_and_bytes(
    nc: Connection,
) -> None:
    tenant = new_tenant()

    await Streams(nc, audio_bytes_max=1_000_000).create_tenant(tenant)

    facts, configuration, audio = [
        await _config(nc, f"{kind}_{tenant.upper()}") for kind in ("EV", "CF", "AU")
    ]
    assert (facts["deny_delete"], configuration["deny_delete"]) == (True, True)
    assert (facts["max_age"], facts["max_bytes"]) == (0, -1)  # nothing bounds them
    assert (audio["max_age"], audio["max_bytes"]) == (24 * 3_600 * 10**9, 1_000_000)
    for config in (facts, configuration, audio):
        assert config["storage"] == "file"
        assert (config["allow_atomic"], config["allow_direct"]) == (True, True)
    await _drop(nc, tenant)


async def test_what_the_server_refuses_is_said_and_not_swallowed(nc: Connection) -> None:
    with pytest.raises(ValueError, match="refused"):
        await Streams(nc).create("EV_BAD", "*.>")


async def _config(nc: Connection, stream: str) -> dict[str, Any]:
    answer = await nc.request(f"$JS.API.STREAM.INFO.{stream}", timeout=5)
    return msgspec.json.decode(answer.data)["config"]


async def _drop(nc: Connection, tenant: str) -> None:
    for kind in ("EV", "CF", "AU"):
        await nc.request(f"$JS.API.STREAM.DELETE.{kind}_{tenant.upper()}", timeout=5)
