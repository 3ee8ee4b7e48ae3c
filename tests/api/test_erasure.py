"""Erasing over HTTP, and what pages that are open at that moment show."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from antiphon.projections.transcript_rows import ERASED

from ..builders import CONTACT, contact_started
from .erasing import NUMBER, Erasing, call_of, erasing_over
from .screen import CALL, Served
from .sse_client import listening


@pytest_asyncio.fixture
async def erasing(postgres_url: str) -> AsyncIterator[Erasing]:
    async with erasing_over(postgres_url) as made:
        yield made


async def test_readers_show_what_is_left(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    await erasing.show()

    await erasing.erase(contact_id="c-1")
    await erasing.show()

    transcript = (await erasing.http.get("/v1/contacts/c-1/transcript")).json()
    history = (await erasing.http.get("/v1/contacts/c-1/events")).text
    assert [line["text"] for line in transcript["lines"]] == [ERASED]
    assert "my roof leaks" not in history
    assert ERASED in history
    assert '"contact_erased"' in history


async def test_a_customer_is_erased_by_any_writing_of_the_number(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    await call_of(erasing, "c-2", "0049 30 901820")
    await call_of(erasing, "c-3", "+44 20 7946 0000")
    await erasing.show()

    answer = await erasing.erase(customer_endpoint="+4930901820")
    await erasing.show()
    again = await erasing.ask(customer_endpoint="+4930901820")

    assert answer.status_code == 200
    assert answer.json()["contact_ids"] == ["c-1", "c-2"]
    assert "901820" not in answer.text
    assert (again.status_code, again.json()["code"]) == (404, "customer_unknown")
    kept = (await erasing.http.get("/v1/contacts/c-3/events")).text
    assert "my roof leaks" in kept


async def test_whoever_calls_again_can_be_erased_again(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    await erasing.show()
    await erasing.erase(customer_endpoint=NUMBER)
    await call_of(erasing, "c-2")
    await erasing.show()

    answer = await erasing.erase(customer_endpoint=NUMBER)

    assert (answer.status_code, answer.json()["contact_ids"]) == (200, ["c-2"])


async def test_a_repeat_is_told_from_another_wish(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    await call_of(erasing, "c-2")
    await erasing.show()

    first = await erasing.ask(customer_endpoint=NUMBER, key="k-1")
    repeated = await erasing.ask(customer_endpoint=NUMBER, key="k-1")
    single = await erasing.ask(contact_id="c-1")
    single_again = await erasing.ask(contact_id="c-1", reason="another word for it")

    assert (first.status_code, repeated.status_code) == (201, 200)
    assert repeated.json() == first.json()
    assert (single.status_code, single_again.status_code) == (201, 200)
    assert single_again.json() == single.json()


async def test_a_key_that_asked_to_erase_others_asks_for_nothing(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    await call_of(erasing, "c-2")
    await erasing.show()
    await erasing.ask(contact_id="c-1", key="k-1")
    of_number = await erasing.ask(customer_endpoint=NUMBER, key="k-2")
    await call_of(erasing, "c-3")
    await erasing.show()

    others = [
        await erasing.ask(contact_id="c-2", key="k-1"),
        await erasing.ask(customer_endpoint=NUMBER, key="k-1"),
        await erasing.ask(contact_id="c-1", key="k-2"),
    ]
    called_again = await erasing.ask(customer_endpoint=NUMBER, key="k-2")

    told = [(one.status_code, one.json()["code"]) for one in others]
    assert told == [(409, "erasure_differs")] * 3
    assert called_again.status_code == 200
    assert called_again.json()["erasure_id"] == of_number.json()["erasure_id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"contact_id": "nobody"}, 404, "contact_unknown", id="no such contact"),
        pytest.param({}, 422, "malformed", id="nobody named"),
        pytest.param(
            {"contact_id": "c-1", "customer_endpoint": NUMBER}, 422, "malformed", id="both named"
        ),
        pytest.param({"contact_id": "a.b"}, 422, "malformed", id="no id"),
        pytest.param({"contact_id": "c-1", "reason": ""}, 422, "malformed", id="no reason"),
        pytest.param(
            {"contact_id": "c-1", "identity_proof": ""}, 422, "malformed", id="no proof of identity"
        ),
        pytest.param({"person": {}}, 404, "customer_unknown", id="a person without a contact"),
    ],
)
async def test_what_cannot_be_erased_is_refused(
    erasing: Erasing, body: dict[str, str], status: int, code: str
) -> None:
    await call_of(erasing, "c-1")

    answer = await erasing.ask(**body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_number_is_looked_up_only_when_the_index_shows_all(erasing: Erasing) -> None:
    await erasing.show()
    await call_of(erasing, "c-1")  # which the index does not know of

    answer = await erasing.ask(customer_endpoint=NUMBER)

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


async def test_there_is_no_receipt_of_what_nobody_asked_for(erasing: Erasing) -> None:
    answer = await erasing.http.get("/v1/erasures/er-9")

    assert (answer.status_code, answer.json()["code"]) == (404, "erasure_unknown")


async def test_an_open_page_is_shown_the_contact_without_its_words(served: Served) -> None:
    await served.show(contact_started(), *CALL[:2])
    erasing = Erasing(served.api)

    async with listening(served.contact()) as stream, erasing.http:
        before = await stream.until("snapshot")
        await erasing.erase(contact_id=CONTACT.contact_id)
        after = await stream.until("snapshot")
        told = await stream.until("contact_erased")

    assert [line["text"] for line in before.data["contact"]["lines"]] == ["my roof leaks"]
    assert [line["text"] for line in after.data["contact"]["lines"]] == [ERASED]
    assert after.data["contact"]["erased_at"] is not None
    assert told.data["contact_id"] == CONTACT.contact_id
