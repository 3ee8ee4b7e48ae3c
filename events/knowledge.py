"""Lane `knowledge`: questions heard, and what the articles answered. One writer: that service.

An answer that an agent asked for stands in lane `life`, written by the command. Either way the
words are sealed, the customer's and the answer's, and a citation says where it may be checked:
`quote` is the article's body from `starts` to `ends`, to the letter.
"""

from typing import ClassVar, Literal, NewType

from msgspec import Struct

from .base import Event, Lane
from .guidance import Heard
from .sealed import Sealed

QuestionId = NewType("QuestionId", str)

# How one was recognised: asked as one, or told as a need ("my box does not start").
Form = Literal["question", "need"]

Refusal = Literal[
    "no_article",  # none is near enough
    "elsewhere",  # it is nearer to talk, or to another trade, than to any article
    "unavailable",  # the articles could not be looked at
]


class Citation(Struct, frozen=True, kw_only=True):
    """A passage of an article, and how near the question it is."""

    article_id: str
    article_version: int
    title: str
    quote: str
    starts: int  # characters of the body before the quote
    ends: int
    score: float  # what the articles are ranked by; of use only beside others of one answer
    used: bool  # the answer is made of it; False: it may be of interest, too


class Maker(Struct, frozen=True, kw_only=True):
    """By what an answer, or its refusal, was made."""

    generator: str  # `quote-1`, or `model` where one wrote it
    retrieval: str  # the way of searching and refusing, with its version
    embedder: str | None  # None: by words alone
    model: str | None = None
    prompt: str | None = None
    # Why what a model was asked for is not shown, in snake_case; None: it was not asked, or is.
    declined: str | None = None


class QuestionHeard(Event, frozen=True, kw_only=True):
    """Somebody on the line asked what the articles may answer."""

    TYPE: ClassVar[str] = "question_heard"
    LANE: ClassVar[Lane] = "knowledge"

    question_id: QuestionId
    form: Form
    heard: Heard
    question: Sealed  # as it was said
    query: Sealed  # what was searched for: with what it refers to, where it refers to something
    detector: str  # the rules that recognised it, with their version


class AnswerFound(Event, frozen=True, kw_only=True):
    """Articles answer a question; it goes to the agent's screen."""

    TYPE: ClassVar[str] = "answer_found"
    LANE: ClassVar[Lane] = "knowledge"

    question_id: QuestionId
    heard: Heard
    answer: Sealed
    citations: tuple[Citation, ...]  # the nearest first
    maker: Maker
    took_ms: int  # from the question's words being known to the answer
    # An answer to what was heard of the same words before they were whole; None: there is none.
    supersedes: QuestionId | None = None


class AnswerRefused(Event, frozen=True, kw_only=True):
    """No article supports an answer, and none was invented."""

    TYPE: ClassVar[str] = "answer_refused"
    LANE: ClassVar[Lane] = "knowledge"

    question_id: QuestionId
    form: Form
    heard: Heard
    question: Sealed
    reason: Refusal
    maker: Maker
    took_ms: int


class KnowledgeAsked(Event, frozen=True, kw_only=True):
    """The agent asked for themselves, and this is what they were told."""

    TYPE: ClassVar[str] = "knowledge_asked"
    LANE: ClassVar[Lane] = "life"
    IGNORABLE = True  # nothing depends on it

    question_id: QuestionId
    question: Sealed
    answer: Sealed | None  # None: refused
    refusal: Refusal | None
    citations: tuple[Citation, ...]
    maker: Maker
    took_ms: int
