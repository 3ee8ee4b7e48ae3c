"""The history of a contact is fetched by its positions: what is archived, and in the product."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import msgspec
import pytest_asyncio
from antiphon.events.base import START, Event, Position, Recorded, TenantName
from antiphon.events.journal import Journal
from antiphon.events.log import Entry
from antiphon.events.subjects import fact_subject
from antiphon.infra.archiving import Archives, Past
from antiphon.infra.embedded.nats import NatsServer
from antiphon.infra.embedded.postgres import PostgresServer
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.jetstream.log import JetStreamLog
from antiphon.infra.object_store.directory import DirectoryStore
from antiphon.infra.postgres import Databases

from ..builders import contact, contact_ended, contact_started, draft, utterance_finalized
from ..waiting import until
from .indexed import Indexed, archive_all, listening
from .places import Place, jetstream_place

DEMO = TenantName("demo")
STREAM = "EV_DEMO"


@pytest_asyncio.fixture
async def site(nats_url: str, postgres_url: str) -> AsyncGenerator[Indexed]:
    databases = Databases(postgres_url)
    async with jetstream_place(nats_url) as place:
        await databases.create(place.tenant)
        yield Indexed(place, databases)
    await databases.close()


async def test_an_archived_beginning_and_an_indexed_rest_are_one_history(
    site: Indexed, tmp_path: Path, nats_url: str
) -> None:
    place, store = site.place, DirectoryStore(tmp_path)
    mine = contact("c-1", tenant=place.tenant)
    past = Past(Archives(store=store, log=place.log, keys=place.keys, index=site.index))
    await tell(place, contact_started())
    await site.append("c-2", "life")
    archived = await tell(place, utterance_finalized("it rains in"))
    await archive_all(place, store)
    held = await tell(place, contact_ended())
    await site.project()
    whole = [fact async for fact in Journal(place.log, place.keys).read(mine)]
    async with connected(nats_url, name="test") as nc:
        upto = msgspec.json.encode({"seq": archived + 1})
        await nc.request(f"$JS.API.STREAM.PURGE.{place.stream}", upto, timeout=5)

    async with listening(nats_url, place.stream) as asked:
        found = [fact async for fact in past.read(mine)]

    assert found == whole
    assert asked.positions == [held]
    assert asked.searches == []
    assert await positions(past, mine.contact_id, place, after=archived) == [held]
    assert await positions(past, mine.contact_id, place, upto=archived) == [1, archived]


async def tell(place: Place, event: Event) -> Position:
    journal, mine = Journal(place.log, place.keys), contact("c-1", tenant=place.tenant)
    end = await journal.lane_end(mine, event.LANE)
    return await journal.append(mine, [draft(event)], expected=end)


async def positions(
    past: Past, contact_id: str, place: Place, *, after: int = START, upto: int | None = None
) -> list[Position]:
    facts: list[Recorded] = [
        fact
        async for fact in past.read(
            contact(contact_id, tenant=place.tenant),
            after=Position(after),
            upto=None if upto is None else Position(upto),
        )
    ]
    return [fact.position for fact in facts]


async def test_what_runs_reads_a_history_by_its_positions(
    nats_server: NatsServer, postgres_server: PostgresServer, private_dir: Path
) -> None:
    environ = os.environ | {
        "ANTIPHON_DATA_DIR": str(private_dir / "process"),
        "ANTIPHON_HTTP_PORT": str(port := free_port()),
        "ANTIPHON_NATS_URL": nats_server.url,
        "ANTIPHON_POSTGRES_URL": postgres_server.url,
        "ANTIPHON_KVS_ENDPOINT": "http://127.0.0.1:1",  # nobody asks for audio here
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "run", "projections", "api"),
        env=environ,
    )
    try:
        async with (
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
            connected(nats_server.url, name="test") as nc,
        ):
            await until(lambda: is_ready(http, process), within_s=60, what="ready")
            log, mine = JetStreamLog(nc), [1, 3, 5]
            for number in range(1, 6):
                subject = fact_subject(contact("c-1" if number in mine else "c-2"), "speech")
                await log.append(STREAM, subject, [Entry(f"n-{number}", b"{}")], expected=None)
            await until(lambda: is_projected(http), what="projected")

            async with listening(nats_server.url, STREAM) as asked:
                answer = await http.get("/v1/contacts/c-1/events")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()

    lines = [msgspec.json.decode(line) for line in answer.content.splitlines()]
    assert [line["position"] for line in lines] == mine
    assert sorted(asked.positions) == mine
    assert asked.searches == []


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def is_ready(http: httpx.AsyncClient, process: asyncio.subprocess.Process) -> bool:
    assert process.returncode is None, "it ended"
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False  # it does not listen yet


async def is_projected(http: httpx.AsyncClient) -> bool:
    told = (await http.get("/metrics")).text
    loop = '{loop="projection_contact_positions",tenant="demo"}'
    return f"antiphon_loop_position{loop} 5.0" in told.splitlines()
