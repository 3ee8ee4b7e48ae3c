"""A summary over HTTP: asked for, read, put in other words, closed with a disposition."""

from typing import Any

from antiphon.errors import LogUnavailable
from antiphon.events.base import TenantName
from antiphon.events.privacy.protection import Protection
from antiphon.events.summary import DispositionChosen, SummaryEdited
from antiphon.projections import summary

from ..builders import contact, contact_started
from ..summary_builders import summary_written
from .world import Api
from .world import api as make_api

PATH = "/v1/contacts/c-1/summary"


async def read(api: Api) -> Any:
    await api.world.project(summary.PROJECTION)
    return await api.http.get(PATH)


async def test_a_summary_is_told_with_its_utterances(api: Api) -> None:
    await api.tell(contact_started(), summary_written())

    answer = await read(api)

    assert answer.status_code == 200
    told = answer.json()
    assert told["sentences"] == [
        {"text": "Customer: my roof leaks", "utterance_ids": ["from_customer-1"]},
        {
            "text": "Agent: I will call you back by Friday",
            "utterance_ids": ["to_customer-2"],
        },
    ]
    assert told["generator"] == "extractive-1"
    assert told["fields"]["reason"] == told["sentences"][0]
    assert told["fields"]["follow_ups"][0]["due"] == "by Friday"


async def test_before_there_is_one_that_is_said_and_so_is_that_there_is_no_contact(
    api: Api,
) -> None:
    await api.tell(contact_started(), contact=contact("c-2"))
    absent = await read(api)
    await api.tell(contact_started())
    early = await read(api)

    assert [(one.status_code, one.json()["code"]) for one in (absent, early)] == [
        (404, "contact_unknown"),
        (409, "summary_unwritten"),
    ]


async def test_one_so_far_is_asked_for_once_until_it_is_there(api: Api) -> None:
    await api.tell(contact_started())

    answers = [await api.http.post(PATH) for _ in range(2)]

    assert [one.status_code for one in answers] == [202, 200]
    facts = await api.facts()
    assert [fact.event.TYPE for fact in facts] == ["contact_started", "summary_requested"]


async def test_the_agents_words_and_disposition_stand_beside_what_was_written(api: Api) -> None:
    await api.tell(contact_started(), summary_written())
    edit = {"text": "Roof leaks.", "agent_id": "ada"}
    chosen = {"code": "claim_opened", "note": "storm", "agent_id": "ada"}

    answers = [
        await api.http.put(f"{PATH}/edit", json=edit),
        await api.http.put(f"{PATH}/edit", json=edit),
        await api.http.put("/v1/contacts/c-1/disposition", json=chosen),
    ]

    assert [one.status_code for one in answers] == [202, 200, 202]
    told = (await read(api)).json()
    assert (told["edited"]["text"], told["edited"]["agent_id"]) == ("Roof leaks.", "ada")
    assert (told["disposition"]["code"], told["disposition"]["note"]) == ("claim_opened", "storm")
    assert told["sentences"][0]["text"] == "Customer: my roof leaks"


async def test_what_is_malformed_is_named_and_not_recorded(api: Api) -> None:
    await api.tell(contact_started(), summary_written())
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("summary/edit", {}, "text"),
        ("summary/edit", {"text": ""}, "text"),
        ("summary/edit", {"text": "a\x00b"}, "text"),
        ("summary/edit", {"text": "x", "agent_id": "a b"}, "agent_id"),
        ("disposition", {"code": "two words"}, "code"),
        ("disposition", {"code": "x", "note": 5}, "note"),
    ]

    answers = [await api.http.put(f"/v1/contacts/c-1/{path}", json=body) for path, body, _ in wrong]

    assert {one.status_code for one in answers} == {422}
    named = [[error["field"] for error in one.json()["errors"]] for one in answers]
    assert named == [[field] for _, _, field in wrong]
    assert len(await api.facts()) == 2


async def test_an_edit_of_nothing_is_refused(api: Api) -> None:
    await api.tell(contact_started())

    answer = await api.http.put(f"{PATH}/edit", json={"text": "x"})

    assert (answer.status_code, answer.json()["code"]) == (409, "summary_unwritten")


PROBE = "ssn 123-45-6789, PIN is 4821, anna.brown@example.com, phone 555 123 4567"


async def test_what_is_personal_in_the_agents_words_is_neither_kept_nor_told(api: Api) -> None:
    await api.tell(contact_started(), summary_written())
    edit, chosen = {"text": PROBE}, {"code": "claim_opened", "note": PROBE}
    once = {"Idempotency-Key": "k-1"}

    answers = [
        await api.http.put(path, json=body, headers=once)
        for path, body in 2 * [(f"{PATH}/edit", edit), ("/v1/contacts/c-1/disposition", chosen)]
    ]

    assert [one.status_code for one in answers] == [202, 202, 200, 200]
    kept = "ssn [national-id], PIN is [pin], [email-address], phone [phone-number]"
    *_, edited, closed = [fact.event for fact in await api.facts()]
    assert isinstance(edited, SummaryEdited)
    assert edited.text.reveal() == kept
    assert isinstance(closed, DispositionChosen)
    assert closed.note is not None
    assert closed.note.reveal() == kept
    told = (await read(api)).json()
    assert (told["edited"]["text"], told["disposition"]["note"]) == (kept, kept)


async def test_a_tenants_own_policy_says_what_stays(postgres_url: str) -> None:
    asked: list[TenantName] = []

    async def phones_stay(tenant: TenantName) -> Protection:
        asked.append(tenant)
        return Protection(version="1", shown_in={"phone_number": ("summary",)})

    async with make_api(postgres_url, protection=phones_stay) as api:
        await api.tell(contact_started(), summary_written())
        await api.http.put(f"{PATH}/edit", json={"text": PROBE})

        told = (await read(api)).json()["edited"]["text"]

    assert told == "ssn [national-id], PIN is [pin], [email-address], phone 555 123 4567"
    assert asked == ["demo"]


async def test_where_nobody_knows_the_policy_nothing_is_kept(postgres_url: str) -> None:
    async def unknown(_: TenantName) -> Protection:
        raise LogUnavailable("the register")

    async with make_api(postgres_url, protection=unknown) as api:
        await api.tell(contact_started(), summary_written())

        answer = await api.http.put(f"{PATH}/edit", json={"text": PROBE})

        assert answer.status_code == 503
        assert len(await api.facts()) == 2
