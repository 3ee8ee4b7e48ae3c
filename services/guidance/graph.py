"""What a playbook comes to for one tenant: a graph of nodes, each run when its inputs are there.

Words decide at once: phrases and patterns take microseconds of every partial, and the conditions
that look at them a few more. Nodes that ask a model run beside, see `inference.py`. A moment that
needs a model which is not there has no node, and never comes true.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from ...events.base import TenantName
from ..models import Classifier, TextModels
from .conditions import Occurred, ordered_conditions
from .examples import Examples
from .moments import (
    Attribute,
    Condition,
    Inferred,
    Label,
    Meaning,
    Patterns,
    Phrases,
    Question,
    by_words_of,
)
from .nodes import LabelNode, MeaningNode, Node, QuestionNode
from .playbook import Playbook
from .rules import words_heard
from .utterances import Utterance

_Asked = TypeVar("_Asked", bound=Inferred)


class Models(Struct, frozen=True, kw_only=True):
    """The models there are. None: no moment that needs one comes true."""

    examples: Examples | None = None  # which know the embedder
    classifier: Classifier | None = None
    text: TextModels | None = None


class Graph(Struct, frozen=True, kw_only=True):
    """The moments of a playbook, by what it takes to know them."""

    reflexes: tuple[Phrases | Patterns, ...]
    unasked: tuple[Phrases | Patterns, ...]  # count where no node is asked of what is said
    attributes: tuple[Attribute, ...]
    conditions: tuple[Condition, ...]  # each after those it looks at
    nodes: tuple[Node, ...]

    def by_words(self, *, unasked: bool) -> tuple[Phrases | Patterns, ...]:
        """Return what words decide about an utterance; `unasked`: nodes are not asked of it."""
        return (*self.reflexes, *self.unasked) if unasked else self.reflexes


def compile_graph(playbook: Playbook, models: Models, *, tenant: TenantName) -> Graph:
    """Return the graph of a playbook, with a node for each model it needs and has."""
    moments = playbook.moments
    nodes = tuple(_nodes(playbook, models, tenant))
    asked = {one.name for node in nodes for one in node.moments}
    words = by_words_of(moments)
    return Graph(
        reflexes=tuple(one for one in words if one.name not in asked),
        unasked=tuple(one for one in words if one.name in asked),
        attributes=tuple(one for one in moments if isinstance(one, Attribute)),
        conditions=ordered_conditions(moments),
        nodes=nodes,
    )


def wanted_of(
    node: Node, utterance: Utterance, occurred: Occurred, *, known: Collection[str]
) -> tuple[Inferred, ...]:
    """Return what a node may be asked about an utterance: nothing, until its inputs are there."""
    if node.after and node.after.isdisjoint(occurred):
        return ()
    wanted = [
        one
        for one in node.moments
        if utterance.track in one.tracks
        and one.name not in known
        and (one.on == "partial" or utterance.revision is None)
    ]
    if utterance.revision is None:
        return tuple(wanted)
    # A partial is asked about where its words say something; its final is in any case.
    words = [one.by_words for one in wanted if isinstance(one, Label)]
    given = [one for one in words if one is not None]
    silent = {one.name for one in given}.difference(words_heard(given, utterance.words))
    return tuple(_of_a_beginning(one) for one in wanted if one.name not in silent)


def _of_a_beginning(moment: Inferred) -> Inferred:
    """Return a moment as a partial may earn it: half a sentence takes both, words and meaning."""
    if isinstance(moment, Label) and moment.by_words is not None:
        phrases = (*moment.phrases, *moment.sure)
        return replace(moment, phrases=phrases, sure=(), least_with_phrases=moment.least)
    return moment


def _nodes(playbook: Playbook, models: Models, tenant: TenantName) -> Iterator[Node]:
    """Yield a node a model and inputs: what can be asked at once is asked together."""
    moments = playbook.moments
    if (examples := models.examples) is not None:
        for asked in _alike([one for one in moments if isinstance(one, Meaning)]):
            yield MeaningNode(examples, asked)
    labels = [one for one in moments if isinstance(one, Label)]
    for name in dict.fromkeys(one.classifier for one in labels):
        if models.classifier is not None and models.classifier.serves(tenant, name):
            for asked in _alike([one for one in labels if one.classifier == name]):
                yield LabelNode(models.classifier, asked, tenant=tenant, model=name)
    if models.text is not None and models.text.serves(tenant, "moment"):
        for asked in _alike([one for one in moments if isinstance(one, Question)]):
            yield QuestionNode(models.text, asked, tenant=tenant)


def _alike(moments: Sequence[_Asked]) -> Iterable[Sequence[_Asked]]:
    """Return moments by their inputs."""
    groups: defaultdict[frozenset[str], list[_Asked]] = defaultdict(list)
    for one in moments:
        groups[one.after].append(one)
    return groups.values()
