"""The nodes of the inference graph that ask a model, behind one port.

What is said goes to a model without private numbers, and to a text model as quoted data. Whatever
comes back can make moments true that the playbook has, and nothing else: no word of a model is
shown, and nothing it was talked into can be more than a cue somebody wrote.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np
from msgspec import Struct

from ...errors import ModelFailed
from ...events.base import TenantName
from ...events.guidance import BY_PHRASE, Detector, NodeKind
from ..guardrails import QUOTING_RULE, as_quoted, instructs, sanitised
from ..models import Classifier, Message, TextModels, TextRequest
from .examples import Examples
from .moments import Inferred, Label, Meaning, Phrases, Question
from .rules import words_heard

CLAUSES_MAX = 4  # of an utterance, the newest: an embedder takes so many at once for live work
EMBED_S = 0.5  # a local embedder takes 6 ms; beyond half a second a cue would come late
CLASSIFY_S = 0.8
SECOND_OPINION_S = 0.5  # words that were heard wait so long for a classifier to agree
ASK_S = 2.0  # a text model; what comes later is about something else by then
QUESTIONS_MAX = 20  # in one request
ANSWER_TOKENS = 12  # of one answer: its name, a colon, a word, a comma

PROMPT = "moment-questions@1"


class Found(Struct, frozen=True, kw_only=True):
    """A moment that a node found in an utterance, and how."""

    moment: Inferred
    evidence: str  # of the words that were given
    detector: Detector


class Answer(Struct, frozen=True, kw_only=True):
    """What a node found, and what it asked."""

    found: tuple[Found, ...] = ()
    model: str | None = None  # None: none was asked
    prompt: str | None = None
    refused: str | None = None  # why nothing was asked, or not taken; snake_case


class Said(Struct, frozen=True):
    """An utterance's words, and those that the other speaker said last: it may answer them."""

    text: str
    before: str = ""


class Node(Protocol):
    """Asks a model which of some moments an utterance holds."""

    @property
    def name(self) -> str:
        """What it is called in one graph; the same in the same graph after a restart."""
        ...

    @property
    def kind(self) -> NodeKind: ...

    @property
    def after(self) -> frozenset[str]:
        """Its inputs: it is asked once one of these is true; empty: it needs none."""
        ...

    @property
    def moments(self) -> Sequence[Inferred]: ...

    @property
    def deadline_s(self) -> float:
        """When its result would be of no use any more, from when it is asked."""
        ...

    def warm(self) -> None:
        """Begin what can be done before anything is said."""
        ...

    async def find(self, said: Said, wanted: Sequence[Inferred]) -> Answer:
        """Return which of the wanted moments are in what was said.

        Raises:
            ModelFailed: the model did not answer.
        """
        ...


def _named(asked: str, *, after: frozenset[str]) -> str:
    return "/".join([asked, *(["+".join(sorted(after))] if after else [])])


class MeaningNode:
    """Compares what is said with example sentences."""

    kind: NodeKind = "meaning"
    deadline_s = EMBED_S

    def __init__(self, examples: Examples, moments: Sequence[Meaning]) -> None:
        self.moments = moments
        self.after = moments[0].after
        self.name = _named("meaning", after=self.after)
        self._examples = examples
        self._embedder = examples.embedder

    def warm(self) -> None:
        """Embed the examples: the first words shall not wait for them."""
        for moment in self.moments:
            self._examples.begin(moment.sentences)

    async def find(self, said: Said, wanted: Sequence[Inferred]) -> Answer:
        clauses = clauses_of(said.text)
        clean = [sanitised(clause).text for clause in clauses]
        vectors = np.asarray(await self._embedder.embed(clean, deadline_s=self.deadline_s))
        found: list[Found] = []
        for moment in wanted:
            if not isinstance(moment, Meaning):
                continue
            scores = (vectors @ (await self._examples.of(moment.sentences)).T).max(axis=1)
            nearest = int(scores.argmax())
            score = round(min(1.0, float(scores[nearest])), 3)
            if score >= moment.least:
                by = Detector(kind="meaning", model=self._embedder.name, score=score)
                found.append(Found(moment=moment, evidence=clauses[nearest], detector=by))
        return Answer(found=tuple(found), model=self._embedder.name)


