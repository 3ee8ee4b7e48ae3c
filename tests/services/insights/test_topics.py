"""What a contact was about: by phrases, by meaning where there is an embedder, honestly without."""

from typing import Any

import pytest
from antiphon.commands.topics import (
    TEXTS_MAX,
    PublishTopics,
    TopicLists,
    decide,
    version_of,
)
from antiphon.errors import Malformed
from antiphon.events.base import TenantName
from antiphon.events.register import Register
from antiphon.events.subjects import configuration_stream
from antiphon.events.topics import TopicsPublished
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog
from antiphon.services.insights.topic_file import built_in_topics, read_topics
from antiphon.services.insights.topics import PHRASES_BY, Found, Topics

from ...builders import NOON
from ...insight_builders import topic, topics_published
from .call import AGENT, CUSTOMER, SYSTEM, Meaning, said

TENANT = TenantName("demo")
LIST = topics_published(
    topics=(
        topic(),
        topic(name="fault", title="Fault", phrases=("not working",), examples=("it is broken",)),
    )
)


def names(found: Found) -> list[str]:
    return [one.topic for one in found.topics]


async def test_a_phrase_anybody_says_is_a_sign_and_several_are_a_surer_one() -> None:
    utterances = [
        said(CUSTOMER, 0, 1, "I want my money   back"),
        said(AGENT, 2, 3, "The refund, well, the refund"),
        said(CUSTOMER, 4, 5, "It is not working"),
        said(SYSTEM, 6, 7, "For a refund press one"),
    ]

    found = await Topics().find(utterances, LIST)

    refund, fault = found.topics
    assert (refund.topic, refund.by, refund.score) == ("refund", "phrase", 0.875)
    assert refund.utterance_ids == ("customer-0", "agent-2")
    assert (fault.topic, fault.score) == ("fault", 0.5)
    assert (found.by, found.fell_back) == (PHRASES_BY, None)


@pytest.mark.parametrize(
    "text", ["refunds-free zone is no refundable", "the money, my back hurts", ""]
)
async def test_part_of_a_word_or_of_a_phrase_is_no_sign(text: str) -> None:
    assert names(await Topics().find([said(CUSTOMER, 0, 1, text or "hm")], LIST)) == []


async def test_meaning_finds_what_no_phrase_says() -> None:
    utterances = [said(CUSTOMER, 0, 1, "the thing you sold me is broken")]

    found = await Topics(Meaning()).find(utterances, LIST)

    assert [(one.topic, one.by) for one in found.topics] == [("fault", "meaning")]
    assert found.by == f"{PHRASES_BY} two-ways/1"


async def test_the_agents_words_and_short_ones_are_not_asked_about() -> None:
    meaning = Meaning()
    utterances = [
        said(AGENT, 0, 1, "is the thing we sold you broken"),
        said(CUSTOMER, 2, 3, "yes broken"),
    ]

    found = await Topics(meaning).find(utterances, LIST)

    assert (names(found), meaning.asked) == ([], [])


async def test_the_examples_of_a_list_are_embedded_once() -> None:
    meaning = Meaning()
    topics = Topics(meaning)
    for _ in range(2):
        await topics.find([said(CUSTOMER, 0, 1, "the thing you sold me is broken")], LIST)

    assert meaning.asked.count(["it is broken"]) == 1


async def test_where_the_embedder_fails_phrases_tell_and_it_is_said() -> None:
    utterances = [said(CUSTOMER, 0, 1, "I want a refund, the thing is broken")]

    found = await Topics(Meaning(fails="late")).find(utterances, LIST)

    assert (names(found), found.by, found.fell_back) == (["refund"], PHRASES_BY, "late")


def test_the_built_in_list_holds_and_says_which_it_is() -> None:
    told = built_in_topics()

    assert told.version.startswith("built-in-")
    assert all(one.phrases and one.examples for one in told.topics)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("topics = 3", "file"),
        ("[[topics]", "file"),
        ('[[topics]]\nname = "a"\ntitle = "A"\nphrase = ["x"]', "file"),
        ('[[topics]]\nname = "Big Name"\ntitle = "A"\nphrases = ["x"]', "topics[1].name"),
        ('[[topics]]\nname = "a"\ntitle = " "\nphrases = ["x"]', "topics[1].title"),
        ('[[topics]]\nname = "a"\ntitle = "A"', "topics[1]"),
        ('[[topics]]\nname = "a"\ntitle = "A"\nphrases = ["?"]', "topics[1].phrases"),
        ('[[topics]]\nname = "a"\ntitle = "A"\nphrases = ["x"]\n' * 2, "topics"),
        (f'products = ["{"x" * 201}"]', "products"),
    ],
)
def test_a_list_that_cannot_hold_is_refused_by_the_field(text: str, field: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_topics(text)

    assert refused.value.field == field


def test_the_same_list_is_published_once() -> None:
    command = PublishTopics(topics=(topic(),))
    published = decide(None, command)
    assert published is not None

    again = decide(published, command)

    assert again is None
    assert decide(published, PublishTopics(topics=(topic(title="Money back"),))) is not None


def test_too_many_phrases_are_refused() -> None:
    much = topic(phrases=tuple(f"phrase {number}" for number in range(TEXTS_MAX + 1)))

    with pytest.raises(Malformed, match="the most"):
        decide(None, PublishTopics(topics=(much,)))


async def test_what_was_published_last_holds_and_a_repeat_adds_nothing() -> None:
    log = MemoryLog()
    await log.create(configuration_stream(TENANT))
    register = Register(log, MemoryKeys())
    lists = TopicLists(register, now=lambda: NOON)
    asked: dict[str, Any] = {"actor": "machine"}
    assert await lists.current(TENANT) is None

    first = PublishTopics(topics=(topic(),))
    await lists.publish(TENANT, first, command_id="c-1", **asked)
    second = PublishTopics(topics=LIST.topics, products=("Fibre 500",))
    await lists.publish(TENANT, second, command_id="c-2", **asked)
    repeated = await lists.publish(TENANT, first, command_id="c-1", **asked)

    assert repeated.repeated
    current = await lists.current(TENANT)
    assert current is not None
    assert current.version == version_of(second.topics, second.products)
    assert [type(fact.event) async for fact in register.read(TENANT)] == [TopicsPublished] * 2
