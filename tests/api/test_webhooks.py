"""Webhooks over HTTP: a secret is shown once, and only public addresses are told anything."""

from typing import Any

from .world import Api

PATH = "/v1/webhooks"
URL = "https://crm.example/hooks?token=t"


async def test_an_endpoint_lives_from_its_registration_to_its_removal(api: Api) -> None:
    made = await api.http.post(PATH, json={"url": URL, "topics": ["summary.written"]})
    id_ = made.json()["webhook_id"]

    listed = (await api.http.get(PATH)).json()
    rotated = await api.http.post(f"{PATH}/{id_}/rotate")
    off = await api.http.post(f"{PATH}/{id_}/disable")
    disabled = (await api.http.get(f"{PATH}/{id_}")).json()["disabled"]
    on = await api.http.post(f"{PATH}/{id_}/enable")
    enabled = (await api.http.get(f"{PATH}/{id_}")).json()["disabled"]
    gone = await api.http.delete(f"{PATH}/{id_}")
    after = await api.http.get(f"{PATH}/{id_}")

    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    assert [(one["url"], one["topics"]) for one in listed] == [(URL, ["summary.written"])]
    assert "secret" not in listed[0]
    assert rotated.json()["secret"] not in ("", made.json()["secret"])
    assert [one.status_code for one in (off, on, gone)] == [204, 204, 204]
    assert (disabled, enabled) == ("asked", None)
    assert (after.status_code, after.json()["code"]) == (404, "webhook_unknown")
    assert (await api.http.get(PATH)).json() == []


async def test_a_repeated_registration_is_the_same_endpoint_and_shows_no_secret(api: Api) -> None:
    key = {"Idempotency-Key": "crm-1"}
    first = await api.http.post(PATH, json={"url": URL}, headers=key)
    again = await api.http.post(PATH, json={"url": URL}, headers=key)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == {"webhook_id": first.json()["webhook_id"], "secret": None}
    assert len((await api.http.get(PATH)).json()) == 1


async def test_what_must_not_be_told_anything_is_refused_by_its_field(api: Api) -> None:
    bodies: list[dict[str, Any]] = [
        {"url": "http://crm.example/"},
        {"url": "https://169.254.169.254/latest"},
        {"url": "https://localhost/"},
        {"url": URL, "topics": []},
        {"url": URL, "topics": ["everything"]},
        {},
    ]

    answers = [await api.http.post(PATH, json=body) for body in bodies]

    assert {one.status_code for one in answers} == {422}
    named = [one.json()["errors"][0]["field"] for one in answers]
    assert named == ["url", "url", "url", "topics", "topics", "url"]
    assert (await api.http.get(PATH)).json() == []


async def test_of_an_endpoint_that_is_not_there_nothing_can_be_asked(api: Api) -> None:
    answers = [
        await api.http.post(f"{PATH}/none/rotate"),
        await api.http.post(f"{PATH}/none/enable"),
        await api.http.delete(f"{PATH}/none"),
    ]

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(404, "webhook_unknown")}