class LabelNode:
    """Asks a classifier, and lets phrases count where it does not say no.

    Phrases that were heard are not lost to a classifier that is away or late: they decide alone.
    """

    kind: NodeKind = "label"
    deadline_s = CLASSIFY_S

    def __init__(
        self, classifier: Classifier, moments: Sequence[Label], *, tenant: TenantName, model: str
    ) -> None:
        self.moments = moments
        self.after = moments[0].after
        self.name = _named(f"label/{model}", after=self.after)
        self._classifier = classifier
        self._tenant = tenant
        self._model = model

    def warm(self) -> None:
        """Nothing: the classifier knows its labels."""

    async def find(self, said: Said, wanted: Sequence[Inferred]) -> Answer:
        text = said.text
        labels = [one for one in wanted if isinstance(one, Label)]
        heard = _heard([one.by_words for one in labels], text)
        try:
            async with asyncio.timeout(SECOND_OPINION_S if heard else None):
                given = await self._classifier.classify(
                    sanitised(text).text,
                    before=sanitised(said.before).text,
                    tenant=self._tenant,
                    model=self._model,
                    deadline_s=self.deadline_s,
                )
        except (TimeoutError, ModelFailed):
            if not heard:
                raise
            alone = [
                Found(moment=one, evidence=heard[one.name], detector=BY_PHRASE)
                for one in labels
                if one.name in heard
            ]
            return Answer(found=tuple(alone), refused="words_alone")
        sure = _heard([one.for_sure for one in labels], text)
        if not given.scores and not sure:
            return Answer()
        found: list[Found] = []
        for moment in labels:
            score = given.scores.get(moment.label, 0.0)
            words = heard.get(moment.name)
            least = moment.least
            if words is not None:
                least = min(least, moment.least_with_phrases)
            if least <= score <= 1.0:
                by = Detector(kind="label", model=given.model, score=round(score, 3))
                found.append(Found(moment=moment, evidence=words or text, detector=by))
            elif (words := sure.get(moment.name)) is not None:
                found.append(Found(moment=moment, evidence=words, detector=BY_PHRASE))
        return Answer(found=tuple(found), model=given.model)


def _heard(by_words: Iterable[Phrases | None], text: str) -> dict[str, str]:
    """Return the words of the moments whose phrases are in a text, by name."""
    return words_heard([one for one in by_words if one is not None], text.split())


class QuestionNode:
    """Asks a text model questions that are answered with yes or no, all in one request."""

    kind: NodeKind = "question"
    deadline_s = ASK_S

    def __init__(
        self, models: TextModels, moments: Sequence[Question], *, tenant: TenantName
    ) -> None:
        self.moments = moments
        self.after = moments[0].after
        self.name = _named("question", after=self.after)
        self._models = models
        self._tenant = tenant

    def warm(self) -> None:
        """Nothing: a request holds all there is to know."""

    async def find(self, said: Said, wanted: Sequence[Inferred]) -> Answer:
        text = said.text
        if instructs(text):
            return Answer(prompt=PROMPT, refused="speech_instructs")
        asked = {
            f"q{number}": one
            for number, one in enumerate(wanted[:QUESTIONS_MAX], start=1)
            if isinstance(one, Question)
        }
        written = await self._models.write(self._request(text, asked))
        answers = _answers(written.text, list(asked))
        if answers is None:
            return Answer(model=written.model, prompt=PROMPT, refused="not_the_answers")
        by = Detector(kind="question", model=written.model, prompt=PROMPT)
        found = [
            Found(moment=moment, evidence=text, detector=by)
            for name, moment in asked.items()
            if answers[name]
        ]
        return Answer(found=tuple(found), model=written.model, prompt=PROMPT)

    def _request(self, text: str, asked: dict[str, Question]) -> TextRequest:
        questions = "\n".join(f"{name}: {one.asks}" for name, one in asked.items())
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: {"type": "boolean"} for name in asked},
            "required": list(asked),
            "additionalProperties": False,
        }
        return TextRequest(
            tenant=self._tenant,
            task="moment",
            prompt=PROMPT,
            messages=(
                Message("system", f"{_SYSTEM} {QUOTING_RULE}"),
                Message("user", f"{as_quoted(text, what='speech')}\n\nQuestions:\n{questions}"),
            ),
            tokens_max=ANSWER_TOKENS * (len(asked) + 1),
            deadline_s=self.deadline_s,
            json_schema=schema,
        )


_SYSTEM = (
    "You judge one utterance of a phone call with a contact centre. Answer each question about it "
    "with true or false, as a JSON object and nothing else. Where it is not clear: false."
)


def clauses_of(text: str) -> list[str]:
    """Return the newest clauses of a text, and all of it where it has but one."""
    clauses = [one.strip() for one in _CLAUSE_ENDS.split(text) if one.strip()]
    return clauses[-CLAUSES_MAX:] or [text]


_CLAUSE_ENDS = re.compile(r"(?<=[.?!;])\s+")


def _answers(text: str, names: Sequence[str]) -> dict[str, bool] | None:
    try:
        answers = msgspec.json.decode(text, type=dict[str, bool])
    except msgspec.MsgspecError:
        return None
    return answers if sorted(answers) == sorted(names) else None
