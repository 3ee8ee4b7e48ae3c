"""Whatever goes wrong is answered with a problem document that repeats nothing personal."""

from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest
from antiphon import errors
from antiphon.api.app import create_app
from antiphon.api.fields import problems_of
from antiphon.events.base import TenantName
from antiphon.events.journal import Journal
from antiphon.events.register import Register
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_live import MemoryLive
from antiphon.infra.memory_log import MemoryLog

from .world import Api, Registered

MEMBERS = {"type", "title", "status", "detail", "code"}


def assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= MEMBERS
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)


class NoDatabases:
    """Nobody gets as far as asking."""

    async def pool(self, tenant: TenantName) -> Any:
        pytest.fail("a database was asked for")


async def failing(error: Exception) -> httpx.Response:
    """Ask an API whose tenants cannot be asked."""

    class Broken(Registered):
        def exists(self, name: Any) -> bool:
            raise error

    app = create_app(
        journal=Journal(MemoryLog(), MemoryKeys()),
        register=Register(MemoryLog(), MemoryKeys()),
        databases=NoDatabases(),
        tenants=Broken(),
        live=MemoryLive(),
        loops=[],
        now=lambda: datetime.now(UTC),
    )
    asgi: Any = app  # the two frameworks write the protocol's types differently
    transport = httpx.ASGITransport(asgi, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        return await http.get("/v1/contacts/c-1/transcript")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.ContactUnknown("c-1"), 404),
        (errors.Malformed("field", "problem"), 422),
        (errors.ContactFinished("c-1"), 409),
        (errors.KeyDestroyed("k"), 409),
        (errors.EpochChanged("EV_DEMO", asked="a", current="b"), 409),
        (errors.StreamMoved("s", expected=1), 503),
        (errors.LogUnavailable("x"), 503),
        (errors.StoreUnavailable("x"), 503),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
async def test_the_error_tree_maps_to_answers(error: errors.AntiphonError, status: int) -> None:
    answer = await failing(error)

    assert_problem(answer, status, error.code)
    assert ("retry-after" in answer.headers) == (status == 503)


async def test_a_bug_is_answered_without_its_words() -> None:
    answer = await failing(RuntimeError("+49301234567 said something"))

    assert_problem(answer, 500, "internal_error")
    assert "+49301234567" not in answer.text


async def test_paths_and_methods_that_do_not_exist_are_problems_too(api: Api) -> None:
    assert_problem(await api.http.get("/nowhere"), 404, "no_such_path")
    assert_problem(await api.http.put("/v1/contacts"), 405, "method_not_allowed")
    assert_problem(await api.http.get("/desk/nothing.js"), 404, "no_such_path")


@pytest.mark.parametrize("contact_id", ["a.b", "*", "a%20b", "x" * 129, "a%0A"])
@pytest.mark.parametrize("read", ["transcript", "events", "stream"])
async def test_an_id_that_cannot_be_one_is_refused(api: Api, contact_id: str, read: str) -> None:
    answer = await api.http.get(f"/v1/contacts/{contact_id}/{read}")

    assert_problem(answer, 422, "malformed")
    assert answer.json()["errors"][0]["field"] == "contact_id"


async def test_what_was_sent_is_not_repeated(api: Api) -> None:
    secret = "+49 30 1234567 Ada Lovelace"
    body = {
        "contact_id": secret,
        "instance_arn": {secret: secret},
        "initiated_at": secret,
        "language": secret,
        "attributes": {secret: 5, "x": [secret]},
        "media": {"stream_arn": "a", "start_fragment_number": secret, "started_at": secret},
    }

    answer = await api.http.post("/v1/contacts", json=body)

    assert answer.status_code == 422
    assert secret not in answer.text
    assert "Lovelace" not in answer.text


class Inner(msgspec.Struct):
    number: int
    text: str | None = None


class Outer(msgspec.Struct):
    inner: Inner
    maybe: Inner | None = None


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ({"inner": {"number": 1}}, []),
        ({"inner": {"number": 1}, "maybe": None}, []),
        ({"inner": {}}, ["inner.number"]),
        ({"inner": {"number": "1", "text": 1}}, ["inner.number", "inner.text"]),
        ({"inner": {"number": 1}, "maybe": {"text": []}}, ["maybe.number", "maybe.text"]),
        ({"maybe": 5}, ["inner", "maybe"]),
        (7, ["body"]),
    ],
)
def test_every_field_is_found_at_any_depth(raw: Any, fields: list[str]) -> None:
    assert sorted(problem.field for problem in problems_of(raw, Outer)) == fields
