"""Sockets that never block: who is there, who it is, and all that TLS keeps back."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from antiphon.services.media.pump import Pump
from antiphon.services.media.sockets import dialled

from .answers_by_hand import (
    CHUNKED,
    HASTE_S,
    HELLO,
    LINES,
    NOBODY_CHECKS,
    Papers,
    body_at,
    saying,
    serving,
)


@pytest_asyncio.fixture
async def pump() -> AsyncGenerator[Pump]:
    made = Pump(tick_s=0.001)
    yield made
    made.close()


async def test_nobody_there_is_told(unused_tcp_port: int, pump: Pump) -> None:
    with pytest.raises(httpx.ConnectError):
        await body_at(f"http://localhost:{unused_tcp_port}/", pump)
    with pytest.raises(httpx.ConnectError):
        await body_at("http://nobody.invalid/", pump)


async def test_tls_is_read_to_its_last_record(tmp_path: Path, pump: Pump) -> None:
    papers = Papers(tmp_path, name="localhost")
    voice = bytes(range(256)) * 1_000  # sixteen records, and they come at once
    content = CHUNKED + b"%x\r\n" % len(voice) + voice + b"\r\n0\r\n\r\n"

    async with serving(saying(content, stays=True), papers.server) as url:
        assert await body_at(url, pump, tls=papers.trusting) == voice


async def test_tls_in_small_pieces_comes_whole(tmp_path: Path, pump: Pump) -> None:
    papers = Papers(tmp_path, name="localhost")
    content = CHUNKED + LINES + b"0\r\n\r\n"

    async with serving(saying(*[bytes([one]) for one in content]), papers.server) as url:
        assert await body_at(url, pump, tls=papers.trusting) == HELLO


@pytest.mark.parametrize("why", ["nobody vouches for it", "it is somebody else's"])
async def test_a_certificate_that_proves_nothing_is_refused(
    tmp_path: Path, pump: Pump, why: str
) -> None:
    papers = Papers(tmp_path, name="localhost" if why.startswith("nobody") else "other.example")
    trusted = NOBODY_CHECKS if why.startswith("nobody") else papers.trusting

    async with serving(saying(CHUNKED), papers.server) as url:
        with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
            await body_at(url, pump, tls=trusted)


async def test_tls_that_is_cut_is_no_end_of_the_body(tmp_path: Path, pump: Pump) -> None:
    papers = Papers(tmp_path, name="localhost")

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(CHUNKED + LINES)
        await writer.drain()
        writer.transport.abort()

    async with serving(cut, papers.server) as url:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await body_at(url, pump, tls=papers.trusting)


async def test_who_never_shakes_hands_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_accepts:
        port = nobody_accepts.getsockname()[1]
        with pytest.raises(httpx.ConnectTimeout):
            await dialled("localhost", port, tls=NOBODY_CHECKS, within_s=HASTE_S)
