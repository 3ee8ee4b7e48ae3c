"""An article is published in versions, and withdrawn; a repeat changes nothing."""

import asyncio
from typing import Any

import pytest
from antiphon.commands.article import (
    BODY_CHARS_MAX,
    Article,
    PublishArticle,
    WithdrawArticle,
    decide,
    evolve,
    handle,
)
from antiphon.errors import ArticleUnknown, HistoryUnreadable, Malformed
from antiphon.events.article import KIND, ArticleWithdrawn, register_id_of
from antiphon.events.base import Event, EventId, Position, TenantName, Unreadable, is_id
from antiphon.events.register import Register, Registered
from antiphon.events.subjects import configuration_stream
from antiphon.infra.memory_keys import MemoryKeys
from antiphon.infra.memory_log import MemoryLog

from ..builders import NOON
from ..knowledge_builders import BODY, article_published, article_withdrawn

DEMO = TenantName("demo")
LATE_FEE = PublishArticle(
    article_id="late-fee",
    title="Late payment fee",
    body=BODY,
    tags=("billing",),
    source="articles.jsonl",
    url="https://help.example.com/late-fee",
)


def registered(event: Event, position: int = 1) -> Registered:
    return Registered(
        event=event,
        id=EventId("r-1"),
        position=Position(position),
        recorded_at=NOON,
        occurred_at=NOON,
        tenant=DEMO,
        kind=KIND,
        subject_id="late-fee",
        actor="machine",
        correlation="late-fee",
        causation=None,
    )


def after(*history: Event) -> Article:
    article = Article()
    for position, event in enumerate(history, 1):
        article = evolve(article, registered(event, position))
    return article


def changed(**given: Any) -> PublishArticle:
    return PublishArticle(
        **{**{n: getattr(LATE_FEE, n) for n in LATE_FEE.__struct_fields__}, **given}
    )


def test_a_new_article_is_its_first_version() -> None:
    assert decide(after(), LATE_FEE) == [article_published()]


def test_what_it_says_already_is_not_published_again() -> None:
    assert decide(after(article_published()), LATE_FEE) == []
    assert decide(after(article_published()), changed(tags=("billing", "billing"))) == []


@pytest.mark.parametrize(
    "given",
    [{"body": "Another fee."}, {"title": "Fees"}, {"readers": ("billing",)}, {"language": "de"}],
    ids=str,
)
def test_what_changed_is_the_next_version(given: dict[str, Any]) -> None:
    assert decide(after(article_published()), changed(**given)) == [
        article_published(article_version=2, **given)
    ]


def test_a_withdrawn_article_is_withdrawn_once_and_may_come_back() -> None:
    gone = after(article_published(), article_withdrawn())

    assert decide(after(article_published()), WithdrawArticle(article_id="late-fee")) == [
        ArticleWithdrawn(article_id="late-fee", article_version=1)
    ]
    assert decide(gone, WithdrawArticle(article_id="late-fee")) == []
    assert decide(gone, LATE_FEE) == [article_published(article_version=2)]


def test_what_never_was_there_cannot_be_withdrawn() -> None:
    with pytest.raises(ArticleUnknown):
        decide(after(), WithdrawArticle(article_id="late-fee"))


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "t" * 501}, "title"),
        ({"body": "\n"}, "body"),
        ({"body": "b" * (BODY_CHARS_MAX + 1)}, "body"),
        ({"body": "nothing\x00"}, "body"),
        ({"body": "half \ud800"}, "body"),
        ({"tags": ("t",) * 101}, "tags"),
        ({"readers": ("",)}, "readers"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"source": "s" * 2_001}, "source"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_can_be_no_article_names_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as refused:
        decide(after(), changed(**given))

    assert refused.value.field == field


def test_nobody_decides_on_half_of_an_articles_facts() -> None:
    with pytest.raises(HistoryUnreadable):
        after(Unreadable(type="article_merged", version=1, problem="unknown_type"))


@pytest.mark.parametrize("id_", ["kb/12.3", "über uns", "x-0123", "a" * 200])
def test_ids_of_other_systems_get_one_of_their_own_in_the_register(id_: str) -> None:
    assert is_id(register_id_of(id_))
    assert register_id_of(id_) != id_
    assert register_id_of(id_) == register_id_of(id_)
    assert register_id_of("late-fee") == "late-fee"


async def register_() -> Register:
    log = MemoryLog(idle_s=0.05)
    await log.create(configuration_stream(DEMO))
    return Register(log, MemoryKeys())


async def test_two_imports_at_once_publish_one_version() -> None:
    register = await register_()

    outcomes = await asyncio.gather(
        *(
            handle(LATE_FEE, tenant=DEMO, register=register, actor="machine", now=lambda: NOON)
            for _ in range(5)
        )
    )

    facts = [fact.event async for fact in register.read(DEMO, kind=KIND)]
    assert facts == [article_published()]
    assert {one.version for one in outcomes} == {1}
    assert len({one.position for one in outcomes}) == 1


async def test_an_id_is_printable_and_short() -> None:
    register = await register_()

    for id_ in ("", "a\nb", "a" * 257):
        with pytest.raises(Malformed):
            await handle(
                changed(article_id=id_),
                tenant=DEMO,
                register=register,
                actor="machine",
                now=lambda: NOON,
            )
