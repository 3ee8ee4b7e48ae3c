"""What the service knows of one contact, and what it asks the articles. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from ...events.base import AgentId, Causation, Event, Position, UtteranceId
from ...events.contact import ContactEnded
from ...events.guidance import Heard
from ...events.knowledge import (
    AnswerFound,
    AnswerRefused,
    Form,
    KnowledgeAsked,
    QuestionHeard,
    QuestionId,
)
from ...events.privacy.places import shown_in
from ...events.speech import TranscriptCompleted, UtteranceFinalized
from ...events.voices import Voices, current_agent, hear
from .questions import content_words, query_of, question_in

TURNS_MAX = 4  # of the customer's, that a question may lean on
QUESTIONS_MAX = 50  # remembered, to know them again; an hour of them

SAME_AGAIN = timedelta(seconds=120)  # within it an article is not put on the desk once more
ALIKE_MIN = 0.8  # share of words in common, of two questions that are one
CHANGED_MAX = 0.6  # below it a final says something else than its partial did

# A partial is searched for once it says enough: half a question finds the wrong article.
PARTIAL_CONTENT_WORDS_MIN = 3


class Said(Struct, frozen=True, kw_only=True):
    """Words of the customer, as far as they are known."""

    utterance_id: UtteranceId
    revision: int | None  # of the partial, of which only stable words are here; None: the final
    words: tuple[str, ...]
    times: tuple[tuple[int, int], ...]  # of each word, on the contact clock; may be fewer
    started_ms: int
    ended_ms: int


class Asked(Struct, frozen=True, kw_only=True):
    """A question, as it is put to the articles."""

    form: Form
    heard: Heard
    question: str
    query: str
    content: frozenset[str]


class Open(Struct, frozen=True):
    """A question whose answer the log does not show."""

    fact: QuestionHeard
    cause: Causation


class Told(Struct, frozen=True):
    """An answer that went to the desk."""

    question_id: QuestionId
    utterance_id: UtteranceId | None  # None: the agent asked
    article_id: str
    at: datetime


class Conversation(Struct, frozen=True, kw_only=True):
    """One contact, as far as its questions are concerned."""

    voices: Voices = Voices()
    turns: tuple[str, ...] = ()
    finals: frozenset[UtteranceId] = frozenset()
    open: Mapping[QuestionId, Open] = field(default_factory=dict[QuestionId, Open])
    known: tuple[tuple[QuestionId, UtteranceId, frozenset[str]], ...] = ()
    told: tuple[Told, ...] = ()
    ended: bool = False
    transcribed: bool = False

    @property
    def agent_id(self) -> AgentId | None:
        """Return who is on the line."""
        return current_agent(self.voices)

    @property
    def finished(self) -> bool:
        """Nothing more can be said, and every question has its answer or refusal."""
        return self.transcribed and not self.open

    def content_of(self, utterance_id: UtteranceId) -> frozenset[str] | None:
        """Return the words of what was asked of an utterance so far; None: nothing was."""
        return next((words for _, one, words in self.known if one == utterance_id), None)

    def told_of(self, utterance_id: UtteranceId) -> Told | None:
        """Return the answer that an utterance has already."""
        return next((one for one in reversed(self.told) if one.utterance_id == utterance_id), None)

    def is_fresh(self, article_id: str, now: datetime) -> bool:
        """Tell whether an article went to the desk a moment ago."""
        return any(one.article_id == article_id and now - one.at < SAME_AGAIN for one in self.told)


def evolve(  # noqa: PLR0911 (one return a fact)
    conversation: Conversation,
    event: Event,
    *,
    position: Position,
    cause: Causation,
    occurred_at: datetime,
) -> Conversation:
    """Return the conversation after `event`; meeting an event again changes nothing."""
    now = replace(conversation, voices=hear(conversation.voices, event, position))
    match event:
        case UtteranceFinalized(utterance_id=utterance_id, track=track) as final:
            if utterance_id in now.finals:
                return now
            text = shown_in("models", final).text.reveal_or("")
            turns = (*now.turns, text) if track == "from_customer" else now.turns
            return replace(now, finals=now.finals | {utterance_id}, turns=turns[-TURNS_MAX:])
        case QuestionHeard(question_id=id_, heard=heard, query=query):
            if any(known == id_ for known, _, _ in now.known):
                return now
            content = frozenset(content_words(query.reveal_or("").split()))
            known = ((id_, heard.utterance_id, content), *now.known)[:QUESTIONS_MAX]
            return replace(now, known=known, open={**now.open, id_: Open(event, cause)})
        case AnswerFound(question_id=id_, heard=heard, citations=citations):
            told = Told(id_, heard.utterance_id, citations[0].article_id, occurred_at)
            return _closed(_telling(now, told), id_)
        case AnswerRefused(question_id=id_):
            return _closed(now, id_)
        case KnowledgeAsked(question_id=id_, citations=citations) if citations:
            return _telling(now, Told(id_, None, citations[0].article_id, occurred_at))
        case TranscriptCompleted():
            return replace(now, transcribed=True)
        case ContactEnded():
            return replace(now, ended=True)
        case _:
            return now  # a fact that no question depends on


def asked_in(conversation: Conversation, said: Said) -> Asked | None:
    """Return what the customer asks that was not asked yet; None: nothing."""
    found = question_in(said.words)
    if found is None:
        return None
    before = conversation.turns
    if said.revision is None and before and before[-1].split() == list(said.words):
        before = before[:-1]  # the turn itself
    query = query_of(said.words, found, before=before)
    content = frozenset(content_words(query.split()))
    if said.revision is not None and (
        found.form != "question" or len(content) < PARTIAL_CONTENT_WORDS_MIN
    ):
        return None
    earlier = conversation.content_of(said.utterance_id)
    if earlier is not None:
        if said.revision is not None or alike(content, earlier) >= CHANGED_MAX:
            return None
    elif any(alike(content, words) >= ALIKE_MIN for _, _, words in conversation.known):
        return None
    times = said.times[found.first : found.last + 1]
    return Asked(
        form=found.form,
        heard=Heard(
            utterance_id=said.utterance_id,
            revision=said.revision,
            track="from_customer",
            started_ms=times[0][0] if times else said.started_ms,
            ended_ms=times[-1][1] if times else said.ended_ms,
        ),
        question=" ".join(said.words[found.first : found.last + 1]),
        query=query,
        content=content,
    )


def alike(some: frozenset[str], others: frozenset[str]) -> float:
    """Return the share of words that two questions have in common, 0 to 1."""
    both = some | others
    return len(some & others) / len(both) if both else 1.0


def _telling(conversation: Conversation, told: Told) -> Conversation:
    if any(one.question_id == told.question_id for one in conversation.told):
        return conversation
    kept: Sequence[Told] = conversation.told[-QUESTIONS_MAX:]
    return replace(conversation, told=(*kept, told))


def _closed(conversation: Conversation, id_: QuestionId) -> Conversation:
    still = {one: open_ for one, open_ in conversation.open.items() if one != id_}
    return replace(conversation, open=still)
