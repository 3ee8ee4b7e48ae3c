"""The service answers what a customer asks, once, and says when no article does."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from antiphon.events.base import AgentId, Position, Recorded, UtteranceId
from antiphon.events.knowledge import AnswerFound, AnswerRefused, QuestionHeard
from antiphon.events.live import UtterancePartial
from antiphon.services.knowledge.answering import Answerer
from antiphon.services.knowledge.service import Knowledge
from msgspec.structs import replace

from ...builders import (
    CONTACT,
    agent_connected,
    contact_started,
    transcript_completed,
    utterance_partial,
)
from ...knowledge_builders import knowledge_asked
from ...waiting import until
from .memory_shelf import entry, filled
from .scene import Scene

ARTICLES = (
    entry("late-fee", "Late fee", "Payments past the due date incur a late fee of nine dollars."),
    entry("roaming", "Roaming abroad", "Travel passes for roaming abroad cost ten dollars a day."),
    entry("porting", "Port a number", "Porting a number takes up to three days."),
    entry("secret", "Retention offer", "The retention offer is twenty.", readers=("retention",)),
)
FEE = "why is there a late fee past the due date"
ROAMING = "what do travel passes for roaming abroad cost"
NOTHING = "which mushrooms grow under birches"


@pytest.fixture
async def scene() -> Scene:
    scene = Scene()
    await scene.stage.created()
    await filled(scene.shelf, scene.embedder, *ARTICLES)
    await scene.stage.tell(contact_started())
    return scene


def types(facts: list[Recorded]) -> list[str]:
    return [fact.event.TYPE for fact in facts]


async def test_a_question_is_recorded_with_its_answer_and_what_was_heard(scene: Scene) -> None:
    await scene.say(FEE, 1)

    question, answer = await scene.heard_out()

    assert isinstance(question.event, QuestionHeard)
    assert isinstance(answer.event, AnswerFound)
    assert question.event.question.reveal() == FEE
    assert question.event.heard.utterance_id == "from_customer-1"
    assert question.event.heard.revision is None
    assert answer.event.question_id == question.event.question_id
    assert answer.event.answer.reveal() == ARTICLES[0].body
    assert answer.event.citations[0].article_id == "late-fee"
    assert answer.causation == question.cause
    assert question.causation is not None


async def test_what_no_article_answers_is_recorded_as_refused(scene: Scene) -> None:
    await scene.say(NOTHING, 1)

    _, refused = await scene.heard_out()

    assert isinstance(refused.event, AnswerRefused)
    assert refused.event.reason == "no_article"
    assert refused.event.question.reveal() == NOTHING


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("okay thank you", "from_customer"),
        ("my cat has died in the mushrooms", "from_customer"),
        (FEE, "to_customer"),
    ],
    ids=["courtesy", "a need that nothing answers", "the agent"],
)
async def test_of_anything_else_nothing_is_recorded(scene: Scene, text: str, track: str) -> None:
    await scene.say(text, 1, track)

    assert await scene.heard_out() == []


async def test_the_same_question_again_is_not_asked_again(scene: Scene) -> None:
    await scene.say(FEE, 1)
    await scene.say(f"so {FEE}", 2)

    assert types(await scene.heard_out()) == ["question_heard", "answer_found"]


async def test_an_article_is_not_put_on_the_desk_twice_in_a_row(scene: Scene) -> None:
    await scene.say(FEE, 1)
    await scene.say("how many dollars is the fee for payments past their date", 2)
    await scene.say(ROAMING, 3)

    facts = await scene.heard_out()

    answers = [one.event for one in facts if isinstance(one.event, AnswerFound)]
    assert [one.citations[0].article_id for one in answers] == ["late-fee", "roaming"]


async def test_what_the_agent_asked_is_not_shown_once_more(scene: Scene) -> None:
    await scene.stage.tell(knowledge_asked(), at=datetime.now(UTC))
    await scene.say(FEE, 1)

    assert types(await scene.heard_out()) == []


async def test_a_short_question_leans_on_what_was_said_before(scene: Scene) -> None:
    await scene.say("i would like porting of a number to you", 1)
    await scene.say("how long does that take", 2)

    facts = await scene.heard_out()

    questions = [one.event for one in facts if isinstance(one.event, QuestionHeard)]
    assert questions[-1].query.reveal().startswith("i would like porting of a number")


def partial(text: str, number: int, *, revision: int = 1, **given: Any) -> UtterancePartial:
    utterance_id = UtteranceId(f"from_customer-{number}")
    return utterance_partial(text, utterance_id=utterance_id, revision=revision, **given)


async def test_a_stable_partial_is_answered_and_its_final_says_no_more(scene: Scene) -> None:
    async with scene.caring():
        await scene.until(2, hearing=partial(FEE, 1, revision=3))
        await scene.say(FEE, 1)
        await scene.say(ROAMING, 2)
        facts = await scene.until(4)

    heard = [one.event.heard for one in facts if isinstance(one.event, QuestionHeard)]
    assert [(one.utterance_id, one.revision) for one in heard] == [
        ("from_customer-1", 3),
        ("from_customer-2", None),
    ]
    assert facts[0].causation is None


async def test_a_final_that_asks_something_else_supersedes_the_partials_answer(
    scene: Scene,
) -> None:
    async with scene.caring():
        await scene.until(2, hearing=partial(FEE, 1))
        await scene.say(f"{ROAMING} in the mountains and by the sea", 1)
        facts = await scene.until(4)

    first, second = [one.event for one in facts if isinstance(one.event, AnswerFound)]
    assert second.supersedes == first.question_id
    assert second.citations[0].article_id == "roaming"


async def test_words_that_may_still_change_are_not_asked(scene: Scene) -> None:
    async with scene.caring():
        await scene.until(2, hearing=partial(ROAMING, 1))  # it listens
        await scene.live.publish(CONTACT, partial(FEE, 2, stable_words=3))
        await scene.say("how long does porting a number take", 3)
        facts = await scene.until(4)

    asked = [one.event for one in facts if isinstance(one.event, QuestionHeard)]
    assert [one.heard.utterance_id for one in asked] == ["from_customer-1", "from_customer-3"]


CAT = "my cat has died in the mushrooms"


async def test_a_need_that_nothing_answers_is_searched_for_once_a_while(scene: Scene) -> None:
    scene.embedder.texts.clear()
    for number, words in enumerate([CAT, f"so {CAT}", FEE, CAT], start=1):
        await scene.say(words, number)

    facts = await scene.heard_out()

    assert [text for text in scene.embedder.texts if CAT in text] == [CAT]
    assert types(facts) == ["question_heard", "answer_found"]


async def test_a_question_is_refused_once_for_its_partial_and_its_final(scene: Scene) -> None:
    async with scene.caring():
        await scene.until(2, hearing=partial(FEE, 1))  # it listens
        scene.embedder.texts.clear()
        await scene.live.publish(CONTACT, partial(NOTHING, 2))
        await until(lambda: _is_asked(scene, NOTHING))
        await scene.say(NOTHING, 2)
        facts = await scene.until(4)

    assert scene.embedder.texts.count(NOTHING) == 1
    assert isinstance(facts[-1].event, AnswerRefused)


async def _is_asked(scene: Scene, text: str) -> bool:
    return text in scene.embedder.texts


async def test_a_tenant_without_articles_pays_for_no_vectors() -> None:
    scene = Scene()
    await scene.stage.created()
    await filled(scene.shelf, scene.embedder)
    await scene.stage.tell(contact_started())
    await scene.say(FEE, 1)

    _, refused = await scene.heard_out()

    assert scene.embedder.texts == []
    assert isinstance(refused.event, AnswerRefused)
    assert refused.event.reason == "no_article"


async def test_what_is_published_in_the_middle_of_a_call_is_found() -> None:
    scene = Scene()
    await scene.stage.created()
    await filled(scene.shelf, scene.embedder)
    await scene.stage.tell(contact_started())
    async with scene.caring():
        await scene.say(NOTHING, 1)
        await scene.until(2)
        await filled(scene.shelf, scene.embedder, *ARTICLES)
        assert scene.shelf.state is not None
        scene.shelf.state = replace(scene.shelf.state, position=Position(10))
        await scene.say(FEE, 2)
        facts = await scene.until(4)

    assert isinstance(facts[-1].event, AnswerFound)


async def test_an_agents_groups_decide_what_is_quoted(scene: Scene) -> None:
    question = "what is the retention offer"
    await scene.say(question, 1)
    stranger = await scene.heard_out()

    other = Scene()
    await other.stage.created()
    await filled(other.shelf, other.embedder, *ARTICLES)
    await other.stage.tell(contact_started(), agent_connected(agent_id=AgentId("a-1")))
    await other.say(question, 1)
    member = await other.heard_out()

    assert [one.event.TYPE for one in stranger] == ["question_heard", "answer_refused"]
    answer = member[-1].event
    assert isinstance(answer, AnswerFound)
    assert answer.citations[0].article_id == "secret"


async def test_articles_that_cannot_be_looked_at_are_no_reason_to_fail(scene: Scene) -> None:
    scene.shelf.fails = True
    await scene.say(FEE, 1)

    _, refused = await scene.heard_out()

    assert isinstance(refused.event, AnswerRefused)
    assert refused.event.reason == "unavailable"


@pytest.mark.parametrize("stores_first", [False, True], ids=["before it is stored", "after it"])
@pytest.mark.parametrize("at", [1, 2], ids=["question", "answer"])
async def test_killed_at_any_append_it_records_the_same_once(
    scene: Scene, *, at: int, stores_first: bool
) -> None:
    scene.stage.log.crash_at, scene.stage.log.stores_first = at, stores_first
    await scene.say(FEE, 1)
    await scene.stage.tell(transcript_completed())
    inbox = await scene.stage.inbox()
    with pytest.raises(Exception, match="asked to"):
        await scene.service.care(CONTACT, inbox)

    async with asyncio.timeout(10):
        await scene.service.care(CONTACT, await scene.stage.inbox())

    facts = await scene.stage.facts()
    assert types(facts) == ["question_heard", "answer_found"]
    assert facts[0].event.question_id == facts[1].event.question_id  # type: ignore[attr-defined]


async def test_what_was_asked_long_ago_is_not_answered_now(scene: Scene) -> None:
    late = Knowledge(
        scene.stage.journal,
        scene.live,
        Answerer(scene.shelf, embedder=scene.embedder, models=None),
        now=lambda: datetime(2100, 1, 1, tzinfo=UTC),
    )
    await scene.say(FEE, 1)
    await scene.stage.tell(transcript_completed())

    await late.care(CONTACT, await scene.stage.inbox())

    assert await scene.stage.facts() == []
