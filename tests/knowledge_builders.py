"""Sample events of lane `knowledge` and of articles; any field can be given by keyword."""

from collections.abc import Callable
from typing import Any

from antiphon.events import article, knowledge
from antiphon.events.base import Event, RegisterEvent, UtteranceId
from antiphon.events.guidance import Heard
from antiphon.events.sealed import Sealed

from .making import made

BODY = "Payments received more than 10 days past the due date incur a 9 dollar fee."
QUESTION = knowledge.QuestionId("q-1")


def article_published(**given: Any) -> article.ArticlePublished:
    return made(
        article.ArticlePublished,
        given,
        article_id="late-fee",
        article_version=1,
        title="Late payment fee",
        body=BODY,
        language="en",
        tags=("billing",),
        readers=(),
        source="articles.jsonl",
        url="https://help.example.com/late-fee",
    )


def article_withdrawn(**given: Any) -> article.ArticleWithdrawn:
    return made(article.ArticleWithdrawn, given, article_id="late-fee", article_version=1)


def citation(**given: Any) -> knowledge.Citation:
    return made(
        knowledge.Citation,
        given,
        article_id="late-fee",
        article_version=1,
        title="Late payment fee",
        quote=BODY,
        starts=0,
        ends=len(BODY),
        score=0.61,
        used=True,
    )


def maker(**given: Any) -> knowledge.Maker:
    return made(
        knowledge.Maker,
        given,
        generator="quote-1",
        retrieval="cosine-words-1",
        embedder="all-minilm-l6-v2-int8/1",
    )


def heard(**given: Any) -> Heard:
    return made(
        Heard,
        given,
        utterance_id=UtteranceId("from_customer-1"),
        revision=None,
        track="from_customer",
        started_ms=1_000,
        ended_ms=2_400,
    )


def question_heard(**given: Any) -> knowledge.QuestionHeard:
    return made(
        knowledge.QuestionHeard,
        given,
        question_id=QUESTION,
        form="question",
        heard=heard(),
        question=Sealed("why is there a late fee"),
        query=Sealed("why is there a late fee"),
        detector="questions-1",
    )


def answer_found(**given: Any) -> knowledge.AnswerFound:
    return made(
        knowledge.AnswerFound,
        given,
        question_id=QUESTION,
        heard=heard(),
        answer=Sealed(BODY),
        citations=(citation(),),
        maker=maker(),
        took_ms=14,
    )


def answer_refused(**given: Any) -> knowledge.AnswerRefused:
    return made(
        knowledge.AnswerRefused,
        given,
        question_id=QUESTION,
        form="question",
        heard=heard(),
        question=Sealed("do you sell lawn mowers"),
        reason="no_article",
        maker=maker(),
        took_ms=12,
    )


def knowledge_asked(**given: Any) -> knowledge.KnowledgeAsked:
    return made(
        knowledge.KnowledgeAsked,
        given,
        question_id=knowledge.QuestionId("q-2"),
        question=Sealed("late fee"),
        answer=Sealed(BODY),
        refusal=None,
        citations=(citation(),),
        maker=maker(),
        took_ms=14,
    )


KNOWLEDGE_SAMPLES: tuple[Callable[[], Event], ...] = (
    question_heard,
    answer_found,
    answer_refused,
    knowledge_asked,
)
ARTICLE_SAMPLES: tuple[Callable[[], RegisterEvent], ...] = (article_published, article_withdrawn)
