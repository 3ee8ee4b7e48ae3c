"""A cursor counts what the server delivers, and breaks when something is missing."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from antiphon.events.base import START
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.cursor import Cursor
from antiphon.infra.jetstream.requests import Requests
from nats.aio.client import Client
from nats.aio.msg import Msg


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Client]:
    async with connected(nats_url, name="test") as nc:
        yield nc


@pytest.mark.parametrize(
    ("prefix", "suffix"), [("", ""), ("domain.account.", ".token")], ids=["short", "long"]
)
async def test_a_hole_in_what_is_delivered_breaks_the_cursor(
    nc: Client, prefix: str, suffix: str
) -> None:
    cursor = Cursor(nc, Requests(nc), "EV_X", ["ev.x.>"], after=START)

    for count, position in ((1, 7), (2, 9), (4, 12)):
        reply = f"$JS.ACK.{prefix}EV_X.c.1.{position}.{count}.1795358997032712388.0{suffix}"
        await cursor.receive(Msg(nc, "ev.x.a", reply, b"x"))
    batch = cursor.take()

    assert [stored.position for stored in batch] == [7, 9]
    assert batch[0].recorded_at.isoformat() == "2026-11-22T14:49:57.032712+00:00"
    assert cursor.broken == "hole"


async def test_entries_that_the_server_sent_and_nobody_saw_break_the_cursor(nc: Client) -> None:
    cursor = Cursor(nc, Requests(nc), "EV_X", ["ev.x.>"], after=START)
    reply = "$JS.ACK.EV_X.c.1.7.1.1795358997032712388.0"
    await cursor.receive(Msg(nc, "ev.x.a", reply, b"x"))
    heartbeat = {"Status": "100", "Nats-Last-Consumer": "2"}

    await cursor.receive(Msg(nc, "_INBOX.x", "", b"", heartbeat))
    batch = cursor.take()

    assert len(batch) == 1
    assert cursor.broken == "hole"
