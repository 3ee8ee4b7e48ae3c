"""A cursor counts what the server delivers, and breaks when something is missing."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from antiphon.events.base import START
from antiphon.infra.jetstream.client import Connection
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.cursor import Cursor
from antiphon.infra.jetstream.requests import Requests


@pytest_asyncio.fixture
async def nc(nats_url: str) -> AsyncGenerator[Connection]:
    async with connected(nats_url, name="test") as nc:
        yield nc


@pytest.mark.parametrize(
    ("prefix", "suffix"), [("", ""), ("domain.account.", ".token")], ids=["short", "long"]
)
async def test_a_hole_in_what_is_delivered_breaks_the_cursor(
    nc: Connection, prefix: str, suffix: str
) -> None:
    cursor = Cursor(nc, Requests(nc), "EV_X", ["ev.x.>"], after=START)

    for count, position in ((1, 7), (2, 9), (4, 12)):
        reply = f"$JS.ACK.{prefix}EV_X.c.1.{position}.{count}.1795358997032712388.0{suffix}"
        cursor.receive(b"ev.x.a", reply.encode(), b"x", b"")
    batch = cursor.take()

    assert [stored.position for stored in batch] == [7, 9]
    assert batch[0].recorded_at.isoformat() == "2026-11-22T14:49:57.032712+00:00"
    assert cursor.broken == "hole"


async def test_entries_that_the_server_sent_and_nobody_saw_break_the_cursor(nc: Connection) -> None:
    cursor = Cursor(nc, Requests(nc), "EV_X", ["ev.x.>"], after=START)
    cursor.receive(b"ev.x.a", b"$JS.ACK.EV_X.c.1.7.1.1795358997032712388.0", b"x", b"")
    heartbeat = b"NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 2\r\nX: y\r\n\r\n"

    cursor.receive(b"_INBOX.x", b"", b"", heartbeat)
    batch = cursor.take()

    assert len(batch) == 1
    assert cursor.broken == "hole"
