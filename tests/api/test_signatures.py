"""Machines sign: who is let in, who is not and why; people's requests need no signature."""

import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from antiphon.api.signatures import WINDOW_S, check
from antiphon.errors import SignatureRefused
from antiphon.events.base import TenantName

from ..builders import INSTANCE_ARN, guidance_issued
from .world import Api
from .world import api as make_api

NOW = datetime(2026, 9, 21, 13, 33, 21, tzinfo=UTC)
OLD, NEW = b"old-secret-of-thirty-two-bytes--", b"new-secret-of-thirty-two-bytes--"
START: dict[str, Any] = {"contact_id": "c-1", "instance_arn": INSTANCE_ARN}


class TwoKeys:
    """Keys of the demo tenant, the one to come among them."""

    def keys_of(self, tenant: TenantName) -> Mapping[str, bytes]:
        return {"old": OLD, "new": NEW} if tenant == "demo" else {}


@pytest_asyncio.fixture
async def guarded(postgres_url: str) -> AsyncGenerator[Api]:
    async with make_api(postgres_url, now=lambda: NOW, machine_keys=TwoKeys()) as made:
        yield made


def signature(
    body: bytes,
    *,
    path: str = "/v1/contacts",
    key_id: str = "old",
    secret: bytes = OLD,
    at: datetime = NOW,
    idempotency_key: str = "",
) -> str:
    """Return a signature, as `docs/connect.md` says how to make one."""
    seconds = int(at.timestamp())
    digest = hashlib.sha256(body).hexdigest()
    text = f"antiphon-hmac-sha256\nPOST\n{path}\n{idempotency_key}\n{seconds}\n{digest}"
    mac = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    return f"key={key_id}; at={seconds}; mac={mac}"


async def posted(
    api: Api, body: dict[str, Any], *, path: str = "/v1/contacts", **given: Any
) -> Any:
    content = json.dumps(body).encode()
    sent = given.pop("sent", content)
    headers = {"Antiphon-Signature": signature(content, path=path, **given)}
    return await api.http.post(path, content=sent, headers=headers)


def test_a_signature_is_what_the_documentation_says() -> None:
    body = b'{"contact_id":"c-1"}'
    mac = "2952f852646c71dc343e80b406c7d48a8e046a5690854963d020791794afde6b"
    given = f"key=2026-11; at=1790000000; mac={mac}"

    check(
        given,
        {"2026-11": b"0123456789abcdef0123456789abcdef"},
        method="POST",
        path="/v1/contacts",
        idempotency_key="",
        body=body,
        now=datetime.fromtimestamp(1_790_000_000, UTC),
    )


@pytest.mark.parametrize(("key_id", "secret"), [("old", OLD), ("new", NEW)])
async def test_either_key_of_a_tenant_signs(guarded: Api, key_id: str, secret: bytes) -> None:
    answer = await posted(guarded, START, key_id=key_id, secret=secret)

    assert answer.status_code == 201


async def test_every_command_of_a_machine_is_guarded(guarded: Api) -> None:
    await posted(guarded, START)
    paths = ["", "/c-1/agent", "/c-1/hold", "/c-1/resume", "/c-1/attributes", "/c-1/end"]
    paths += ["/c-1/end/correction"]

    statuses = [
        (await guarded.http.post(f"/v1/contacts{path}", json={})).status_code for path in paths
    ]

    assert statuses == [401] * len(paths)
    assert len(await guarded.facts()) == 1


async def test_an_agents_page_signs_nothing(guarded: Api) -> None:
    await posted(guarded, START)
    await guarded.tell(guidance_issued())

    answer = await guarded.http.post("/v1/contacts/c-1/guidance/g-1/shown")

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"secret": b"x" * 32}, "not of this request", id="another secret"),
        pytest.param({"key_id": "older"}, "no such key", id="a key of long ago"),
        pytest.param(
            {"sent": json.dumps(START | {"queue": "vip"}).encode()}, "not of this", id="body"
        ),
        pytest.param({"idempotency_key": "k"}, "not of this request", id="idempotency key"),
        pytest.param({"at": NOW - timedelta(seconds=WINDOW_S + 1)}, "set the clock", id="replayed"),
        pytest.param({"at": NOW + timedelta(seconds=WINDOW_S + 1)}, "set the clock", id="ahead"),
    ],
)
async def test_what_is_not_signed_rightly_is_refused_and_told_why(
    guarded: Api, given: dict[str, Any], said: str
) -> None:
    answer = await posted(guarded, START, **given)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (401, "signature_refused")
    assert said in problem["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert await guarded.facts() == []


async def test_a_signature_for_one_path_opens_no_other(guarded: Api) -> None:
    await posted(guarded, START)
    content = b"{}"
    headers = {"Antiphon-Signature": signature(content, path="/v1/contacts/c-1/hold")}

    answer = await guarded.http.post("/v1/contacts/c-1/end", content=content, headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize("at", [-WINDOW_S, 0, WINDOW_S])
async def test_clocks_may_differ_within_the_window(guarded: Api, at: int) -> None:
    answer = await posted(guarded, START, at=NOW + timedelta(seconds=at))

    assert answer.status_code == 201


async def test_the_idempotency_key_is_signed_too(guarded: Api) -> None:
    content = json.dumps(START).encode()
    headers = {
        "Antiphon-Signature": signature(content, idempotency_key="k-1"),
        "Idempotency-Key": "k-1",
    }

    answer = await guarded.http.post("/v1/contacts", content=content, headers=headers)

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "header",
    [
        "",
        "key=old",
        "key=old; at=now; mac=" + "0" * 64,
        "key=o\u00e9; at=1; mac=" + "0" * 64,
        "x" * 9_000,
    ],
)
def test_a_header_that_is_no_signature_is_refused(header: str) -> None:
    with pytest.raises(SignatureRefused, match="has to read"):
        check(header, {"old": OLD}, method="POST", path="/", idempotency_key="", body=b"", now=NOW)


async def test_a_tenant_without_keys_takes_unsigned_requests(postgres_url: str) -> None:
    async with make_api(postgres_url, now=lambda: NOW) as api:
        answer = await api.http.post("/v1/contacts", json=START)

    assert answer.status_code == 201


async def test_a_tenant_that_is_none_is_not_told_of_signatures(guarded: Api) -> None:
    answer = await guarded.http.post(
        "/v1/contacts", json=START, headers={"Host": "nobody.antiphon.example"}
    )

    assert (answer.status_code, answer.json()["code"]) == (404, "tenant_unknown")
