"""What is read through the index is what the log finds by itself, whatever the index is worth."""

import asyncio
import random
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import pytest_asyncio
from antiphon.events.base import LANES, START, ContactId, Position
from antiphon.events.journal import Journal
from antiphon.events.subjects import fact_filters
from antiphon.infra import contact_index, indexed_log
from antiphon.infra.indexed_log import FETCHED_AT_ONCE
from antiphon.infra.jetstream.connection import connected
from antiphon.infra.postgres import Databases
from antiphon.projections.rebuilding import rebuild

from .indexed import CONTACTS, POSITIONS, Indexed, listening, of_contact
from .places import Place, jetstream_place

WARNING = "contact_searched_for"


@pytest_asyncio.fixture
async def place(nats_url: str) -> AsyncGenerator[Place]:
    async with jetstream_place(nats_url) as place:
        yield place


@pytest_asyncio.fixture
async def site(place: Place, postgres_url: str) -> AsyncGenerator[Indexed]:
    databases = Databases(postgres_url)
    await databases.create(place.tenant)
    yield Indexed(place, databases)
    await databases.close()


async def test_a_history_is_fetched_and_not_searched_for(site: Indexed, nats_url: str) -> None:
    mine = [
        await site.append("c-1", "speech") for _ in range(5) if await site.append("c-2", "life")
    ]
    await site.project()

    async with listening(nats_url, site.place.stream) as asked:
        found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == mine
    assert sorted(asked.positions) == mine
    assert asked.searches == []


async def test_only_what_the_index_does_not_show_yet_is_searched_for(
    site: Indexed, nats_url: str
) -> None:
    mine = [await site.append("c-1", "speech") for _ in range(3)]
    await site.project()
    later = [await site.append("c-1", "life") for _ in range(2)]

    async with listening(nats_url, site.place.stream) as asked:
        found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == [*mine, *later]
    assert sorted(asked.positions) == mine
    assert len(asked.searches) >= 1
    assert all(search["seq"] == mine[-1] + 1 for search in asked.searches if "seq" in search)


