"""The privacy policy over HTTP."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from antiphon.api.app import create_app
from antiphon.commands.privacy import PrivacyPolicies
from antiphon.events.base import TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog

from .test_problems import NoDatabases
from .world import Registered

POLICY = {
    "exemptions": [{"kind": "person_name", "shown_in": ["desk"]}],
    "patterns": [{"name": "customer-number", "expression": "K[0-9]{6}"}],
    "cover": "silence",
    "original_readers": ["officer-7"],
}


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
        privacy_policies=PrivacyPolicies(register, now=lambda: datetime.now(UTC)),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_where_none_was_published_everything_is_masked(http: httpx.AsyncClient) -> None:
    told = (await http.get("/v1/privacy")).json()

    assert (told["version"], told["exemptions"], told["cover"]) == (None, [], "beep")
    assert (told["originals"], told["original_readers"]) == ("keep", [])


async def test_a_policy_is_published_once_and_then_holds(http: httpx.AsyncClient) -> None:
    first = await http.put("/v1/privacy", json=POLICY)
    again = await http.put("/v1/privacy", json=POLICY)

    held = (await http.get("/v1/privacy")).json()
    assert [answer.json()["repeated"] for answer in (first, again)] == [False, True]
    assert held["version"] == first.json()["version"]
    assert held["exemptions"] == POLICY["exemptions"]
    assert held["patterns"] == [{**POLICY["patterns"][0], "kind": "other"}]  # type: ignore[dict-item]
    assert held["original_readers"] == ["officer-7"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"exemptions": [{"kind": "shoe_size", "shown_in": ["desk"]}]}, "exemptions"),
        ({"exemptions": [{"kind": "card_number", "shown_in": ["desk"]}]}, "exemptions[1].kind"),
        ({"patterns": [{"name": "a", "expression": "("}]}, "patterns[1].expression"),
        ({"covers": "beep"}, "covers"),
    ],
)
async def test_a_policy_that_cannot_hold_changes_nothing(
    http: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    refused = await http.put("/v1/privacy", json=body)

    assert refused.status_code == 422
    assert field in str(refused.json()["errors"])
    assert (await http.get("/v1/privacy")).json()["version"] is None
