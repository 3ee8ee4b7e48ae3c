"""The JetStream log when the network or the broker fails under it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import msgspec
import pytest
import pytest_asyncio
from antiphon.errors import EpochChanged, LogUnavailable, StreamMoved, TenantUnknown
from antiphon.events.base import START, Position
from antiphon.events.log import Stored
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.streams import Streams
from nats.aio.client import Client

from ..contracts.entries import take, texts
from ..contracts.waiting import PATIENCE_S, until
from .behind import Behind
from .places import Place, jetstream_place


@pytest_asyncio.fixture
async def place(nats_url: str) -> AsyncGenerator[Place]:
    async with jetstream_place(nats_url) as place:
        yield place


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Client]:
    async with connected(nats_url, name="aside") as nc:
        yield nc


# Appends


@pytest.mark.parametrize("payloads", [["one"], ["one", "two"]])
@pytest.mark.parametrize("expected", [START, None])
async def test_an_append_whose_acknowledgement_is_lost_is_found_and_stored_once(
    behind: Behind, payloads: list[str], expected: Position | None
) -> None:
    await behind.append("warm", "up")
    behind.cable.mute()

    appending = asyncio.create_task(behind.append("a", *payloads, expected=expected))
    await until(lambda: behind.stored("a", len(payloads)))
    await behind.cable.cut()
    position = await appending

    last = await behind.place.log.last(behind.place.stream, behind.place.subject("a"))
    assert last is not None
    assert last.position == position
    assert await behind.place.payloads("a") == payloads


async def test_an_append_lost_to_another_writer_behind_a_lost_answer_is_told_so(
    behind: Behind,
) -> None:
    await behind.append("warm", "up")
    await behind.cable.cut()
    await behind.place.append("a", "theirs", expected=START)

    with pytest.raises(StreamMoved):
        await behind.append("a", "ours", expected=START)

    assert await behind.place.payloads("a") == ["theirs"]


async def test_one_subject_has_never_two_unacknowledged_appends(behind: Behind) -> None:
    await behind.append("warm", "up")
    behind.cable.mute()

    on_one = [asyncio.create_task(behind.append("a", f"{n}")) for n in range(5)]
    elsewhere = [asyncio.create_task(behind.append(name, "x")) for name in "bcd"]
    for name in "bcd":
        await until(lambda name=name: behind.stored(name, 1))
    in_flight = await behind.place.payloads("a")
    await behind.cable.cut()
    positions = await asyncio.gather(*on_one)
    await asyncio.gather(*elsewhere)

    assert in_flight == ["0"]
    assert positions == sorted(positions)
    assert await behind.place.payloads("a") == [f"{n}" for n in range(5)]


async def test_an_append_to_a_broker_that_stays_away_ends_in_a_fault(
    nats_server: NatsServer,
) -> None:
    async with jetstream_place(nats_server.url) as place:
        await place.append("a", "one", expected=START)
        await nats_server.kill()

        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(LogUnavailable):
                await place.append("a", "two")


# Following


async def test_a_follower_goes_on_after_its_connection_was_cut(behind: Behind) -> None:
    place = behind.place
    await place.append("a", "one")

    async with aclosing(behind.log.follow(place.stream, [place.subject("a")])) as follow:
        followed = await take(follow, 1)
        behind.cable.mute()
        await place.append("a", "two")
        await behind.cable.cut()
        await place.append("a", "three")
        followed += await take(follow, 2)

    assert texts(followed) == ["one", "two", "three"]


async def test_a_follower_notices_that_nothing_comes_any_more(behind: Behind, nc: Client) -> None:
    place = behind.place
    async with aclosing(behind.log.follow(place.stream, [place.subject("a")])) as follow:
        async with asyncio.timeout(PATIENCE_S):
            await anext(follow)
        behind.cable.mute()
        await place.append("a", "one")

        following = asyncio.create_task(take(follow, 1))

        async def given_up() -> bool:
            return not await _consumers(nc, place.stream)

        await until(given_up)
        await behind.cable.cut()
        followed = await following

    assert texts(followed) == ["one"]


async def test_a_follower_whose_consumer_was_taken_away_makes_another(
    place: Place, nc: Client
) -> None:
    async with aclosing(place.log.follow(place.stream, [place.subject("a")])) as follow:
        async with asyncio.timeout(PATIENCE_S):
            await anext(follow)
        [name] = await _consumers(nc, place.stream)

        await nc.request(f"$JS.API.CONSUMER.DELETE.{place.stream}.{name}", timeout=5)
        await place.append("a", "one")
        followed = await take(follow, 1)

    assert texts(followed) == ["one"]


async def test_a_closed_follower_leaves_no_consumer(place: Place, nc: Client) -> None:
    await place.append("a", "one")
    follow = place.log.follow(place.stream, [place.subject("a")])
    await take(follow, 1)
    during = await _consumers(nc, place.stream)

    await follow.aclose()

    async def none_left() -> bool:
        return not await _consumers(nc, place.stream)

    await until(none_left)
    assert len(during) == 1


async def test_a_cancelled_follower_leaves_no_consumer(place: Place, nc: Client) -> None:
    started = asyncio.Event()

    async def follow() -> None:
        async with aclosing(place.log.follow(place.stream, [place.subject("a")])) as batches:
            async for _ in batches:
                started.set()

    following = asyncio.create_task(follow())
    async with asyncio.timeout(PATIENCE_S):
        await started.wait()
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following

    async def none_left() -> bool:
        return not await _consumers(nc, place.stream)

    await until(none_left)


async def test_a_stream_made_anew_is_not_followed_as_if_it_were_the_old(
    place: Place, nc: Client
) -> None:
    end = await place.append("a", "one")
    before = await place.log.state(place.stream)
    await nc.request(f"$JS.API.STREAM.DELETE.{place.stream}", timeout=5)
    await Streams(nc).create_tenant(place.tenant)
    await place.append("a", "another")

    follow = place.log.follow(place.stream, [place.subject("a")], after=end, epoch=before.epoch)
    with pytest.raises(EpochChanged):
        await anext(follow)


async def test_a_stream_that_vanishes_ends_its_followers(place: Place, nc: Client) -> None:
    async with aclosing(place.log.follow(place.stream, [place.subject("a")])) as follow:
        async with asyncio.timeout(PATIENCE_S):
            await anext(follow)

            await nc.request(f"$JS.API.STREAM.DELETE.{place.stream}", timeout=5)

            with pytest.raises(TenantUnknown):
                await take(follow, 1)


# A broker killed under load

WRITERS = 8
EACH = 150
KILLS = 2


async def test_what_was_acknowledged_is_read_once_and_in_order_though_the_broker_is_killed(
    nats_server: NatsServer,
) -> None:
    async with (
        jetstream_place(nats_server.url) as place,
        aclosing(place.log.follow(place.stream, [place.subject("w.*")])) as follow,
    ):
        acknowledged: list[tuple[Position, str]] = []

        async def write(writer: int) -> None:
            end = START
            for n in range(EACH):
                text = f"{writer}/{n}"
                end = await _insist(place, f"w.{writer}", text, end)
                acknowledged.append((end, text))

        async def kill() -> None:
            for part in range(1, KILLS + 1):
                # In the middle of the work, wherever that is on this machine.
                await until(_reaches(acknowledged, part * WRITERS * EACH // (KILLS + 1)))
                await nats_server.kill()
                await nats_server.restart()

        async with asyncio.timeout(2 * PATIENCE_S), asyncio.TaskGroup() as tasks:
            tasks.create_task(kill())
            for writer in range(WRITERS):
                tasks.create_task(write(writer))
            followed: list[Stored] = []
            while len(followed) < WRITERS * EACH:
                followed += await anext(follow)

        assert [(one.position, one.payload.decode()) for one in followed] == sorted(acknowledged)
        by_writer: dict[str, list[int]] = defaultdict(list)
        for one in followed:
            writer, _, n = one.payload.decode().partition("/")
            by_writer[writer].append(int(n))
        assert len(by_writer) == WRITERS
        assert all(ordered == list(range(EACH)) for ordered in by_writer.values())


def _reaches(work: list[tuple[Position, str]], count: int) -> Callable[[], Awaitable[bool]]:
    async def reached() -> bool:
        return len(work) >= count

    return reached


async def _insist(place: Place, name: str, text: str, expected: Position) -> Position:
    while True:
        try:
            return await place.append(name, text, expected=expected, ids=text)
        except LogUnavailable:
            continue


async def _consumers(nc: Client, stream: str) -> list[str]:
    answer = await nc.request(f"$JS.API.CONSUMER.NAMES.{stream}", timeout=5)
    return msgspec.json.decode(answer.data)["consumers"]