@pytest.mark.parametrize("seed", range(4))
async def test_random_histories_are_read_as_the_log_finds_them(
    site: Indexed, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    # So small that histories come in many pieces, and pieces in many batches.
    monkeypatch.setattr(contact_index, "POSITIONS_MAX", 7)
    monkeypatch.setattr(indexed_log, "FETCHED_AT_ONCE", 3)
    drawn = random.Random(seed)
    await site.append_at_random(drawn, 120)
    await site.project()
    await site.append_at_random(drawn, drawn.choice([0, 1, 20]))

    for _ in range(25):
        lanes = drawn.choice([LANES, drawn.sample(LANES[:4], drawn.randint(1, 3))])
        name = drawn.choice([*CONTACTS, "never heard of"])
        filters = fact_filters(site.place.tenant, contact_id=ContactId(name), lanes=lanes)
        bounds: dict[str, Any] = {"after": Position(drawn.choice([START, drawn.randint(0, 150)]))}
        if drawn.random() < 0.5:
            bounds["upto"] = Position(drawn.randint(0, 150))

        assert await site.found(filters, **bounds) == await site.searched(filters, **bounds)


async def test_what_is_no_contacts_history_is_read_as_ever(site: Indexed, nats_url: str) -> None:
    await site.append_at_random(random.Random(7), 30)
    await site.project()
    everybody = fact_filters(site.place.tenant)

    async with listening(nats_url, site.place.stream) as asked:
        found = await site.found(everybody)

    assert [stored.position for stored in found] == list(range(1, 31))
    assert asked.positions == []


async def test_a_history_is_whole_while_facts_are_appended_and_projected(site: Indexed) -> None:
    drawn = random.Random(11)
    await site.append_at_random(drawn, 40)
    filters = of_contact(site.place.tenant, "c-1")
    stream = site.place.stream
    reads: list[tuple[Position, list[Position]]] = []

    async with site.projecting():
        appending = asyncio.create_task(site.append_at_random(drawn, 200))
        while not appending.done():
            before = (await site.place.log.state(stream)).last
            found = await site.found(filters)
            reads.append((before, [stored.position for stored in found]))
        await appending

    whole = [stored.position for stored in await site.searched(filters)]
    assert len(reads) > 3
    for before, positions in reads:
        assert positions == whole[: len(positions)]
        assert positions[-1] >= max(one for one in whole if one <= before)


async def test_a_read_ends_at_what_was_last_when_it_began(site: Indexed) -> None:
    await site.append("c-1", "life", count=FETCHED_AT_ONCE + 1)
    await site.project()
    end = await site.append("c-1", "speech")
    reading = site.log.read(site.place.stream, of_contact(site.place.tenant, "c-1"))

    found = list(await anext(reading))
    await site.append("c-1", "speech", count=3)
    found += [stored async for batch in reading for stored in batch]

    assert [stored.position for stored in found] == list(range(1, end + 1))


async def test_a_history_is_the_same_after_a_rebuild(site: Indexed, nats_url: str) -> None:
    await site.append_at_random(random.Random(3), 60)
    await site.project()
    filters = of_contact(site.place.tenant, "c-2")

    done = await rebuild(
        POSITIONS,
        tenant=site.place.tenant,
        history=Journal(site.place.log, site.place.keys),
        pool=await site.databases.pool(site.place.tenant),
        fresh=True,
    )

    assert done.exchanged
    async with listening(nats_url, site.place.stream) as asked:
        found = await site.found(filters)
    assert asked.searches == []
    assert found == await site.searched(filters)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(
            "UPDATE contact_positions_checkpoint SET epoch = 'another'",
            "the index is of another epoch",
            id="another epoch",
        ),
        pytest.param(
            "UPDATE contact_positions_checkpoint SET position = 1000",
            "the index is beyond the log's end",
            id="beyond the end",
        ),
        pytest.param(
            "UPDATE contact_positions SET positions[2] = 1 WHERE contact_id = 'c-1'",
            "the log holds something else there",
            id="another contact's fact",
        ),
        pytest.param("DROP SCHEMA contact_positions_v1 CASCADE", "UndefinedTableError", id="gone"),
    ],
)
async def test_an_index_that_does_not_fit_is_not_believed(
    site: Indexed, capsys: pytest.CaptureFixture[str], spoil: str, why: str
) -> None:
    await site.append("c-2", "speech")
    mine = [await site.append("c-1", "speech") for _ in range(4)]
    await site.project()
    await site.execute(spoil)

    found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == mine
    told = capsys.readouterr().out
    assert WARNING in told
    assert why in told


async def test_of_a_contact_that_is_parked_the_index_is_not_believed(site: Indexed) -> None:
    mine = [await site.append("c-1", "speech") for _ in range(3)]
    await site.project()
    await site.execute(
        "INSERT INTO contact_positions_parked (contact_id, position, problem, detail, waiting) "
        "VALUES ('c-1', 2, 'fold_failed', '', 2)"
    )
    await site.execute("UPDATE contact_positions SET positions = '{1}'")

    found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == mine


async def test_a_stream_that_was_made_anew_is_read_and_not_what_stood_before(
    site: Indexed, nats_url: str
) -> None:
    await site.append("c-1", "speech", count=5)
    await site.project()
    async with connected(nats_url, name="test") as nc:
        await nc.request(f"$JS.API.STREAM.DELETE.{site.place.stream}", timeout=5)
    await site.place.create_streams(site.place.tenant)
    await site.append("c-2", "life", count=3)
    await site.append("c-1", "life", count=3)

    found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == [4, 5, 6]


async def test_without_a_database_the_log_is_searched(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = Databases("postgresql://nobody@127.0.0.1:1/postgres")
    site = Indexed(place, nowhere)
    mine = [await site.append("c-1", "speech") for _ in range(2)]

    found = await site.found(of_contact(place.tenant, "c-1"))

    assert [stored.position for stored in found] == mine
    assert WARNING in capsys.readouterr().out
    await nowhere.close()


async def test_a_database_that_does_not_answer_is_not_waited_for(
    site: Indexed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contact_index, "ASK_S_MAX", 0.2)
    mine = [await site.append("c-1", "speech") for _ in range(2)]
    await site.project()

    async with (
        site.databases.connection(site.place.tenant) as connection,
        connection.transaction(),
        asyncio.timeout(5),
    ):
        await connection.execute("LOCK TABLE contact_positions IN ACCESS EXCLUSIVE MODE")
        found = await site.found(of_contact(site.place.tenant, "c-1"))

    assert [stored.position for stored in found] == mine
