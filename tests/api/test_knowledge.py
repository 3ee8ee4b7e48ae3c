"""Articles over HTTP, questions to them, and the questions that none of them answered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from antiphon.events.base import AgentId, TenantName
from antiphon.events.knowledge import KnowledgeAsked
from antiphon.events.privacy.protection import Protection
from antiphon.projections import redaction, unanswered

from ..builders import agent_connected, contact_ended, contact_started, transcript_completed
from ..redaction_builders import redaction_applied, redaction_verified
from .answering import ARTICLE, FEE, Answering, answering_api


@pytest_asyncio.fixture
async def answering(postgres_url: str) -> AsyncIterator[Answering]:
    async with answering_api(postgres_url) as made:
        yield made


async def test_an_article_is_published_found_changed_and_withdrawn(answering: Answering) -> None:
    first = await answering.publish(tags=["billing"])
    again = await answering.publish(tags=["billing"])
    changed = await answering.publish(tags=["billing"], title="Late payment fee")
    await answering.until_found(changed["position"])

    assert (first["version"], first["repeated"]) == (1, False)
    assert (again["version"], again["repeated"]) == (1, True)
    assert changed["version"] == 2
    shown = (await answering.http.get("/v1/articles/kb%2Flate.fee")).json()
    assert (shown["id"], shown["version"], shown["body"]) == ("kb/late.fee", 2, FEE)
    listed = (await answering.http.get("/v1/articles")).json()
    assert [one["title"] for one in listed["articles"]] == ["Late payment fee"]
    assert listed["next"] is None

    gone = await answering.http.delete("/v1/articles/kb%2Flate.fee")
    await answering.until_found(gone.json()["position"])

    assert (await answering.http.get("/v1/articles/kb%2Flate.fee")).status_code == 404
    assert (await answering.ask("is there a late fee past the due date"))["answer"] is None


async def test_articles_are_listed_in_pages(answering: Answering) -> None:
    published = [
        await answering.publish(id=f"a-{n}", body=f"{FEE} In region {n}.") for n in range(3)
    ]
    await answering.until_found(published[-1]["position"])

    page = (await answering.http.get("/v1/articles", params={"limit": 2})).json()
    rest = (await answering.http.get("/v1/articles", params={"after": page["next"]})).json()

    assert [one["id"] for one in page["articles"]] == ["a-0", "a-1"]
    assert [one["id"] for one in rest["articles"]] == ["a-2"]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"title": None}, "title"),
    ({"body": ""}, "body"),
    ({"id": "a\nb"}, "id"),
    ({"language": "not a language"}, "language"),
    ({"readers": "all"}, "readers"),
    ({"url": "javascript:alert(1)"}, "url"),
)


async def test_what_is_no_article_is_refused_by_its_field(answering: Answering) -> None:
    for given, field in WRONG:
        answer = await answering.http.post("/v1/articles", json=ARTICLE | given)

        assert answer.status_code == 422, field
        assert field in answer.json()["detail"]


async def test_what_never_was_there_cannot_be_withdrawn(answering: Answering) -> None:
    assert (await answering.http.delete("/v1/articles/nothing")).status_code == 404


async def test_an_answer_is_quoted_and_its_citation_can_be_checked(answering: Answering) -> None:
    await answering.until_found((await answering.publish())["position"])

    told = await answering.ask("is there a late fee past the due date")

    first = told["citations"][0]
    assert told["answer"] == first["quote"] == FEE[first["starts"] : first["ends"]]
    assert (first["article_id"], first["article_version"]) == ("kb/late.fee", 1)
    assert first["score"] > 0
    assert (told["generator"], told["refusal"], told["position"]) == ("quote-1", None, None)


async def test_what_no_article_answers_is_null_and_cites_nothing(answering: Answering) -> None:
    await answering.until_found((await answering.publish())["position"])

    told = await answering.ask("which mushrooms grow under birches")

    assert (told["answer"], told["citations"], told["refusal"]) == (None, [], "no_article")


async def test_with_a_contact_it_becomes_part_of_its_history_once(answering: Answering) -> None:
    await answering.api.tell(contact_started())
    body = {"question": "late fee, my card is 4111 1111 1111 1111", "contact_id": "c-1"}
    headers = {"Idempotency-Key": "k-1"}

    first, again = [
        (await answering.http.post("/v1/knowledge/ask", json=body, headers=headers)).json()
        for _ in range(2)
    ]

    (asked,) = [one for one in await answering.api.facts() if isinstance(one.event, KnowledgeAsked)]
    assert first["position"] == again["position"] == asked.position
    assert "4111" not in asked.event.question.reveal()
    assert asked.lane == "life"
    assert asked.event.refusal == "no_article"


async def test_what_is_personal_in_a_question_is_neither_asked_nor_kept(
    answering: Answering,
) -> None:
    question = "may I tell anna.brown@example.com, PIN is 4821, about mushrooms"
    kept = "may I tell [email-address], PIN is [pin], about mushrooms"
    await answering.api.tell(contact_started())
    await answering.until_found((await answering.publish())["position"])

    await answering.ask(question, contact_id="c-1")
    await answering.ask(question)

    (asked,) = [one for one in await answering.api.facts() if isinstance(one.event, KnowledgeAsked)]
    assert asked.event.question.reveal() == kept
    assert answering.embedder.texts[-2:] == [kept, kept]
    await answering.api.world.project(unanswered.PROJECTION)
    async with answering.api.world.pool.acquire() as connection:
        listed = await unanswered.unanswered(connection, before=None, questions_max=10)
    assert [one.question for one in listed] == [kept]


async def test_what_models_may_be_shown_may_be_asked(postgres_url: str) -> None:
    async def names_for_models(_: TenantName) -> Protection:
        return Protection(
            version="1", shown_in={"person_name": ("models",), "pin": ("summary", "transcript")}
        )

    async with answering_api(postgres_url, protection=names_for_models) as answering:
        await answering.until_found((await answering.publish())["position"])
        await answering.ask("may Anna Brown, PIN 4821, leave")

    assert answering.embedder.texts[-1:] == ["may Anna Brown, PIN [pin], leave"]


async def test_a_contact_that_never_started_has_no_history(answering: Answering) -> None:
    answer = await answering.http.post(
        "/v1/knowledge/ask", json={"question": "late fee", "contact_id": "c-404"}
    )

    assert answer.status_code == 404
    assert answer.json()["code"] == "contact_unknown"


async def test_what_an_agents_group_may_read_is_told_to_that_agent_alone(
    answering: Answering,
) -> None:
    await answering.api.tell(contact_started(), agent_connected(agent_id=AgentId("a-1")))
    published = await answering.publish(readers=["retention"])
    await answering.until_found(published["position"])
    question = "is there a late fee past the due date"

    stranger = await answering.ask(question)
    member = await answering.ask(question, contact_id="c-1")

    assert stranger["answer"] is None
    assert member["answer"] == FEE


async def test_what_is_no_question_is_refused(answering: Answering) -> None:
    for question in ("", "q" * 2_001, None, 7):
        answer = await answering.http.post("/v1/knowledge/ask", json={"question": question})

        assert answer.status_code == 422
        assert "question" in answer.json()["detail"]


async def test_unanswered_questions_are_listed(answering: Answering) -> None:
    applied = redaction_applied(heard_upto=100, audio=None, reason="not_recorded")
    api = answering.api
    await api.tell(contact_started(), contact_ended(), transcript_completed())
    await answering.ask("which mushrooms grow under birches", contact_id="c-1")
    await api.tell(applied, redaction_verified(attempt=1))
    await api.world.project(unanswered.PROJECTION, redaction.PROJECTION)

    answer = await answering.http.get("/v1/knowledge/unanswered")

    (one,) = answer.json()["questions"]
    assert one["question"] == "which mushrooms grow under birches"
    assert (one["asked_by"], one["reason"], one["contact_id"]) == ("agent", "no_article", "c-1")


async def test_articles_that_cannot_be_looked_at_are_a_fault_of_ours(
    answering: Answering,
) -> None:
    await answering.api.world.pool.execute("DROP SCHEMA article_shelf CASCADE")

    answer = await answering.http.post("/v1/knowledge/ask", json={"question": "late fee"})

    assert answer.status_code == 503
    assert answer.json()["code"] == "store_unavailable"
