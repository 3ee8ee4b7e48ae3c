"""HTTP/1.1 from plain sockets: whole or told as broken, never waited for without end, bounded."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import httpx
import pytest
import pytest_asyncio
from antiphon.services.media.bodies import HEAD_BYTES_MAX
from antiphon.services.media.pump import Pump

from ...waiting import until
from .answers_by_hand import (
    CHUNKED,
    HASTE_S,
    HELLO,
    LINES,
    OK,
    WITHIN_S,
    asked,
    body_at,
    saying,
    serving,
    turns,
)


@pytest_asyncio.fixture
async def pump() -> AsyncGenerator[Pump]:
    made = Pump(tick_s=0.001)
    yield made
    made.close()


@pytest.mark.parametrize("size", [1, 2, 7, 1_000])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CHUNKED + LINES + b"0\r\n\r\n", id="in chunks"),
        pytest.param(CHUNKED + LINES + b"0\r\nTrailer: x\r\n\r\nrubbish", id="and more behind it"),
        pytest.param(OK + b"Content-Length: 12\r\n\r\n" + HELLO, id="of a length"),
        pytest.param(OK + b"\r\n" + HELLO, id="to the end of the connection"),
        pytest.param(
            b"HTTP/1.1 100 Continue\r\n\r\n" + CHUNKED + LINES + b"0\r\n\r\n", id="announced"
        ),
    ],
)
async def test_a_body_comes_whole_however_it_is_cut_up(
    pump: Pump, content: bytes, size: int
) -> None:
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    async with serving(saying(*pieces)) as url:
        assert await body_at(url, pump) == HELLO


@pytest.mark.parametrize(
    ("content", "error"),
    [
        pytest.param(CHUNKED + LINES, httpx.RemoteProtocolError, id="between chunks"),
        pytest.param(CHUNKED + LINES[:-5], httpx.RemoteProtocolError, id="within one"),
        pytest.param(
            OK + b"Content-Length: 99\r\n\r\nhello", httpx.RemoteProtocolError, id="of its length"
        ),
        pytest.param(CHUNKED + b"xyz\r\n", httpx.RemoteProtocolError, id="no chunk at all"),
        pytest.param(b"EHLO\r\n\r\n", httpx.RemoteProtocolError, id="no HTTP at all"),
        pytest.param(OK[:9], httpx.RemoteProtocolError, id="within its head"),
        pytest.param(b"", httpx.RemoteProtocolError, id="before it"),
        pytest.param(
            OK + b"X: " + b"x" * HEAD_BYTES_MAX * 2, httpx.RemoteProtocolError, id="endless head"
        ),
    ],
)
async def test_what_is_cut_short_or_no_answer_is_told(
    pump: Pump, content: bytes, error: type[Exception]
) -> None:
    async with serving(saying(content)) as url:
        with pytest.raises(error):
            await body_at(url, pump)


async def test_a_connection_that_is_reset_is_told(pump: Pump) -> None:
    may_go = asyncio.Event()

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader
        writer.write(CHUNKED + LINES)
        await may_go.wait()
        writer.transport.abort()

    heard: list[bytes] = []

    def take(piece: bytes) -> None:
        heard.append(piece)
        may_go.set()

    async with serving(reset) as url, asked(url, pump) as answer, asyncio.timeout(WITHIN_S):
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await answer.give(take)

    assert b"".join(heard) == HELLO


@pytest.mark.parametrize("content", [b"", OK, CHUNKED + LINES], ids=["at once", "head", "body"])
async def test_silence_is_not_waited_out(pump: Pump, content: bytes) -> None:
    async with serving(saying(content, stays=True)) as url:
        with pytest.raises(httpx.ReadTimeout):
            await body_at(url, pump, idle_s=HASTE_S)


async def test_an_answer_that_is_refused_is_read_as_far_as_it_is_allowed_to_go(
    pump: Pump,
) -> None:
    refused = b"HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: X\r\nContent-Length: 500000\r\n\r\n"
    async with (
        serving(saying(refused + bytes(500_000), stays=True)) as url,
        asked(url, pump) as answer,
        asyncio.timeout(WITHIN_S),
    ):
        content = await answer.read(1_000)

        assert (answer.status, answer.headers["X-Amzn-ErrorType"]) == (403, "X")
        assert 1_000 < len(content) < 200_000


async def test_while_somebody_waits_nothing_is_read_and_the_sender_waits_too(pump: Pump) -> None:
    size, sent = 64 * 1024, 0
    room, waiting = asyncio.Event(), asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        del reader
        writer.write(CHUNKED)
        for nth in range(400):
            writer.write(b"%x\r\n" % size + bytes([nth % 251]) * size + b"\r\n")
            await writer.drain()
            sent += size
        writer.write(b"0\r\n\r\n")
        await writer.drain()

    heard: list[bytes] = []

    async def wait() -> None:
        waiting.set()
        await room.wait()

    def take(piece: bytes) -> Callable[[], Awaitable[None]] | None:
        heard.append(piece)
        return None if room.is_set() else wait

    async with serving(flood) as url, asked(url, pump) as answer, asyncio.timeout(WITHIN_S):
        giving = asyncio.create_task(answer.give(take))
        await waiting.wait()
        before, standing = -1, -2
        while sent != standing:  # until the buffers between us are full
            before, standing = sent, before
            await turns(50)
        heard_before = sum(map(len, heard))
        room.set()
        await giving

    assert heard_before < 8 * size
    assert sent == 400 * size
    content = b"".join(heard)
    assert content == b"".join(bytes([nth % 251]) * size for nth in range(400))


async def test_what_the_taker_raises_is_raised_and_ends_it(pump: Pump) -> None:
    def take(_: bytes) -> None:
        raise ZeroDivisionError

    async with (
        serving(saying(CHUNKED, LINES, stays=True)) as url,
        asked(url, pump) as answer,
        asyncio.timeout(WITHIN_S),
    ):
        with pytest.raises(ZeroDivisionError):
            await answer.give(take)


async def test_who_leaves_in_mid_body_leaves_nothing_behind(pump: Pump) -> None:
    heard: list[bytes] = []
    async with serving(saying(CHUNKED, LINES, stays=True)) as url, asked(url, pump) as answer:
        giving = asyncio.create_task(answer.give(heard.append))
        await until(lambda: bool(heard))

        giving.cancel()
        await asyncio.gather(giving, return_exceptions=True)

        assert pump._reads == {}  # pyright: ignore[reportPrivateUsage]
