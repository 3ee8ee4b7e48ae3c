"""Streams end, beat, are cut and say when they are late."""

import asyncio
import socket
from functools import partial

from antiphon.api.ports import Limits
from antiphon.events.base import UtteranceId
from antiphon.events.progress import Progress

from ..builders import (
    CONTACT,
    contact_ended,
    contact_started,
    utterance_finalized,
)
from ..projections.world import TENANT
from .screen import WAIT_S, Served, said, serving
from .sse_client import Heard, Listener, listening
from .world import api as make_api


async def test_streams_beat_while_nothing_happens(served: Served) -> None:
    await served.show(contact_started())

    async with listening(served.contact()) as stream:
        told = [await stream.until("heartbeat") for _ in range(2)]

    assert stream.comments >= 2
    assert told[0].data["late"] is False
    assert told[0].data["server_time"] < told[1].data["server_time"]


async def test_a_stream_ends_after_its_lifetime_and_goes_on_where_it_was(
    postgres_url: str,
) -> None:
    async with serving(postgres_url, Limits(heartbeat_s=0.1, lifetime_s=0.3)) as served:
        await served.show(contact_started())
        async with listening(served.contact()) as stream:
            told = await stream.rest()
        await served.tell(said(1))
        async with listening(served.contact(), last_event_id=stream.last_id) as again:
            after = await again.until("utterance_finalized")

    assert "stream_closed" not in {one.event for one in told}
    assert after.data["utterance_id"] == "from_customer-1"


async def test_a_log_that_falls_silent_makes_the_feed_late_and_then_right(
    served: Served,
) -> None:
    await served.show(contact_started())
    followed = served.api.world.log
    async with listening(served.contact()) as stream:
        await stream.until("snapshot")

        followed._idle_s = 3_600.0  # no more signs of life  # pyright: ignore[reportPrivateUsage]
        late = await stream.until("feed_late")
        followed._idle_s = 0.05  # pyright: ignore[reportPrivateUsage]
        await served.tell(said(1))
        right = await stream.until("feed_ok")

    assert (late.data["late"], right.data["late"]) == (True, False)
    assert late.data["late_s"] > 0


async def test_a_client_that_does_not_read_is_cut_and_others_go_on(postgres_url: str) -> None:
    limits = Limits(heartbeat_s=0.1, queue_frames=50, send_s=0.5)
    async with serving(postgres_url, limits) as served:
        await served.show(contact_started())
        host, port = served.url.removeprefix("http://").split(":")
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect((host, int(port)))
            path = f"/v1/contacts/{CONTACT.contact_id}/stream"
            deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            async with listening(served.contact()) as reader:
                await reader.until("snapshot")
                await clients(served, 2)

                await flood(served, reader, until_clients=1)
                await served.tell(contact_ended())
                last = await reader.until("contact_ended")

    assert last.data["contact_id"] == CONTACT.contact_id


async def test_a_stalled_consumer_makes_the_feed_late(postgres_url: str) -> None:
    limits = Limits(heartbeat_s=0.2, silent_s=0.5)
    async with make_api(
        postgres_url, limits=limits, loops=[Progress("transcription", TENANT)]
    ) as api:
        await api.tell(contact_started())
        await api.project()
        async with api.serving() as url, listening(f"{url}/v1/contacts/c-1/stream") as stream:
            told = await stream.until("feed_late")

    assert told.data["stalled"] == ["transcription"]


async def clients(served: Served, wanted: int) -> None:
    """Wait until so many streams are open."""
    async with asyncio.timeout(WAIT_S):
        while await open_streams(served) != wanted:
            pass


async def open_streams(served: Served) -> int:
    figures = (await served.api.http.get("/metrics")).text
    (line,) = [one for one in figures.splitlines() if one.startswith("antiphon_sse_clients{")]
    return int(float(line.split()[-1]))


async def flood(served: Served, reader: Listener, *, until_clients: int) -> None:
    """Say large things until a stream was cut."""
    number = 0
    async with asyncio.timeout(60):
        while await open_streams(served) != until_clients:
            said_now = [UtteranceId(f"from_customer-{number + one}") for one in range(20)]
            number += len(said_now)
            for utterance_id in said_now:
                await served.tell(utterance_finalized("word " * 2_000, utterance_id=utterance_id))
            await reader.until(partial(is_utterance, said_now[-1]))


def is_utterance(utterance_id: UtteranceId, heard: Heard) -> bool:
    return heard.data.get("utterance_id") == utterance_id


async def test_a_client_that_leaves_is_forgotten(served: Served) -> None:
    await served.show(contact_started())

    async with listening(served.contact()) as stream:
        await stream.until("snapshot")
        await clients(served, 1)

    await clients(served, 0)
