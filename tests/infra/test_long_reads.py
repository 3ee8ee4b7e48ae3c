"""A long read goes on with a consumer of its own, and loses nothing when that fails."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import msgspec
import pytest
import pytest_asyncio
from antiphon.events.base import START, Position
from antiphon.events.log import EventLog, Stored
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.cursor import Cursor
from antiphon.infra.jetstream.follower import batches_of
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.jetstream.requests import Requests

from ..contracts.entries import PATIENCE_S, texts
from ..contracts.waiting import until
from .cable import cable_to
from .places import Place, jetstream_place

LONG = 12_000
WORDS = [f"word {n}" for n in range(LONG)]


@pytest_asyncio.fixture
async def place(nats_url: str) -> AsyncGenerator[Place]:
    async with jetstream_place(nats_url) as place:
        for start in range(0, LONG, 1_000):
            await place.append(f"{start // 1_000 % 3}", *WORDS[start : start + 1_000])
        yield place


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Connection]:
    async with connected(nats_url, name="aside") as nc:
        yield nc


def reading(
    place: Place, log: EventLog | None = None, *, after: int = 0
) -> AsyncGenerator[Sequence[Stored]]:
    filters = [place.subject("*")]
    return (log or place.log).read(place.stream, filters, after=Position(after))


async def consumers(nc: Connection, place: Place) -> list[str]:
    answer = await nc.request(f"$JS.API.CONSUMER.NAMES.{place.stream}", timeout=5)
    return msgspec.json.decode(answer.data)["consumers"]


async def none_left(nc: Connection, place: Place) -> None:
    async def none() -> bool:
        return not await consumers(nc, place)

    await until(none)


async def begun(batches: AsyncGenerator[Sequence[Stored]]) -> list[str]:
    """Read a page, and then something of what a cursor brings."""
    return [text for _ in range(2) for text in texts(await anext(batches))]


async def test_a_long_read_makes_one_consumer_and_leaves_none(place: Place, nc: Connection) -> None:
    async with aclosing(reading(place)) as batches:
        read = await begun(batches)
        during = await consumers(nc, place)
        read += [text async for batch in batches for text in texts(batch)]

    assert len(during) == 1
    assert read == WORDS
    await none_left(nc, place)


async def test_a_short_stretch_and_one_subject_of_few_entries_make_no_consumer(
    place: Place, nc: Connection
) -> None:
    await place.append("few", *WORDS[:50])

    async with aclosing(reading(place, after=LONG - 3_000)) as batches:
        async for _ in batches:
            assert await consumers(nc, place) == []
    few = await place.payloads("few")

    assert few == WORDS[:50]
    assert await consumers(nc, place) == []


async def test_a_long_read_that_is_left_leaves_no_consumer(place: Place, nc: Connection) -> None:
    async with aclosing(reading(place)) as batches:
        await begun(batches)
        during = await consumers(nc, place)

    assert len(during) == 1
    await none_left(nc, place)


async def test_a_long_read_that_is_cancelled_leaves_no_consumer(
    place: Place, nc: Connection
) -> None:
    started = asyncio.Event()

    async def read() -> None:
        async with aclosing(reading(place)) as batches:
            await begun(batches)
            started.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(read())
    async with asyncio.timeout(PATIENCE_S):
        await started.wait()
    during = await consumers(nc, place)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert len(during) == 1
    await none_left(nc, place)


async def test_a_long_read_goes_on_when_its_consumer_is_taken_away(
    place: Place, nc: Connection
) -> None:
    async with asyncio.timeout(PATIENCE_S), aclosing(reading(place)) as batches:
        read = await begun(batches)
        [name] = await consumers(nc, place)
        await nc.request(f"$JS.API.CONSUMER.DELETE.{place.stream}.{name}", timeout=5)
        read += [text async for batch in batches for text in texts(batch)]

    assert read == WORDS


async def test_a_long_read_goes_on_after_its_connection_was_cut(
    place: Place, nats_url: str
) -> None:
    async with (
        cable_to(nats_url) as cable,
        connected(cable.url, name="behind") as behind,
        asyncio.timeout(2 * PATIENCE_S),
        aclosing(reading(place, JetStreamLog(behind))) as batches,
    ):
        read = await begun(batches)
        await cable.cut()
        read += [text async for batch in batches for text in texts(batch)]

    assert read == WORDS


async def test_a_long_read_ends_though_what_was_last_is_gone(place: Place, nc: Connection) -> None:
    async with asyncio.timeout(PATIENCE_S), aclosing(reading(place)) as batches:
        read = await begun(batches)
        # The last stretch of a subject goes while others of it are on the way.
        body = msgspec.json.encode({"filter": place.subject("2")})
        answer = await nc.request(f"$JS.API.STREAM.PURGE.{place.stream}", body, timeout=5)
        assert msgspec.json.decode(answer.data)["success"]
        read += [text async for batch in batches for text in texts(batch)]

    kept = [word for n, word in enumerate(WORDS) if n // 1_000 % 3 != 2]
    gone = set(WORDS) - set(kept)
    assert [word for word in read if word not in gone] == kept
    assert len(read) < LONG


async def test_what_was_had_already_does_not_come_again(place: Place, nc: Connection) -> None:
    # A server whose copy ends earlier begins at that copy's end, and so before `after`.
    cursor = Cursor(nc, Requests(nc), place.stream, [place.subject(">")], after=START)

    async with (
        asyncio.timeout(PATIENCE_S),
        cursor,
        aclosing(batches_of(nc, cursor, after=Position(7))) as batches,
    ):
        first = await anext(batches)

    assert first[0].position == Position(8)
