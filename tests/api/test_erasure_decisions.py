"""Two persons decide about an erasure: who may, when, and what a hold says to it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from antiphon.commands.erasure import APPROVAL_WITHIN
from antiphon.commands.erasure_receipt import verified
from antiphon.events.base import ContactId
from antiphon.infra.archive_key import Ed25519Signer

from .erasing import NUMBER, Erasing, call_of, erasing_over


@pytest_asyncio.fixture
async def erasing(postgres_url: str) -> AsyncIterator[Erasing]:
    async with erasing_over(postgres_url) as made:
        yield made


async def test_one_asks_another_agrees_and_a_receipt_is_given(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")

    asked = await erasing.ask(contact_id="c-1")
    words = (await erasing.http.get("/v1/contacts/c-1/events")).text
    early = await erasing.http.get(f"/v1/erasures/{asked.json()['erasure_id']}/receipt")
    done = await erasing.decide(asked, "approve")
    path = f"/v1/erasures/{asked.json()['erasure_id']}"
    again = await erasing.http.post(f"{path}/approve", headers={"Antiphon-Actor": "cleo"})
    told = await erasing.http.get(path)
    receipt = await erasing.http.get(f"/v1/erasures/{asked.json()['erasure_id']}/receipt")

    assert (asked.status_code, asked.json()["state"]) == (201, "requested")
    assert "my roof leaks" in words
    assert (asked.json()["reason"], asked.json()["identity_proof"]) == (
        "asked for it",
        "ticket 4711",
    )
    assert (early.status_code, early.json()["code"]) == (409, "erasure_unfinished")
    assert (done.status_code, told.json()) == (200, done.json())
    assert (again.status_code, again.json()) == (200, done.json()), "without a body, too"
    assert done.json().items() >= {
        "state": "completed", "contact_ids": ["c-1"], "found_by": "contact_id",
        "reason": "[erased]", "requested_by": "person:ann", "approved_by": "person:bob",
        "identity_proof": "[erased]", "contacts_destroyed": 1, "has_receipt": True,
    }.items()  # fmt: skip
    public_key = Ed25519Signer(bytes(32)).public_key
    assert verified(receipt.content, public_key=public_key).contacts_destroyed == ("c-1",)
    assert "ticket" not in receipt.text


@pytest.mark.parametrize("who", ["ann", "ANN"])
async def test_nobody_decides_alone(erasing: Erasing, who: str) -> None:
    await call_of(erasing, "c-1")
    asked = await erasing.ask(contact_id="c-1")

    refused = [
        await erasing.decide(asked, "approve", who=who),
        await erasing.decide(asked, "refuse", who=who, reason="no"),
    ]

    for one in refused:
        assert (one.status_code, one.json()["code"]) == (409, "second_person_needed")
    assert "my roof leaks" in (await erasing.http.get("/v1/contacts/c-1/events")).text


async def test_who_says_not_who_they_are_neither_asks_nor_decides(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    asked = await erasing.ask(contact_id="c-1")

    nameless = await erasing.ask(contact_id="c-1", who=None)
    path = f"/v1/erasures/{asked.json()['erasure_id']}/approve"
    approval = await erasing.http.post(path, json={})

    for one in (nameless, approval):
        assert (one.status_code, one.json()["code"]) == (422, "malformed")
        assert one.json()["errors"][0]["field"] == "Antiphon-Actor"


@pytest.mark.parametrize(
    ("what", "who", "state"), [("refuse", "bob", "refused"), ("withdraw", "ann", "withdrawn")]
)
async def test_what_came_to_nothing_is_approved_no_more_and_may_be_asked_for_anew(
    erasing: Erasing, what: str, who: str, state: str
) -> None:
    await call_of(erasing, "c-1")
    asked = await erasing.ask(contact_id="c-1")

    closed = await erasing.decide(asked, what, who=who, reason="the wrong one")
    again = await erasing.decide(asked, what, who=who, reason="the wrong one")
    late = await erasing.decide(asked, "approve")
    anew = await erasing.ask(contact_id="c-1")

    assert (closed.status_code, closed.json()["state"]) == (200, state)
    assert again.json() == closed.json()
    assert (late.status_code, late.json()["code"]) == (409, "erasure_closed")
    assert (anew.status_code, anew.json()["state"]) == (201, "requested")
    assert anew.json()["erasure_id"] != asked.json()["erasure_id"]
    assert "my roof leaks" in (await erasing.http.get("/v1/contacts/c-1/events")).text


async def test_what_nobody_approved_in_time_is_approved_no_more(erasing: Erasing) -> None:
    await call_of(erasing, "c-1")
    asked = await erasing.ask(contact_id="c-1")

    erasing.now += APPROVAL_WITHIN
    late = await erasing.decide(asked, "approve")
    told = await erasing.http.get(f"/v1/erasures/{asked.json()['erasure_id']}")

    assert (late.status_code, late.json()["code"]) == (409, "erasure_closed")
    assert told.json()["state"] == "expired"


async def test_who_called_between_request_and_approval_goes_too_and_is_named(
    erasing: Erasing,
) -> None:
    await call_of(erasing, "c-1")
    await erasing.show()
    asked = await erasing.ask(customer_endpoint=NUMBER)
    await call_of(erasing, "c-2", "0049 30 901820")
    await call_of(erasing, "c-3", "+44 20 7946 0000")
    await erasing.show()

    told = await erasing.http.get(f"/v1/erasures/{asked.json()['erasure_id']}")
    done = await erasing.decide(asked, "approve")

    assert asked.json()["scope"]["contacts"] == 1
    assert told.json()["scope"]["contacts"] == 2
    assert done.json()["contact_ids"] == ["c-1", "c-2"]
    assert done.json()["added_contact_ids"] == ["c-2"]


async def test_what_is_held_stays_and_who_wanted_it_is_recorded(erasing: Erasing) -> None:
    for one in ("c-1", "c-2"):
        await call_of(erasing, one)
    await erasing.show()
    erasing.word.holds = {ContactId("c-2"): ("h-1",)}

    asked = await erasing.ask(customer_endpoint=NUMBER)
    whole = await erasing.decide(asked, "approve")
    part = await erasing.decide(asked, "approve", partial=True)
    anew = await erasing.ask(contact_id="c-2")
    none = await erasing.decide(anew, "approve", partial=True)

    held = [{"contact_id": "c-2", "hold_ids": ["h-1"]}]
    assert asked.json()["scope"]["held"] == held
    assert (whole.status_code, whole.json()["code"]) == (409, "under_hold")
    assert whole.json()["hold_ids"] == ["h-1"]
    assert (part.status_code, part.json()["state"]) == (200, "completed")
    assert (part.json()["held"], part.json()["contacts_destroyed"]) == (held, 1)
    assert (none.status_code, none.json()["code"]) == (409, "under_hold")
    assert erasing.word.told == [("erasure", "person:bob", {"c-2"})] * 3
    kept = (await erasing.http.get("/v1/contacts/c-2/events")).text
    assert "my roof leaks" in kept
    assert "my roof leaks" not in (await erasing.http.get("/v1/contacts/c-1/events")).text


async def test_what_a_hold_kept_is_erased_by_another_request_once_it_is_free(
    erasing: Erasing,
) -> None:
    for one in ("c-1", "c-2"):
        await call_of(erasing, one)
    await erasing.show()
    erasing.word.holds = {ContactId("c-2"): ("h-1",)}
    person = {"customer_endpoints": [NUMBER], "contact_ids": ["c-1"]}
    asked = await erasing.ask(person=person)
    await erasing.decide(asked, "approve", partial=True)
    await erasing.show()

    erasing.word.holds = {}
    again = await erasing.erase(person=person)

    assert (asked.json()["found_by"], asked.json()["contact_ids"]) == ("person", ["c-1", "c-2"])
    assert again.json()["erasure_id"] != asked.json()["erasure_id"]
    assert (again.status_code, again.json()["contacts_destroyed"]) == (200, 2)


async def test_erasures_are_listed_by_what_became_of_them(erasing: Erasing) -> None:
    for one in ("c-1", "c-2"):
        await call_of(erasing, one)
    done = await erasing.erase(contact_id="c-1")
    open_ = await erasing.ask(contact_id="c-2")

    every = await erasing.http.get("/v1/erasures")
    waiting = await erasing.http.get("/v1/erasures", params={"state": "requested"})
    few = await erasing.http.get("/v1/erasures", params={"limit": 1})
    refused = [
        await erasing.http.get("/v1/erasures", params=one)
        for one in ({"limit": 0}, {"state": "gone"})
    ]

    ids = [one.json()["erasure_id"] for one in (open_, done)]
    assert [one["erasure_id"] for one in every.json()] == ids
    assert [one["erasure_id"] for one in waiting.json()] == ids[:1]
    assert [one["erasure_id"] for one in few.json()] == ids[:1]
    assert [one.status_code for one in refused] == [422, 422]
