"""Articles over HTTP, questions to them, and the questions that none of them answered."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from antiphon.events.base import AgentId
from antiphon.events.knowledge import KnowledgeAsked
from antiphon.projections import unanswered

from ..builders import agent_connected, contact_started
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
    async with answering.api.world.running(unanswered.PROJECTION) as progress:
        await answering.api.tell(contact_started())
        told = await answering.ask("which mushrooms grow under birches", contact_id="c-1")
        await progress.until(told["position"])
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
