"""Legal holds and retention over HTTP, on read models that are really filled."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from antiphon.api.app import create_app
from antiphon.api.ports import Limits
from antiphon.commands.hold import Holds
from antiphon.commands.retention import RetentionPolicies
from antiphon.events.access import KIND as ACCESS
from antiphon.events.base import AgentId, Event
from antiphon.events.hold import KIND, HoldPlaced, HoldReleased
from antiphon.events.register import Register, Registered
from antiphon.events.subjects import configuration_stream, facts_stream
from antiphon.infra.memory_live import MemoryLive
from antiphon.projections import endpoint_index, retention

from ..builders import agent_connected, contact, contact_ended, contact_erased, contact_started
from ..projections.world import TENANT, World
from ..projections.world import world as make_world
from ..retention_builders import data_deleted, retention_held
from .test_problems import NoDatabases
from .world import OneDatabase
from .world import Registered as TenantNames

OFFICER = {"Antiphon-Actor": "o-1"}
NAMED = {"reason": "Baker ./. Shop", "matter": "12 C 34/26", "contact_ids": ["c-1"]}


class Desk:
    """An API that knows of holds and of retention, over a world; read models if it has any."""

    def __init__(self, world: World, databases: Any) -> None:
        self.world = world
        self.register = Register(world.log, world.keys)
        # After whatever the world's log records in a test, until that moves it.
        self.clock = datetime.now(UTC) + timedelta(minutes=5)
        app: Any = create_app(
            journal=world.journal,
            register=self.register,
            databases=databases,
            tenants=TenantNames(TENANT),
            live=MemoryLive(),
            loops=[],
            now=lambda: self.clock,
            limits=Limits(catch_up_s=0.2),
            holds=Holds(
                self.register, facts=world.journal, keys=world.keys, now=lambda: self.clock
            ),
            retention_policies=RetentionPolicies(self.register, now=lambda: self.clock),
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://localhost"
        )

    async def call(self, contact_id: str, *more: Event, **given: Any) -> None:
        events = (contact_started(**given), *more, contact_ended(ended_at=self.clock))
        await self.world.tell(*events, contact=contact(contact_id))

    async def project(self) -> None:
        index = endpoint_index.MODEL.keyed(self.index_key)
        await self.world.project(retention.PROJECTION, index)

    async def index_key(self, tenant: Any) -> bytes:
        return (await self.world.keys.obtain(tenant, "index/customer_endpoint")).secret

    async def place(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return await self.http.post("/v1/holds", json=body, headers=OFFICER | headers)

    async def facts(self, kind: str = KIND) -> list[Registered]:
        return [one async for one in self.register.read(TENANT, kind=kind)]


@pytest_asyncio.fixture
async def desk() -> AsyncGenerator[Desk]:
    world = World(None)
    await world.log.create(facts_stream(TENANT))
    desk = Desk(world, NoDatabases())
    await world.log.create(configuration_stream(TENANT))
    async with desk.http:
        yield desk


@pytest_asyncio.fixture
async def shown(postgres_url: str) -> AsyncGenerator[Desk]:
    """Like `desk`, with read models."""
    async with make_world(postgres_url) as world:
        desk = Desk(world, OneDatabase(world.pool))
        await world.log.create(configuration_stream(TENANT))
        async with desk.http:
            yield desk


async def test_a_hold_is_placed_shown_released_and_every_step_says_by_whom(desk: Desk) -> None:
    await desk.call("c-1")

    placed = await desk.place(NAMED)

    assert placed.status_code == 201
    told = placed.json()
    assert (told["state"], told["holds"], told["contact_ids"]) == ("active", "contact_ids", ["c-1"])
    assert (told["reason"], told["placed_by"]) == ("Baker ./. Shop", "person:o-1")
    path = f"/v1/holds/{told['hold_id']}"
    shown = (await desk.http.get(path)).json()
    assert shown == {
        "hold": told,
        "covers": {"contact_ids": ["c-1"], "gone": [], "complete": True},
    }

    why = {"Antiphon-Actor": "o-2", "Antiphon-Reason": "settled"}
    released = await desk.http.delete(path, headers=why)
    again = await desk.http.delete(path, headers=OFFICER)

    assert (released.status_code, again.status_code) == (200, 200)
    assert released.json() == again.json()
    assert released.json()["state"] == "released"
    assert released.json()["released_by"] == "person:o-2"
    assert released.json()["release_reason"] == "settled"
    assert [(type(one.event), one.actor) for one in await desk.facts()] == [
        (HoldPlaced, "person:o-1"),
        (HoldReleased, "person:o-2"),
    ]
    assert [one["state"] for one in (await desk.http.get("/v1/holds")).json()] == ["released"]


async def test_a_request_that_comes_twice_places_one_hold(desk: Desk) -> None:
    await desk.call("c-1")
    key = {"Idempotency-Key": "k-1"}

    first, again = await desk.place(NAMED, **key), await desk.place(NAMED, **key)
    without = [await desk.place(NAMED | {"reason": "another"}) for _ in range(2)]

    assert [one.status_code for one in (first, again, *without)] == [201, 200, 201, 200]
    assert first.json() == again.json()
    assert len(await desk.facts()) == 2


async def test_a_key_that_placed_a_hold_cannot_place_another(desk: Desk) -> None:
    for name in ("c-1", "c-2"):
        await desk.call(name)
    key = {"Idempotency-Key": "k-1"}
    placed = await desk.place(NAMED, **key)

    other = await desk.place(NAMED | {"contact_ids": ["c-1", "c-2"]}, **key)

    assert (other.status_code, other.json()["code"]) == (409, "hold_differs")
    assert placed.json()["hold_id"] in other.json()["detail"]
    assert len(await desk.facts()) == 1


@pytest.mark.parametrize("headers", [{}, {"Antiphon-Actor": "anonymous"}], ids=["none", "nobody"])
async def test_nobody_places_or_releases_a_hold_without_saying_who_they_are(
    desk: Desk, headers: dict[str, str]
) -> None:
    await desk.call("c-1")
    path = f"/v1/holds/{(await desk.place(NAMED)).json()['hold_id']}"

    refused = [
        await desk.http.post("/v1/holds", json=NAMED | {"reason": "another"}, headers=headers),
        await desk.http.delete(path, headers=headers),
    ]

    for answer in refused:
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed")
        assert [one["field"] for one in answer.json()["errors"]] == ["Antiphon-Actor"]
    assert [one["state"] for one in (await desk.http.get("/v1/holds")).json()] == ["active"]


async def test_a_person_is_held_with_contacts_to_come_and_never_told_by_number(
    shown: Desk,
) -> None:
    await shown.call("c-1")
    await shown.call("c-2", customer_endpoint=None)
    placed = await shown.place({"reason": "why", "customer_endpoint": "0049 30 901820"})
    await shown.call("c-3")
    await shown.project()

    told = await shown.http.get(f"/v1/holds/{placed.json()['hold_id']}")

    assert told.json()["covers"] == {"contact_ids": ["c-1", "c-3"], "gone": [], "complete": True}
    assert told.json()["hold"]["holds"] == "customer_endpoint"
    assert "901820" not in told.text


async def test_a_query_shows_what_it_finds_now_and_says_where_it_cannot_know_all(
    shown: Desk,
) -> None:
    await shown.call("c-1", agent_connected(agent_id=AgentId("a-7")))
    await shown.call("c-2")
    await shown.call("c-3", agent_connected(agent_id=AgentId("a-7")), queue="sales")
    query = {"queues": ["claims"], "agent_ids": ["a-7"], "attributes": {"policy": "P-1881"}}
    placed = await shown.place({"reason": "why", "query": query})
    path = f"/v1/holds/{placed.json()['hold_id']}"
    await shown.project()

    covers = (await shown.http.get(path)).json()["covers"]
    assert covers == {"contact_ids": ["c-1"], "gone": [], "complete": True}
    assert placed.json()["attributes"] == {"policy": "P-1881"}

    await shown.call("c-4", agent_connected(agent_id=AgentId("a-7")))
    assert (await shown.http.get(path)).json()["covers"]["complete"] is False


async def test_what_was_erased_before_it_was_held_is_told(desk: Desk) -> None:
    await desk.call("c-1", contact_erased())

    placed = await desk.place(NAMED)

    shown = await desk.http.get(f"/v1/holds/{placed.json()['hold_id']}")
    assert shown.json()["covers"] == {"contact_ids": ["c-1"], "gone": ["c-1"], "complete": True}


SLIPS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"reason": "why"}, "contact_ids"),
    ({"reason": "why", "contact_ids": []}, "contact_ids"),
    ({"reason": "why", "contact_ids": ["c 1"]}, "contact_ids"),
    ({"reason": "", "contact_ids": ["c-1"]}, "reason"),
    ({"contact_ids": ["c-1"]}, "reason"),
    ({"reason": "why", "query": {}}, "query"),
    ({"reason": "why", "query": {"queue": ["claims"]}}, "query.queue"),
    ({"reason": "why", "contact_ids": ["c-1"], "query": {"queues": ["q"]}}, "contact_ids"),
    ({"reason": "why", "query": {"recorded_from": "yesterday"}}, "query.recorded_from"),
)


async def test_a_hold_that_says_too_little_or_too_much_is_refused(desk: Desk) -> None:
    answers = [(await desk.place(body), field) for body, field in SLIPS]

    assert [one.status_code for one, _ in answers] == [422] * len(SLIPS)
    for answer, field in answers:
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert await desk.facts() == []


async def test_holds_and_contacts_that_are_not_there_are_not_found(desk: Desk) -> None:
    answers = [
        await desk.place(NAMED),
        await desk.http.get("/v1/holds/h-1"),
        await desk.http.delete("/v1/holds/h-1", headers=OFFICER),
        await desk.http.get("/v1/contacts/c-1/retention"),
    ]

    assert [(one.status_code, one.json()["code"]) for one in answers] == [
        (404, "contact_unknown"),
        (404, "hold_unknown"),
        (404, "hold_unknown"),
        (404, "contact_unknown"),
    ]


# Retention


async def test_the_default_policy_is_told_and_another_holds_once_it_is_put(desk: Desk) -> None:
    before = (await desk.http.get("/v1/retention")).json()
    body = {"audio": {"delete_after_days": 30}, "original": {"delete_after_days": 0}}

    put = await desk.http.put("/v1/retention", json=body)
    again = await desk.http.put("/v1/retention", json=body)
    after = (await desk.http.get("/v1/retention")).json()

    assert before["published"] is False
    assert {kind: stay["delete_after_days"] for kind, stay in before["kinds"].items()} == {
        "original": 90,
        "audio": 90,
        "transcript": 365,
        "annotations": 365,
        "analytics": None,
    }
    assert (put.status_code, put.json()["repeated"], again.json()["repeated"]) == (200, False, True)
    assert (after["published"], after["version"]) == (True, put.json()["version"])
    assert after["kinds"]["audio"]["delete_after_days"] == 30
    assert after["kinds"]["transcript"]["delete_after_days"] == 365


UNKEEPABLE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"audio": {"delete_after_days": 400}}, "audio.delete_after_days"),
    ({"audio": {}}, "audio.delete_after_days"),
    ({"audio": {"delete_after_days": "30"}}, "audio.delete_after_days"),
    ({"video": {"delete_after_days": 30}}, "video"),
    ({"annotations": {"delete_after_days": None}}, "annotations.delete_after_days"),
)


async def test_a_policy_that_cannot_hold_is_refused_by_field(desk: Desk) -> None:
    answers = [
        (await desk.http.put("/v1/retention", json=body), field) for body, field in UNKEEPABLE
    ]

    assert [one.status_code for one, _ in answers] == [422] * len(UNKEEPABLE)
    for answer, field in answers:
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert (await desk.http.get("/v1/retention")).json()["published"] is False


async def test_a_contact_says_until_when_it_stays_and_which_hold_keeps_it(desk: Desk) -> None:
    await desk.call("c-1")
    hold_id = (await desk.place(NAMED)).json()["hold_id"]
    ended_at = desk.clock
    desk.clock += timedelta(days=91)

    told = (await desk.http.get("/v1/contacts/c-1/retention")).json()

    assert told["hold_ids"] == [hold_id]
    assert told["kept_back"] == ["audio", "original"]
    kinds = {one["kind"]: one for one in told["kinds"]}
    assert kinds["audio"]["stage"] == "active"
    until = (ended_at + timedelta(days=365)).isoformat().replace("+00:00", "Z")
    assert kinds["transcript"]["delete_at"] == until
    assert kinds["analytics"]["delete_at"] is None


async def test_who_is_due_is_listed_the_longest_first_and_who_is_held_or_done_is_not(
    shown: Desk,
) -> None:
    await shown.call("c-1")
    shown.clock += timedelta(days=10)
    await shown.call("c-2")
    await shown.call("c-3", retention_held())
    await shown.call("c-4", data_deleted(kind="audio"), data_deleted(kind="original"))
    await shown.project()
    shown.clock += timedelta(days=85)

    now = (await shown.http.get("/v1/retention/due")).json()
    soon = (await shown.http.get("/v1/retention/due?days=10")).json()

    assert [(one["contact_id"], one["kind"]) for one in now["contacts"]] == [
        ("c-1", "original"),
        ("c-1", "audio"),
    ]
    assert {(one["contact_id"], one["kind"]) for one in soon["contacts"]} == {
        ("c-1", "original"),
        ("c-1", "audio"),
        ("c-2", "original"),
        ("c-2", "audio"),
    }
    assert now["complete"] is True
    assert await shown.facts(ACCESS) == []
