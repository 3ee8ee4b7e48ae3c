"""Playbooks and the policy over HTTP: drafted, published, taken back, and refused with a line."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from antiphon.api.app import create_app
from antiphon.commands.playbook import Playbooks
from antiphon.commands.policy import Policies
from antiphon.events.base import TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.guidance.judging import judge_playbook, judge_policy

from ..services.guidance.press import playbook_text
from .test_problems import NoDatabases

KEEP, SELL = playbook_text("keep"), playbook_text("sell")
BROKEN = KEEP.replace("kind: hint", "kind: shout")
POLICY = 'policy: "1"\nbindings:\n  everybody: {playbooks: [keep]}\n'
PLAYBOOK = "/v1/playbooks/keep"


class Site:
    """One API for all tests here: each has a tenant of its own."""

    def __init__(self, log: MemoryLog | None = None) -> None:
        self.log = log or MemoryLog()
        self.tenants: set[TenantName] = set()
        register = Register(self.log, MemoryKeys())

        def now() -> datetime:
            return datetime.now(UTC)

        self.app: Any = create_app(
            journal=Journal(self.log, MemoryKeys()),
            register=register,
            databases=NoDatabases(),
            tenants=self,
            live=MemoryLive(),
            loops=[],
            now=now,
            playbooks=Playbooks(register, judge=judge_playbook, now=now),
            policies=Policies(register, judge=judge_policy, now=now),
        )
        self.transport = httpx.ASGITransport(self.app)

    def exists(self, name: TenantName) -> bool:
        return name in self.tenants


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@pytest.fixture
async def http(site: Site) -> AsyncGenerator[httpx.AsyncClient]:
    tenant = TenantName(f"t{len(site.tenants)}")
    site.tenants.add(tenant)
    await site.log.create(configuration_stream(tenant))
    base = f"http://{tenant}.localhost"
    async with httpx.AsyncClient(transport=site.transport, base_url=base) as made:
        yield made


async def publish(http: httpx.AsyncClient, content: str, **headers: str) -> httpx.Response:
    return await http.post(f"{PLAYBOOK}/publish", content=content, headers=headers)


async def test_a_draft_is_put_aside_and_published(http: httpx.AsyncClient) -> None:
    drafted = await http.put(f"{PLAYBOOK}/draft", content=KEEP)
    before = (await http.get(PLAYBOOK)).json()
    published = await http.post(f"{PLAYBOOK}/publish", headers={"Antiphon-Actor": "ada"})
    after = (await http.get(PLAYBOOK)).json()

    assert (drafted.status_code, published.status_code) == (200, 200)
    assert (drafted.json()["problems"], drafted.json()["version"]) == ([], None)
    assert (before["current"], before["versions"]) == (None, [])
    assert (await http.get(f"{PLAYBOOK}/draft")).text == KEEP
    [version] = after["versions"]
    assert version["version"] == after["current"] == published.json()["version"]
    assert version["published_by"] == "author:ada"
    text = await http.get(f"{PLAYBOOK}/versions/{after['current']}")
    assert (text.text, text.headers["content-type"]) == (KEEP, "application/yaml")


async def test_a_broken_draft_is_kept_and_says_where_it_is_broken(http: httpx.AsyncClient) -> None:
    await publish(http, KEEP)

    drafted = await http.put(f"{PLAYBOOK}/draft", content=BROKEN)
    published = await http.post(f"{PLAYBOOK}/publish")

    [problem] = drafted.json()["problems"]
    assert (problem["field"], problem["line"]) == ("cues.keep.kind", 7)
    assert (await http.get(f"{PLAYBOOK}/draft")).text == BROKEN
    assert published.status_code == 422
    assert published.json()["code"] == "playbook_malformed"
    assert published.json()["errors"] == [problem]
    assert (await http.get(f"{PLAYBOOK}/versions/current")).text == KEEP


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BROKEN, "playbook_malformed"),
        ("a: [", "playbook_malformed"),
        (SELL, "malformed"),
        ("x" * 200_001, "malformed"),
    ],
    ids=["grammar", "no YAML", "another name", "too long"],
)
async def test_what_is_no_such_playbook_never_replaces_one(
    http: httpx.AsyncClient, content: str, code: str
) -> None:
    await publish(http, KEEP)

    refused = await publish(http, content)

    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert (await http.get(f"{PLAYBOOK}/versions/current")).text == KEEP


async def test_what_is_published_already_is_no_news(http: httpx.AsyncClient) -> None:
    first = (await publish(http, KEEP)).json()

    again = (await publish(http, KEEP)).json()

    assert again == first | {"repeated": True}
    assert len((await http.get(PLAYBOOK)).json()["versions"]) == 1


async def test_a_request_that_is_repeated_late_takes_nothing_back(http: httpx.AsyncClient) -> None:
    newer = playbook_text("keep", version="2")
    first = (await publish(http, KEEP, **{"Idempotency-Key": "k-1"})).json()
    await publish(http, newer)

    again = (await publish(http, KEEP, **{"Idempotency-Key": "k-1"})).json()

    assert (again["position"], again["repeated"]) == (first["position"], True)
    assert (await http.get(f"{PLAYBOOK}/versions/current")).text == newer


async def test_an_older_version_holds_again(http: httpx.AsyncClient) -> None:
    first = (await publish(http, KEEP)).json()["version"]
    second = (await publish(http, playbook_text("keep", version="2"))).json()["version"]

    back = await http.post(f"{PLAYBOOK}/rollback", json={"version": first})
    unknown = await http.post(f"{PLAYBOOK}/rollback", json={"version": "9"})
    nameless = await http.post(f"{PLAYBOOK}/rollback", json={})

    assert (back.status_code, back.json()["version"]) == (200, first)
    known = (await http.get(PLAYBOOK)).json()
    assert (known["current"], [one["version"] for one in known["versions"]]) == (
        first,
        [first, second],
    )
    assert (unknown.status_code, unknown.json()["code"]) == (404, "playbook_unknown")
    assert (nameless.status_code, nameless.json()["errors"][0]["field"]) == (422, "version")


@pytest.mark.parametrize(
    "path",
    ["", "/draft", "/versions/current", "/versions/1"],
)
async def test_what_was_never_published_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(PLAYBOOK + path)

    assert (answer.status_code, answer.json()["code"]) == (404, "playbook_unknown")


async def test_all_are_listed_by_name(http: httpx.AsyncClient) -> None:
    await http.post("/v1/playbooks/sell/publish", content=SELL)
    await http.put(f"{PLAYBOOK}/draft", content=KEEP)

    listed = (await http.get("/v1/playbooks")).json()["playbooks"]

    assert [(one["name"], one["current"] is None) for one in listed] == [
        ("keep", True),
        ("sell", False),
    ]


@pytest.mark.parametrize("name", ["a.b", "a" * 129])
async def test_a_name_has_to_be_an_id(http: httpx.AsyncClient, name: str) -> None:
    answer = await http.put(f"/v1/playbooks/{name}/draft", content=KEEP)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_body_that_is_no_text_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.put(f"{PLAYBOOK}/draft", content=b"\xff\xfe")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")


# The policy


async def test_a_policy_is_published_and_told(http: httpx.AsyncClient) -> None:
    await publish(http, KEEP)

    nothing = (await http.get("/v1/policy")).json()
    published = await http.put("/v1/policy", content=POLICY)
    told = (await http.get("/v1/policy")).json()

    assert nothing == {"current": None, "versions": [], "content": None}
    assert published.status_code == 200
    assert told["content"] == POLICY
    assert told["current"] == told["versions"][0]["version"] == published.json()["version"]
    assert (await http.get("/v1/policy/versions/current")).text == POLICY
    assert (await http.get("/v1/policy/versions/9")).status_code == 404


@pytest.mark.parametrize(
    ("content", "field", "line"),
    [
        (POLICY.replace("keep", "sell"), "bindings.everybody.playbooks[0]", 3),
        (POLICY.replace("playbooks", "plays"), "bindings.everybody.plays", 3),
        ("policy: [", "(document)", 1),
    ],
)
async def test_a_bad_policy_is_refused_with_its_line_and_changes_nothing(
    http: httpx.AsyncClient, content: str, field: str, line: int
) -> None:
    await publish(http, KEEP)
    await http.put("/v1/policy", content=POLICY)

    refused = await http.put("/v1/policy", content=content)

    assert (refused.status_code, refused.json()["code"]) == (422, "policy_malformed")
    [error] = refused.json()["errors"]
    assert (error["field"], error["line"]) == (field, line)
    assert (await http.get("/v1/policy/versions/current")).text == POLICY


async def test_a_draft_can_not_be_bound(http: httpx.AsyncClient) -> None:
    await http.put(f"{PLAYBOOK}/draft", content=KEEP)

    refused = await http.put("/v1/policy", content=POLICY)

    assert refused.status_code == 422
