"""Taps: what comes to a subject is handed over as bytes, and a broken taker breaks nobody else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest_asyncio
from antiphon.infra.jetstream.client import STATUS, Connection, headers_of
from antiphon.infra.jetstream.connection import connected
from nats.aio.msg import Msg

from ..contracts.waiting import until

Arrived = tuple[bytes, bytes, bytes, bytes]


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Connection]:
    async with connected(nats_url, name="test") as nc:
        yield nc


async def test_a_tap_is_handed_what_comes_as_it_is(nc: Connection) -> None:
    found: list[Arrived] = []
    subject = nc.new_inbox()
    await nc.tap(subject, lambda s, r, p, h: found.append((s, r, p, h)))

    await nc.publish(subject, b"one")
    await nc.publish(subject, b"two", reply="a.reply", headers={"Nats-Msg-Id": "7"})
    await _until_delivered(nc)

    assert found[0] == (subject.encode(), b"", b"one", b"")
    assert found[1][:3] == (subject.encode(), b"a.reply", b"two")
    assert headers_of(found[1][3])[b"Nats-Msg-Id"] == b"7"


async def test_an_ended_tap_is_handed_nothing_more(nc: Connection) -> None:
    found: list[Arrived] = []
    subject = nc.new_inbox()
    subscription = await nc.tap(subject, lambda s, r, p, h: found.append((s, r, p, h)))
    await nc.publish(subject, b"one")
    await _until_delivered(nc)

    await nc.untap(subscription)
    await nc.publish(subject, b"two")
    await _until_delivered(nc)

    assert [payload for _, _, payload, _ in found] == [b"one"]


async def test_other_subscriptions_are_served_as_ever(nc: Connection) -> None:
    found: list[Arrived] = []
    heard: list[Msg] = []
    subject = nc.new_inbox()

    async def hear(msg: Msg) -> None:
        heard.append(msg)

    await nc.tap(subject, lambda s, r, p, h: found.append((s, r, p, h)))
    await nc.subscribe(subject, cb=hear)  # pyright: ignore[reportUnknownMemberType]
    await nc.publish(subject, b"one", headers={"a": "b"})

    async def both() -> bool:
        return bool(found) and bool(heard)

    await until(both)
    assert (heard[0].data, heard[0].headers) == (b"one", {"a": "b"})


async def test_a_taker_that_fails_is_told_of_and_the_connection_lives(nc: Connection) -> None:
    errors: list[Exception] = []
    found: list[bytes] = []
    nc._error_cb = _appending(errors)  # pyright: ignore[reportPrivateUsage]
    subject = nc.new_inbox()

    def take(subject: bytes, reply: bytes, payload: bytes, headers: bytes) -> None:
        found.append(payload)
        if payload == b"poison":
            raise ValueError("poison")

    await nc.tap(subject, take)
    for payload in (b"poison", b"after"):
        await nc.publish(subject, payload)
    await _until_delivered(nc)

    assert found == [b"poison", b"after"]
    assert [str(error) for error in errors] == ["poison"]


async def test_a_tap_outlives_a_reconnection(nc: Connection) -> None:
    found: list[bytes] = []
    subject = nc.new_inbox()
    await nc.tap(subject, lambda _s, _r, payload, _h: found.append(payload))
    before = nc.stats["reconnects"]

    await nc.force_reconnect()

    async def back() -> bool:
        return nc.is_connected and nc.stats["reconnects"] > before

    await until(back)
    await nc.publish(subject, b"one")
    await _until_delivered(nc)
    assert found == [b"one"]


def test_headers_are_read_with_the_status_and_the_later_of_two() -> None:
    assert headers_of(b"") == {}
    assert headers_of(b"NATS/1.0 204 EOB\r\n\r\n")[STATUS] == b"204"
    told = headers_of(b"NATS/1.0\r\nNats-Sequence: 1\r\na:b\r\nNats-Sequence: 2\r\n\r\n")
    assert (told[b"Nats-Sequence"], told[b"a"]) == (b"2", b"b")
    assert STATUS not in told


def _appending(errors: list[Exception]) -> Callable[[Exception], Awaitable[None]]:
    async def note(error: Exception) -> None:
        errors.append(error)

    return note


async def _until_delivered(nc: Connection) -> None:
    """Wait for a message of our own: what was sent before it came before it."""
    arrived = asyncio.Event()
    subject = nc.new_inbox()

    async def hear(msg: Msg) -> None:
        arrived.set()

    await nc.subscribe(subject, cb=hear)  # pyright: ignore[reportUnknownMemberType]
    await nc.publish(subject, b"")
    async with asyncio.timeout(20):
        await arrived.wait()
