"""A body is read no faster than the log takes it, and its end is told apart from a cut."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from antiphon.errors import MediaFailed
from antiphon.events.base import ContactId
from antiphon.services.media.connection import Connection
from antiphon.services.media.fragments import Fragments
from antiphon.services.media.outcomes import Heard
from antiphon.services.media.pacing import CatchUp
from antiphon.services.media.patience import PENDING_BYTES_MAX
from antiphon.services.media.source import Body, FromProducerTime, Start
from antiphon.services.media.source import Pieces as PiecesBody

from .scene import call_of, voices

START = FromProducerTime(datetime(2024, 9, 18, tzinfo=UTC))
SPOKEN = voices(1, 40)
CALL = [fragment.encode() for fragment in call_of(SPOKEN)]


class Pieces:
    """A source that gives these and counts how many were taken."""

    def __init__(self, pieces: Sequence[bytes], *, failure: Exception | None = None) -> None:
        self._pieces = pieces
        self._failure = failure
        self.taken = 0

    @asynccontextmanager
    async def open(self, stream_arn: str, start: Start) -> AsyncGenerator[Body]:
        yield PiecesBody(self._give())

    async def _give(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.taken += 1
            yield piece
            await asyncio.sleep(0)
        if self._failure is not None:
            raise self._failure


def connection(source: Pieces, news: asyncio.Event | None = None) -> Connection:
    return Connection(
        source,
        "arn",
        START,
        Fragments(ContactId("ours")),
        (news or asyncio.Event()).set,
        catch_up=CatchUp(),
    )


async def all_of(reading: Connection, news: asyncio.Event) -> bytes:
    heard = b""
    while not reading.is_over:
        await news.wait()
        news.clear()
        heard += b"".join(one.payload for one in reading.take() if isinstance(one, Heard))
    return heard


async def test_the_socket_waits_while_the_log_does() -> None:
    source = Pieces(CALL)
    async with connection(source) as reading:
        for _ in range(1_000):
            await asyncio.sleep(0)
        waiting = source.taken

        first = reading.take()

        pending = sum(len(one.payload) for one in first if isinstance(one, Heard))
        assert waiting < len(CALL)
        assert PENDING_BYTES_MAX <= pending < PENDING_BYTES_MAX + len(CALL[0])


async def test_everything_is_handed_over_in_the_end() -> None:
    news = asyncio.Event()
    async with asyncio.timeout(5), connection(Pieces(CALL), news) as reading:
        heard = await all_of(reading, news)

        assert len(heard) == len(SPOKEN[0]) + len(SPOKEN[1])
        assert reading.failure is None


@pytest.mark.parametrize(
    ("pieces", "failure", "problem"),
    [
        pytest.param(CALL[:1], None, None, id="whole"),
        pytest.param([CALL[0][:-5]], None, "body_ended_within_an_element", id="within an element"),
        pytest.param(CALL[:1], MediaFailed("retry", "cut"), "cut", id="the source failed"),
    ],
)
async def test_how_a_body_ended_is_told(
    pieces: Sequence[bytes], failure: Exception | None, problem: str | None
) -> None:
    news = asyncio.Event()
    async with (
        asyncio.timeout(5),
        connection(Pieces(pieces, failure=failure), news) as reading,
    ):
        await all_of(reading, news)

        assert (reading.failure.problem if reading.failure else None) == problem


async def test_a_bug_in_the_source_is_not_taken_for_its_end() -> None:
    news = asyncio.Event()
    async with (
        asyncio.timeout(5),
        connection(Pieces([], failure=ZeroDivisionError()), news) as reading,
    ):
        await news.wait()

        with pytest.raises(ZeroDivisionError):
            reading.take()
