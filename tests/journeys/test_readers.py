"""Two processes hear the calls; whatever befalls one of them, every sample is stored once.

How soon is for the benchmarks: the machine of a test is as slow as it likes.
"""

import time
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random

import pytest
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer

from ..waiting import until
from .readers import Outcome, Readers, readers


@pytest.fixture
async def two(
    nats_server: NatsServer, postgres_server: PostgresServer, private_dir: Path
) -> AsyncGenerator[Readers]:
    directory = private_dir / "readers"
    directory.mkdir()
    async with readers(
        nats_url=nats_server.url, postgres_url=postgres_server.url, directory=directory
    ) as made:
        await made.start("one", "two")
        yield made


def assert_nothing_lost_or_twice(outcomes: list[Outcome]) -> None:
    assert [one.lost_ms for one in outcomes] == [0] * len(outcomes)
    assert [one.repeated_ms for one in outcomes] == [0] * len(outcomes)
    assert all(one.is_whole for one in outcomes)


@pytest.mark.timeout(180)
async def test_readers_killed_at_random_points_are_replaced(
    two: Readers,
) -> None:
    chance = Random(4)
    await two.call(seconds=20)
    await two.heard()

    for victim, heir, offset_ms in (("one", "one again", 0), ("two", "two again", 8_000)):
        await two.played(chance.randrange(1_500, 4_000) + offset_ms)
        at = await two.kill(victim)
        await two.resumed_s(at)
        await two.start(heir)
    await two.hang_up()

    assert_nothing_lost_or_twice(await two.outcomes(seconds=20))
    assert await two.gaps() == []


async def test_a_reader_that_is_asked_to_stop_hands_its_calls_over(
    two: Readers,
) -> None:
    await two.call(seconds=5)
    await two.heard()
    await two.played(1_500)

    at, code = await two.stop("one")
    await two.resumed_s(at)
    await two.hang_up()

    assert code == 0
    assert_nothing_lost_or_twice(await two.outcomes(seconds=5))


@pytest.mark.timeout(120)
async def test_two_readers_on_one_contact_at_once_store_every_sample_once(two: Readers) -> None:
    await two.call(seconds=12)
    await two.heard()
    await two.played(2_000)

    paused_at = two.pause("one")  # its connection lives on: silent, not gone
    await two.resumed_s(paused_at)
    went_on_at = two.go_on("one")  # in the middle of its calls, which another reads now
    await until(lambda: "lease_lost" in two.log_of("one"), what="noticed")
    await two.resumed_s(went_on_at)
    await two.hang_up()

    assert_nothing_lost_or_twice(await two.outcomes(seconds=12))
    assert await two.gaps() == []


async def test_a_broker_that_is_killed_and_comes_back_costs_no_audio(
    two: Readers, nats_server: NatsServer
) -> None:
    await two.call(seconds=7)
    await two.heard()
    await two.played(2_000)

    await nats_server.kill()
    await nats_server.start()
    await two.resumed_s(time.monotonic())
    await two.hang_up()

    assert_nothing_lost_or_twice(await two.outcomes(seconds=7))
    assert await two.gaps() == []
