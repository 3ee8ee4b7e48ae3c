"""The connection to NATS, and how it says that there is none."""

import asyncio
import socket

import pytest
from antiphon.errors import LogUnavailable
from antiphon.infra.jetstream.connection import close, connect, connected, send
from antiphon.infra.jetstream.publisher import BATCH_ENTRIES_MAX

from .places import OnJetStream, Place

PATIENCE_S = 20.0


def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port


async def test_an_address_where_nobody_answers_is_told_in_time() -> None:
    url = f"nats://127.0.0.1:{free_port()}"

    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(LogUnavailable):
            await connect(url, name="test", within_s=0.3)


async def test_nothing_is_sent_on_a_closed_connection(nats_url: str) -> None:
    nc = await connect(nats_url, name="test")
    await close(nc)
    await close(nc)

    with pytest.raises(LogUnavailable):
        await send(nc, "a", b"x")


@pytest.mark.parametrize("subject", ["", "a b", "a\r\nPUB b"])
async def test_a_subject_that_is_none_is_a_bug_of_the_caller(nats_url: str, subject: str) -> None:
    async with connected(nats_url, name="test") as nc:
        with pytest.raises(ValueError, match="sent"):
            await send(nc, subject, b"x")


class TestTooMuch(OnJetStream):
    async def test_a_payload_beyond_the_brokers_limit_is_a_bug_of_the_caller(
        self, place: Place
    ) -> None:
        with pytest.raises(ValueError, match="sent"):
            await place.append("a", "x" * (2 * 1024 * 1024))

        assert await place.payloads() == []

    async def test_more_entries_than_an_atomic_batch_holds_are_a_bug_of_the_caller(
        self, place: Place
    ) -> None:
        with pytest.raises(ValueError, match="entries"):
            await place.append("a", *["x"] * (BATCH_ENTRIES_MAX + 1))

        whole = await place.append("a", *["x"] * BATCH_ENTRIES_MAX)
        assert whole == BATCH_ENTRIES_MAX
