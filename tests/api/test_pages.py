"""Pages come from this server alone, with the types that browsers insist on."""

import re

import pytest

from .world import Api


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/desk?agent=ada", "text/html; charset=utf-8"),
        ("/desk/main.js", "text/javascript; charset=utf-8"),
        ("/desk/desk.css", "text/css; charset=utf-8"),
        ("/desk/icon.svg", "image/svg+xml"),
        ("/desk/vendor/htm-preact.js", "text/javascript; charset=utf-8"),
        ("/schema", "text/html; charset=utf-8"),
        ("/pages/schema.js", "text/javascript; charset=utf-8"),
        ("/pages/pages.css", "text/css; charset=utf-8"),
    ],
)
async def test_a_page_is_served_with_its_type_and_a_policy(
    api: Api, path: str, media_type: str
) -> None:
    answer = await api.http.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/desk", "/schema"])
async def test_everything_a_page_loads_is_here(api: Api, path: str) -> None:
    page = (await api.http.get(path)).text

    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert loaded
    assert [one for one in loaded if not one.startswith("/")] == []
    assert {(await api.http.get(one)).status_code for one in loaded} <= {200, 503}


async def test_an_asset_is_asked_for_each_time_and_sent_once(api: Api) -> None:
    first = await api.http.get("/desk/main.js")

    again = await api.http.get("/desk/main.js", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/desk/../app.py", "/desk/%2e%2e/app.py", "/pages/..%2fapp.py"])
async def test_nothing_else_is_served(api: Api, path: str) -> None:
    assert (await api.http.get(path)).status_code == 404


async def test_the_schema_describes_every_endpoint(api: Api) -> None:
    schema = (await api.http.get("/schema/openapi.json")).json()

    assert schema["paths"].keys() >= {
        "/v1/contacts",
        "/v1/contacts/{contact_id}/agent",
        "/v1/contacts/{contact_id}/transcript",
        "/v1/contacts/{contact_id}/events",
        "/v1/contacts/{contact_id}/stream",
        "/v1/agents/{agent_id}/stream",
        "/readyz",
    }
    start = schema["paths"]["/v1/contacts"]["post"]
    assert {one["name"] for one in start["parameters"]} == {"Idempotency-Key"}
    assert "StartContactBody" in str(start["requestBody"])
