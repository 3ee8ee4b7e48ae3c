"""What was measured, over HTTP: of one contact, of many as lines, and the topics they have."""

import csv
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from antiphon.api.app import create_app
from antiphon.api.insight_csv import COLUMNS, csv_lines
from antiphon.api.insights import Export
from antiphon.commands.topics import TopicLists
from antiphon.events.base import ContactId, TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.projections import insights
from antiphon.projections.insights import ContactInsights

from ..builders import contact, contact_erased, contact_started
from ..insight_builders import contact_measured, feeling_turned
from ..projections.world import TENANT
from .test_problems import NoDatabases
from .world import Api, Registered

PATH = "/v1/contacts/c-1/insights"
LIST = {"topics": [{"name": "cats", "title": "Cats", "phrases": ["cat"]}], "products": ["Fibre"]}


async def read(api: Api, path: str = PATH) -> httpx.Response:
    await api.world.project(insights.PROJECTION)
    return await api.http.get(path)


async def test_a_contacts_measures_are_told_with_what_was_named(api: Api) -> None:
    await api.tell(contact_started(), feeling_turned(), contact_measured())

    answer = await read(api)

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    told = answer.json()
    assert told["measured"]["time"]["silence_ms"] == 4_000
    assert [one["speaker"] for one in told["measured"]["speakers"]] == ["customer", "agent"]
    assert told["measured"]["entities"] == [
        {
            "kind": "money",
            "text": "forty nine pounds",
            "count": 1,
            "utterance_ids": ["from_customer-1"],
        }
    ]
    assert told["turned"][0]["score"] == -2.4


async def test_before_the_end_there_are_none_and_of_nobody_neither(api: Api) -> None:
    await api.tell(contact_started())

    early = await read(api)
    absent = await read(api, "/v1/contacts/c-9/insights")

    assert (early.status_code, early.json()["measured"]) == (200, None)
    assert (absent.status_code, absent.json()["code"]) == (404, "contact_unknown")


async def test_an_erased_contact_says_so_and_names_nothing(api: Api) -> None:
    await api.tell(contact_started(), contact_measured(), contact_erased())

    told = (await read(api)).json()

    assert told["erased"] is True
    assert [one["text"] for one in told["measured"]["entities"]] == ["[erased]"]


async def test_many_are_exported_as_lines_without_what_was_named(api: Api) -> None:
    for number in range(2):
        await api.tell(contact_started(), contact_measured(), contact=contact(f"c-{number}"))

    answer = await read(api, "/v1/insights")

    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line)["contact_id"] for line in answer.text.splitlines()] == ["c-0", "c-1"]
    assert "forty nine" not in answer.text


async def test_an_export_goes_on_from_page_to_page(api: Api) -> None:
    for number in range(5):
        await api.tell(contact_started(), contact_measured(), contact=contact(f"c-{number}"))
    await api.world.project(insights.PROJECTION)
    export = Export(
        TENANT,
        api.app.state["ports"],
        measured_from=None,
        measured_to=None,
        header=b"begins",
        lines=lambda page: " ".join(one.contact_id for one in page).encode(),
        page_contacts=2,
    )

    pages = [page async for page in export.frames()]

    assert pages == [b"begins", b"c-0 c-1", b"c-2 c-3", b"c-4"]


async def test_the_table_has_a_column_for_each_measure(api: Api) -> None:
    await api.tell(contact_started(queue="=cmd()"), contact_measured())

    answer = await read(api, "/v1/insights?format=csv")

    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(answer.text.splitlines())
    assert tuple(row) == COLUMNS
    assert row["queue"] == "'=cmd()"  # no formula for a spreadsheet
    assert (row["conversation_ms"], row["silence_ms"], row["silence_count"]) == (
        "10000",
        "4000",
        "1",
    )
    assert (row["agent_interruptions"], row["customer_interruptions"]) == ("1", "0")
    assert (row["customer_feeling"], row["customer_feeling_q1"]) == ("-1.25", "-1.5")
    assert (row["customer_feeling_q2"], row["agent_feeling"]) == ("", "")
    assert (row["topics"], row["money_count"], row["phone_count"]) == ("refund:0.5", "1", "0")


async def test_an_export_is_narrowed_by_the_time_of_measuring(api: Api) -> None:
    await api.tell(contact_started(), contact_measured())

    past = await read(api, "/v1/insights?to=2020-01-01T00:00:00Z")
    since = await read(api, "/v1/insights?from=2020-01-01T00:00:00Z")

    assert (past.text, len(since.text.splitlines())) == ("", 1)


def test_of_a_contact_that_is_not_measured_there_is_no_row() -> None:
    one = ContactInsights(
        contact_id=ContactId("c-1"),
        agent_id=None,
        queue=None,
        started_at=None,
        ended_at=None,
        erased=False,
        measured=None,
    )

    assert csv_lines([one]) == b""


# Without a read model


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    log, keys, tenant = MemoryLog(), MemoryKeys(), TenantName("demo")
    await log.create(configuration_stream(tenant))
    register = Register(log, keys)
    app: Any = create_app(
        journal=Journal(log, keys),
        register=register,
        databases=NoDatabases(),
        tenants=Registered(tenant),
        live=MemoryLive(),
        loops=[],
        now=lambda: datetime.now(UTC),
        topic_lists=TopicLists(register, now=lambda: datetime.now(UTC)),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("format=xml", "format"),
        ("from=yesterday", "from"),
        ("form=csv", "form"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
    ],
)
async def test_an_export_that_nobody_can_make_is_refused(
    http: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await http.get(f"/v1/insights?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_list_is_published_once_and_then_holds(http: httpx.AsyncClient) -> None:
    before = (await http.get("/v1/topics")).json()

    first = await http.put("/v1/topics", json=LIST)
    again = await http.put("/v1/topics", json=LIST)

    assert before["version"] is None
    assert (first.status_code, first.json()["repeated"], again.json()["repeated"]) == (
        200,
        False,
        True,
    )
    held = (await http.get("/v1/topics")).json()
    assert held["version"] == first.json()["version"]
    assert [one["name"] for one in held["topics"]] == ["cats"]
    assert held["products"] == ["Fibre"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"topics": [{"name": "Cats!", "title": "Cats", "phrases": ["cat"]}]}, "topics[1].name"),
        ({"topics": LIST["topics"] * 2}, "topics"),
    ],
)
async def test_a_list_that_cannot_hold_changes_nothing(
    http: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    refused = await http.put("/v1/topics", json=body)

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    assert (await http.get("/v1/topics")).json()["version"] is None
